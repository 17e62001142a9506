import { InvalidArgumentError, type Command } from 'commander';
import { parseWhole } from '../command-line.js';

export interface DirtyStockFlags {
  readonly rows: number;
  readonly bad: number;
  readonly seed: number;
}

/** The options that say which file is meant. */
export function addDirtyStockOptions(command: Command): Command {
  return command
    .option('--rows <rows>', 'rows after the header, good and bad', parseWhole(1, 100_000_000), 1_000_000)
    .option('--bad <share>', 'share of bad rows, from 0 to 0.5', parseShare, 0.01)
    .option('--seed <number>', 'another number makes another file, about other items', parseWhole(0, 2 ** 31 - 1), 1);
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text !== '' && share >= 0 && share <= 0.5) return share;
  throw new InvalidArgumentError('It must be a number from 0 to 0.5.');
}
