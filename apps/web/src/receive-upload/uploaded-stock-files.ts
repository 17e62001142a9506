import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { errorText } from '@looseleaf/messaging';
import type { CompletedUpload, UploadConsumer, Uploads } from '@looseleaf/object-store';
import { ImportStockFiles } from '../receive-stock-file/import-stock-files.js';
import { stockFileIdOf } from '../receive-stock-file/stock-file-object.js';
import { UPLOADS } from '../web.tokens.js';

/**
 * Has uploaded files imported. The object store tells of an upload until this resolves, so a file that arrived while the
 * broker was away is imported when the broker is back.
 */
@Injectable()
export class UploadedStockFiles implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger(UploadedStockFiles.name);
  #consumer: UploadConsumer | undefined;

  constructor(
    @Inject(UPLOADS) private readonly uploads: Uploads,
    private readonly imports: ImportStockFiles,
  ) {}

  onApplicationBootstrap(): void {
    this.#consumer = this.uploads.consume((upload) => this.#import(upload), {
      onError: (error) => this.#logger.warn(`an upload waits to be told: ${errorText(error)}`),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#consumer?.stop();
  }

  async #import({ key, versionId, bytes, completedAt }: CompletedUpload): Promise<void> {
    const id = stockFileIdOf(key);
    // Addresses are signed for stock files only.
    if (id === undefined) this.#logger.error(`${key} was uploaded and is no stock file; nobody is told of it`);
    else await this.imports.send({ id, versionId, bytes, receivedAt: completedAt });
  }
}
