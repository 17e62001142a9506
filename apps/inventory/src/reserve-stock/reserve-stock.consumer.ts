import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { reserveStock, type ReserveStock as ReserveStockCommand } from '@looseleaf/contracts';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import { HandleCommand } from '@looseleaf/messaging/nest';
import { ReserveStock } from './reserve-stock.js';

/** `stock.reserve`: all lines of an order or none. */
@Controller()
export class ReserveStockConsumer {
  constructor(private readonly useCase: ReserveStock) {}

  @HandleCommand(reserveStock)
  handle(@Payload() messages: Message<ReserveStockCommand>[]): Promise<MessageFailure[]> {
    return this.useCase.execute(messages);
  }
}
