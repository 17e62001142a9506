import type { Readable } from 'node:stream';
import { assertObjectKey, ObjectStoreError, type StoredObject } from '../object-store.js';
import { UploadTeller } from '../telling/upload-teller.js';
import type {
  AdmittedUpload,
  ConsumeUploadsOptions,
  PresignedUpload,
  PresignOptions,
  UploadConsumer,
  UploadHandler,
  UploadReceiver,
  UploadRequest,
  Uploads,
  UploadSize,
} from '../uploads.js';
import { Drafts, type SizeLimits } from './drafts.js';
import { FileLayout } from './file-layout.js';
import { FileTurn } from './file-turn.js';
import { Uploaded } from './uploaded.js';
import { UploadSignatures } from './upload-signatures.js';
import { describe, exists, FIRST_VERSION, Versions } from './versions.js';

/** A look at a folder costs next to nothing. */
const POLL_MS = 500;

export interface FileUploadsOptions {
  /** Of the object store. */
  readonly directory: string;
  /** Signs addresses; the same in all processes that issue or receive. */
  readonly secret: string;
  /** Where the service that receives uploads has its route: `/v1/uploads`. */
  readonly path: string;
}

/** Uploads into the folder of an object store. A folder takes no requests, so a service has to receive them. */
export type FileUploads = Uploads & UploadReceiver;

/** The uploads of the object store in this folder. */
export function createFileUploads({ directory, secret, path }: FileUploadsOptions): FileUploads {
  return new FileUploadsAdapter(new FileLayout(directory), new UploadSignatures(secret), path);
}

class FileUploadsAdapter implements FileUploads {
  private readonly drafts: Drafts;
  private readonly versions: Versions;
  private readonly uploaded: Uploaded;
  private teller: UploadTeller<string> | undefined;

  constructor(
    private readonly layout: FileLayout,
    private readonly signatures: UploadSignatures,
    private readonly path: string,
  ) {
    this.drafts = new Drafts(layout);
    this.versions = new Versions(layout);
    this.uploaded = new Uploaded(layout, this.drafts, this.versions);
  }

  async presign(key: string, options: PresignOptions): Promise<PresignedUpload> {
    assertObjectKey(key);
    const expiresAt = new Date(Math.floor(options.expiresAt.getTime() / 1000) * 1000);
    const parameters = this.signatures.sign({ ...options, key, expiresAt });
    return {
      method: 'PUT',
      url: `${this.path}/${key}?${parameters.toString()}`,
      headers: { 'content-type': options.contentType },
      expiresAt,
    };
  }

  async admit({ key, parameters, contentType, contentLength }: UploadRequest): Promise<AdmittedUpload> {
    const upload = this.signatures.verify(key, parameters, new Date());
    if (mediaType(contentType) !== upload.contentType) {
      throw new ObjectStoreError('UPLOAD.MEDIA_TYPE', `the address is for ${upload.contentType}`);
    }
    if (contentLength !== undefined) assertSize(contentLength, limitsOf(upload.size));
    if (await this.versions.find(key)) throw exists(key);
    return upload;
  }

  async receive({ key, size }: AdmittedUpload, content: Readable): Promise<StoredObject> {
    const draft = await this.drafts.write(content, limitsOf(size));
    try {
      const name = await this.uploaded.commit(key, draft);
      await this.uploaded.settle(name);
    } finally {
      await this.drafts.discard(draft.folder);
      this.teller?.wake();
    }
    // Whoever settled it, this process or another, settled it as the first version, or found one that was there.
    const version = await this.versions.find(key, FIRST_VERSION);
    if (version?.inode !== draft.inode) throw exists(key);
    return describe(version);
  }

  consume(handler: UploadHandler, options: ConsumeUploadsOptions): UploadConsumer {
    const turn = new FileTurn(this.layout.tellers);
    this.teller = new UploadTeller({ inbox: this.uploaded, turn, pollMs: POLL_MS }, handler, options);
    return this.teller;
  }
}

function limitsOf(size: UploadSize): SizeLimits {
  return 'bytes' in size ? { minBytes: size.bytes, maxBytes: size.bytes } : { minBytes: 0, maxBytes: size.maxBytes };
}

function assertSize(bytes: number, { minBytes, maxBytes }: SizeLimits): void {
  if (bytes > maxBytes) throw new ObjectStoreError('OBJECT.TOO_LARGE', `there are more than ${maxBytes} bytes`);
  if (bytes < minBytes) {
    throw new ObjectStoreError('OBJECT.WRONG_SIZE', `there are ${bytes} bytes instead of ${minBytes}`);
  }
}

/** Without parameters such as the character set. */
function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]!.trim().toLowerCase();
}
