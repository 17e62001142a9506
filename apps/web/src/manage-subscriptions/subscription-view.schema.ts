import { z } from 'zod';
import { subscriptionFilter } from './subscription-request.schema.js';

const count = z.int().min(0);

/** A subscription, as the notifier shows it. The secret of a webhook never comes back. */
export const subscriptionView = z.looseObject({
  id: z.uuid(),
  events: z.array(z.string()),
  filter: subscriptionFilter.optional(),
  deliver: z.union([z.object({ email: z.string() }), z.object({ webhook: z.string() })]),
  createdAt: z.iso.datetime(),
  deadLettered: count.describe('Notifications that could not be delivered; they wait to be redriven'),
});

/** A notification that could not be delivered. */
export const deadLetterView = z.looseObject({
  id: z.string(),
  event: z.string().describe('Name of the event'),
  attempts: count,
  error: z.string().describe('How the last attempt failed'),
  deadLetteredAt: z.iso.datetime(),
});

/** What became of a redrive. */
export const redriveView = z.object({ id: z.uuid(), redriven: count });
