import {
  eventually,
  freePort,
  hasOpenssl,
  kafkaProgram,
  makeCertificates,
  redisProgram,
  startKafka,
  startRedis,
  whereAvailable,
  type Certificates,
  type KafkaCluster,
  type RedisServer,
} from '@looseleaf/infra';
import { DONE, UnavailableError, type MessageBroker } from '@looseleaf/messaging';
import { loadConfig } from '@looseleaf/service-kit';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerConfigSchema } from './broker-config.js';
import { cacheConfigSchema } from './cache-config.js';
import { createBroker } from './create-broker.js';
import { createSharedCaches } from './shared-caches.js';

if (!hasOpenssl() && process.env.CI === 'true') throw new Error('there is no openssl to make certificates with');
const describeWithOpenssl = hasOpenssl() ? describe : describe.skip;
const describeOnKafka = await whereAvailable(describeWithOpenssl, kafkaProgram);
const describeOnRedis = await whereAvailable(describeWithOpenssl, redisProgram);

const START_MS = 180_000;
const PASSWORD = 'correct-horse';

let folder: string;
let good: Certificates;
let stranger: Certificates;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'looseleaf-tls-'));
  const make = (name: string): Certificates => {
    mkdirSync(join(folder, name));
    return makeCertificates(join(folder, name), 'localhost');
  };
  [good, stranger] = [make('good'), make('stranger')];
});
afterAll(() => rmSync(folder, { recursive: true }));

describeOnKafka('Kafka that asks who its clients are', () => {
  let cluster: KafkaCluster;
  const brokers: MessageBroker[] = [];

  beforeAll(async () => {
    cluster = await startKafka({
      secured: { certificates: good, users: { shop: PASSWORD }, needsClientCertificate: true },
    });
  }, START_MS);
  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  });
  afterAll(() => cluster.stop());

  async function connect(environment: Record<string, string | undefined> = {}): Promise<MessageBroker> {
    const config = loadConfig(brokerConfigSchema, {
      BROKER: 'kafka',
      KAFKA_BROKERS: cluster.securedServers.join(','),
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'shop',
      KAFKA_SASL_PASSWORD: PASSWORD,
      KAFKA_CA_FILE: good.authority,
      KAFKA_CERTIFICATE_FILE: good.certificate,
      KAFKA_KEY_FILE: good.key,
      ...environment,
    });
    const broker = await createBroker(config, { name: 'test' });
    brokers.push(broker);
    return broker;
  }

  it('carries messages for who has the password, to those who know it by any mechanism', async () => {
    const sender = await connect({ KAFKA_SASL_MECHANISM: 'PLAIN' });
    await sender.declare({ queues: [{ name: 'orders' }], topics: [], subscriptions: [] });
    const occurredAt = new Date().toISOString();
    await sender
      .queue('orders')
      .send([{ id: 'm1', name: 'order.place', version: 1, body: {}, headers: {}, occurredAt }]);
    const received: string[] = [];
    const receiver = await connect({ KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256' });
    receiver.queue('orders').consume((batch) => {
      received.push(...batch.map(({ message }) => message.id));
      return Promise.resolve(batch.map(() => DONE));
    });
    await eventually(() => expect(received).toEqual(['m1']));
    await (await connect()).ping();
  });

  it.each<[string, () => Record<string, string | undefined>, RegExp]>([
    ['another password', () => ({ KAFKA_SASL_PASSWORD: 'guess' }), /SASL.*authentication failed/],
    ['another name', () => ({ KAFKA_SASL_USERNAME: 'visitor' }), /SASL.*authentication failed/],
    ['nodes of an unknown authority', () => ({ KAFKA_CA_FILE: stranger.authority }), /certificate/],
    [
      'no certificate of its own',
      () => ({ KAFKA_CERTIFICATE_FILE: undefined, KAFKA_KEY_FILE: undefined }),
      /certificate/,
    ],
    ['plain connections', () => plain('SASL_PLAINTEXT'), /./],
  ])('is not available to a client with %s, which is told why', async (_, environment, reason) => {
    const broker = await connect(environment());
    const error = await broker.ping().then(
      () => undefined,
      (thrown: unknown) => thrown as UnavailableError,
    );
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error?.cause as Error).message).toMatch(reason);
  });

  const plain = (protocol: string): Record<string, string | undefined> => ({
    KAFKA_SECURITY_PROTOCOL: protocol,
    KAFKA_CA_FILE: undefined,
    KAFKA_CERTIFICATE_FILE: undefined,
    KAFKA_KEY_FILE: undefined,
  });
});

describeOnRedis('Redis over TLS', () => {
  let server: RedisServer;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    server = await startRedis({
      settings: {
        'tls-port': port,
        'tls-cert-file': good.certificate,
        'tls-key-file': good.key,
        'tls-ca-cert-file': good.authority,
        'tls-auth-clients': 'no',
      },
    });
    url = `rediss://:${server.password}@localhost:${port}`;
  });
  afterAll(() => server.stop());

  async function connect(
    caFile: string,
  ): Promise<{ caches: Awaited<ReturnType<typeof createSharedCaches>>; lines: unknown[] }> {
    const lines: unknown[] = [];
    const log = (fields: object, line: string): void => void lines.push({ ...fields, line });
    const config = loadConfig(cacheConfigSchema, { CACHE: 'redis', REDIS_URL: url, REDIS_CA_FILE: caFile });
    return { caches: await createSharedCaches(config, { logger: { info: log, warn: log } }), lines };
  }

  it('keeps values, and tells others of changes, for who knows its authority', async () => {
    const { caches } = await connect(good.authority);
    try {
      const cache = caches.create({ name: 'pens', maxBytes: 1_000_000 });
      const heard: string[] = [];
      const stopListening = cache.onInvalidated!((keys) => void heard.push(...(keys ?? [])));
      await eventually(async () => {
        await cache.write([{ key: 'red', value: '1', ttlMs: 60_000, version: Date.now() }]);
        expect(heard).toContain('red');
        expect(await cache.read('red')).toMatchObject({ kind: 'hit', value: '1' });
      });
      stopListening();
    } finally {
      await caches.close();
    }
  });

  it('is not believed to be Redis when somebody else signed its certificate', async () => {
    const { caches, lines } = await connect(stranger.authority);
    try {
      const cache = caches.create({ name: 'pens', maxBytes: 1_000_000 });
      await eventually(async () => {
        expect(await cache.read('red')).toMatchObject({ kind: 'miss' });
        expect(lines).toEqual([expect.objectContaining({ line: 'the cache does not answer; the store does' })]);
      });
      expect(lines).toMatchObject([{ err: { cause: { message: expect.stringContaining('certificate') } } }]);
    } finally {
      await caches.close();
    }
  });
});
