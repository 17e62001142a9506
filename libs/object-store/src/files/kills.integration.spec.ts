import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '@looseleaf/infra';
import { createFileObjectStore, createFileUploads, type UploadConsumer } from '../index.js';

const SECRET = 'a secret of at least thirty-two characters';
const KILLS = 12;

/** Uploads one object after the other, and tells of all that there are: what a replica does that receives uploads. */
const REPLICA = `
import { appendFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createFileUploads } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href)};
const [directory, name, told, answered] = process.argv.slice(1);
const uploads = createFileUploads({ directory, secret: '${SECRET}', path: '/' });
uploads.consume(async ({ key }) => appendFileSync(told, key + '\\n'), { onError: (error) => console.error(error) });
process.on('disconnect', () => process.exit(1));
for (let number = 0; ; number += 1) {
  const key = name + '/' + String(number).padStart(6, '0');
  const upload = { key, contentType: 'text/csv', size: { maxBytes: 100_000 }, expiresAt: new Date() };
  await uploads.receive(upload, Readable.from([Buffer.alloc(50_000), Buffer.alloc(20_000)]));
  appendFileSync(answered, key + '\\n');
  if (number === 0) process.send('at work');
}
`;

describe('Two processes that receive uploads and are killed again and again', () => {
  let parent: string;
  let directory: string;
  let consumer: UploadConsumer | undefined;
  const replicas = new Set<ChildProcess>();
  let started = 0;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'objects-'));
    directory = join(parent, 'objects');
  });
  afterEach(async () => {
    await consumer?.stop();
    await Promise.all([...replicas].map(kill));
    await rm(parent, { recursive: true, force: true });
  });

  /** Resolves when it has received something. */
  const startReplica = async (): Promise<ChildProcess> => {
    started += 1;
    const args = [directory, `replica-${started}`, join(parent, 'told'), join(parent, 'answered')];
    const replica = spawn(process.execPath, ['--input-type=module', '--eval', REPLICA, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    replicas.add(replica);
    await once(replica, 'message');
    return replica;
  };
  const kill = async (replica: ChildProcess): Promise<void> => {
    replicas.delete(replica);
    const exit = once(replica, 'exit');
    replica.kill('SIGKILL');
    await exit;
  };
  const lines = async (file: string): Promise<string[]> =>
    (await readFile(join(parent, file), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const stored = async (): Promise<string[]> => {
    const versions = join(directory, '.versions');
    const names = await readdir(versions, { recursive: true, withFileTypes: true });
    return names.filter((entry) => entry.isFile()).map(({ parentPath }) => parentPath.slice(versions.length + 1));
  };

  it('lose no upload and tell of none that is not there, each in its order and hardly ever twice', async () => {
    const running = [await startReplica(), await startReplica()];
    for (let round = 0; round < KILLS; round += 1) {
      await kill(running.shift()!);
      running.push(await startReplica());
    }
    await Promise.all(running.map(kill));

    const errors: unknown[] = [];
    const uploads = createFileUploads({ directory, secret: SECRET, path: '/' });
    consumer = uploads.consume(({ key }) => appendFile(join(parent, 'told'), `${key}\n`), {
      onError: (error) => errors.push(error),
    });
    await eventually(async () => expect(await readdir(join(directory, '.uploaded'))).toEqual([]), 40_000);

    const [told, answered, objects] = [await lines('told'), await lines('answered'), await stored()];
    const once = [...new Set(told)];
    expect(errors).toEqual([]);
    expect(answered.length).toBeGreaterThan(KILLS);
    expect(answered.filter((key) => !objects.includes(key))).toEqual([]);
    expect([...once].sort()).toEqual([...objects].sort());
    expect(told.length - once.length).toBeLessThanOrEqual(KILLS + 2);
    for (let replica = 1; replica <= started; replica += 1) {
      const own = once.filter((key) => key.startsWith(`replica-${replica}/`));
      expect(own).toEqual([...own].sort());
    }
    const store = createFileObjectStore({ directory });
    for (const key of objects) expect(await store.head(key)).toMatchObject({ bytes: 70_000 });
  });
});
