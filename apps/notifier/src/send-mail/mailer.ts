import { errorText } from '@looseleaf/messaging';
import type { PersistenceLogger } from '@looseleaf/persistence';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { deliveryId, type Delivery, type Outcome } from '../deliver/delivery.js';
import { MAX_SLOTS } from '../deliver/lane.js';
import { renderMail, type MailContent } from './render-mail.js';
import { ServerWatch } from './server-watch.js';

export interface MailerOptions {
  /** `smtp://` or `smtps://`, with user and password if the server wants them. */
  readonly smtpUrl: string;
  /** The address that mail comes from. */
  readonly from: string;
  /** For a mail as a whole, the wait for a connection included. */
  readonly timeoutMs: number;
  readonly logger: PersistenceLogger;
}

/**
 * Few, since every mail server limits them; and more than one lane may hold, so that a recipient whose mail the server takes
 * its time about leaves some to the others.
 */
const CONNECTIONS = 2 * MAX_SLOTS;
const MAILS_PER_CONNECTION = 1_000;
/** An idle connection is closed; mail comes in bursts. */
const IDLE_CONNECTION_MS = 10_000;

/** The server is shutting down, whatever it was asked (RFC 5321, section 3.8). */
const CLOSING = 421;

const emailAddress = z.email().max(320);
const carriesEmail = z.object({ email: z.string() });

interface Mail extends MailContent {
  readonly to: { readonly name: string; readonly address: string };
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
}

/** What nodemailer adds to an error that a server's answer is behind. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/**
 * Sends an event as a mail.
 *
 * - **Once, in effect**: the Message-ID is made of the delivery's id, so it is the same at each attempt. SMTP has no
 *   transaction: when the server has taken a mail and its answer is late or lost, or this process dies before that is
 *   written down, the mail goes out again. Whoever drops a Message-ID that they know closes this gap, as the local catcher
 *   does.
 * - **The recipient is refused for good** (5xx): dead-lettered at once. **For now** (4xx): a failed attempt.
 * - **The server is away**, or too slow: nobody's fault, so it does not count, and all mail waits. If it answered about
 *   other mail meanwhile, it is not away: then this mail has failed, so that one slow recipient stops nobody else's mail.
 */
export class Mailer {
  private readonly transport;
  private readonly server: ServerWatch;
  private readonly domain: string;

  constructor(private readonly options: MailerOptions) {
    const { smtpUrl: url, timeoutMs } = options;
    this.server = new ServerWatch(options.logger);
    this.domain = options.from.slice(options.from.lastIndexOf('@') + 1);
    this.transport = createTransport({
      url,
      pool: true,
      maxConnections: CONNECTIONS,
      maxMessages: MAILS_PER_CONNECTION,
      idleTimeout: IDLE_CONNECTION_MS,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async deliver(delivery: Delivery): Promise<Outcome> {
    const mail = prepare(delivery);
    if (typeof mail === 'string') return { kind: 'failed', error: mail, permanent: true };
    const awayMs = this.server.awayMs();
    if (awayMs > 0) return { kind: 'released', error: 'the mail server is away', delayMs: awayMs };
    const startedAtMs = performance.now();
    const tooSlow = new AbortController();
    const timer = setTimeout(() => tooSlow.abort(), this.options.timeoutMs);
    try {
      await this.transport.sendMail({
        ...mail,
        from: { name: 'Looseleaf', address: this.options.from },
        messageId: `<${deliveryId(delivery)}@${this.domain}>`,
        signal: tooSlow.signal,
      });
      this.server.answered();
      return { kind: 'delivered' };
    } catch (error) {
      return this.outcomeOf(error as SmtpError, startedAtMs);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.transport.close();
  }

  private outcomeOf(error: SmtpError, startedAtMs: number): Outcome {
    const { code, command, responseCode } = error;
    const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
    if (!isAboutMail && this.server.hasAnsweredSince(startedAtMs)) {
      return { kind: 'failed', error: `EMAIL.NOT_SENT: ${error.message}` };
    }
    if (!isAboutMail || responseCode === CLOSING) {
      return { kind: 'released', error: error.message, delayMs: this.server.failed(error.message) };
    }
    this.server.answered();
    // What is wrong with the sender is wrong with every mail, and is put right on this side.
    const permanent = responseCode === undefined || (responseCode >= 500 && command !== 'MAIL FROM');
    return { kind: 'failed', error: `EMAIL.REFUSED: ${error.message}`, permanent };
  }
}

/** What to send and to whom, or why there is nothing to send. */
function prepare({ address, event }: Delivery): Mail | string {
  try {
    const to = emailAddress.safeParse(address ?? carriesEmail.parse(JSON.parse(event.body)).email);
    if (!to.success) return 'EMAIL.ADDRESS_INVALID: no mail can be sent to this address';
    // No out-of-office replies, please (RFC 3834, section 5).
    const headers = { 'Auto-Submitted': 'auto-generated' };
    return { ...renderMail(event), to: { name: '', address: to.data }, date: new Date(event.occurredAt), headers };
  } catch (error) {
    return `EMAIL.NOT_WRITTEN: ${errorText(error)}`;
  }
}
