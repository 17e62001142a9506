export { createFileObjectStore, type FileObjectStoreOptions } from './files/file-object-store.js';
export { createFileUploads, type FileUploads, type FileUploadsOptions } from './files/file-uploads.js';
export * from './object-store.js';
export * from './uploads.js';
