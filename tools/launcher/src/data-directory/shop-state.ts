import { existsSync, readFileSync } from 'node:fs';
import type { ProcessIdentity } from '@looseleaf/infra';
import { replaceFile } from '../common/write-file.js';
import type { ServerState } from './server-state.js';
import type { ShopPaths } from './shop-paths.js';

/** Phase of a supervised process. Whether it is healthy is asked of its management port, not kept here. */
export type ProcessPhase = 'starting' | 'running' | 'restarting' | 'stopped';

export interface ServiceState {
  readonly name: string;
  /** From 1. */
  readonly replica: number;
  readonly process?: ProcessIdentity;
  readonly managementUrl: string;
  readonly phase: ProcessPhase;
  /** Since the shop was started. */
  readonly restarts: number;
  readonly logFile: string;
}

/** The mail catcher: a process like a service's, and where it is reached. */
export interface MailState extends ServiceState {
  /** It takes mail there. */
  readonly smtpPort: number;
  /** Its mail is read there. */
  readonly url: string;
}

/** Which backing services a shop runs on. */
export interface BackingChoices {
  readonly broker: 'postgres' | 'kafka';
  readonly kafkaNodes: 1 | 3;
  readonly cache: 'memory' | 'redis';
  readonly objectStore: 'files' | 's3';
}

/** Nothing but Node and what comes with it. */
export const EMBEDDED: BackingChoices = { broker: 'postgres', kafkaNodes: 1, cache: 'memory', objectStore: 'files' };

/** What `state.json` holds while a shop runs, and after a crash: enough to find it, and to clean up behind it. */
export interface ShopState {
  readonly launcher: ProcessIdentity;
  readonly startedAt: string;
  readonly webUrl: string;
  readonly services: readonly ServiceState[];
  readonly mail: MailState;
  readonly postgres: {
    readonly pid: number;
    readonly port: number;
    readonly restarts: number;
    readonly superuserUrl: string;
  };
  /** Missing in the state of an older version, which knew only the embedded ones. */
  readonly choices?: BackingChoices;
  /** Of the other backing services that were chosen. */
  readonly servers?: readonly ServerState[];
  /** Environment of each service's first replica, to run it by hand. */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function writeState(paths: ShopPaths, state: ShopState): void {
  replaceFile(paths.state, `${JSON.stringify(state, null, 2)}\n`);
}

export function readState(paths: ShopPaths): ShopState | undefined {
  return existsSync(paths.state) ? (JSON.parse(readFileSync(paths.state, 'utf8')) as ShopState) : undefined;
}
