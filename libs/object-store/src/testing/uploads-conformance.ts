import { setImmediate as nextTurn } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { eventually } from '@looseleaf/infra';
import type { ObjectStore } from '../object-store.js';
import type { CompletedUpload, PresignedUpload, PresignOptions, UploadConsumer, Uploads } from '../uploads.js';

/** An adapter under test, empty. */
export interface UploadsUnderTest {
  readonly store: ObjectStore;
  readonly uploads: Uploads;
  /** Another process's view of the same store. */
  readonly other: Uploads;
  /** Puts to an address, as a client does. @returns whether it was stored */
  put(upload: PresignedUpload, content: string, contentType?: string): Promise<boolean>;
}

/** What some stores cannot do. */
export interface UploadsFeatures {
  /** Refuses what is larger than `maxBytes`. Others delete it instead of telling of it. */
  readonly enforcesMaximum: boolean;
}

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

/** What every adapter of uploads does. @param open makes an empty store for one test */
export function uploadsConformance(
  name: string,
  open: () => Promise<UploadsUnderTest>,
  features: UploadsFeatures = { enforcesMaximum: true },
): void {
  describe(`${name} for uploads`, () => {
    let context: UploadsUnderTest;
    let consumers: UploadConsumer[];
    let told: CompletedUpload[];
    let errors: unknown[];

    beforeEach(async () => {
      context = await open();
      [consumers, told, errors] = [[], [], []];
    });
    afterEach(async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    });

    const presign = (key: string, options: Partial<PresignOptions> = {}): Promise<PresignedUpload> =>
      context.uploads.presign(key, {
        contentType: 'text/csv',
        size: { maxBytes: 100 },
        expiresAt: inAnHour(),
        ...options,
      });
    const upload = async (key: string, content = key): Promise<boolean> => context.put(await presign(key), content);
    const consume = (
      uploads = context.uploads,
      handler: (upload: CompletedUpload) => Promise<void> = async () => undefined,
    ): UploadConsumer => {
      const consumer = uploads.consume(
        async (completed) => {
          await handler(completed);
          told.push(completed);
        },
        { onError: (error) => errors.push(error) },
      );
      consumers.push(consumer);
      return consumer;
    };
    const toldKeys = (): string[] => told.map(({ key }) => key);
    const untilTold = (...keys: string[]): Promise<void> => eventually(() => expect(toldKeys()).toEqual(keys));

    it('stores what is put to an address, and tells of it', async () => {
      consume();
      expect(await upload('a/1', 'content')).toBe(true);
      expect(await text(await context.store.get('a/1'))).toBe('content');
      await untilTold('a/1');
      const { versionId, bytes, storedAt } = (await context.store.head('a/1'))!;
      expect(told).toEqual([{ key: 'a/1', versionId, bytes, completedAt: storedAt }]);
    });

    it('takes one upload for an address, and none where there is an object', async () => {
      consume();
      const address = await presign('a/1');
      const outcomes = await Promise.all(['x', 'y', 'z'].map((content) => context.put(address, content)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await context.put(address, 'again')).toBe(false);
      expect(await context.put(await presign('a/1'), 'again')).toBe(false);
      expect(await context.store.versions('a/1')).toHaveLength(1);
      await upload('a/2');
      await untilTold('a/1', 'a/2');
    });

    it('takes nothing but what the address is for', async () => {
      const exact = await presign('a/1', { size: { bytes: 3 } });
      for (const [address, content, type] of [
        [exact, '12', 'text/csv'],
        [exact, '1234', 'text/csv'],
        [exact, '123', 'text/html'],
        [await presign('a/1', { expiresAt: new Date(Date.now() - 1_000) }), '123', 'text/csv'],
        [{ ...exact, url: exact.url.replace('a/1', 'a/2') }, '123', 'text/csv'],
        [{ ...exact, url: exact.url.slice(0, -1) }, '123', 'text/csv'],
      ] as const) {
        expect([content, type, await context.put(address, content, type)]).toEqual([content, type, false]);
      }
      expect(await context.store.head('a/1')).toBeUndefined();
      expect(await context.put(exact, '123')).toBe(true);
    });

    it('keeps nothing that is larger than the address is for, and the address can be used again', async () => {
      consume();
      const address = await presign('a/1', { size: { maxBytes: 3 } });
      expect(await context.put(address, '1234')).toBe(!features.enforcesMaximum);
      await eventually(async () => expect(await context.store.head('a/1')).toBeUndefined());
      expect(await context.put(address, '123')).toBe(true);
      await untilTold('a/1');
      expect(told[0]).toMatchObject({ bytes: 3 });
    });

    it('tells of uploads that were made while nobody listened, in their order', async () => {
      for (const key of ['c/1', 'a/1', 'b/1']) await upload(key);
      consume();
      await untilTold('c/1', 'a/1', 'b/1');
    });

    it('tells until the handler resolves, and of nothing later before', async () => {
      let away = true;
      let attempts = 0;
      consume(context.uploads, async ({ key }) => {
        attempts += 1;
        if (key === 'a/1' && away) throw new Error('the queue is away');
      });
      await upload('a/1');
      await upload('a/2');
      await eventually(() => expect(errors.length).toBeGreaterThanOrEqual(3));
      expect(toldKeys()).toEqual([]);
      expect(attempts).toBe(errors.length);
      away = false;
      await untilTold('a/1', 'a/2');
    });

    it('tells each upload once when several processes listen', async () => {
      const keys = Array.from({ length: 20 }, (_, index) => `a/${index}`);
      for (const key of keys) await upload(key);
      consume(context.uploads, async () => nextTurn());
      consume(context.other, async () => nextTurn());
      await untilTold(...keys);
      await upload('a/last');
      await untilTold(...keys, 'a/last');
    });

    it('finishes the call that runs when it is stopped, tells no more, and leaves the rest to others', async () => {
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const consumer = consume(context.uploads, () => gate);
      await upload('a/1');
      await upload('a/2');
      let stopped = false;
      const stopping = consumer.stop().then(() => (stopped = true));
      await nextTurn();
      expect(stopped).toBe(false);
      release();
      await stopping;
      const before = toldKeys();
      expect(before.length).toBeLessThan(2);
      consume(context.other);
      await untilTold('a/1', 'a/2');
    });
  });
}
