import { once } from 'node:events';
import type { Logger } from '@looseleaf/service-kit';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerEnvelope } from 'smtp-server';
import { countMail } from '../mail-metrics.js';
import type { MailStore } from '../store/mail-store.js';
import { Refusal, toRefusal } from './refusal.js';

export interface SmtpReceiverOptions {
  readonly store: MailStore;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly maxMailBytes: number;
  readonly logger: Logger;
}

const MAX_CLIENTS = 100;
const MAX_RECIPIENTS = 100;
const IDLE_TIMEOUT_MS = 60_000;
/** A client that keeps its connection open holds up the end no longer. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Takes mail from any client for any address, without authentication. A 250 means that the mail is on disk. */
export class SmtpReceiver {
  readonly #server: SMTPServer;

  private constructor(private readonly options: SmtpReceiverOptions) {
    this.#server = new SMTPServer({
      name: 'looseleaf-mail',
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      size: options.maxMailBytes,
      maxClients: MAX_CLIENTS,
      maxRecipients: MAX_RECIPIENTS,
      maxAllowedUnauthenticatedCommands: false,
      socketTimeout: IDLE_TIMEOUT_MS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      onData: (stream, { envelope }, done) => {
        this.#receive(stream, envelope).then(
          (answer) => done(null, answer),
          (error: unknown) => done(this.#refuse(error)),
        );
      },
    });
    this.#server.on('error', (error) => options.logger.warn({ err: error }, 'an SMTP connection failed'));
  }

  /** Resolves when mail can be sent. */
  static async start(options: SmtpReceiverOptions): Promise<SmtpReceiver> {
    const receiver = new SmtpReceiver(options);
    await once(receiver.#server.listen(options.port, options.host), 'listening');
    return receiver;
  }

  get port(): number {
    const address = this.#server.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Takes no more mail; what is being sent now may be finished, for a second. */
  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(stream: SMTPServerDataStream, { mailFrom, rcptTo }: SMTPServerEnvelope): Promise<string> {
    const raw = await readMail(stream, this.options.maxMailBytes);
    const outcomes = await this.options.store.keep({
      raw,
      from: mailFrom ? mailFrom.address : '',
      recipients: rcptTo.map(({ address }) => address),
    });
    for (const outcome of outcomes) countMail(outcome);
    return outcomes.includes('kept') ? 'OK: kept' : 'OK: kept before';
  }

  #refuse(error: unknown): Refusal {
    const refusal = toRefusal(error);
    countMail('refused');
    this.options.logger.warn({ err: error, answer: refusal.responseCode }, 'a mail was not kept');
    return refusal;
  }
}

/** Reads to the end, since the client hears no answer before, but holds no more than may be kept. */
async function readMail(stream: SMTPServerDataStream, maxBytes: number): Promise<Buffer> {
  let pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) {
    if (stream.sizeExceeded) pieces = [];
    else pieces.push(piece);
  }
  if (stream.sizeExceeded) throw new Refusal(552, `A mail may have ${maxBytes} bytes at most`);
  return Buffer.concat(pieces);
}
