import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { releaseStock, type ReleaseStock as ReleaseStockCommand } from '@looseleaf/contracts';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import { HandleCommand } from '@looseleaf/messaging/nest';
import { ReleaseStock } from './release-stock.js';

/** `stock.release`: gives back what is reserved for an order, to the stores it came from. */
@Controller()
export class ReleaseStockConsumer {
  constructor(private readonly useCase: ReleaseStock) {}

  @HandleCommand(releaseStock)
  handle(@Payload() messages: Message<ReleaseStockCommand>[]): Promise<MessageFailure[]> {
    return this.useCase.execute(messages);
  }
}
