import type { KafkaSecurity, KafkaTls } from '@looseleaf/messaging-kafka';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { certificateFile, keyFile } from './pem-file.js';

/** `host:port`, separated by commas: nodes of the cluster that tell of the others. */
const brokers = z
  .string()
  .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'it must be like kafka-1:9092,kafka-2:9092')
  .transform((text) => text.split(','));

/** Files are read once, at boot. */
const settings = z.object({
  BROKER: z.literal('kafka'),
  KAFKA_BROKERS: brokers,
  /** Whether connections are encrypted (`SSL`, which is TLS), and whether clients say who they are (`SASL`). */
  KAFKA_SECURITY_PROTOCOL: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']).default('PLAINTEXT'),
  KAFKA_SASL_MECHANISM: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().min(1).optional(),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional(),
  /** Of those who signed the nodes' certificates, where the system does not know them. */
  KAFKA_CA_FILE: certificateFile.optional(),
  /** For nodes that want a certificate of their clients: both or none. */
  KAFKA_CERTIFICATE_FILE: certificateFile.optional(),
  KAFKA_KEY_FILE: keyFile.optional(),
});
type Settings = z.infer<typeof settings>;

const SASL = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const TLS = ['KAFKA_CA_FILE', 'KAFKA_CERTIFICATE_FILE', 'KAFKA_KEY_FILE'] as const;

/** Settings of a service whose broker is Kafka. What does not go together is a fault: nothing is left out in silence. */
export const kafkaConfigSchema = settings.superRefine((config, context) => {
  const fault = (variable: keyof Settings, message: string): void =>
    context.addIssue({ code: 'custom', path: [variable], message });
  const unused = 'KAFKA_SECURITY_PROTOCOL does not use it';
  for (const variable of SASL) {
    if (usesSasl(config) && config[variable] === undefined) fault(variable, 'it is needed');
    if (!usesSasl(config) && config[variable] !== undefined) fault(variable, unused);
  }
  for (const variable of TLS) if (!usesTls(config) && config[variable] !== undefined) fault(variable, unused);
  const { KAFKA_CERTIFICATE_FILE: certificate, KAFKA_KEY_FILE: key } = config;
  if (certificate !== undefined && key === undefined) fault('KAFKA_KEY_FILE', 'it is needed');
  if (key !== undefined && certificate === undefined) fault('KAFKA_CERTIFICATE_FILE', 'it is needed');
  if (certificate !== undefined && key !== undefined && !belongTogether(certificate, key))
    fault('KAFKA_KEY_FILE', 'it is not the key of KAFKA_CERTIFICATE_FILE');
});

/** What the adapter takes of settings that the schema has accepted. @throws Error when a file is gone since */
export function kafkaSecurity(config: Settings): KafkaSecurity {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  return {
    ...(usesTls(config) && { tls: tlsOf(config) }),
    ...(mechanism && username && password && { sasl: { mechanism, username, password } }),
  };
}

function tlsOf(config: Settings): KafkaTls {
  const { KAFKA_CA_FILE: authorities, KAFKA_CERTIFICATE_FILE: certificate, KAFKA_KEY_FILE: key } = config;
  return {
    ...(authorities && { authorities: readFileSync(authorities, 'utf8') }),
    ...(certificate &&
      key && { client: { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') } }),
  };
}

function usesTls({ KAFKA_SECURITY_PROTOCOL: protocol }: Settings): boolean {
  return protocol === 'SSL' || protocol === 'SASL_SSL';
}

function usesSasl({ KAFKA_SECURITY_PROTOCOL: protocol }: Settings): boolean {
  return protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL';
}

function belongTogether(certificate: string, key: string): boolean {
  return new X509Certificate(readFileSync(certificate)).checkPrivateKey(createPrivateKey(readFileSync(key)));
}
