import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  NOTIFIER_SUBSCRIPTION,
  orderCancelled,
  orderConfirmed,
  orderRejected,
  stockDepleted,
  stockFileImported,
  stockReplenished,
} from '@looseleaf/contracts';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import { HandleEvent } from '@looseleaf/messaging/nest';
import { NotifySubscribers } from './notify-subscribers.js';

const here = { subscription: NOTIFIER_SUBSCRIPTION };

/** Every event that somebody may be told of. Boot fails when the topology lets one through that has no handler here. */
@Controller()
export class NotifySubscribersConsumer {
  constructor(private readonly notifySubscribers: NotifySubscribers) {}

  @HandleEvent(orderConfirmed, here)
  orderConfirmed(@Payload() messages: Message[]): Promise<MessageFailure[]> {
    return this.notifySubscribers.execute(messages);
  }

  @HandleEvent(orderRejected, here)
  orderRejected(@Payload() messages: Message[]): Promise<MessageFailure[]> {
    return this.notifySubscribers.execute(messages);
  }

  @HandleEvent(orderCancelled, here)
  orderCancelled(@Payload() messages: Message[]): Promise<MessageFailure[]> {
    return this.notifySubscribers.execute(messages);
  }

  @HandleEvent(stockDepleted, here)
  stockDepleted(@Payload() messages: Message[]): Promise<MessageFailure[]> {
    return this.notifySubscribers.execute(messages);
  }

  @HandleEvent(stockReplenished, here)
  stockReplenished(@Payload() messages: Message[]): Promise<MessageFailure[]> {
    return this.notifySubscribers.execute(messages);
  }

  @HandleEvent(stockFileImported, here)
  stockFileImported(@Payload() messages: Message[]): Promise<MessageFailure[]> {
    return this.notifySubscribers.execute(messages);
  }
}
