import {
  createFileObjectStore,
  createFileUploads,
  type ObjectStore,
  type UploadReceiver,
  type Uploads,
} from '@looseleaf/object-store';
import type { ObjectStoreConfig, UploadsConfig } from './object-store-config.js';

/** The object store that was chosen. */
export function createObjectStore(config: ObjectStoreConfig): ObjectStore {
  switch (config.OBJECT_STORE) {
    case 'files':
      return createFileObjectStore({ directory: config.OBJECT_STORE_DIRECTORY });
    case 's3':
      throw new Error('not yet');
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
export function createUploads(config: UploadsConfig, path: string): ChosenUploads {
  switch (config.OBJECT_STORE) {
    case 'files': {
      const { OBJECT_STORE_DIRECTORY: directory, UPLOAD_SECRET: secret } = config;
      const uploads = createFileUploads({ directory, secret, path });
      return { uploads, receiver: uploads };
    }
    case 's3':
      throw new Error('not yet');
  }
}
