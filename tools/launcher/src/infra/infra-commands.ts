import path from 'node:path';
import { Argument, Option, type Command } from 'commander';
import { fromCaller, json, kafkaNodes } from '../options.js';
import { INFRA_PARTS } from '../servers/names.js';
import { DEFAULT_INFRA_DIRECTORY } from './infra-paths.js';

/** `infra up`, `status`, `down` and `reset`. */
export function addInfra(program: Command): void {
  const infra = program
    .command('infra')
    .description('servers on this machine without a shop, for tests and services run by hand');
  infra
    .command('up')
    .description(`run servers until Ctrl-C: ${INFRA_PARTS.join(', ')}; all of them when none is named`)
    .addArgument(new Argument('[servers...]').choices(INFRA_PARTS))
    .addOption(kafkaNodes('--nodes'))
    .addOption(infraDir())
    .addOption(json())
    .action(async (parts, options) => (await import('./start-infra.js')).startInfra(parts, options));
  infra
    .command('status')
    .description('what runs where, and the variables by which services find it')
    .addOption(infraDir())
    .addOption(json())
    .action(async (options) => (await import('./operate-infra.js')).showInfra(options));
  infra
    .command('down')
    .description('end the servers; their data stays')
    .addOption(infraDir())
    .action(async (options) => (await import('./operate-infra.js')).stopInfra(options));
  infra
    .command('reset')
    .description('end the servers and delete their data')
    .addOption(infraDir())
    .action(async (options) => (await import('./operate-infra.js')).resetInfra(options));
}

function infraDir(): Option {
  return new Option('--data-dir <directory>', 'of the data of the servers')
    .default(DEFAULT_INFRA_DIRECTORY, path.basename(DEFAULT_INFRA_DIRECTORY))
    .argParser(fromCaller);
}
