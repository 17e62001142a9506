import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { importStockFile, INVENTORY_IMPORT_QUEUE } from '@looseleaf/contracts';
import { createMessage, UnavailableError, type MessageBroker } from '@looseleaf/messaging';
import { isObjectStoreError, type ObjectStore } from '@looseleaf/object-store';
import { ProblemError } from '@looseleaf/service-kit';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { BROKER, OBJECT_STORE, STOCK_FILE_IDS } from '../web.tokens.js';

/** 10 MiB, the limit of any body. */
export const MAX_STOCK_FILE_BYTES = 10 * 1024 * 1024;

/** A file that is stored and will be imported. */
export interface ReceivedStockFile {
  readonly id: string;
  readonly bytes: number;
  /** RFC 3339 UTC. */
  readonly receivedAt: string;
}

/** Takes stock files: stores them as they come, and has them imported by whoever works on the queue. */
@Injectable()
export class ReceiveStockFiles {
  constructor(
    @Inject(STOCK_FILE_IDS) private readonly ids: SignedIds,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(BROKER) private readonly broker: MessageBroker,
  ) {}

  /**
   * Resolves when the file and the command to import it are durable.
   * @param content the file; what is left of it when it is refused is read and dropped
   * @throws ProblemError 413 `STOCK_FILE.TOO_LARGE`, 400 `REQUEST.INCOMPLETE` when the sender goes away half way
   * @throws UnavailableError the object store or the broker refuses
   */
  async receive(content: Readable): Promise<ReceivedStockFile> {
    const now = new Date();
    const id = this.ids.make(now.getTime());
    const objectKey = `stock-files/${id}.csv`;
    const bytes = await this.#store(objectKey, content);
    const receivedAt = now.toISOString();
    const command = createMessage(importStockFile, { fileId: id, objectKey, bytes, receivedAt });
    // When the broker refuses, the command may still have been stored, so its file stays.
    await this.broker.queue(INVENTORY_IMPORT_QUEUE).send([command]);
    return { id, bytes, receivedAt };
  }

  async #store(objectKey: string, content: Readable): Promise<number> {
    try {
      const { bytes } = await this.objects.put(objectKey, content, {
        contentType: 'text/csv',
        maxBytes: MAX_STOCK_FILE_BYTES,
      });
      return bytes;
    } catch (cause) {
      // The connection has no place for the next request, and the sender none for the answer, until the body is through.
      content.resume();
      if (isObjectStoreError(cause, 'OBJECT.TOO_LARGE')) throw tooLarge();
      if (isObjectStoreError(cause, 'OBJECT.UNAVAILABLE')) throw new UnavailableError('the object store', { cause });
      if (content.destroyed)
        throw new ProblemError(400, 'REQUEST.INCOMPLETE', 'The file broke off. Send it again.', { cause });
      throw cause;
    }
  }
}

/** The 413 for a stock file, with the way out. */
export function tooLarge(): ProblemError {
  return new ProblemError(
    413,
    'STOCK_FILE.TOO_LARGE',
    'A stock file sent here has at most 10 MiB. For a larger one, ask POST /v1/stock-files/uploads for an address and PUT it there.',
    { headers: { link: '</v1/stock-files/uploads>; rel="alternate"' } },
  );
}
