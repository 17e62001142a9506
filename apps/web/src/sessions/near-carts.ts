import type { Cache } from '@looseleaf/cache';

/** How long carts are kept near, in milliseconds. */
export interface NearCartsOptions {
  /** For so long, a cart is shown without asking; what others change of it (another device, say) shows after that. */
  readonly freshMs: number;
  /** For so long, a cart is shown while the session store is away. */
  readonly keptMs: number;
}

/** A cart that is kept near. */
export interface NearCart {
  readonly version: number;
  /** JSON. */
  readonly body: string;
  /** What is left of the time in which it is fresh; negative when it is over. */
  readonly freshForMs: number;
}

/**
 * Carts in the memory of this replica, as they were answered last. Whoever reads one says which version its customer has
 * seen, so that customers see their own writes, whichever replica made them.
 */
export class NearCarts {
  /** @param cache in memory, of this replica */
  constructor(
    private readonly cache: Cache,
    private readonly options: NearCartsOptions,
  ) {}

  /** @param version that the customer has seen: an older one is not theirs any more */
  async find(key: string, version: number): Promise<NearCart | undefined> {
    const answer = await this.cache.read(key);
    if (answer.kind === 'miss') return undefined;
    const end = answer.value.indexOf(' ');
    const keptVersion = Number(answer.value.slice(0, end));
    if (keptVersion < version) return undefined;
    const { freshMs, keptMs } = this.options;
    return {
      version: keptVersion,
      body: answer.value.slice(end + 1),
      freshForMs: answer.ttlMs - (keptMs - freshMs),
    };
  }

  /** Keeps a cart, unless a later one is kept. */
  async keep(key: string, version: number, body: string): Promise<void> {
    await this.cache.write([{ key, version, value: `${version} ${body}`, ttlMs: this.options.keptMs }]);
  }

  /** Forgets a cart that may have changed. */
  async forget(key: string): Promise<void> {
    await this.cache.invalidate([key]);
  }
}
