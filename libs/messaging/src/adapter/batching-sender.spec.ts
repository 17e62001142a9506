import { MessagingConfigurationError, PermanentError, UnavailableError } from '../errors.js';
import { BatchingSender } from './batching-sender.js';

interface Item {
  readonly envelope: string;
  readonly bytes: number;
}

const item = (envelope: string): Item => ({ envelope, bytes: envelope.length });

/** A sender, what it wrote, and how each write goes. */
function setUp(write: (written: string[]) => Promise<void> | void, options = {}) {
  const writes: string[][] = [];
  const sut = new BatchingSender<Item>({
    timeoutMs: 500,
    maxBufferedMessages: 100,
    ...options,
    write: async (items) => {
      const written = items.map(({ envelope }) => envelope);
      writes.push(written);
      await write(written);
    },
  });
  return { sut, writes };
}

describe('BatchingSender', () => {
  it('writes at once when idle, and puts what arrives meanwhile into one write, in order', async () => {
    let finish = (): void => undefined;
    const { sut, writes } = setUp(() =>
      writes.length === 1 ? new Promise<void>((resolve) => (finish = resolve)) : undefined,
    );
    const sends = [sut.send([item('a')])];
    await Promise.resolve();
    await Promise.resolve();
    sends.push(sut.send([item('b'), item('c')]), sut.send([item('d')]));
    expect(writes).toEqual([['a']]);
    finish();
    await Promise.all(sends);
    expect(writes).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('starts again after it ran dry', async () => {
    const { sut, writes } = setUp(() => undefined);
    await sut.send([item('a')]);
    await sut.send([item('b')]);
    expect(writes).toEqual([['a'], ['b']]);
  });

  it('repeats a write while the server is away, and keeps the order', async () => {
    const { sut, writes } = setUp(() => {
      if (writes.length < 3) throw new UnavailableError('broker');
    });
    const first = sut.send([item('a')]);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, sut.send([item('b')])]);
    expect(writes).toEqual([['a'], ['a', 'b'], ['a', 'b']]);
  });

  it('fails with the reason when the time is over', async () => {
    const cause = new UnavailableError('broker');
    const { sut } = setUp(() => Promise.reject(cause), { timeoutMs: 60 });
    await expect(sut.send([item('a')])).rejects.toMatchObject({ code: 'BROKER.SEND_TIMED_OUT', cause });
    await sut.drain();
  });

  it('fails in time when a write never ends', async () => {
    const { sut } = setUp(() => new Promise(() => undefined), { timeoutMs: 60 });
    await expect(sut.send([item('a')])).rejects.toThrow(UnavailableError);
  });

  it('fails only the call to blame, and stores the others once', async () => {
    const stored: string[] = [];
    const { sut } = setUp((written) => {
      if (written.includes('bad')) throw new PermanentError('MESSAGE.REFUSED', 'invalid byte sequence');
      stored.push(...written);
    });
    const envelopes = ['a', 'b', 'c', 'bad', 'd', 'e', 'f'];
    const outcomes = await Promise.allSettled(envelopes.map((envelope) => sut.send([item(envelope)])));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, false, true, true, true]);
    expect(outcomes[3]).toMatchObject({ reason: expect.any(PermanentError) });
    expect(stored).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('fails all calls at once when the queue is not declared', async () => {
    const { sut, writes } = setUp(() => Promise.reject(new MessagingConfigurationError('queue x is not declared')));
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((envelope) => sut.send([item(envelope)])));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(writes).toHaveLength(1);
  });

  it('never splits the messages of one call over writes, and bounds a write', async () => {
    const { sut, writes } = setUp(() => undefined, { maxBufferedMessages: 5000 });
    const calls = Array.from({ length: 3 }, (_, call) => Array.from({ length: 600 }, () => item(String(call))));
    await Promise.all(calls.map((items) => sut.send(items)));
    expect(writes.map((written) => written.length)).toEqual([600, 600, 600]);
  });

  it('refuses what does not fit its buffer, but lets a large call into an empty one', async () => {
    const { sut } = setUp(() => undefined, { maxBufferedMessages: 2 });
    const large = sut.send([item('a'), item('b'), item('c')]);
    await expect(sut.send([item('d')])).rejects.toMatchObject({ code: 'BROKER.SEND_BUFFER_FULL' });
    await large;
    await sut.send([item('d')]);
  });
});
