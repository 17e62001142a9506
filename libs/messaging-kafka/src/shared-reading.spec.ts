import { SharedReading } from './shared-reading.js';

describe('SharedReading', () => {
  function setUp() {
    const pending: { resolve(value: number): void; reject(error: Error): void }[] = [];
    const reading = new SharedReading(
      () => new Promise<number>((resolve, reject) => void pending.push({ resolve, reject })),
    );
    const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
    return { reading, pending, turn };
  }

  it('reads once for all who come while it reads, and after them', async () => {
    const { reading, pending, turn } = setUp();
    const first = reading.read();
    const others = [reading.read(), reading.read()];
    await turn();
    expect(pending).toHaveLength(1);
    pending[0]!.resolve(1);
    expect(await first).toBe(1);
    await turn();
    const later = reading.read();
    expect(pending).toHaveLength(2);
    pending[1]!.resolve(2);
    expect(await Promise.all(others)).toEqual([2, 2]);
    await turn();
    pending[2]!.resolve(3);
    expect(await later).toBe(3);
    void reading.read();
    expect(pending).toHaveLength(4);
  });

  it('fails for those who shared a reading that failed, and for nobody else', async () => {
    const { reading, pending, turn } = setUp();
    const first = reading.read();
    const second = reading.read();
    pending[0]!.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await turn();
    pending[1]!.resolve(2);
    expect(await second).toBe(2);
  });
});
