import { Inject, Injectable } from '@nestjs/common';
import { importStockFile, INVENTORY_IMPORT_QUEUE } from '@looseleaf/contracts';
import { createMessage, type MessageBroker } from '@looseleaf/messaging';
import { BROKER } from '../web.tokens.js';
import { stockFileKey } from './stock-file-object.js';

/** A stock file that is in the object store. */
export interface StoredStockFile {
  readonly id: string;
  /** Of the object. */
  readonly versionId: string;
  readonly bytes: number;
  /** When its last byte arrived: files are loaded as if in this order. */
  readonly receivedAt: Date;
}

/** Has stock files imported by whoever works on the queue. */
@Injectable()
export class ImportStockFiles {
  constructor(@Inject(BROKER) private readonly broker: MessageBroker) {}

  /**
   * Resolves when the command is durable. To send it again for the same file changes nothing: the import knows its file.
   * @throws UnavailableError the broker refuses; the command may have been stored all the same
   */
  async send({ id, versionId, bytes, receivedAt }: StoredStockFile): Promise<void> {
    const object = { objectKey: stockFileKey(id), versionId, bytes };
    const command = { fileId: id, ...object, receivedAt: receivedAt.toISOString() };
    await this.broker.queue(INVENTORY_IMPORT_QUEUE).send([createMessage(importStockFile, command)]);
  }
}
