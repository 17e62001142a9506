import { runMigrations } from '@looseleaf/persistence';
import { loadConfig, runMain } from '@looseleaf/service-kit/program';
import { migrateConfigSchema } from './sessions.config.js';
import { migrations } from './persistence/index.js';

runMain(async () => {
  const { DATABASE_URL: url } = loadConfig(migrateConfigSchema);
  await runMigrations({ url, migrations });
});
