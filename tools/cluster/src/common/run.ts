import { spawn } from 'node:child_process';
import { REPOSITORY } from '@looseleaf/launcher';
import { ClusterError } from '../cluster.error.js';

const HOW_TO_GET: Readonly<Record<string, string>> = {
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
  helm: 'https://helm.sh/docs/intro/install/',
  docker: 'https://docs.docker.com/get-docker/',
};

export interface RunOptions {
  /** Given to its standard input. */
  readonly input?: string;
  /** Shows what it prints, rather than to return it. */
  readonly show?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program in the repository's root to its end.
 * @returns what it printed
 * @throws ClusterError `CLUSTER.PROGRAM_MISSING`, or `CLUSTER.COMMAND_FAILED` with what it said
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, show = false, signal } = options;
  const output = show ? 'inherit' : 'pipe';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: REPOSITORY, stdio: ['pipe', output, output], signal });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? missing(program) : error));
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(failed([program, ...args], (stderr || stdout).trim()));
    });
    // A program that ends without reading what it is given says why by itself.
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input);
  });
}

function missing(program: string): ClusterError {
  const where = HOW_TO_GET[program];
  return new ClusterError('CLUSTER.PROGRAM_MISSING', `${program} is not on the PATH${where ? `: see ${where}` : ''}`);
}

function failed(command: readonly string[], output: string): ClusterError {
  return new ClusterError('CLUSTER.COMMAND_FAILED', `"${command.join(' ')}" failed\n${output}`);
}
