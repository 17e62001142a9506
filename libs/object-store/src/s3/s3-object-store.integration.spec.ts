import { S3 } from '@aws-sdk/client-s3';
import { startObjectServer, versitygwProgram, whereAvailable, type S3Server } from '@looseleaf/infra';
import { type PresignedUpload } from '../index.js';
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
    // This server keeps objects as files.
    { nestedKeys: false },
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
