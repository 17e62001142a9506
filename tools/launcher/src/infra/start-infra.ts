import { mkdirSync } from 'node:fs';
import { tryFileLock } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';
import { INFRA_PARTS, type InfraPart } from '../servers/names.js';
import { endLeftovers } from '../start-shop/end-leftovers.js';
import { ConsoleReporter } from '../start-shop/reporter.js';
import { aborted, stopRequest } from '../start-shop/stop-request.js';
import { describeInfra } from './describe-infra.js';
import { infraPaths, type InfraPaths } from './infra-paths.js';
import { readInfraState, readRunningInfra } from './infra-state.js';
import { Infra } from './infra.js';

export interface StartInfraOptions {
  readonly dataDir: string;
  /** Of Kafka. */
  readonly nodes: 1 | 3;
  readonly json?: boolean;
}

/**
 * Runs servers until SIGINT or SIGTERM; where they run already, it only says so.
 * @param wanted all there are when none is named
 * @throws LauncherError `INFRA.ALREADY_RUNS` with others, and whatever keeps one from being installed or started
 */
export async function startInfra(wanted: readonly InfraPart[], options: StartInfraOptions): Promise<void> {
  const parts = wanted.length > 0 ? INFRA_PARTS.filter((part) => wanted.includes(part)) : INFRA_PARTS;
  const paths = infraPaths(options.dataDir);
  mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  const claim = await tryFileLock(paths.claim);
  if (typeof claim !== 'function') return showRunning(parts, paths, claim.pid, options.json);
  const stopping = stopRequest();
  const reporter = new ConsoleReporter(options.json ? process.stderr : process.stdout);
  const infra = new Infra({ paths, parts, kafkaNodes: options.nodes, reporter });
  try {
    const before = readInfraState(paths);
    if (before) await endLeftovers([...before.servers, before.mail ?? {}]);
    await infra.start(stopping);
    console.log(describeInfra(infra.state, options.json));
    if (!options.json) reporter.note('\nStop with Ctrl-C, or "npm run looseleaf -- infra down".');
    await aborted(stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    await reporter.step('Stopping', () => infra.stop());
    claim();
  }
}

function showRunning(parts: readonly InfraPart[], paths: InfraPaths, pid: number, json?: boolean): void {
  const running = readRunningInfra(paths);
  if (!running || !parts.every((part) => running.parts.includes(part))) {
    throw new LauncherError(
      'INFRA.ALREADY_RUNS',
      `process ${pid} already runs ${running?.parts.join(', ') ?? 'servers'} in ${paths.root}. Stop it with ` +
        '"npm run looseleaf -- infra down" and start all that you need, or choose another directory with --data-dir',
    );
  }
  console.log(describeInfra(running, json));
}
