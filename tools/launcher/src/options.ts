import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_DATA_DIRECTORY } from './data-directory/shop-paths.js';
import { EMBEDDED } from './data-directory/shop-state.js';

export function kafkaNodes(flag: string): Option {
  const nodes = (text: string): 1 | 3 => {
    if (text !== '1' && text !== '3') throw new InvalidArgumentError('It must be 1 or 3.');
    return text === '3' ? 3 : 1;
  };
  return new Option(`${flag} <count>`, 'of Kafka: 3 survive the loss of one')
    .default(EMBEDDED.kafkaNodes)
    .argParser(nodes);
}

export function dataDir(): Option {
  return new Option('--data-dir <directory>', "of the shop's data, so that several shops can run side by side")
    .default(DEFAULT_DATA_DIRECTORY, path.basename(DEFAULT_DATA_DIRECTORY))
    .argParser(fromCaller);
}

export function json(): Option {
  return new Option('--json', 'as JSON, for scripts');
}

/** npm runs scripts in the repository's root and says in INIT_CWD where the user is. */
export function fromCaller(file: string): string {
  return path.resolve(process.env.INIT_CWD ?? process.cwd(), file);
}

/** As many as the mail catcher shows at once. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new InvalidArgumentError('It must be from 1 to 500.');
  return limit;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It must be from 0 to 65535.');
  return port;
}
