import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  ORDERS_SUBSCRIPTION,
  stockRefused,
  stockReserved,
  type StockRefused,
  type StockReserved,
} from '@looseleaf/contracts';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import { HandleEvent } from '@looseleaf/messaging/nest';
import { SettleReservations } from './settle-reservations.js';

/** `stock.reserved` and `stock.refused`: inventory's answers. */
@Controller()
export class SettleReservationConsumer {
  constructor(private readonly settleReservations: SettleReservations) {}

  @HandleEvent(stockReserved, { subscription: ORDERS_SUBSCRIPTION })
  handleReserved(@Payload() messages: Message<StockReserved>[]): Promise<MessageFailure[]> {
    return this.settleReservations.confirm(messages);
  }

  @HandleEvent(stockRefused, { subscription: ORDERS_SUBSCRIPTION })
  handleRefused(@Payload() messages: Message<StockRefused>[]): Promise<MessageFailure[]> {
    return this.settleReservations.reject(messages);
  }
}
