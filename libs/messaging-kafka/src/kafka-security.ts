import type { KafkaConfig } from 'kafkajs';

/** How a client reaches the nodes, and says who it is; nothing of it: over plain connections, as nobody. */
export interface KafkaSecurity {
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
}

/** All of them PEM. The name or address by which a node is reached must be in its certificate. */
export interface KafkaTls {
  /** Of those who sign the nodes' certificates. Default: those that Node.js knows. */
  readonly authorities?: string;
  /** For nodes that ask for one: the client's certificate, and its key. */
  readonly client?: { readonly certificate: string; readonly key: string };
}

export interface KafkaSasl {
  /** `PLAIN` hands the password to the node: not without TLS. */
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

const MECHANISMS = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram-sha-256', 'SCRAM-SHA-512': 'scram-sha-512' } as const;

/** As kafkajs takes it. */
export function securityOptions({ tls, sasl }: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  return {
    ...(tls && {
      ssl: {
        ...(tls.authorities !== undefined && { ca: tls.authorities }),
        ...(tls.client && { cert: tls.client.certificate, key: tls.client.key }),
      },
    }),
    ...(sasl &&
      ({
        sasl: { mechanism: MECHANISMS[sasl.mechanism], username: sasl.username, password: sasl.password },
      } as Pick<KafkaConfig, 'sasl'>)),
  };
}
