import { notifiableEvents } from '@looseleaf/contracts';
import type { FilterCondition, NumericRange } from '@looseleaf/messaging';
import { z } from 'zod';
import { storableText } from '../http/text.schema.js';

const MAX_FIELDS = 10;
const MAX_CONDITIONS = 100;

const comparison = z.enum(['=', '<', '<=', '>', '>=']);
const range: z.ZodType<NumericRange> = z.union([
  z.tuple([comparison, z.number()]),
  z.tuple([comparison, z.number(), comparison, z.number()]),
]);
const word = storableText(256);
const value = z.union([word, z.number()]);
const condition: z.ZodType<FilterCondition> = z.union(
  [
    value,
    z.boolean(),
    z.null(),
    z.strictObject({ prefix: word }),
    z.strictObject({ 'anything-but': z.union([value, z.array(value).min(1).max(MAX_CONDITIONS)]) }),
    z.strictObject({ numeric: range }),
    z.strictObject({ exists: z.boolean() }),
  ],
  {
    error:
      'must be a value, { "prefix": … }, { "anything-but": … }, { "numeric": [">=", 1, "<", 9] } or { "exists": … }',
  },
);

/** Field of the event → conditions of which one must match; every field must. The conditions of Amazon SNS filter policies. */
export const subscriptionFilter = z
  .record(storableText(128), z.array(condition).min(1).max(MAX_CONDITIONS))
  .refine((filter) => Object.keys(filter).length <= MAX_FIELDS, `must name at most ${MAX_FIELDS} fields`)
  .describe('Field of the event, `address.city` for a nested one → conditions of which one must match');

const webhook = z.url({ protocol: /^https?$/ }).max(2_048);
const email = z.email().max(320);

/** The body of `POST /v1/subscriptions`. */
export const subscriptionRequest = z.object({
  events: z
    .array(z.enum(notifiableEvents.map(({ name }) => name)))
    .min(1)
    .max(notifiableEvents.length),
  filter: subscriptionFilter.optional(),
  deliver: z.union([z.strictObject({ email }), z.strictObject({ webhook, secret: storableText(512).min(16) })], {
    error: 'must be { "email": address } or { "webhook": http(s) URL, "secret": 16 to 512 characters }',
  }),
});
export type SubscriptionRequest = z.infer<typeof subscriptionRequest>;
