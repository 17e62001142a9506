import { z } from 'zod';
import { baseConfigSchema, ConfigurationError, loadConfig } from './config.js';

const schema = baseConfigSchema.extend({
  DATABASE_URL: z.url({ protocol: /^postgres$/ }),
  OPERATOR_KEY: z.string().min(16),
});
const complete = {
  PORT: '3000',
  MANAGEMENT_PORT: '3001',
  DATABASE_URL: 'postgres://u:p@127.0.0.1/x',
  OPERATOR_KEY: 'k'.repeat(16),
};

function faultsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('Configuration', () => {
  it('reads numbers and switches, and binds to loopback unless told otherwise', () => {
    expect(loadConfig(schema, { ...complete, REUSE_PORT: 'true' })).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      REUSE_PORT: true,
      SHUTDOWN_DEADLINE_MS: 10_000,
    });
  });

  it('reports every fault at once, by the name of its variable', () => {
    const faults = faultsOf({ ...complete, PORT: 'http', MANAGEMENT_PORT: undefined, OPERATOR_KEY: 'short' });
    expect(faults).toHaveLength(3);
    expect(faults.join('\n')).toMatch(/PORT is not valid.*MANAGEMENT_PORT is not set.*OPERATOR_KEY is not valid/s);
  });

  it('never prints a value', () => {
    const faults = faultsOf({ ...complete, DATABASE_URL: 'mysql://root:hunter2@db', LOG_LEVEL: 'hunter2' });
    expect(faults.join('\n')).not.toContain('hunter2');
  });
});
