import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where a server keeps its files, readable by its user only: a folder that was given, or else a temporary one. */
export class ServerFolder {
  readonly path: string;

  /** @param name of the server, in the name of a temporary folder */
  constructor(
    name: string,
    private readonly given: string | undefined,
  ) {
    this.path = path.resolve(given ?? mkdtempSync(path.join(tmpdir(), `looseleaf-${name}-`)));
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** Removes it when it is a temporary one. */
  drop(): void {
    if (this.given === undefined) rmSync(this.path, { recursive: true, force: true });
  }
}
