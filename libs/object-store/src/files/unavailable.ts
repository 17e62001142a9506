import { ObjectStoreError } from '../object-store.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'is full',
  EDQUOT: 'is full (its quota is used up)',
  EROFS: 'is read-only',
  EACCES: 'may not be used by this process',
  EPERM: 'may not be used by this process',
  ENOENT: 'is gone',
  ENOTDIR: 'is not a folder',
  EEXIST: 'is not a folder',
};

/** Does file work; an error of the file system becomes `OBJECT.UNAVAILABLE` with its reason in words. */
export async function translate<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const code = errnoOf(cause);
    if (code === undefined) throw cause;
    const reason = REASONS[code] ?? `failed (${code})`;
    throw new ObjectStoreError('OBJECT.UNAVAILABLE', `the folder of the object store ${reason}`, { cause });
  }
}

/** The code of a system error, `ENOENT` for example; `undefined` for any other error. */
export function errnoOf(error: unknown): string | undefined {
  const { syscall, code } = error as Partial<NodeJS.ErrnoException>;
  return syscall === undefined ? undefined : code;
}

/** Resolves with `undefined` instead of rejecting with one of these system errors. */
export async function unless<Result>(codes: readonly string[], work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
