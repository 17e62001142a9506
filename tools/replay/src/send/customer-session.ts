import type { HttpCall } from './http-client.js';
import type { Call } from './place-orders.js';
import { isGivenUp } from './persistent-caller.js';

const COOKIE = 'sid';

/** Calls of one customer: what a browser does with the shop's cookie. */
export class CustomerSession {
  private id: string | undefined;

  constructor(private readonly call: Call) {}

  async send(method: HttpCall['method'], path: string, body?: object): ReturnType<Call> {
    const answer = await this.call({
      method,
      path,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(this.id !== undefined && { cookie: `${COOKIE}=${this.id}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!isGivenUp(answer)) this.id = readCookie(answer.headers['set-cookie']) ?? this.id;
    return answer;
  }
}

function readCookie(headers: readonly string[] = []): string | undefined {
  const header = headers.find((text) => text.startsWith(`${COOKIE}=`));
  return header?.slice(COOKIE.length + 1).split(';', 1)[0];
}
