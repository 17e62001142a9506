import { fastify, type FastifyInstance } from 'fastify';
import { register } from 'prom-client';
import { errorText } from '@looseleaf/messaging';

const CHECK_TIMEOUT_MS = 2_000;

/** Named checks of a service's own dependencies; each resolves when the dependency answers. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

export interface ManagementServer {
  /** From now on `/readyz` answers 503, whatever the checks say. */
  drain(): void;
  close(): Promise<void>;
}

/**
 * Listens on the management port. `/livez` touches no dependency: a slow database must not get a healthy process killed.
 * `/readyz` runs the checks; `/metrics` is in the Prometheus text format.
 * @param partial dependencies of a part of the service only: `/readyz` names those that fail and stays 200, `degraded`, so
 * that what can do without them goes on
 * @param isStarted false until the service takes requests
 */
export async function startManagementServer({
  host,
  port,
  checks,
  partial = {},
  isStarted,
}: {
  host: string;
  port: number;
  checks: ReadinessChecks;
  partial?: ReadinessChecks | undefined;
  isStarted: () => boolean;
}): Promise<ManagementServer> {
  let draining = false;
  const server: FastifyInstance = fastify();
  server.get('/livez', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const [needed, useful] = await Promise.all([runChecks(checks), runChecks(partial)]);
    const ready = isStarted() && !draining && allOk(needed);
    const status = ready ? (allOk(useful) ? 'ok' : 'degraded') : draining ? 'draining' : 'not ready';
    return reply.status(ready ? 200 : 503).send({ status, checks: { ...needed, ...useful } });
  });
  server.get('/metrics', async (_request, reply) => reply.type(register.contentType).send(await register.metrics()));
  await server.listen({ host, port });
  return {
    drain: () => {
      draining = true;
    },
    close: () => server.close(),
  };
}

function allOk(results: Readonly<Record<string, string>>): boolean {
  return Object.values(results).every((result) => result === 'ok');
}

async function runChecks(checks: ReadinessChecks): Promise<Record<string, string>> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
      });
      try {
        await Promise.race([check(), timeout]);
        return [name, 'ok'];
      } catch (error) {
        return [name, errorText(error)];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return Object.fromEntries(results);
}
