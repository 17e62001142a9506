import { SharedCache, type RedisCache, type RedisCacheOptions } from './shared-cache.js';

/**
 * A cache on a server that all processes share: Redis 7.0 or newer, or Valkey; standalone, watched by Sentinel, or a cluster.
 * It connects by itself, also again; calls reject while there is no connection.
 *
 * - **Trips**: one for each call, however many keys it has; two for a read that misses. A hit is one GET. Calls of one
 *   turn of the event loop leave together.
 * - **Time** is that of the server, for expiry, announcements and claims. Only the `ttlMs` of a hit is worked out here, from
 *   the server's clock as it was in the last 10 s.
 * - **Memory**: everything expires by itself. An entry at the end of its time to live; a lease, when nothing was filled under
 *   it, after 60 s; an announcement after its hold; a version 10 minutes after the entry. Set `maxmemory`, and with it
 *   `maxmemory-policy` to one of `allkeys-*` or `volatile-*`: where nothing may be evicted, a full server refuses announcements.
 * - **A server that forgets** (flushed, evicting, restarted, replaced by a replica) keeps no older value than the store's,
 *   as leases and announcements are records that end when they are forgotten: `fill` needs the very record of its lease, and
 *   `write` forgets the key unless it finds its own announcement. What a restarted server or a promoted replica brings back
 *   is not read: the names of records contain the run of the server. Two windows remain, both as long as the time to live:
 *   a server forgets an announcement *and* its writer dies between commit and write, so that a reader may keep what it loaded
 *   before that commit; and versions that were forgotten no longer hold off older writes without announcement.
 * - **Two masters**: until the old one of a failover is told, its clients and those of the new one do not see each other's
 *   changes; what they keep then may be old for its time to live. `min-replicas-to-write` makes that time short.
 * - **In a cluster**, names do not contain the run. A promoted replica may bring back what was invalidated just before, for the
 *   rest of its time to live.
 *
 * @throws TypeError when the URL cannot be used
 */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  return new SharedCache(options);
}
