import { DONE, type BatchHandler, type MessageBroker } from '../broker.js';

/** What a consumer process does with a batch; `hold` waits for the suite's word. */
export type ConsumerBehaviour = 'done' | 'hold' | 'die-on-poison';

/** Given to the process in the environment variable `CONSUMER`, as JSON. */
export interface ConsumerProgramOptions {
  readonly queue: string;
  readonly behaviour: ConsumerBehaviour;
  readonly visibilityTimeoutMs: number;
  /** How far this process's clock is off. */
  readonly clockOffsetMs?: number;
}

/** What the process tells the suite. */
export type ConsumerReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'batch'; readonly messages: readonly { readonly id: string; readonly receiveCount: number }[] };

/**
 * The whole of a consumer process: an adapter's program calls it with its own way to connect. It runs until it is killed,
 * or the suite's end of the channel closes.
 */
export function runConsumerProgram(connect: () => MessageBroker): void {
  const options = JSON.parse(process.env['CONSUMER'] ?? '{}') as ConsumerProgramOptions;
  shiftClock(options.clockOffsetMs ?? 0);
  const released = new Promise<void>((resolve) => process.once('message', () => resolve()));
  process.on('disconnect', () => process.exit());
  const handler: BatchHandler = async (batch) => {
    const messages = batch.map(({ message, receiveCount }) => ({ id: message.id, receiveCount }));
    await report({ kind: 'batch', messages });
    if (options.behaviour === 'hold') await released;
    const poison = batch.some(({ message }) => (message.body as { poison?: boolean }).poison === true);
    if (options.behaviour === 'die-on-poison' && poison) process.kill(process.pid, 'SIGKILL');
    return batch.map(() => DONE);
  };
  const { visibilityTimeoutMs } = options;
  connect().queue(options.queue).consume(handler, { visibilityTimeoutMs });
  void report({ kind: 'ready' });
}

function report(message: ConsumerReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

function shiftClock(offsetMs: number): void {
  if (offsetMs === 0) return;
  const { now } = Date;
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parts: unknown[]) {
      super(...((parts.length === 0 ? [now() + offsetMs] : parts) as [number]));
    }
    static override now = (): number => now() + offsetMs;
  } as DateConstructor;
}
