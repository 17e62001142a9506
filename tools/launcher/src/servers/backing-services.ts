import type { ServerState } from '../data-directory/server-state.js';
import { BACKING_SERVICES, type BackingServiceName } from './names.js';
import { startBackingService, type BackingService, type StartOptions } from './start-servers.js';

/** The variables by which services reach each of them. */
export type BackingVariables = Readonly<Partial<Record<BackingServiceName, Readonly<Record<string, string>>>>>;

/** The backing services of one data directory, which are kept running. */
export class BackingServices {
  readonly #running = new Map<BackingServiceName, BackingService>();

  constructor(private readonly options: StartOptions) {}

  get states(): readonly ServerState[] {
    // In the order of the names, whichever was up first.
    return BACKING_SERVICES.flatMap((name) => this.#running.get(name)?.servers ?? []).map(({ state }) => state);
  }

  get variables(): BackingVariables {
    return Object.fromEntries([...this.#running].map(([name, { variables }]) => [name, variables]));
  }

  /**
   * Starts them side by side. When it rejects, some may run: call {@link stop}.
   * @throws InfrastructureError as `startBackingService`, of the first that fails
   */
  async start(names: readonly BackingServiceName[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      names.map(async (name) => this.#running.set(name, await startBackingService(name, this.options))),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async stop(): Promise<void> {
    const servers = [...this.#running.values()].flatMap((service) => service.servers);
    await Promise.all(servers.map((server) => server.stop()));
  }
}
