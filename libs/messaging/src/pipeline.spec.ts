import { z } from 'zod';
import type { BatchHandler, Delivery, Settlement } from './broker.js';
import type { MessageContract } from './contract.js';
import { PermanentError, UnavailableError } from './errors.js';
import { createMessage } from './message.js';
import type { MessageHandler } from './middleware/invoke.js';
import { createPipeline, type PipelineOptions } from './pipeline.js';

interface Body {
  readonly group: string;
  readonly value: number;
}

function contractNamed(name: string): MessageContract<Body> {
  return {
    kind: 'command',
    name,
    version: 1,
    channel: 'work',
    schema: z.object({ group: z.string(), value: z.number() }),
    groupKey: ({ group }) => group,
  };
}

const write = contractNamed('note.write');
const erase = contractNamed('note.erase');

function delivery(contract: MessageContract<Body>, value: number, group = `group ${value}`): Delivery {
  return { message: createMessage(contract, { group, value }), receiveCount: 1, sentAt: new Date() };
}

function pipelineOf(
  handlers: [MessageContract<Body>, MessageHandler][],
  options: Partial<PipelineOptions> = {},
): BatchHandler {
  return createPipeline({
    queue: 'work',
    handlers: handlers.map(([contract, handle]) => ({ contract, handle })),
    onBatch: () => undefined,
    onUnavailable: () => undefined,
    retry: { attempts: 3, baseMs: 0 },
    ...options,
  });
}

function kindsOf(settlements: readonly Settlement[]): string[] {
  return settlements.map(({ kind }) => kind);
}

function valuesOf(messages: Parameters<MessageHandler>[0]): number[] {
  return messages.map(({ body }) => (body as Body).value);
}

describe('The consume pipeline', () => {
  it('hands a batch to the handler in one call and settles every message as done when it returns', async () => {
    const calls: number[][] = [];
    const pipeline = pipelineOf([[write, async (messages) => void calls.push(valuesOf(messages))]]);
    const settlements = await pipeline([delivery(write, 1), delivery(write, 2), delivery(write, 3)]);
    expect(calls).toEqual([[1, 2, 3]]);
    expect(kindsOf(settlements)).toEqual(['done', 'done', 'done']);
  });

  it('finds one poison message among 500 in at most 2·log2(n) + 1 calls and finishes the others', async () => {
    let calls = 0;
    const done: number[] = [];
    const pipeline = pipelineOf([
      [
        write,
        async (messages) => {
          calls += 1;
          if (valuesOf(messages).includes(137)) throw new Error('poison');
          done.push(...valuesOf(messages));
        },
      ],
    ]);
    const settlements = await pipeline(Array.from({ length: 500 }, (_, value) => delivery(write, value)));
    expect(settlements[137]).toMatchObject({ kind: 'failed', error: new Error('poison') });
    expect(settlements.filter(({ kind }) => kind === 'done')).toHaveLength(499);
    expect(done.toSorted((a, b) => a - b)).toEqual([...Array(500).keys()].filter((value) => value !== 137));
    expect(calls).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(500)) + 1);
  });

  it('fails only the messages that a handler names', async () => {
    const pipeline = pipelineOf([
      [write, async ([first]) => [{ messageId: first!.id, error: new Error('not this one') }]],
    ]);
    expect(kindsOf(await pipeline([delivery(write, 1), delivery(write, 2)]))).toEqual(['failed', 'done']);
  });

  it('holds back the later messages of a group whose earlier message failed, and no other group', async () => {
    const erased: number[] = [];
    const pipeline = pipelineOf([
      [
        write,
        async (messages) =>
          messages
            .filter(({ body }) => (body as Body).value === 1)
            .map(({ id }) => ({ messageId: id, error: new Error('no') })),
      ],
      [erase, async (messages) => void erased.push(...valuesOf(messages))],
    ]);
    const settlements = await pipeline([
      delivery(write, 1, 'a'),
      delivery(erase, 2, 'a'),
      delivery(write, 3, 'b'),
      delivery(erase, 4, 'b'),
    ]);
    expect(kindsOf(settlements)).toEqual(['failed', 'released', 'done', 'done']);
    expect(erased).toEqual([4]);
  });

  it('keeps the order within each group over handlers of different names, in few calls', async () => {
    const calls: string[] = [];
    const log =
      (name: string): MessageHandler =>
      async (messages) =>
        void calls.push(`${name} ${valuesOf(messages).join()}`);
    const pipeline = pipelineOf([
      [write, log('write')],
      [erase, log('erase')],
    ]);
    await pipeline([
      delivery(write, 1, 'a'),
      delivery(erase, 2, 'a'),
      delivery(erase, 3, 'b'),
      delivery(write, 4, 'b'),
      delivery(write, 5, 'a'),
    ]);
    expect(calls).toEqual(['write 1', 'erase 3', 'erase 2', 'write 4', 'write 5']);
  });

  it('releases the batch and pauses, without counting an attempt, while a dependency is away', async () => {
    const told: unknown[] = [];
    const pipeline = pipelineOf([[write, async () => Promise.reject(new UnavailableError('database'))]], {
      unavailablePauseMs: 250,
      onUnavailable: (error) => told.push(error),
    });
    const settlements = await pipeline([delivery(write, 1), delivery(write, 2)]);
    expect(settlements).toEqual([
      { kind: 'released', delayMs: 250 },
      { kind: 'released', delayMs: 250 },
    ]);
    expect(told).toHaveLength(1);
  });

  it('calls again at once after a retryable error', async () => {
    let calls = 0;
    const pipeline = pipelineOf([
      [
        write,
        async () => {
          calls += 1;
          if (calls < 3) throw Object.assign(new Error('deadlock detected'), { retryable: true });
        },
      ],
    ]);
    expect(kindsOf(await pipeline([delivery(write, 1)]))).toEqual(['done']);
    expect(calls).toBe(3);
  });

  it('dead-letters at once what does not fit its contract or has none, and handles the rest', async () => {
    const seen: number[] = [];
    const pipeline = pipelineOf([[write, async (messages) => void seen.push(...valuesOf(messages))]]);
    const bad = delivery(write, 1);
    const settlements = await pipeline([
      { ...bad, message: { ...bad.message, body: { group: 'a', value: 'one' } } },
      delivery(contractNamed('note.burn'), 2),
      delivery(write, 3),
    ]);
    expect(settlements.slice(0, 2)).toMatchObject([
      { kind: 'failed', permanent: true, error: { code: 'MESSAGE.INVALID' } },
      { kind: 'failed', permanent: true, error: { code: 'MESSAGE.UNKNOWN' } },
    ]);
    expect(seen).toEqual([3]);
  });

  it('backs off longer with each delivery, and not at all for what can never succeed', async () => {
    const fail = (error: Error): Promise<readonly Settlement[]> =>
      pipelineOf([[write, async () => Promise.reject(error)]], { backoff: { baseMs: 100, maxMs: 1_000 } })([
        { ...delivery(write, 1), receiveCount: 3 },
      ]);
    const [later] = await fail(new Error('try again'));
    expect(later).toMatchObject({ kind: 'failed', permanent: false });
    expect((later as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(200);
    expect((later as { delayMs: number }).delayMs).toBeLessThanOrEqual(400);
    expect(await fail(new PermanentError('NOTE.IMPOSSIBLE', 'never'))).toMatchObject([
      { kind: 'failed', permanent: true },
    ]);
  });
});
