import { InfrastructureError } from '@looseleaf/infra';
import { CommanderError } from 'commander';
import { LauncherError } from './common/launcher-error.js';
import { createProgram } from './program.js';

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else {
    const expected = error instanceof LauncherError || error instanceof InfrastructureError;
    console.error(expected ? `\n${error.code}: ${error.message}` : error);
    process.exitCode = 1;
  }
}
