import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { errorText } from '@looseleaf/messaging';
import { deliveryId, type Delivery, type Outcome } from '../deliver/delivery.js';
import type { SecretBox } from '../subscriptions/secret-box.js';
import { hostOf, isAllowedAddress, type AddressPolicy } from './address-policy.js';
import { AddressRefusedError, createCheckedLookup, createResolve, type Resolve } from './checked-lookup.js';
import { retryAfterMs } from './retry-after.js';
import { sign } from './sign.js';

export interface WebhookCallerOptions {
  readonly secrets: SecretBox;
  readonly policy: AddressPolicy;
  /** For a call as a whole: lookup, connection and answer. */
  readonly timeoutMs: number;
  /** Default: the system's name servers. */
  readonly resolve?: Resolve;
}

/** What is read of an answer, so that its connection can be used again; one that is longer loses its connection. */
const MAX_ANSWER_BYTES = 4 * 1024;
/** Shorter than the 5 s after which servers commonly close an idle connection. */
const IDLE_CONNECTION_MS = 4_000;
/** To one receiver; a few thousand receivers must not fill the process's table of open files. */
const MAX_IDLE_CONNECTIONS = 2;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/**
 * Posts an event to a webhook, signed as the Standard Webhooks specification says; `webhook-id` is the delivery's id.
 *
 * An answer of 2xx is success. `410 Gone` dead-letters the delivery at once, as does an address that is not allowed;
 * everything else counts as a failed attempt, redirects included, which are not followed: they would lead to where nobody
 * has checked. Nothing of an answer is kept but its status.
 */
export class WebhookCaller {
  private readonly agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };
  private readonly lookup: LookupFunction;

  constructor(private readonly options: WebhookCallerOptions) {
    this.lookup = createCheckedLookup(options.resolve ?? createResolve(), options.policy);
    const settings = { keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, timeout: IDLE_CONNECTION_MS };
    this.agents = { 'http:': new http.Agent(settings), 'https:': new https.Agent(settings) };
  }

  async deliver(delivery: Delivery): Promise<Outcome> {
    const url = new URL(delivery.address!);
    const { name, body: data, occurredAt } = delivery.event;
    // `data` is JSON already.
    const body = `{"type":${JSON.stringify(name)},"timestamp":${JSON.stringify(occurredAt)},"data":${data}}`;
    try {
      this.checkLiteral(url);
      const headers = this.headersOf(delivery, body);
      return outcomeOf(await this.post(url, headers, body));
    } catch (error) {
      return failureOf(error, this.options.timeoutMs);
    }
  }

  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  /** An address in the URL itself is connected to without a lookup. */
  private checkLiteral(url: URL): void {
    const host = hostOf(url);
    if (isIP(host) !== 0 && !isAllowedAddress(host, this.options.policy)) throw new AddressRefusedError(host, host);
  }

  private headersOf(delivery: Delivery, body: string): http.OutgoingHttpHeaders {
    const secret = this.options.secrets.open(delivery.secret!, delivery.subscriptionId);
    const id = `msg_${deliveryId(delivery)}`;
    const timestampSeconds = Math.floor(Date.now() / 1000);
    return {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'looseleaf-notifier',
      'webhook-id': id,
      'webhook-timestamp': timestampSeconds,
      'webhook-signature': sign(secret, id, timestampSeconds, body),
    };
  }

  private async post(url: URL, headers: http.OutgoingHttpHeaders, body: string): Promise<Answer> {
    const endsAtMs = performance.now() + this.options.timeoutMs;
    const options: https.RequestOptions = { method: 'POST', headers, lookup: this.lookup };
    const agent = this.agents[url.protocol as keyof typeof this.agents];
    try {
      return await send(url, { ...options, agent }, body, endsAtMs);
    } catch (error) {
      // The receiver closed a kept connection just as it was used again. To send twice is safe: the id is the same.
      if (!(error instanceof StaleConnectionError)) throw error;
      return send(url, { ...options, agent: false }, body, endsAtMs);
    }
  }
}

/** A connection that had served before broke before anything was answered. */
class StaleConnectionError extends Error {}

/** The time is over. */
class TooSlowError extends Error {}

function send(url: URL, options: https.RequestOptions, body: string, endsAtMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
      discard(response);
      resolve({ status: response.statusCode!, retryAfter: response.headers['retry-after'] });
    });
    // Not a signal of `AbortSignal.timeout`: it would be kept for the whole time after each call, however quick.
    const timer = setTimeout(() => request.destroy(new TooSlowError()), endsAtMs - performance.now());
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnectionError(error.message, { cause: error }) : error);
    });
    request.end(body);
  });
}

/** Reads a short answer to its end; a long or endless one is cut off, and its connection with it. */
function discard(response: http.IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  // Its status is known, and nothing else of it counts.
  response.on('error', () => undefined);
}

function outcomeOf({ status, retryAfter }: Answer): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const wantedMs = retryAfterMs(retryAfter, Date.now());
  return {
    kind: 'failed',
    error: `WEBHOOK.STATUS: the receiver answered ${status}`,
    permanent: status === 410,
    ...(wantedMs !== undefined && { retryAfterMs: wantedMs }),
  };
}

function failureOf(error: unknown, timeoutMs: number): Outcome {
  if (error instanceof AddressRefusedError) {
    return { kind: 'failed', error: `${error.code}: ${error.message}`, detail: error.address, permanent: true };
  }
  if (error instanceof TooSlowError) {
    return { kind: 'failed', error: `WEBHOOK.TIMEOUT: no answer within ${timeoutMs} ms` };
  }
  return { kind: 'failed', error: `WEBHOOK.CONNECTION: ${(error as NodeJS.ErrnoException).code ?? errorText(error)}` };
}
