import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { placeOrder, type PlaceOrder } from '@looseleaf/contracts';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import { HandleCommand } from '@looseleaf/messaging/nest';
import { PlaceOrders } from './place-orders.js';

/** `order.place`: take this order. */
@Controller()
export class PlaceOrderConsumer {
  constructor(private readonly placeOrders: PlaceOrders) {}

  @HandleCommand(placeOrder)
  handle(@Payload() messages: Message<PlaceOrder>[]): Promise<MessageFailure[]> {
    return this.placeOrders.execute(messages);
  }
}
