import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { S3 } from '@aws-sdk/client-s3';
import { eventually, startObjectServer, versitygwProgram, whereAvailable, type S3Server } from '@looseleaf/infra';
import { createS3Uploads, provisionS3Bucket, type S3Options } from './index.js';

const describeWithServer = await whereAvailable(describe, versitygwProgram);
/** A lease has to run out, on a busy machine. */
const TAKEOVER_MS = 40_000;

/** Tells of all that there are: what a replica of the web tier does. Each line says who was told of what. */
const TELLER = `
import { appendFileSync } from 'node:fs';
import { createS3Uploads } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../dist/s3/index.js')).href)};
const [options, name, told] = process.argv.slice(1);
createS3Uploads(JSON.parse(options)).consume(async ({ key }) => appendFileSync(told, name + ' ' + key + '\\n'), {
  onError: (error) => console.error(error),
});
process.on('disconnect', () => process.exit(1));
`;

describeWithServer('Two processes that tell of uploads to S3', () => {
  let server: S3Server;
  let options: S3Options;
  let parent: string;
  const tellers = new Map<string, ChildProcess>();
  const uploaded: string[] = [];

  beforeAll(async () => {
    server = await startObjectServer();
    parent = await mkdtemp(join(tmpdir(), 'tellers-'));
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    options = { endpoint, region, credentials: { accessKeyId, secretAccessKey }, bucket: 'kills', pathStyle: true };
    await provisionS3Bucket(options);
  });
  afterAll(async () => {
    await Promise.all([...tellers.keys()].map((name) => end(name)));
    await server.stop();
    await rm(parent, { recursive: true });
  });

  const startTeller = (name: string): void => {
    const args = [JSON.stringify(options), name, join(parent, 'told')];
    const teller = spawn(process.execPath, ['--input-type=module', '--eval', TELLER, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    tellers.set(name, teller);
  };
  const end = async (name: string): Promise<void> => {
    const teller = tellers.get(name)!;
    tellers.delete(name);
    const exit = once(teller, 'exit');
    teller.kill('SIGKILL');
    await exit;
  };
  const told = async (): Promise<{ name: string; key: string }[]> => {
    const lines = (await readFile(join(parent, 'told'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
    return lines.map((line) => ({ name: line.split(' ')[0]!, key: line.split(' ')[1]! }));
  };
  const upload = async (count: number): Promise<void> => {
    const uploads = createS3Uploads(options);
    for (const last = uploaded.length + count; uploaded.length < last;) {
      const key = `a/${String(uploaded.length).padStart(3, '0')}`;
      const expiresAt = new Date(Date.now() + 60_000);
      const { url, headers } = await uploads.presign(key, { contentType: 'text/csv', size: { bytes: 1 }, expiresAt });
      expect((await fetch(url, { method: 'PUT', headers, body: 'x' })).status).toBe(200);
      uploaded.push(key);
    }
  };
  /** @returns who told of the last one */
  const untilAllTold = async (): Promise<string> => {
    await eventually(async () => {
      const keys = new Set((await told()).map(({ key }) => key));
      expect(uploaded.filter((key) => !keys.has(key))).toEqual([]);
    }, TAKEOVER_MS);
    return (await told()).at(-1)!.name;
  };

  it(
    'lose none when one is killed or stands still, and tell hardly any twice',
    async () => {
      startTeller('one');
      startTeller('two');
      await upload(5);
      const first = await untilAllTold();
      await end(first);
      await upload(5);
      const second = await untilAllTold();
      expect(second).not.toBe(first);

      startTeller('three');
      tellers.get(second)!.kill('SIGSTOP');
      await upload(5);
      expect(await untilAllTold()).toBe('three');
      tellers.get(second)!.kill('SIGCONT');
      await upload(5);
      expect(await untilAllTold()).toBe('three');

      const all = (await told()).map(({ key }) => key);
      expect(all.length - new Set(all).size).toBeLessThanOrEqual(2);
      expect([...new Set(all)]).toEqual(uploaded);
    },
    4 * TAKEOVER_MS,
  );

  it('leave nothing beside the objects but whose turn it is, once', async () => {
    const s3 = new S3({ ...options, forcePathStyle: true });
    await eventually(async () => {
      const { Versions = [] } = await s3.listObjectVersions({ Bucket: options.bucket, Prefix: '.' });
      expect(new Set(Versions.map(({ Key }) => Key))).toEqual(new Set(['.teller']));
      expect(Versions.length).toBeLessThanOrEqual(3);
    });
    s3.destroy();
  });
});
