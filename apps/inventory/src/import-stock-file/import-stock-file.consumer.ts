import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  importStockFile,
  INVENTORY_IMPORT_QUEUE,
  topology,
  type ImportStockFile as ImportStockFileCommand,
} from '@looseleaf/contracts';
import { PermanentError, UnavailableError, type Message, type MessageFailure } from '@looseleaf/messaging';
import { BatchContext, HandleCommand } from '@looseleaf/messaging/nest';
import { ImportStockFile } from './import-stock-file.js';

const MAX_ATTEMPTS = topology.queues.find(({ name }) => name === INVENTORY_IMPORT_QUEUE)!.maxReceiveCount;

/** `stock-file.import`: loads a stored object, one file after the other. */
@Controller()
export class ImportStockFileConsumer {
  constructor(private readonly useCase: ImportStockFile) {}

  @HandleCommand(importStockFile)
  async handle(
    @Payload() messages: Message<ImportStockFileCommand>[],
    @Ctx() { deliveries }: BatchContext,
  ): Promise<MessageFailure[]> {
    await this.useCase.receive(messages);
    const failures: MessageFailure[] = [];
    for (const [index, message] of messages.entries()) {
      const { receiveCount } = deliveries[index]!;
      const isLast = receiveCount >= MAX_ATTEMPTS;
      try {
        await this.useCase.execute(message, { number: receiveCount, isLast });
      } catch (error) {
        // The whole batch goes back; the files that are done are recognised when they come again.
        if (error instanceof UnavailableError) throw error;
        // The message is about to become a dead letter: who waits for the file is told.
        if (error instanceof PermanentError || isLast) await this.useCase.giveUp(message, error);
        failures.push({ messageId: message.id, error });
      }
    }
    return failures;
  }
}
