import { INTERNAL_KEY } from '@looseleaf/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Database } from '@looseleaf/persistence';
import type { AddressPolicy } from './call-webhook/address-policy.js';
import type { Dispatcher } from './deliver/dispatcher.js';
import { DeadLetters } from './manage-subscriptions/dead-letters.js';
import { ADDRESS_POLICY, SubscriptionsController } from './manage-subscriptions/subscriptions.controller.js';
import { Subscriptions } from './manage-subscriptions/subscriptions.js';
import { NotifySubscribersConsumer } from './notify-subscribers/notify-subscribers.consumer.js';
import { NotifySubscribers } from './notify-subscribers/notify-subscribers.js';
import type { SecretBox } from './subscriptions/secret-box.js';
import { SubscriptionDirectory } from './subscriptions/subscription-directory.js';

/** What the notifier needs from outside; `main.ts` makes it and closes it. */
export interface NotifierModuleOptions {
  readonly database: Database;
  /** Delivers what the consumers write down. */
  readonly dispatcher: Pick<Dispatcher, 'wake'>;
  readonly secrets: SecretBox;
  /** Where webhooks may go. */
  readonly addressPolicy: AddressPolicy;
  /** The key of the internal HTTP API. */
  readonly internalKey: string;
}

/** The notifier: its consumers, its internal HTTP API, and a use case behind each. */
@Module({})
export class NotifierModule {
  static create({ database, dispatcher, secrets, ...options }: NotifierModuleOptions): DynamicModule {
    const wake = (lanes: Iterable<string>): void => dispatcher.wake(lanes);
    const directory = new SubscriptionDirectory(database);
    return {
      module: NotifierModule,
      controllers: [NotifySubscribersConsumer, SubscriptionsController],
      providers: [
        { provide: INTERNAL_KEY, useValue: options.internalKey },
        { provide: ADDRESS_POLICY, useValue: options.addressPolicy },
        { provide: NotifySubscribers, useValue: new NotifySubscribers(database, directory, wake) },
        { provide: Subscriptions, useValue: new Subscriptions(database, secrets) },
        { provide: DeadLetters, useValue: new DeadLetters(database, wake) },
      ],
    };
  }
}
