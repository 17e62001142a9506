import {
  createFileObjectStore,
  createFileUploads,
  type ObjectStore,
  type UploadReceiver,
  type Uploads,
} from '@looseleaf/object-store';
import type { S3Options } from '@looseleaf/object-store/s3';
import type { ObjectStoreConfig, UploadsConfig } from './object-store-config.js';

/** The object store that was chosen. */
export async function createObjectStore(config: ObjectStoreConfig): Promise<ObjectStore> {
  switch (config.OBJECT_STORE) {
    case 'files':
      return createFileObjectStore({ directory: config.OBJECT_STORE_DIRECTORY });
    case 's3': {
      const { createS3ObjectStore } = await import('@looseleaf/object-store/s3');
      return createS3ObjectStore(s3Options(config));
    }
  }
}

export interface ChosenUploads {
  readonly uploads: Uploads;
  /** Where the service has to receive uploads itself, because the store cannot. */
  readonly receiver?: UploadReceiver;
}

/**
 * Uploads to the object store that was chosen.
 * @param path of the route where the service receives them, if it has to
 */
export async function createUploads(config: UploadsConfig, path: string): Promise<ChosenUploads> {
  switch (config.OBJECT_STORE) {
    case 'files': {
      const { OBJECT_STORE_DIRECTORY: directory, UPLOAD_SECRET: secret } = config;
      const uploads = createFileUploads({ directory, secret, path });
      return { uploads, receiver: uploads };
    }
    case 's3': {
      const { createS3Uploads } = await import('@looseleaf/object-store/s3');
      const { S3_PUBLIC_ENDPOINT: publicEndpoint } = config;
      return {
        uploads: createS3Uploads({ ...s3Options(config), ...(publicEndpoint !== undefined && { publicEndpoint }) }),
      };
    }
  }
}

/** Makes the place where objects are kept, if there is none; takes more permissions than services need. Safe to repeat. */
export async function provisionObjectStore(config: ObjectStoreConfig): Promise<void> {
  // The file store makes its folder itself.
  if (config.OBJECT_STORE === 'files') return;
  const { provisionS3Bucket } = await import('@looseleaf/object-store/s3');
  await provisionS3Bucket(s3Options(config));
}

function s3Options(config: Extract<ObjectStoreConfig, { OBJECT_STORE: 's3' }>): S3Options {
  return {
    endpoint: config.S3_ENDPOINT,
    region: config.S3_REGION,
    bucket: config.S3_BUCKET,
    credentials: { accessKeyId: config.S3_ACCESS_KEY_ID, secretAccessKey: config.S3_SECRET_ACCESS_KEY },
    pathStyle: config.S3_PATH_STYLE,
  };
}
