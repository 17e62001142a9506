import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ConsumerProgramOptions, ConsumerReport } from './consumer-program.js';
import { eventually } from './eventually.js';
import type { Harness } from './harness.js';

/** A consumer in a process of its own, so that it can really die. */
export class ConsumerProcess {
  /** What it was given, in order; a batch is reported before it is handled. */
  readonly received: { readonly id: string; readonly receiveCount: number }[] = [];
  readonly batchSizes: number[] = [];
  private ready = false;
  private ended = false;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (report: ConsumerReport) => {
      if (report.kind === 'ready') this.ready = true;
      else {
        this.received.push(...report.messages);
        this.batchSizes.push(report.messages.length);
      }
    });
    child.on('exit', () => (this.ended = true));
  }

  static async start(harness: Harness, options: ConsumerProgramOptions): Promise<ConsumerProcess> {
    const { file, env } = harness.consumerProgram;
    if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
    const child = fork(file, {
      // Not the flags of the test runner.
      execArgv: [],
      env: { PATH: process.env['PATH'], ...env, CONSUMER: JSON.stringify(options) },
    });
    const consumer = new ConsumerProcess(child);
    await eventually(() => consumer.ready || consumer.ended, 'the consumer process to start');
    if (consumer.ended) throw new Error(`${file} ended at once`);
    return consumer;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  async untilReceived(count: number): Promise<void> {
    await eventually(() => this.received.length >= count, `${count} messages in the other process`);
  }

  /** Lets a `hold` process finish its batch. */
  release(): void {
    this.child.send('release');
  }

  /** SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await eventually(() => this.ended, 'the consumer process to end');
  }
}
