import path from 'node:path';

/** The path as the user would type it: relative to where the command was given, unless it lies outside. */
export function shortPath(file: string): string {
  const relative = path.relative(process.env.INIT_CWD ?? process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
