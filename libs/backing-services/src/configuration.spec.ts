import { baseConfigSchema, ConfigurationError, loadConfig } from '@looseleaf/service-kit';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
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

const USER = { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'shop' };

/** A file that is there for the time of the tests. */
const CERTIFICATE = join(mkdtempSync(join(tmpdir(), 'looseleaf-certificate-')), 'ca.crt');
beforeAll(() => writeFileSync(CERTIFICATE, rootCertificates[0]!));
afterAll(() => rmSync(dirname(CERTIFICATE), { recursive: true }));

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

  it.each<[string, Record<string, string>, string[]]>([
    ['lacks a password', { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...USER }, ['KAFKA_SASL_PASSWORD is not set']],
    [
      'has a password and does not use it',
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_PASSWORD: 'hunter2' },
      ['KAFKA_SASL_PASSWORD is not valid: KAFKA_SECURITY_PROTOCOL does not use it'],
    ],
    [
      'has a password and says nothing of a protocol',
      { ...USER, KAFKA_SASL_PASSWORD: 'hunter2' },
      ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'].map(
        (variable) => `${variable} is not valid: KAFKA_SECURITY_PROTOCOL does not use it`,
      ),
    ],
    [
      'has an authority and plain connections',
      { KAFKA_CA_FILE: CERTIFICATE },
      ['KAFKA_CA_FILE is not valid: KAFKA_SECURITY_PROTOCOL does not use it'],
    ],
    [
      'has a certificate without its key',
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_CERTIFICATE_FILE: CERTIFICATE },
      ['KAFKA_KEY_FILE is not set'],
    ],
    [
      'names a file that is not there',
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_CA_FILE: '/no/such/file' },
      ["KAFKA_CA_FILE is not valid: it must name a PEM file: ENOENT: no such file or directory, open '…'"],
    ],
    [
      'names a file of another kind',
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_CA_FILE: import.meta.filename },
      [expect.stringMatching(/^KAFKA_CA_FILE is not valid: it must name a PEM file: /)],
    ],
    [
      'has an authority for a Redis without TLS',
      { REDIS_URL: 'redis://redis', REDIS_CA_FILE: CERTIFICATE },
      ['REDIS_CA_FILE is not valid: REDIS_URL does not use it: only rediss… is with TLS'],
    ],
    [
      'names an unknown protocol',
      { KAFKA_SECURITY_PROTOCOL: 'TLS' },
      [expect.stringMatching(/^KAFKA_SECURITY_PROTOCOL is not valid: /)],
    ],
  ])('refuses one that %s', (_, variables, faults) => {
    expect(faultsOf({ ...DISTRIBUTED, ...variables })).toEqual(faults);
  });

  it('wants a secret for addresses of uploads where a service has to sign them itself', () => {
    expect(uploadsConfigSchema.safeParse(EMBEDDED).error?.issues).toMatchObject([{ path: ['UPLOAD_SECRET'] }]);
    expect(uploadsConfigSchema.safeParse(DISTRIBUTED).success).toBe(true);
  });
});
