import path from 'node:path';
import { DATABASES, DEFAULT_DATA_DIRECTORY, LauncherError, readShop } from '@looseleaf/launcher';
import { giveBack, takeAway } from '../support/database-switch.js';

const USAGE = `usage: switch-database.main.js away|back ${DATABASES.join('|')} [data directory]`;

/** Takes a database of the running shop away from its services, or gives it back: the outages of docs/outages.md by hand. */
const [direction, name, dataDirectory = DEFAULT_DATA_DIRECTORY] = process.argv.slice(2);
const database = DATABASES.find((candidate) => candidate === name);
const act = { away: takeAway, back: giveBack }[direction ?? ''];
if (!database || !act) {
  console.error(USAGE);
  process.exit(1);
}
try {
  await act(readShop(path.resolve(dataDirectory)), database);
  console.log(`${database}: ${direction}`);
} catch (error) {
  if (!(error instanceof LauncherError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
