import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { WebConfig } from '../web.config.js';
import { CONFIG } from '../web.tokens.js';

/** The share of the shutdown's time that uploads have; the rest is for what comes after them. */
const SHARE = 0.5;

/**
 * Uploads that are being received. An upload may take longer than a process can wait that is to end: what is not through
 * after half of the shutdown's time is cut off. Nothing of it stays, and its sender can send it again to the same address.
 */
@Injectable()
export class OngoingUploads implements OnModuleDestroy, OnApplicationShutdown {
  readonly #uploads = new Map<IncomingMessage, Promise<unknown>>();

  constructor(@Inject(CONFIG) private readonly config: WebConfig) {}

  /** Holds the request until its upload ends. */
  async track<Result>(request: IncomingMessage, upload: Promise<Result>): Promise<Result> {
    this.#uploads.set(request, upload);
    try {
      return await upload;
    } finally {
      this.#uploads.delete(request);
    }
  }

  onModuleDestroy(): void {
    const cutOff = (): void => [...this.#uploads.keys()].forEach((request) => request.destroy());
    setTimeout(cutOff, this.config.SHUTDOWN_DEADLINE_MS * SHARE).unref();
  }

  /** No request is open any more; what was written of those that were cut off is still being taken away. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.#uploads.values());
  }
}
