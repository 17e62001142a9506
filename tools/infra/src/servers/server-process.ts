import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from '../errors.js';

export interface ServerProcessOptions {
  /** In error messages: `Kafka node 2`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Appended to. */
  readonly logFile: string;
  /** Whether the server answers; asked until it does. */
  answers(): Promise<boolean>;
  readonly startDeadlineMs?: number;
  /** SIGKILL when an orderly end takes longer. */
  readonly stopDeadlineMs?: number;
}

const POLL_MS = 30;
const LINES_OF_LOG_IN_ERROR = 15;

/** A server on loopback as one process, which ends with the process that started it (on Linux, with setpriv). */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('was never started');

  constructor(private readonly options: ServerProcessOptions) {}

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves with how the present run ended, or the last one did. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /**
   * Resolves when the server answers.
   * @throws InfrastructureError `SERVER.NOT_STARTED`, with the end of its log; no process is left
   */
  async start(): Promise<void> {
    if (this.#child) return;
    const { answers, startDeadlineMs = 60_000 } = this.options;
    this.#launch();
    const deadline = Date.now() + startDeadlineMs;
    while (this.#child && Date.now() < deadline) {
      // When another server has its port, the answer may be that one's: ours has then ended.
      if ((await answers()) && this.#child) return;
      await Promise.race([sleep(POLL_MS), this.#ended]);
    }
    const how = this.#child ? `did not answer within ${startDeadlineMs} ms` : await this.#ended;
    await this.kill('SIGKILL');
    throw new InfrastructureError('SERVER.NOT_STARTED', `${this.options.name} ${how}\n${this.#endOfLog()}`);
  }

  /** SIGTERM, and SIGKILL after the deadline. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.options.stopDeadlineMs ?? 10_000);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Resolves after its end when the signal ends it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child?.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT') await this.#ended;
  }

  #launch(): void {
    const { command, args, cwd, env, logFile } = this.options;
    const log = openSync(logFile, 'a', 0o600);
    const [program = '', ...before] = [...diesWithParent(), command];
    // A session of its own, so that Ctrl-C in the terminal does not end it before its clients.
    const child = spawn(program, [...before, ...args], { cwd, env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    this.#ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    }).then((how) => {
      this.#child = undefined;
      return how;
    });
  }

  #endOfLog(): string {
    return readFileSync(this.options.logFile, 'utf8').trimEnd().split('\n').slice(-LINES_OF_LOG_IN_ERROR).join('\n');
  }
}

let prefix: readonly string[] | undefined;

/** What to put before a command so that the kernel ends it with this process. */
function diesWithParent(): readonly string[] {
  prefix ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0
      ? ['setpriv', '--pdeathsig=TERM', '--']
      : [];
  return prefix;
}
