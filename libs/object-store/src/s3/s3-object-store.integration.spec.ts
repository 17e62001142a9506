import { S3 } from '@aws-sdk/client-s3';
import { startObjectServer, versitygwProgram, whereAvailable, type S3Server } from '@looseleaf/infra';
import { type PresignedUpload } from '../index.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Turn } from './s3-turn.js';
import { objectStoreConformance } from '../testing/object-store-conformance.js';
import { uploadsConformance } from '../testing/uploads-conformance.js';
import { createS3ObjectStore, createS3Uploads, provisionS3Bucket, type S3Options } from './index.js';

const describeWithServer = await whereAvailable(describe, versitygwProgram);

describeWithServer('A bucket of S3', () => {
  let server: S3Server;
  let options: S3Options;
  let buckets = 0;

  beforeAll(async () => {
    server = await startObjectServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    buckets += 1;
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    options = { endpoint, region, credentials, bucket: `bucket-${buckets}`, pathStyle: true };
    await provisionS3Bucket(options);
  });

  const leftovers = async (): Promise<string[]> => {
    const s3 = new S3({ ...options, forcePathStyle: true });
    const { Uploads = [] } = await s3.listMultipartUploads({ Bucket: options.bucket });
    const { Versions = [] } = await s3.listObjectVersions({ Bucket: options.bucket, Prefix: '.' });
    s3.destroy();
    return [...Uploads, ...Versions].map(({ Key }) => Key!);
  };

  objectStoreConformance(
    'a bucket',
    async () => ({ store: createS3ObjectStore(options), other: createS3ObjectStore(options), leftovers }),
    // This server keeps objects as files, under their keys.
    { nestedKeys: false, lastingTimes: false },
  );

  uploadsConformance(
    'a bucket',
    async () => ({
      store: createS3ObjectStore(options),
      uploads: createS3Uploads(options),
      other: createS3Uploads(options),
      put: putTo,
    }),
    { enforcesMaximum: false },
  );

  it('takes nothing from who leaves out a part of what the address is for', async () => {
    const { url, headers } = await createS3Uploads(options).presign('a/1', {
      contentType: 'text/csv',
      size: { bytes: 3 },
      expiresAt: new Date(Date.now() + 60_000),
    });
    const put = async (sent: Record<string, string>): Promise<number> =>
      (await fetch(url, { method: 'PUT', headers: sent, body: Buffer.from('123') })).status;
    expect(Object.keys(headers).sort()).toEqual(['content-type', 'if-none-match', 'x-amz-meta-upload']);
    for (const left of Object.keys(headers)) {
      expect(await put(Object.fromEntries(Object.entries(headers).filter(([name]) => name !== left)))).toBe(403);
    }
    expect(await put(headers)).toBe(200);
  });

  it('signs addresses for the endpoint as those know it who upload', async () => {
    const uploads = createS3Uploads({ ...options, publicEndpoint: 'https://files.example:8443' });
    const expiresAt = new Date(Date.now() + 60_000);
    const { url } = await uploads.presign('a/1', { contentType: 'text/csv', size: { bytes: 3 }, expiresAt });
    expect(new URL(url)).toMatchObject({ origin: 'https://files.example:8443', pathname: `/${options.bucket}/a/1` });
    const tooLate = { contentType: 'text/csv', size: { bytes: 3 }, expiresAt: new Date(Date.now() + 8 * 86_400_000) };
    await expect(uploads.presign('a/1', tooLate)).rejects.toThrow(RangeError);
  });

  it('gives one of many that want it the turn, and the next one when that ends it', async () => {
    const turns = Array.from({ length: 8 }, () => new S3Turn(new S3Bucket(options)));
    const holders = async (): Promise<S3Turn[]> => {
      const answers = await Promise.all(turns.map((turn) => turn.isMine()));
      return turns.filter((_, index) => answers[index]);
    };
    const first = await holders();
    expect(first).toHaveLength(1);
    expect(await holders()).toEqual(first);
    await first[0]!.end();
    expect(await holders()).toHaveLength(1);
    await Promise.all(turns.map((turn) => turn.end()));
  });
});

/** As any client does. */
async function putTo(
  { url, method, headers }: PresignedUpload,
  body: string,
  contentType = 'text/csv',
): Promise<boolean> {
  const response = await fetch(url, { method, headers: { ...headers, 'content-type': contentType }, body });
  await response.text();
  return response.ok;
}
