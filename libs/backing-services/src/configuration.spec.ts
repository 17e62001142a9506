import { baseConfigSchema, ConfigurationError, loadConfig } from '@looseleaf/service-kit';
import { brokerConfigSchema } from './broker-config.js';
import { cacheConfigSchema } from './cache-config.js';
import { objectStoreConfigSchema, uploadsConfigSchema } from './object-store-config.js';

const schema = baseConfigSchema.and(brokerConfigSchema).and(cacheConfigSchema).and(objectStoreConfigSchema);

const EMBEDDED = {
  PORT: '3001',
  MANAGEMENT_PORT: '3002',
  BROKER: 'postgres',
  BROKER_URL: 'postgres://orders:secret@127.0.0.1:5432/broker',
  CACHE: 'memory',
  OBJECT_STORE: 'files',
  OBJECT_STORE_DIRECTORY: '/var/lib/looseleaf',
};
const DISTRIBUTED = {
  PORT: '3001',
  MANAGEMENT_PORT: '3002',
  BROKER: 'kafka',
  KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092',
  CACHE: 'redis',
  REDIS_URL: 'rediss://:hunter2@redis:6379/1',
  OBJECT_STORE: 's3',
  S3_ENDPOINT: 'https://s3.example',
  S3_REGION: 'eu-central-1',
  S3_BUCKET: 'stock',
  S3_ACCESS_KEY_ID: 'access',
  S3_SECRET_ACCESS_KEY: 'hunter2',
};

function faultsOf(environment: Record<string, string | undefined>): string[] {
  try {
    loadConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return [...error.faults];
    throw error;
  }
  return [];
}

describe('The configuration of backing services', () => {
  it('asks for what the chosen ones need, and for nothing else', () => {
    expect(loadConfig(schema, EMBEDDED)).toMatchObject({ PORT: 3001, BROKER: 'postgres', CACHE: 'memory' });
    expect(loadConfig(schema, DISTRIBUTED)).toMatchObject({
      KAFKA_BROKERS: ['kafka-1:9092', 'kafka-2:9092'],
      S3_BUCKET: 'stock',
    });
  });

  it('chooses nothing by itself', () => {
    const faults = faultsOf({ ...EMBEDDED, BROKER: undefined, CACHE: undefined, OBJECT_STORE: undefined });
    expect(faults).toEqual(['BROKER is not set', 'CACHE is not set', 'OBJECT_STORE is not set']);
    // What the other one would need does not stand in for it.
    expect(faultsOf({ ...DISTRIBUTED, BROKER: 'postgres', CACHE: 'redis', OBJECT_STORE: 'files' })).toEqual([
      'BROKER_URL is not set',
      'OBJECT_STORE_DIRECTORY is not set',
    ]);
  });

  it('has every fault of all of them told at once, and no value', () => {
    const faults = faultsOf({
      ...DISTRIBUTED,
      PORT: 'http',
      KAFKA_BROKERS: 'hunter2',
      REDIS_URL: 'http://:hunter2@redis',
      S3_ENDPOINT: 'hunter2',
      S3_SECRET_ACCESS_KEY: '',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'PORT',
      'KAFKA_BROKERS',
      'REDIS_URL',
      'S3_ENDPOINT',
      'S3_SECRET_ACCESS_KEY',
    ]);
    expect(faults.join('\n')).not.toContain('hunter2');
    expect(faults.join('\n')).toContain('it must be like kafka-1:9092,kafka-2:9092');
  });

  it('wants a secret for addresses of uploads where a service has to sign them itself', () => {
    expect(uploadsConfigSchema.safeParse(EMBEDDED).error?.issues).toMatchObject([{ path: ['UPLOAD_SECRET'] }]);
    expect(uploadsConfigSchema.safeParse(DISTRIBUTED).success).toBe(true);
  });
});
