import { existsSync, readFileSync } from 'node:fs';
import { fileLockHolder, type ProcessIdentity } from '@looseleaf/infra';
import { replaceFile } from '../common/write-file.js';
import type { ServerState } from '../data-directory/server-state.js';
import type { MailState } from '../data-directory/shop-state.js';
import type { InfraPaths } from './infra-paths.js';

/** What `infra.json` holds while the servers run, and after a crash. */
export interface InfraState {
  readonly launcher: ProcessIdentity;
  readonly parts: readonly string[];
  readonly servers: readonly ServerState[];
  readonly mail?: MailState;
  /** How services reach the servers, by the names of their variables. Holds secrets. */
  readonly variables: Readonly<Record<string, string>>;
}

export function writeInfraState(paths: InfraPaths, state: InfraState): void {
  replaceFile(paths.state, `${JSON.stringify(state, null, 2)}\n`);
}

export function readInfraState(paths: InfraPaths): InfraState | undefined {
  return existsSync(paths.state) ? (JSON.parse(readFileSync(paths.state, 'utf8')) as InfraState) : undefined;
}

/** The state of the servers that run in the directory now; `undefined` when none do, or they are only just starting. */
export function readRunningInfra(paths: InfraPaths): InfraState | undefined {
  const launcher = fileLockHolder(paths.claim);
  const state = launcher && readInfraState(paths);
  return state?.launcher.pid === launcher?.pid ? state : undefined;
}
