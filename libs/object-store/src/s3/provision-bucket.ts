import { createClient, type S3Options } from './s3-bucket.js';
import { toObjectStoreError } from './s3-errors.js';

const THERE_ALREADY = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'];

/**
 * Makes the bucket if there is none, and has it keep versions. Safe to repeat, and from several processes at the same time.
 * Services do not do it themselves: it takes more permissions than they need.
 * @throws ObjectStoreError `OBJECT.UNAVAILABLE`
 */
export async function provisionS3Bucket(options: S3Options): Promise<void> {
  const s3 = createClient(options);
  const Bucket = options.bucket;
  try {
    await s3.createBucket({ Bucket }).catch((error: unknown) => {
      if (!THERE_ALREADY.includes((error as Error).name)) throw error;
    });
    await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });
  } catch (error) {
    throw toObjectStoreError(error, options);
  } finally {
    s3.destroy();
  }
}
