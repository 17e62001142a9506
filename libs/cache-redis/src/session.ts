import type { Cluster, Redis } from 'ioredis';

/** How long the server's clock is trusted to go as fast as ours. */
const CLOCK_MS = 10_000;

/** One connection to a server, from being ready to its end. */
export class Session {
  #offsetMs = 0;
  #trustedUntilMs = 0;

  /** @param run of the server's process; empty in a cluster, which has many */
  private constructor(
    private readonly client: Redis | Cluster,
    readonly run: string,
  ) {}

  static async open(client: Redis | Cluster): Promise<Session> {
    const session = new Session(client, client.isCluster ? '' : await runOf(client));
    await session.#readClock();
    return session;
  }

  /** Milliseconds of the server's clock. It expires entries by itself: we only tell how long that will take. */
  now(): number {
    const nowMs = performance.now();
    if (nowMs > this.#trustedUntilMs) {
      this.#trustedUntilMs = nowMs + CLOCK_MS;
      this.#readClock().catch(() => undefined); // The connection is broken, and the session with it.
    }
    return nowMs + this.#offsetMs;
  }

  async #readClock(): Promise<void> {
    const askedAtMs = performance.now();
    const [seconds, microseconds] = await this.client.time();
    // As if it had looked at once: rather too late than too early, so that what is left of a time is never too long.
    this.#offsetMs = Number(seconds) * 1000 + Number(microseconds) / 1000 - askedAtMs;
    this.#trustedUntilMs = performance.now() + CLOCK_MS;
  }
}

/** Another one after each start of the server, and of a replica that took over. */
async function runOf(client: Redis | Cluster): Promise<string> {
  const run = /^run_id:(\w+)/m.exec(await client.info('server'))?.[1];
  if (run === undefined) throw new Error('the server does not say its run_id in INFO');
  return run.slice(0, 12);
}
