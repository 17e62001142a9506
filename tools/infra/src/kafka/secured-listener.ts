import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificates } from '../certificates.js';
import { LOOPBACK } from '../free-port.js';
import type { KafkaSettings } from './kafka-settings.js';

/** Where nodes also serve clients who say who they are, over TLS: by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
export interface SecuredListener {
  /** Of the nodes, good for `localhost`. */
  readonly certificates: Certificates;
  /** Their passwords by their names. */
  readonly users: Readonly<Record<string, string>>;
  /** Whether clients need a certificate of the same authority, too. Default false. */
  readonly needsClientCertificate?: boolean;
}

const NAME = 'SECURED';
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** The settings that a node has besides its others. @param directory for what goes into files */
export function securedSettings(
  listener: SecuredListener,
  port: number,
  directory: string,
  plain: KafkaSettings,
): KafkaSettings {
  const { certificates, users } = listener;
  const keyStore = path.join(directory, 'secured.pem');
  writeFileSync(keyStore, `${read(certificates.key)}${read(certificates.certificate)}`, { mode: 0o600 });
  const prefix = `listener.name.${NAME.toLowerCase()}`;
  const security = 'org.apache.kafka.common.security';
  const known = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`);
  return {
    ...plain,
    listeners: `${plain['listeners']},${NAME}://${LOOPBACK}:${port}`,
    'advertised.listeners': `${plain['advertised.listeners']},${NAME}://localhost:${port}`,
    'listener.security.protocol.map': `${plain['listener.security.protocol.map']},${NAME}:SASL_SSL`,
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(','),
    [`${prefix}.plain.sasl.jaas.config`]: `${security}.plain.PlainLoginModule required${known.join('')};`,
    ...Object.fromEntries(
      SCRAM.map((mechanism) => [
        `${prefix}.${mechanism.toLowerCase()}.sasl.jaas.config`,
        `${security}.scram.ScramLoginModule required;`,
      ]),
    ),
    [`${prefix}.ssl.keystore.type`]: 'PEM',
    [`${prefix}.ssl.keystore.location`]: keyStore,
    [`${prefix}.ssl.truststore.type`]: 'PEM',
    [`${prefix}.ssl.truststore.location`]: certificates.authority,
    [`${prefix}.ssl.client.auth`]: listener.needsClientCertificate ? 'required' : 'none',
  };
}

/** Those of `kafka-storage format` that create the users for SCRAM, whose passwords Kafka keeps as hashes. */
export function scramArguments({ users }: SecuredListener): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
