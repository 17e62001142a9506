import { notifiableEvents } from '@looseleaf/contracts';
import { compileFilter, errorText, type SubscriptionFilter } from '@looseleaf/messaging';
import { z } from 'zod';
import { faultOfWebhookUrl, type AddressPolicy } from '../call-webhook/address-policy.js';
import { SECRET_PREFIX } from '../call-webhook/sign.js';
import type { BodyFilter } from '../subscriptions/subscription.js';

const EVENT_NAMES = notifiableEvents.map(({ name }) => name);
const MAX_FILTER_FIELDS = 10;
const MAX_FILTER_CHARACTERS = 4_096;
const MAX_URL_CHARACTERS = 2_048;
const MIN_SECRET_CHARACTERS = 16;
const MAX_SECRET_CHARACTERS = 512;
/** Of the Standard Webhooks specification. */
const SECRET_BYTES = { min: 24, max: 64 };

const comparison = z.enum(['=', '<', '<=', '>', '>=']);
const scalar = z.union([z.string(), z.number()]);
const condition = z.union(
  [
    scalar,
    z.boolean(),
    z.null(),
    z.strictObject({ prefix: z.string() }),
    z.strictObject({ 'anything-but': z.union([scalar, z.array(scalar).min(1)]) }),
    z.strictObject({
      numeric: z.union([z.tuple([comparison, z.number()]), z.tuple([comparison, z.number(), comparison, z.number()])]),
    }),
    z.strictObject({ exists: z.boolean() }),
  ],
  'must be a value, or one of {"prefix"}, {"anything-but"}, {"numeric"}, {"exists"}',
);

const filter = z
  .record(z.string().min(1).max(128), z.array(condition).min(1).max(100))
  .superRefine((conditions, context) => {
    const fault = faultOfFilter(conditions);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

const secret = z
  .string()
  .min(MIN_SECRET_CHARACTERS)
  .max(MAX_SECRET_CHARACTERS)
  .refine(isSound, `after ${SECRET_PREFIX} must come ${SECRET_BYTES.min} to ${SECRET_BYTES.max} bytes in base64`);

const email = z.strictObject({ email: z.email().max(320) });

/** Where to deliver to: a mail address, or a webhook and what signs its calls. */
export type Deliver = { readonly email: string } | { readonly webhook: string; readonly secret: string };

/** The body of a new subscription. */
export interface SubscriptionRequest {
  readonly events: readonly string[];
  readonly filter?: BodyFilter | undefined;
  readonly deliver: Deliver;
}

/** @param policy where webhooks may go */
export function subscriptionRequest(policy: AddressPolicy): z.ZodType<SubscriptionRequest> {
  const webhook = z.strictObject({
    webhook: z
      .string()
      .max(MAX_URL_CHARACTERS)
      .superRefine((url, context) => {
        const fault = faultOfWebhookUrl(url, policy);
        if (fault) context.addIssue({ code: 'custom', message: fault });
      }),
    secret,
  });
  const event = z.enum(EVENT_NAMES, `must be one of ${EVENT_NAMES.join(', ')}`);
  return z.object({
    events: z
      .array(event)
      .min(1)
      .max(EVENT_NAMES.length)
      .transform((events) => [...new Set(events)]),
    filter: filter.optional(),
    // Which of the two it is meant to be is seen from its fields, so that the faults are those of the right one.
    deliver: z.unknown().transform((value, context): Deliver => {
      const isWebhook = typeof value === 'object' && value !== null && 'webhook' in value;
      const result = (isWebhook ? webhook : email).safeParse(value);
      if (result.success) return result.data;
      for (const { path, message } of result.error.issues) context.addIssue({ code: 'custom', path, message });
      return z.NEVER;
    }),
  });
}

function faultOfFilter(body: NonNullable<SubscriptionFilter['body']>): string | undefined {
  if (Object.keys(body).length > MAX_FILTER_FIELDS) return `must name at most ${MAX_FILTER_FIELDS} fields`;
  if (JSON.stringify(body).length > MAX_FILTER_CHARACTERS)
    return `must have at most ${MAX_FILTER_CHARACTERS} characters as JSON`;
  try {
    compileFilter({ body });
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** A secret that says it is base64 must be. */
function isSound(text: string): boolean {
  if (!text.startsWith(SECRET_PREFIX)) return true;
  const base64 = text.slice(SECRET_PREFIX.length);
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 && bytes.length >= SECRET_BYTES.min && bytes.length <= SECRET_BYTES.max;
}
