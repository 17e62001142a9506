import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import pg from 'pg';

/** What the driver's connection has for COPY; its types leave it out. */
interface CopyConnection {
  readonly stream: Duplex;
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * Sends a CSV file with a header to `COPY … FROM STDIN`, from the disk and no faster than the server takes it.
 * @returns the time it took, in milliseconds
 */
export async function copyFile(client: pg.Client, table: string, columns: string, file: string): Promise<number> {
  const startedAtMs = performance.now();
  const copy = new Copy(`COPY ${table} (${columns}) FROM STDIN (FORMAT csv, HEADER)`, file);
  client.query(copy as unknown as pg.Submittable);
  await copy.done;
  return performance.now() - startedAtMs;
}

/** A query of the driver that answers the server's wish for data. */
class Copy {
  private settle!: { resolve: () => void; reject: (error: Error) => void };
  readonly done = new Promise<void>((resolve, reject) => (this.settle = { resolve, reject }));

  constructor(
    private readonly sql: string,
    private readonly file: string,
  ) {}

  submit(connection: CopyConnection): void {
    connection.query(this.sql);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.send(connection).catch((error: unknown) => connection.stream.destroy(error as Error));
  }

  handleCommandComplete(): void {
    // The server is ready for the next query a message later.
  }

  handleReadyForQuery(): void {
    this.settle.resolve();
  }

  handleError(error: Error): void {
    this.settle.reject(error);
  }

  private async send(connection: CopyConnection): Promise<void> {
    for await (const piece of createReadStream(this.file) as AsyncIterable<Buffer>) {
      connection.sendCopyFromChunk(piece);
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
    }
    connection.endCopyFrom();
  }
}
