import { LauncherError } from '../common/launcher-error.js';
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
   * @throws InfrastructureError as `startBackingService`; LauncherError `SERVERS.NOT_STARTED` when several fail
   */
  async start(names: readonly BackingServiceName[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      names.map(async (name) => this.#running.set(name, await startBackingService(name, this.options))),
    );
    const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    if (faults.length > 1) {
      throw new LauncherError('SERVERS.NOT_STARTED', faults.map(({ message }) => message).join('\n'));
    }
    if (faults[0]) throw faults[0];
  }

  async stop(): Promise<void> {
    const servers = [...this.#running.values()].flatMap((service) => service.servers);
    await Promise.all(servers.map((server) => server.stop()));
  }
}
