export { provisionS3Bucket } from './provision-bucket.js';
export type { S3Credentials, S3Options } from './s3-bucket.js';
export { createS3ObjectStore } from './s3-object-store.js';
export { createS3Uploads, type S3UploadsOptions } from './s3-uploads.js';
