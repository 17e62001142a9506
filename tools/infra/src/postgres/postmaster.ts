import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify } from '../process-identity.js';
import type { DataDirectory } from './data-directory.js';
import { endServer, recordOwner } from './leftover.js';
import type { Privileges } from './privileges.js';

/** Signals that leave the server running, or stopped but alive. */
const NOT_DEADLY: readonly NodeJS.Signals[] = ['SIGSTOP', 'SIGCONT', 'SIGHUP'];

/** One run of the server's main process. */
export class Postmaster {
  /** Resolves with how the process ended, also when it could not be started. */
  readonly ended: Promise<string>;
  #running = true;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    });
    void this.ended.then(() => (this.#running = false));
  }

  static launch(directory: DataDirectory, privileges: Privileges, serverArguments: readonly string[]): Postmaster {
    if (existsSync(directory.logFile)) renameSync(directory.logFile, `${directory.logFile}.1`);
    const log = openSync(directory.logFile, 'w', 0o600);
    const [command = '', ...prefix] = [...privileges.serverPrefix, privileges.binaries.postgres];
    // A session of its own, so that Ctrl-C in the terminal does not end it before its clients.
    const child = spawn(command, [...prefix, '-D', directory.cluster, ...serverArguments], {
      stdio: ['ignore', log, log],
      cwd: directory.root,
      detached: true,
    });
    closeSync(log);
    if (child.pid) recordOwner(directory, child.pid);
    return new Postmaster(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** Waits until `answers` says so. Resolves with false, and no process left, when it ended or the deadline passed before. */
  async untilReady(answers: () => Promise<boolean>, deadline: number): Promise<boolean> {
    while (this.#running && Date.now() < deadline) {
      // When another server has this port, the answer may be that one's: ours has then ended.
      if ((await answers()) && this.#running) return true;
      await Promise.race([sleep(30), this.ended]);
    }
    await this.kill('SIGKILL');
    return false;
  }

  async stop(): Promise<void> {
    const identity = identify(this.pid);
    if (identity) await endServer(identity);
    await this.ended;
  }

  /** Resolves after its end when the signal ends it. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.#running) return;
    this.child.kill(signal);
    if (!NOT_DEADLY.includes(signal)) await this.ended;
  }
}
