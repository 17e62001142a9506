import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** An answer other than "250 OK". */
export class SmtpRefusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** A mail that the server took. */
export interface TakenMail extends Email {
  readonly recipients: string[];
  readonly raw: string;
}

/** A real SMTP server on the loopback address. */
export class MailServer {
  readonly mails: TakenMail[] = [];
  /** Called with each recipient; what it throws is the answer. */
  onRecipient: (address: string) => void = () => undefined;
  /** Called when a mail is stored, before the answer: may refuse it, hang, or close the connection. */
  onTaken: (mail: TakenMail) => Promise<void> | void = () => undefined;
  connections = 0;
  private server: SMTPServer | undefined;

  private constructor(private port: number) {}

  static async start(): Promise<MailServer> {
    const server = new MailServer(0);
    await server.listen();
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      closeTimeout: 50,
      onConnect: (_session, callback) => {
        this.connections += 1;
        callback();
      },
      onRcptTo: ({ address }, _session, callback) => {
        try {
          this.onRecipient(address);
          callback();
        } catch (error) {
          callback(error as Error);
        }
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          this.take(Buffer.concat(chunks).toString(), recipients).then(
            () => callback(),
            (error: Error) => callback(error),
          );
        });
      },
    });
    this.server.on('error', () => undefined); // a client that was cut off
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server.server, 'listening');
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(resolve) : resolve()));
    this.server = undefined;
  }

  private async take(raw: string, recipients: string[]): Promise<void> {
    const mail = { ...(await PostalMime.parse(raw)), recipients, raw };
    await this.onTaken(mail);
    this.mails.push(mail);
  }
}
