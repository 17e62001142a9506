import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { isObjectStoreError, type ObjectStore, type StoredObject } from '@looseleaf/object-store';
import { ProblemError } from '@looseleaf/service-kit';
import { incomplete, objectStoreAway } from '../http/object-store-problems.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { OBJECT_STORE, STOCK_FILE_IDS } from '../web.tokens.js';
import { ImportStockFiles, type StoredStockFile } from './import-stock-files.js';
import { STOCK_FILE_TYPE, stockFileKey } from './stock-file-object.js';

/** 10 MiB, the limit of any body. */
export const MAX_STOCK_FILE_BYTES = 10 * 1024 * 1024;

/** Takes stock files: stores them as they come, and has them imported. */
@Injectable()
export class ReceiveStockFiles {
  constructor(
    @Inject(STOCK_FILE_IDS) private readonly ids: SignedIds,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly imports: ImportStockFiles,
  ) {}

  /**
   * Resolves when the file and the command to import it are durable.
   * @param content the file; what is left of it when it is refused is read and dropped
   * @throws ProblemError 413 `STOCK_FILE.TOO_LARGE`, 400 `REQUEST.INCOMPLETE` when the sender goes away half way, 503 when
   * the object store is away
   * @throws UnavailableError the broker refuses
   */
  async receive(content: Readable): Promise<StoredStockFile> {
    const id = this.ids.make();
    const { versionId, bytes, storedAt } = await this.#store(stockFileKey(id), content);
    const file = { id, versionId, bytes, receivedAt: storedAt };
    // When the broker refuses, the command may still have been stored, so its file stays.
    await this.imports.send(file);
    return file;
  }

  async #store(key: string, content: Readable): Promise<StoredObject> {
    try {
      return await this.objects.put(key, content, { contentType: STOCK_FILE_TYPE, maxBytes: MAX_STOCK_FILE_BYTES });
    } catch (cause) {
      // The connection has no place for the next request, and the sender none for the answer, until the body is through.
      content.resume();
      if (isObjectStoreError(cause, 'OBJECT.TOO_LARGE')) throw tooLarge();
      if (isObjectStoreError(cause, 'OBJECT.UNAVAILABLE')) throw objectStoreAway(cause);
      if (content.destroyed) throw incomplete(cause);
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
