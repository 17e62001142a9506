import {
  orderCancelled,
  orderConfirmed,
  orderRejected,
  stockDepleted,
  stockFileImported,
  stockReplenished,
  type Contract,
  type RejectionReason,
} from '@looseleaf/contracts';
import type { z } from 'zod';
import type { NotifiedEvent } from '../deliver/delivery.js';
import { escapeHtml, oneLine } from './escape.js';

/** A mail without its envelope. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a mail says: paragraphs, and a list between the first and the others. */
interface Draft {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly list?: readonly string[];
}

type Writer = (body: unknown) => Draft;

const REASONS: Readonly<Record<RejectionReason, string>> = {
  OUT_OF_STOCK: 'There is not enough left of',
  UNKNOWN_ITEM: 'We do not know the item',
  NOT_FOR_SALE: 'This is not for sale at the moment:',
  PRICE_CHANGED: 'The price went up since you looked at it. It concerns',
};

const money = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' });

/** Minor units of the shop's currency. */
const price = (minor: number): string => money.format(minor / 100);

/** Enough of an order's id to tell it from others at a glance. */
const short = (orderId: string): string => orderId.slice(-12);

const writers = new Map<string, Writer>([
  mailAbout(orderConfirmed, ({ orderId, lines, totalMinor }) => ({
    subject: `Your order ${short(orderId)} is confirmed`,
    paragraphs: [
      `Thank you for your order ${orderId}. Everything is reserved for you:`,
      `The total is ${price(totalMinor)}.`,
    ],
    list: lines.map(({ sku, quantity, unitPriceMinor }) => `${quantity} × ${sku} at ${price(unitPriceMinor)}`),
  })),
  mailAbout(orderRejected, ({ orderId, reason, skus }) => ({
    subject: `We cannot fulfil your order ${short(orderId)}`,
    paragraphs: [
      `We are sorry: your order ${orderId} could not be taken. ${REASONS[reason]}`,
      'Nothing was reserved and nothing will be charged. You are welcome to order again without it.',
    ],
    list: skus,
  })),
  mailAbout(orderCancelled, ({ orderId, reason }) =>
    reason === undefined
      ? {
          subject: `Your order ${short(orderId)} is cancelled`,
          paragraphs: [`Your order ${orderId} is cancelled, as you asked. Nothing will be charged.`],
        }
      : {
          subject: `Order ${short(orderId)} was not placed`,
          paragraphs: [`The order ${orderId} was not placed: its checkout was given up for another one.`],
        },
  ),
  mailAbout(stockDepleted, ({ store, sku }) => ({
    subject: `Out of stock: ${sku} in ${store}`,
    paragraphs: [`${sku} has run out in ${store}: what could still be sold fell to 0.`],
  })),
  mailAbout(stockReplenished, ({ store, sku, count }) => ({
    subject: `Back in stock: ${sku} in ${store}`,
    paragraphs: [`${sku} can be sold again in ${store}: there are ${count}.`],
  })),
  mailAbout(stockFileImported, ({ fileId, rowsImported, rowsRejected }) => ({
    subject: `Stock file imported: ${rowsImported} rows, ${rowsRejected} rejected`,
    paragraphs: [`The stock file ${fileId} was read to its end.`],
    list: [`${rowsImported} rows were imported`, `${rowsRejected} rows were rejected`],
  })),
]);

/**
 * The mail about an event. What comes from orders and files is put on one line, and escaped in the HTML.
 * @throws Error when there is no mail for the event, or its body is not that of the event
 */
export function renderMail({ name, body }: NotifiedEvent): MailContent {
  const write = writers.get(name);
  if (!write) throw new Error(`there is no mail about ${name}`);
  const draft = write(JSON.parse(body));
  const [first = '', ...rest] = draft.paragraphs.map(oneLine);
  const list = (draft.list ?? []).map(oneLine);
  const items = list.map((item) => `<li>${escapeHtml(item)}</li>`).join('');
  const html = [first, ...rest].map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`);
  if (items) html.splice(1, 0, `<ul>${items}</ul>`);
  return {
    subject: oneLine(draft.subject),
    text: `${[first, list.map((item) => `  - ${item}`).join('\n'), ...rest, 'Looseleaf'].filter(Boolean).join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${html.join('')}<p>Looseleaf</p></body></html>`,
  };
}

function mailAbout<Schema extends z.ZodType>(
  contract: Contract<Schema>,
  write: (body: z.infer<Schema>) => Draft,
): [string, Writer] {
  return [contract.name, (body) => write(contract.schema.parse(body))];
}
