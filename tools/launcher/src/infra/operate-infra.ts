import { existsSync, rmSync } from 'node:fs';
import { fileLockHolder } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';
import { endLauncher } from '../operate/end-launcher.js';
import { describeInfra } from './describe-infra.js';
import { infraPaths } from './infra-paths.js';
import { readRunningInfra } from './infra-state.js';

export interface OperateInfraOptions {
  readonly dataDir: string;
  readonly json?: boolean;
}

/** Ends the servers; their data stays. */
export async function stopInfra({ dataDir }: OperateInfraOptions): Promise<void> {
  const paths = infraPaths(dataDir);
  const launcher = fileLockHolder(paths.claim);
  if (launcher) await endLauncher(launcher);
  console.log(launcher ? 'The servers are stopped.' : `No servers run in ${paths.root}.`);
}

/** @throws LauncherError `INFRA.NOT_RUNNING` */
export function showInfra({ dataDir, json }: OperateInfraOptions): void {
  const paths = infraPaths(dataDir);
  const state = readRunningInfra(paths);
  if (!state) {
    throw new LauncherError(
      'INFRA.NOT_RUNNING',
      `no servers run in ${paths.root}: start some with "npm run looseleaf -- infra up"`,
    );
  }
  console.log(describeInfra(state, json));
}

/**
 * Ends the servers and deletes their data.
 * @throws LauncherError `RESET.NO_INFRA` when the directory is not one of servers
 */
export async function resetInfra(options: OperateInfraOptions): Promise<void> {
  const paths = infraPaths(options.dataDir);
  if (!existsSync(paths.root)) {
    console.log(`There is nothing in ${paths.root}.`);
    return;
  }
  if (!existsSync(paths.state)) {
    throw new LauncherError('RESET.NO_INFRA', `${paths.root} holds no data of servers, so it is left as it is`);
  }
  await stopInfra(options);
  rmSync(paths.root, { recursive: true, force: true });
  console.log(`${paths.root} is deleted.`);
}
