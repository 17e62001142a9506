import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { InfrastructureError } from '../errors.js';
import { javaArguments, useClassArchive } from './java-command.js';

const run = promisify(execFile);

/** It ends before Java's optimising compiler would pay. */
const BRIEF = ['-XX:TieredStopAtLevel=1'];

/** 16 bytes as Kafka writes them; a leading dash would read as an option. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}

/**
 * Prepares the folder of a node, once.
 * @throws InfrastructureError `KAFKA.NOT_FORMATTED`
 */
export async function formatStorage(
  program: string,
  config: string,
  logs: string,
  clusterId: string,
  more: readonly string[] = [],
): Promise<void> {
  if (existsSync(path.join(logs, 'meta.properties'))) return;
  const flags = [...BRIEF, ...useClassArchive(program)];
  const command = javaArguments(program, 'kafka.tools.StorageTool', { heap: '128m', flags });
  try {
    await run('java', [...command, 'format', '--cluster-id', clusterId, '--config', config, ...more]);
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new InfrastructureError('KAFKA.NOT_FORMATTED', `${logs} could not be formatted: ${stderr || stdout}`, {
      cause: error,
    });
  }
}
