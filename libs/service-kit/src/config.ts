import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** A variable that holds the URL of a PostgreSQL database, credentials included. */
export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ });

/** Settings that every service has. Apps extend it: `baseConfigSchema.extend({ … })`. */
export const baseConfigSchema = z.object({
  /** Address to listen on; loopback unless it is said otherwise. */
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port,
  /** `/livez`, `/readyz` and `/metrics` listen here. */
  MANAGEMENT_PORT: port,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /**
   * How long a stopping service goes on taking requests, not ready any more and with `connection: close` in each answer, so
   * that clients and load balancers go elsewhere of their own accord. 0 where nothing stands before it.
   */
  SHUTDOWN_DELAY_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  /** Time a stopping service then gives to the work it holds, in milliseconds. */
  SHUTDOWN_DEADLINE_MS: z.coerce.number().int().min(0).default(10_000),
  /** Listen with SO_REUSEPORT, so that replicas on one machine share a port (Linux). */
  REUSE_PORT: z.stringbool().default(false),
});
export type BaseConfig = z.infer<typeof baseConfigSchema>;

/** Every fault of a configuration at once; it names variables, never their values. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIG.INVALID';
  constructor(readonly faults: readonly string[]) {
    super(`the configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/**
 * Reads a service's configuration from environment variables, once, at boot.
 * @throws ConfigurationError
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<Schema> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map((issue) => {
      const variable = issue.path.map(String).join('.');
      const value = environment[variable];
      const fault = value === undefined || value === '' ? 'is not set' : `is not valid: ${issue.message}`;
      return `${variable} ${value ? fault.replaceAll(value, '…') : fault}`;
    }),
  );
}
