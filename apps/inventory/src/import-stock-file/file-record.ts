/** A place in a file: the offset of a record's first byte, and the number of its line. */
export interface FilePosition {
  readonly byte: number;
  readonly line: number;
}

/** What stands between two positions of a file. */
export type FileRecord =
  | {
      readonly kind: 'record';
      readonly fields: readonly string[];
      readonly start: FilePosition;
      readonly end: FilePosition;
    }
  /** One line that is no CSV. */
  | { readonly kind: 'broken'; readonly reason: string; readonly start: FilePosition; readonly end: FilePosition };

/** A line with nothing on it, or blanks only, is no record. */
export function isEmptyLine(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0]!.trim() === '';
}
