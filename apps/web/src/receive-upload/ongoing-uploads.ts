import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { WebConfig } from '../web.config.js';
import { CONFIG } from '../web.tokens.js';

/** The share of the shutdown's time that uploads have; the rest is for what comes after them. */
const SHARE = 0.5;

/**
 * Uploads that are being received. An upload may take longer than a process can wait that is to end: what is not through
 * after half of the shutdown's time is cut off. Nothing of it stays, and its sender can send it again to the same address.
 */
@Injectable()
export class OngoingUploads implements OnModuleDestroy {
  readonly #requests = new Set<IncomingMessage>();

  constructor(@Inject(CONFIG) private readonly config: WebConfig) {}

  /** Holds the request until its upload ends. */
  async track<Result>(request: IncomingMessage, upload: Promise<Result>): Promise<Result> {
    this.#requests.add(request);
    try {
      return await upload;
    } finally {
      this.#requests.delete(request);
    }
  }

  onModuleDestroy(): void {
    const cutOff = (): void => this.#requests.forEach((request) => request.destroy());
    setTimeout(cutOff, this.config.SHUTDOWN_DEADLINE_MS * SHARE).unref();
  }
}
