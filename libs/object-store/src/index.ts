export { createFileObjectStore, type FileObjectStoreOptions } from './files/file-object-store.js';
export { createFileUploads, type FileUploads, type FileUploadsOptions } from './files/file-uploads.js';
export * from './object-store.js';
export * from './uploads.js';
export { provisionS3Bucket } from './s3/provision-bucket.js';
export type { S3Credentials, S3Options } from './s3/s3-bucket.js';
export { createS3ObjectStore } from './s3/s3-object-store.js';
export { createS3Uploads, type S3UploadsOptions } from './s3/s3-uploads.js';
