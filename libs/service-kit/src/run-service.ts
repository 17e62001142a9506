import 'reflect-metadata';
import type { Server } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { MessagingTransport, type MessagingTransportOptions } from '@looseleaf/messaging/nest';
import type { FastifyServerOptions } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import type { BaseConfig } from './config.js';
import { exposeHttpMetrics } from './http-metrics.js';
import { NestLogger, type Logger } from './logger.js';
import { startManagementServer, type ReadinessChecks } from './management-server.js';
import { recordBatch } from './metrics.js';
import { ProblemFilter } from './problem.filter.js';

export interface ServiceOptions {
  readonly name: string;
  readonly config: BaseConfig;
  readonly logger: Logger;
  readonly module: DynamicModule | Type;
  /** What must answer before the service is ready. */
  readonly checks: ReadinessChecks;
  /** What a part of the service needs: named by `/readyz` when it does not answer, while the rest goes on. */
  readonly partialChecks?: ReadinessChecks;
  /** Connects the module's `@HandleCommand` and `@HandleEvent` methods. */
  readonly consumers?: Pick<MessagingTransportOptions, 'broker' | 'topology' | 'contracts' | 'consume'>;
  /** Options of Fastify itself. */
  readonly http?: FastifyServerOptions;
  /** Pipes, hooks, documentation: what the HTTP side needs before it listens. */
  readonly configureHttp?: (app: NestFastifyApplication) => void | Promise<void>;
  /** Runs after the last request and batch: closes the broker and the database. */
  readonly onClose: () => Promise<void>;
}

/**
 * Runs a service until SIGTERM or SIGINT, or until the process that started it is gone: HTTP on `PORT`, consumers, and the
 * management port. Stopping first sends its clients away for `SHUTDOWN_DELAY_MS`; then it takes no more work, finishes what
 * is held within `SHUTDOWN_DEADLINE_MS`, closes, and exits with 0 (1 when the deadline passed).
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { config, logger, name } = options;
  let started = false;
  // The default of 10 ms wakes an idle process a hundred times a second.
  collectDefaultMetrics({ eventLoopMonitoringPrecision: 100 });
  const management = await startManagementServer({
    host: config.HOST,
    port: config.MANAGEMENT_PORT,
    checks: options.checks,
    partial: options.partialChecks,
    isStarted: () => started,
  });
  const app = await createApplication(options);
  exposeHttpMetrics(app.getHttpServer());
  stopOnSignal(logger, {
    delayMs: config.SHUTDOWN_DELAY_MS,
    deadlineMs: config.SHUTDOWN_DEADLINE_MS,
    sendAway: () => {
      management.drain();
      closeConnectionsAfterAnswers(app);
    },
    stop: async () => {
      await closeHttpAndConsumers(app);
      await options.onClose();
      await management.close();
    },
  });
  await app.startAllMicroservices();
  // Node takes `reusePort`, and Fastify hands it on; their types lack it.
  const address = { host: config.HOST, port: config.PORT, reusePort: config.REUSE_PORT };
  await app.listen(address);
  started = true;
  logger.info({ port: config.PORT, managementPort: config.MANAGEMENT_PORT }, `${name} is up`);
}

async function createApplication(options: ServiceOptions): Promise<NestFastifyApplication> {
  const { config, logger, consumers } = options;
  const app = await NestFactory.create<NestFastifyApplication>(
    options.module,
    new FastifyAdapter({ forceCloseConnections: 'idle', ...options.http }),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  app.useGlobalFilters(new ProblemFilter(logger));
  await options.configureHttp?.(app);
  if (consumers) {
    app.connectMicroservice({
      strategy: new MessagingTransport({
        ...consumers,
        drainDeadlineMs: config.SHUTDOWN_DEADLINE_MS * 0.8,
        onBatch: (observation) => {
          recordBatch(observation);
          logFailures(logger, observation);
        },
        onUnavailable: (queue, error) =>
          logger.warn({ queue, err: error }, 'a dependency is away; the batch goes back'),
      }),
    });
  }
  return app;
}

/** Who keeps a connection learns with the next answer that this one ends, and opens another, elsewhere. */
function closeConnectionsAfterAnswers(app: NestFastifyApplication): void {
  const server: Server = app.getHttpServer();
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
}

/** A connection that was busy when closing began would keep the server open, idle, until its keep-alive time is over. */
async function closeHttpAndConsumers(app: NestFastifyApplication): Promise<void> {
  const sweep = setInterval(() => app.getHttpServer().closeIdleConnections(), 20);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}

function logFailures(logger: Logger, { queue, batch, settlements }: Parameters<typeof recordBatch>[0]): void {
  settlements.forEach((settlement, index) => {
    if (settlement.kind !== 'failed') return;
    const { message, receiveCount } = batch[index]!;
    logger.error(
      { queue, messageId: message.id, message: message.name, receiveCount, err: settlement.error },
      'a message failed',
    );
  });
}

interface Stopping {
  readonly delayMs: number;
  /** From the end of the delay on. */
  readonly deadlineMs: number;
  /** At once, before the delay. */
  sendAway(): void;
  stop(): Promise<void>;
}

function stopOnSignal(logger: Logger, { delayMs, deadlineMs, sendAway, stop }: Stopping): void {
  let stopping = false;
  const onSignal = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, 'stopping');
    sendAway();
    setTimeout(() => endWithin(deadlineMs, logger, stop), delayMs);
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  // The launcher keeps an IPC channel open; when it dies, however it dies, the channel closes.
  if (process.connected) process.once('disconnect', () => onSignal('the launcher is gone'));
}

function endWithin(deadlineMs: number, logger: Logger, stop: () => Promise<void>): void {
  setTimeout(() => {
    logger.error({ deadlineMs }, 'the shutdown deadline passed; what is unfinished will be redelivered');
    process.exit(1);
  }, deadlineMs).unref();
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, 'stopping failed');
      process.exit(1);
    },
  );
}
