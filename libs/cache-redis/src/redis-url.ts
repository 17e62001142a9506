/** Where a cache is and how it is reached. */
export interface RedisAddress {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  readonly nodes: readonly RedisNode[];
  readonly tls: boolean;
  /** PEM: whose certificates are trusted, where that is not left to Node.js. No URL says so. */
  readonly authorities?: string;
  readonly username?: string;
  readonly password?: string;
  /** Of the sentinels themselves. */
  readonly sentinelPassword?: string;
  /** What the sentinels call the server that they watch over. */
  readonly masterName?: string;
  /** 0 unless the URL names another one; a cluster has no others. */
  readonly database: number;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const FORMS = [
  'redis://[user:password@]host[:port][/database]',
  'redis+sentinel://[user:password@]host[:port],…/master-name[/database][?sentinel-password=…]',
  'redis+cluster://[user:password@]host[:port],…',
  'each with rediss for TLS',
].join('; ');

const URL_PATTERN =
  /^(?<scheme>rediss?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^/?#]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;
const NODE_PATTERN = /^(?<host>\[[0-9a-fA-F:.]+\]|[^:\s[\]]+)(?::(?<port>\d{1,5}))?$/;
const DEFAULT_PORTS = { standalone: 6379, sentinel: 26379, cluster: 6379 };

/**
 * Reads `redis://`, `redis+sentinel://` and `redis+cluster://`, and the same with TLS: `rediss…://`.
 * @throws TypeError that says what is wrong, without the passwords
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = URL_PATTERN.exec(url)?.groups;
  if (!parts) throw fault('it has none of these forms');
  const kind = (parts.kind ?? 'standalone') as RedisAddress['kind'];
  const nodes = parts.hosts!.split(',').map((node) => parseNode(node, DEFAULT_PORTS[kind]));
  if (kind === 'standalone' && nodes.length > 1)
    throw fault('several hosts need redis+sentinel:// or redis+cluster://');
  const path = (parts.path ?? '').split('/').slice(1).filter(Boolean).map(decode);
  const masterName = kind === 'sentinel' ? path.shift() : undefined;
  if (kind === 'sentinel' && !masterName) throw fault('a sentinel needs the name of the master, as in …/mymaster');
  if (kind === 'cluster' && path.length > 0) throw fault('a cluster has neither names nor databases');
  const sentinelPassword = parseQuery(parts.query ?? '', kind);
  return {
    kind,
    nodes,
    tls: parts.scheme === 'rediss',
    database: parseDatabase(path),
    ...(parts.user && { username: decode(parts.user) }),
    ...(parts.password && { password: decode(parts.password) }),
    ...(masterName && { masterName }),
    ...(sentinelPassword && { sentinelPassword }),
  };
}

function parseNode(text: string, defaultPort: number): RedisNode {
  const parts = NODE_PATTERN.exec(text)?.groups;
  const port = Number(parts?.port ?? defaultPort);
  if (!parts || port < 1 || port > 65_535) throw fault(`"${text}" is no host[:port]`);
  return { host: parts.host!.replace(/^\[|\]$/g, ''), port };
}

function parseDatabase(path: readonly string[]): number {
  const [database = '0', ...more] = path;
  if (more.length > 0 || !/^\d{1,5}$/.test(database)) throw fault(`"${path.join('/')}" is no number of a database`);
  return Number(database);
}

function parseQuery(query: string, kind: RedisAddress['kind']): string | undefined {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== 'sentinel-password' || kind !== 'sentinel') throw fault(`it has no parameter "${name}"`);
  }
  return parameters.get('sentinel-password') ?? undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw fault('a % in it does not begin an escape sequence');
  }
}

function fault(what: string): TypeError {
  return new TypeError(`cannot use the URL of Redis: ${what} (${FORMS})`);
}
