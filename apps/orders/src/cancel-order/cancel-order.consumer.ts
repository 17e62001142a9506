import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { cancelOrder, type CancelOrder } from '@looseleaf/contracts';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import { HandleCommand } from '@looseleaf/messaging/nest';
import { CancelOrders } from './cancel-orders.js';

/** `order.cancel`: cancel this order, in whatever state it is. */
@Controller()
export class CancelOrderConsumer {
  constructor(private readonly cancelOrders: CancelOrders) {}

  @HandleCommand(cancelOrder)
  handle(@Payload() messages: Message<CancelOrder>[]): Promise<MessageFailure[]> {
    return this.cancelOrders.execute(messages);
  }
}
