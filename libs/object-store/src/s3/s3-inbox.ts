import { isObjectStoreError } from '../object-store.js';
import type { UploadInbox } from '../telling/upload-teller.js';
import type { CompletedUpload } from '../uploads.js';
import type { S3Bucket } from './s3-bucket.js';
import type { S3Turn } from './s3-turn.js';
import type { UploadMarker, UploadMarkers } from './upload-markers.js';

/** Of an object: the marker of the address to which it was put. */
export const UPLOAD_ID = 'upload';
/** An upload that began in time may go on after its address expired, though not for so long. */
const GIVEN_UP_AFTER_MS = 7 * 24 * 60 * 60 * 1000;
/** Parts of an object that is not complete after so long belong to a process that died. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;
/** Between two looks for an upload: this part of the time for which it has been awaited. */
const LOOK_SHARE = 1 / 8;
const LONGEST_LOOK_MS = 10_000;
const LOOKS_AT_ONCE = 16;

/** An upload that was found. */
export interface Arrival extends CompletedUpload {
  readonly marker: UploadMarker;
}

/**
 * Uploads that are to be told: each has a marker, made before its address was given away, so there is never an object
 * without one. S3 does not list what arrived, so the keys of all markers are looked at: those made lately at each call,
 * others less often. When something is found then all of them are, so that it is told in its order.
 */
export class S3Inbox implements UploadInbox<Arrival> {
  private lookedAtMs = new Map<string, number>();

  constructor(
    private readonly bucket: S3Bucket,
    private readonly markers: UploadMarkers,
    private readonly turn: S3Turn,
  ) {}

  /** Nothing for a process that is not to tell. */
  async list(): Promise<readonly Arrival[]> {
    if (!(await this.turn.isMine())) return [];
    const markers = await this.markers.list();
    const names = new Set(markers.map(({ name }) => name));
    this.lookedAtMs = new Map([...this.lookedAtMs].filter(([name]) => names.has(name)));
    const due = new Set(markers.filter((marker) => this.isDue(marker)));
    const found = await this.look([...due]);
    if (found.length === 0) return [];
    found.push(...(await this.look(markers.filter((marker) => !due.has(marker)))));
    return found.sort(byCompletion);
  }

  async settle(arrival: Arrival): Promise<CompletedUpload | undefined> {
    const { marker, key, versionId, bytes, completedAt } = arrival;
    if (bytes <= marker.maxBytes) return { key, versionId, bytes, completedAt };
    // The address can be used again, as if this had been refused; so its marker stays.
    await this.bucket.removeVersion(key, versionId);
    return undefined;
  }

  async remove({ marker }: Arrival): Promise<void> {
    await this.markers.remove(marker);
  }

  async sweep(): Promise<void> {
    if (!(await this.turn.isMine())) return;
    await this.turn.sweep();
    const { Uploads = [] } = await this.bucket.call((s3, Bucket, options) =>
      s3.listMultipartUploads({ Bucket }, options),
    );
    for (const { Key, UploadId, Initiated } of Uploads) {
      if (Date.now() - Initiated!.getTime() < ABANDONED_AFTER_MS) continue;
      await this.bucket.call((s3, Bucket, options) => s3.abortMultipartUpload({ Bucket, Key, UploadId }, options));
    }
  }

  private isDue({ name, madeAtMs, expiresAtMs }: UploadMarker): boolean {
    const nowMs = Date.now();
    const pauseMs =
      nowMs < expiresAtMs
        ? Math.min((nowMs - madeAtMs) * LOOK_SHARE, LONGEST_LOOK_MS)
        : Math.max((nowMs - expiresAtMs) * LOOK_SHARE, LONGEST_LOOK_MS);
    return performance.now() - (this.lookedAtMs.get(name) ?? -Infinity) >= pauseMs;
  }

  private async look(markers: readonly UploadMarker[]): Promise<Arrival[]> {
    const arrivals: Arrival[] = [];
    for (let from = 0; from < markers.length; from += LOOKS_AT_ONCE) {
      const found = await Promise.all(markers.slice(from, from + LOOKS_AT_ONCE).map((marker) => this.find(marker)));
      arrivals.push(...found.filter((arrival) => arrival !== undefined));
    }
    return arrivals;
  }

  private async find(marker: UploadMarker): Promise<Arrival | undefined> {
    const arrival = await this.findVersion(marker);
    this.lookedAtMs.set(marker.name, performance.now());
    if (!arrival && Date.now() - marker.expiresAtMs > GIVEN_UP_AFTER_MS) await this.markers.remove(marker);
    return arrival;
  }

  /** The newest version, unless another one was put over it meanwhile. */
  private async findVersion(marker: UploadMarker): Promise<Arrival | undefined> {
    const newest = await this.head(marker);
    if (!newest || newest.uploadId === marker.id) return newest?.arrival;
    for await (const { Key, VersionId } of this.bucket.listVersions(marker.key)) {
      if (Key !== marker.key) break;
      const version = await this.head(marker, VersionId);
      if (version?.uploadId === marker.id) return version.arrival;
    }
    return undefined;
  }

  private async head(
    marker: UploadMarker,
    versionId?: string,
  ): Promise<{ arrival: Arrival; uploadId: string | undefined } | undefined> {
    const { key } = marker;
    try {
      const { VersionId, ContentLength, LastModified, Metadata } = await this.bucket.call((s3, Bucket, options) =>
        s3.headObject({ Bucket, Key: key, VersionId: versionId }, options),
      );
      const arrival = { marker, key, versionId: VersionId!, bytes: ContentLength!, completedAt: LastModified! };
      return { arrival, uploadId: Metadata?.[UPLOAD_ID] };
    } catch (error) {
      if (isObjectStoreError(error, 'OBJECT.NOT_FOUND')) return undefined;
      throw error;
    }
  }
}

/** The server's times are whole seconds; addresses that were asked for one after the other are usually used so. */
function byCompletion(left: Arrival, right: Arrival): number {
  const order = left.completedAt.getTime() - right.completedAt.getTime();
  return order === 0 ? (left.marker.name < right.marker.name ? -1 : 1) : order;
}
