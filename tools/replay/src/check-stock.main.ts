import { readShop } from '@looseleaf/launcher';
import { Command } from 'commander';
import { dataDirOption, parseAbove, runProgram } from './command-line.js';
import { checkImport, type ImportCheck } from './dirty-stock/check-import.js';
import { DirtyStockFile } from './dirty-stock/dirty-stock-file.js';
import { addDirtyStockOptions, type DirtyStockFlags } from './dirty-stock/options.js';
import { Progress } from './report/progress.js';

const MAX_FAULTS_SHOWN = 10;

interface Flags extends DirtyStockFlags {
  readonly patience: number;
  readonly dataDir: string;
  readonly json: boolean;
}

const program = addDirtyStockOptions(
  new Command('looseleaf check-stock').description(
    'Loads a file of generate-stock into the running shop, and sees that just its bad rows are rejected, each for its ' +
      'reason, and that every other row is loaded. Exits with 1 when that is not so, with 2 when it cannot run.',
  ),
)
  .option('--patience <seconds>', 'how long to wait when no row is read', parseAbove(0), 120)
  .addOption(dataDirOption())
  .option('--json', 'print the outcome as JSON', false)
  .action(async ({ rows, bad, seed, patience, dataDir, json }: Flags) => {
    const progress = new Progress('rows read', rows);
    const check = await checkImport(readShop(dataDir), new DirtyStockFile({ rows, badShare: bad, seed }), {
      stallMs: patience * 1_000,
      onProgress: (rowsRead) => progress.update(rowsRead),
    });
    progress.finish(rows);
    console.log(json ? JSON.stringify(check, null, 2) : describe(check));
    if (check.state !== 'imported' || check.faults.length > 0) process.exitCode = 1;
  });

function describe({
  rows,
  badRows,
  state,
  rowsImported,
  rowsRejected,
  importMs,
  stockRows,
  faults,
}: ImportCheck): string {
  const perSecond = Math.round((rows / importMs) * 1_000);
  return [
    `${format(rows)} rows, ${format(badRows)} of them bad: ${state} in ${(importMs / 1_000).toFixed(1)} s, ${format(perSecond)} rows/s`,
    `imported ${format(rowsImported)}, rejected ${format(rowsRejected)}; ${format(stockRows)} counts in the shop`,
    faults.length === 0
      ? 'just the bad rows are rejected, each for its reason, and every other row is loaded'
      : `WRONG: ${faults.slice(0, MAX_FAULTS_SHOWN).join('\n       ')}${faults.length > MAX_FAULTS_SHOWN ? '\n       …' : ''}`,
  ].join('\n');
}

function format(value: number): string {
  return value.toLocaleString('en');
}

await runProgram(program);
