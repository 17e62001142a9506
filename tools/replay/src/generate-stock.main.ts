import { Command } from 'commander';
import { fromCaller, runProgram } from './command-line.js';
import { DirtyStockFile } from './dirty-stock/dirty-stock-file.js';
import { generateStock } from './dirty-stock/generate-stock.js';
import { addDirtyStockOptions, type DirtyStockFlags } from './dirty-stock/options.js';

interface Flags extends DirtyStockFlags {
  readonly manifest?: string;
}

const program = addDirtyStockOptions(
  new Command('looseleaf generate-stock')
    .description(
      'Writes a stock file as it might come from careless hands to the standard output: some rows are bad, each in one ' +
        'known way, and the good ones are written in all the ways that CSV allows. The same options make the same file.',
    )
    .option('--manifest <file>', 'write the line and the kind of each bad row to this file', fromCaller),
).action(async ({ rows, bad, seed, manifest }: Flags) => {
  const file = new DirtyStockFile({ rows, badShare: bad, seed });
  await generateStock(file, process.stdout, manifest).catch(unlessReaderLeft);
});

/** Who reads a pipe may have seen enough: `… | head`. */
function unlessReaderLeft(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

await runProgram(program);
