import type { Database, PersistenceLogger } from '@looseleaf/persistence';
import type { AddressPolicy } from '../call-webhook/address-policy.js';
import { WebhookCaller } from '../call-webhook/webhook-caller.js';
import { Cleaner } from '../clean-up/cleaner.js';
import { Mailer } from '../send-mail/mailer.js';
import type { SecretBox } from '../subscriptions/secret-box.js';
import { DeliveryStore } from './delivery-store.js';
import { Dispatcher, type DispatcherOptions } from './dispatcher.js';
import type { RetryPolicy } from './retry-policy.js';

export interface DeliveringOptions extends Pick<DispatcherOptions, 'onSettlement'> {
  readonly database: Database;
  readonly logger: PersistenceLogger;
  readonly secrets: SecretBox;
  readonly addressPolicy: AddressPolicy;
  readonly retry: RetryPolicy;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  readonly smtpTimeoutMs: number;
  readonly webhookTimeoutMs: number;
  readonly deadLetterRetentionMs: number;
  /** See {@link DispatcherOptions}. Default 5 000 each. */
  readonly sweepMs?: number;
  readonly waitMs?: number;
}

/** Starts to deliver by mail and by webhook, and to clean up behind it. */
export function startDelivering(options: DeliveringOptions): {
  dispatcher: Dispatcher;
  /** @param deadlineMs for attempts that are under way */
  stop(deadlineMs: number): Promise<void>;
} {
  const { database, logger, secrets, smtpTimeoutMs, webhookTimeoutMs } = options;
  const mailer = new Mailer({ smtpUrl: options.smtpUrl, from: options.mailFrom, timeoutMs: smtpTimeoutMs, logger });
  const webhooks = new WebhookCaller({ secrets, policy: options.addressPolicy, timeoutMs: webhookTimeoutMs });
  const cleaner = new Cleaner({ database, logger, deadLetterRetentionMs: options.deadLetterRetentionMs });
  const dispatcher = new Dispatcher({
    ...options,
    store: new DeliveryStore(database),
    channels: {
      email: (delivery) => mailer.deliver(delivery),
      webhook: (delivery) => webhooks.deliver(delivery),
    },
    attemptMs: Math.max(smtpTimeoutMs, webhookTimeoutMs),
    slowMs: Math.min(smtpTimeoutMs, webhookTimeoutMs) / 2,
    sweepMs: options.sweepMs ?? 5_000,
    waitMs: options.waitMs ?? 5_000,
  });
  dispatcher.start();
  cleaner.start();
  return {
    dispatcher,
    stop: async (deadlineMs) => {
      await Promise.all([dispatcher.stop(deadlineMs), cleaner.stop()]);
      mailer.close();
      webhooks.close();
    },
  };
}
