import { indexOf } from '@looseleaf/messaging/conformance';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { HoldingConsumerOptions } from './holding-consumer.js';

export interface ConsumerProcess {
  /** The indexes of what it got, in order. */
  readonly received: readonly number[];
  /** Lets it finish what it holds. */
  release(): void;
  /** Resolves after its end when the signal ends it. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the built program beside this file. */
export function runConsumer(options: HoldingConsumerOptions): ConsumerProcess {
  const file = path.resolve(import.meta.dirname, '../../dist/testing/holding-consumer.js');
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
  // Not the flags of the test runner.
  const child = fork(file, { execArgv: [], env: { PATH: process.env['PATH'], CONSUMER: JSON.stringify(options) } });
  const received: number[] = [];
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('message', (bodies: unknown[]) => received.push(...bodies.map(indexOf)));
  return {
    received,
    release: () => void child.send('release'),
    kill: async (signal) => {
      child.kill(signal);
      if (signal === 'SIGKILL') await ended;
    },
  };
}
