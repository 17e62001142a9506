import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface JavaOptions {
  /** As in `384m`. */
  readonly heap: string;
  readonly flags?: readonly string[];
}

export function classArchive(folder: string): string {
  return path.join(folder, 'classes.jsa');
}

/** The arguments that run one of Kafka's main classes from the folder of its jars. */
export function javaArguments(folder: string, mainClass: string, { heap, flags = [] }: JavaOptions): string[] {
  const libs = path.join(folder, 'libs');
  // Sorted: an archive of classes is good only for exactly this class path.
  const classPath = readdirSync(libs).sort();
  return [
    `-Xms${heap}`,
    `-Xmx${heap}`,
    ...flags,
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${path.join(folder, 'log4j2.xml')}`,
    '-cp',
    classPath.map((jar) => path.join(libs, jar)).join(path.delimiter),
    mainClass,
  ];
}

/** Takes half of the start away, where the archive was written by the same Java. */
export function useClassArchive(folder: string): string[] {
  const archive = classArchive(folder);
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'] : [];
}
