import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from './redis-url.js';
import { watch } from './watch.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** A process that ends does not wait for a server that stands still. */
const DISCONNECT_TIMEOUT_MS = 100;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

/**
 * A client that connects, and connects again, by itself. Nothing waits for a connection, and nothing is sent twice: a command
 * that was under way when its connection broke is rejected, whether or not it took effect.
 * @param silenceMs how long the server may leave commands unanswered before the connection is given up
 */
export function createClient(address: RedisAddress, silenceMs: number, own: RedisOptions = {}): Redis | Cluster {
  const client = connect(address, own);
  const attend = (node: Redis): void => {
    watch(node, silenceMs);
    hearEveryError(node);
  };
  if (client instanceof Cluster) client.on('+node', attend);
  else attend(client);
  return client;
}

/**
 * A socket may fail twice: we refuse the server's certificate, and then the server complains of that. ioredis hears the
 * first only, and Node ends a process in which nobody hears the second.
 */
function hearEveryError(client: Redis): void {
  client.on('error', () => client.stream?.on('error', ignore));
}

/** It says no more than the first did. */
function ignore(): void {}

function connect(address: RedisAddress, own: RedisOptions): Redis | Cluster {
  const tls = address.authorities === undefined ? {} : { ca: address.authorities };
  const options: RedisOptions = {
    ...credentials(address),
    ...(address.tls && { tls }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    retryStrategy: retryAfterMs,
    // The server has become a replica: its successor is found by connecting anew.
    reconnectOnError: (error) => error.message.includes('READONLY'),
    ...own,
  };
  switch (address.kind) {
    case 'standalone':
      return new Redis({ ...options, ...address.nodes[0]!, db: address.database });
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: [...address.nodes],
        name: address.masterName!,
        db: address.database,
        sentinelRetryStrategy: retryAfterMs,
        // Another master is noticed by its announcement, and not only when the old one breaks the connection.
        failoverDetector: true,
        ...(address.sentinelPassword && { sentinelPassword: address.sentinelPassword }),
        ...(address.tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
      });
    case 'cluster':
      return new Cluster([...address.nodes], {
        redisOptions: options,
        enableOfflineQueue: false,
        // One packet for each node instead of one for each command.
        enableAutoPipelining: true,
        clusterRetryStrategy: retryAfterMs,
      });
  }
}

/** Soon at first, then once a second; not all processes at the same moment. */
function retryAfterMs(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt, 10), LONGEST_RETRY_MS) * (0.75 + Math.random() / 4);
}

function credentials({ username, password }: RedisAddress): RedisOptions {
  return { ...(username && { username }), ...(password && { password }) };
}
