import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { topology } from '@looseleaf/contracts';
import type { Message, MessageBroker } from '@looseleaf/messaging';
import { createObjectStore, createSharedCaches, createUploads } from '@looseleaf/backing-services';
import { createPostgresBroker, migrateBroker } from '@looseleaf/messaging-postgres';
import { createLogger, NestLogger, ProblemFilter, type Problem } from '@looseleaf/service-kit';
import { configureHttp, httpOptions } from '../http/configure-http.js';
import { UPLOADS_PATH } from '../receive-upload/upload-gate.js';
import { webConfigSchema } from '../web.config.js';
import { WebModule } from '../web.module.js';

export const OPERATOR_KEY = 'the key of the operators';
export const UPLOAD_SECRET = 'another secret of at least thirty-two characters';
export const INTERNAL_KEY = 'the key between services';
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

export interface WebOptions {
  readonly brokerUrl: string;
  readonly ordersUrl?: string;
  readonly inventoryUrl?: string;
  readonly sessionsUrl?: string;
  readonly notifierUrl?: string;
  /** `none` unless given: most tests change what the inventory says from one moment to the next. */
  readonly catalogueCache?: 'none' | 'lazy' | 'near';
  /** Of the server that keeps the catalogue; in memory unless given. */
  readonly redisUrl?: string;
  /** As in the shop unless given. */
  readonly cartCache?: 'none' | 'near';
  /** A minute unless given. */
  readonly cartFreshMs?: number;
  /** One of its own, removed at the end, unless given. */
  readonly objectStoreDirectory?: string;
  /** Settings of another object store than that folder. */
  readonly objectStore?: Readonly<Record<string, string>>;
  /** As in the shop unless given. */
  readonly shutdownDeadlineMs?: number;
  /** How long the broker may take; as in the shop unless given. */
  readonly sendTimeoutMs?: number;
}

/** A replica of the web tier, listening, with everything real behind it. */
export interface WebUnderTest {
  readonly url: string;
  readonly objectStoreDirectory: string;
  /** Once, however often it is called. */
  stop(): Promise<void>;
}

/** Starts a replica as `main.ts` does, in this process. All replicas have the same secrets. */
export async function startWeb({
  brokerUrl,
  sendTimeoutMs = 5_000,
  ordersUrl = NOWHERE,
  inventoryUrl = NOWHERE,
  sessionsUrl = NOWHERE,
  notifierUrl = NOWHERE,
  catalogueCache = 'none',
  redisUrl,
  cartCache = 'near',
  cartFreshMs = 60_000,
  objectStoreDirectory: givenDirectory,
  objectStore = {},
  shutdownDeadlineMs = 10_000,
}: WebOptions): Promise<WebUnderTest> {
  const objectStoreDirectory = givenDirectory ?? (await mkdtemp(join(tmpdir(), 'looseleaf-objects-')));
  const config = webConfigSchema.parse({
    PORT: 0,
    MANAGEMENT_PORT: 0,
    SHUTDOWN_DEADLINE_MS: shutdownDeadlineMs,
    BROKER: 'postgres',
    BROKER_URL: brokerUrl,
    OBJECT_STORE: 'files',
    OBJECT_STORE_DIRECTORY: objectStoreDirectory,
    ...objectStore,
    ORDERS_URL: ordersUrl,
    INVENTORY_URL: inventoryUrl,
    SESSIONS_URL: sessionsUrl,
    NOTIFIER_URL: notifierUrl,
    ...(redisUrl === undefined ? { CACHE: 'memory' } : { CACHE: 'redis', REDIS_URL: redisUrl }),
    CATALOGUE_CACHE: catalogueCache,
    CART_CACHE: cartCache,
    CART_FRESH_MS: cartFreshMs,
    SESSION_COOKIE_SECURE: 'false',
    INTERNAL_KEY,
    OPERATOR_KEY,
    ID_SECRET: 'a secret of at least thirty-two characters',
    UPLOAD_SECRET,
  });
  const logger = createLogger('web', 'silent');
  const broker = createPostgresBroker({ url: brokerUrl, applicationName: 'web', sendTimeoutMs });
  const [caches, objects, uploads] = await Promise.all([
    createSharedCaches(config),
    createObjectStore(config),
    createUploads(config, UPLOADS_PATH),
  ]);
  const app = await NestFactory.create<NestFastifyApplication>(
    WebModule.with({ config, broker, caches, objects, ...uploads }),
    new FastifyAdapter({ forceCloseConnections: 'idle', ...httpOptions }),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  app.useGlobalFilters(new ProblemFilter(logger));
  configureHttp(app, { logger, receivesUploads: uploads.receiver !== undefined });
  await app.listen(0, '127.0.0.1');
  const stop = async (): Promise<void> => {
    await app.close();
    await Promise.all([broker.close(), caches.close()]);
    if (givenDirectory === undefined) await rm(objectStoreDirectory, { recursive: true, force: true });
  };
  let stopping: Promise<void> | undefined;
  return { url: await app.getUrl(), objectStoreDirectory, stop: () => (stopping ??= stop()) };
}

/** Prepares an empty database as the shop's broker. */
export async function provisionBroker(url: string): Promise<MessageBroker> {
  await migrateBroker(url);
  const broker = createPostgresBroker({ url, applicationName: 'test' });
  await broker.declare(topology);
  return broker;
}

/** Takes all that waits in a queue, and no less than `atLeast` messages. */
export async function takeAll(broker: MessageBroker, queue: string, atLeast: number): Promise<Message[]> {
  const messages: Message[] = [];
  const consumer = broker.queue(queue).consume(async (batch) => {
    messages.push(...batch.map(({ message }) => message));
    return batch.map(() => ({ kind: 'done' }) as const);
  });
  await until(async () => messages.length >= atLeast && (await isEmpty(broker, queue)));
  await consumer.stop(5_000);
  return messages;
}

/** Whether nothing waits in a queue and nothing of it is being worked on. */
export async function isEmpty(broker: MessageBroker, queue: string): Promise<boolean> {
  const stats = (await broker.administration.stats()).find((candidate) => candidate.queue === queue);
  return stats !== undefined && stats.depth === 0 && stats.inFlight === 0;
}

/** Resolves when the condition holds. @throws Error after 10 s */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The problem that an answer is. @throws Error when it is none */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type');
  if (!type?.startsWith('application/problem+json')) throw new Error(`${response.status} with ${type} is no problem`);
  return (await response.json()) as Problem;
}
