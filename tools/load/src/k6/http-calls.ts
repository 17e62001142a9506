import http, { type RefinedResponse } from 'k6/http';
import { PLAN_VARIABLE, orderBody, type LoadPlan, type Line } from './plan.js';
import { RECORD_MARK, type LoadRecord } from './record.js';
import { isRefusal } from './refusal.js';

type Answer = RefinedResponse<'text'>;

const TIMEOUT = '30s';
const JSON_BODY = { 'content-type': 'application/json' };

export const plan = JSON.parse(__ENV[PLAN_VARIABLE]!) as LoadPlan;

/** Tells the account. */
export function tell(...record: LoadRecord): void {
  console.log(RECORD_MARK + JSON.stringify(record));
}

/** @param name groups the figures: requests of one name are one series */
export function get(name: string, path: string, headers: Record<string, string> = {}): Answer {
  return http.get<'text'>(plan.webUrl + path, { tags: { name }, headers, timeout: TIMEOUT, responseType: 'text' });
}

export function send(method: 'POST' | 'PUT', name: string, path: string, body: object, headers = {}): Answer {
  const options = { tags: { name }, headers: { ...JSON_BODY, ...headers }, timeout: TIMEOUT };
  return http.request<'text'>(method, plan.webUrl + path, JSON.stringify(body), { ...options, responseType: 'text' });
}

/** Places an order under a key of its own. @returns its id when it was accepted */
export function placeOrder(key: string, lines: readonly Line[]): string | undefined {
  tell('sent', key, lines);
  return tellAnswer(key, send('POST', 'place order', '/v1/orders', orderBody(plan, lines), { 'idempotency-key': key }));
}

/** Orders what is in the cart of this customer's session. @returns the order's id when it was accepted */
export function checkOut(key: string): string | undefined {
  tell('sent', key);
  const { customerId } = plan;
  return tellAnswer(key, send('POST', 'check out', '/v1/cart/checkout', { customerId }));
}

function tellAnswer(key: string, answer: Answer): string | undefined {
  if (answer.status === 202) {
    const { id } = JSON.parse(answer.body) as { id: string };
    tell('accepted', key, id, answer.timings.duration);
    return id;
  }
  tell(isRefusal(answer.status) ? 'refused' : 'failed', key, reasonOf(answer));
  return undefined;
}

/** The problem's code, or what kept the answer away. */
export function reasonOf({ status, body, error }: Answer): string {
  if (status === 0) return error;
  try {
    return (JSON.parse(body) as { code?: string }).code ?? `HTTP ${status}`;
  } catch {
    return `HTTP ${status}`; // answered by something before the shop
  }
}
