import type { Cluster, Redis, Result } from 'ioredis';

/** Instead of a lease, while a write is announced. */
export const ANNOUNCED = '!';

/**
 * What has to happen in one step on the server. Each script takes the records of one key:
 *
 * - the *entry*, `KEYS[1]`: `<lease> <expires at> <version> <value>`; the version is `-` when the value was filled;
 * - the *lease*, `KEYS[2]`, of readers who found no entry, or `!` while a write is announced;
 * - the *claim*, `KEYS[3]`, of the reader that loads;
 * - the *changes*, `KEYS[4]`: a hash of the highest `version` that was written and, by `=<lease>`, when each announcement
 *   ends, negative when another commit may have overtaken it.
 *
 * A lease is ended by removing it from the first two, so that whatever the server forgets ends leases.
 */
const PRELUDE = `
local entry, lease, claim, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function overtake(open)
  for writer, ends in pairs(open) do
    open[writer] = -math.abs(ends)
    redis.call('HSET', changes, writer, open[writer])
  end
end

-- The announcements that are open. The writer of one whose time is over may have committed and died.
local function announcements()
  local open, died = {}, false
  local fields = redis.call('HGETALL', changes)
  for i = 1, #fields, 2 do
    local name, ends = fields[i], tonumber(fields[i + 1])
    if name ~= 'version' then
      if math.abs(ends) > now then
        open[name] = ends
      else
        redis.call('HDEL', changes, name)
        died = true
      end
    end
  end
  if died then overtake(open) end
  return open
end

-- Forgets the value and ends leases; gives none while a write is announced.
local function forget(open)
  local last = now
  for _, ends in pairs(open) do last = math.max(last, math.abs(ends)) end
  redis.call('DEL', entry, lease, claim)
  if last > now then redis.call('SET', lease, '${ANNOUNCED}', 'PX', last - now) end
end

local function remember(ms)
  if redis.call('PTTL', changes) < ms then redis.call('PEXPIRE', changes, ms) end
end

local function keep(id, version, value, ttl)
  redis.call('SET', entry, id .. ' ' .. string.format('%.0f', now + ttl) .. ' ' .. version .. ' ' .. value, 'PX', ttl)
end

-- Long enough for all but the value.
local function head()
  return redis.call('GETRANGE', entry, 0, 127)
end
`;

/** ARGV: lease, ttl in ms, value. 1 when it was kept. */
const FILL = `${PRELUDE}
local id = ARGV[1]
if redis.call('GET', lease) ~= id and string.sub(head(), 1, #id + 1) ~= id .. ' ' then return 0 end
redis.call('DEL', claim)
keep(id, '-', ARGV[3], tonumber(ARGV[2]))
return 1
`;

/** ARGV: lease, hold in ms. */
const ANNOUNCE = `${PRELUDE}
local open = announcements()
local hold = tonumber(ARGV[2])
open['=' .. ARGV[1]] = now + hold
redis.call('HSET', changes, '=' .. ARGV[1], now + hold)
remember(hold)
forget(open)
`;

/** ARGV: new lease, version, ttl in ms, value, how long to remember the version in ms; lease of the announcement, if any. */
const WRITE = `${PRELUDE}
local version = tonumber(ARGV[2])
local known = math.max(
  tonumber(redis.call('HGET', changes, 'version') or '') or -math.huge,
  tonumber(string.match(head(), '^%S+ %S+ (%S+) ') or '') or -math.huge)
local open = announcements()
local mayKeep = true
if ARGV[6] then
  local own = '=' .. ARGV[6]
  mayKeep = (open[own] or 0) > 0
  if open[own] then redis.call('HDEL', changes, own) end
  open[own] = nil
end
if version < known then
  if redis.call('GET', lease) == '${ANNOUNCED}' then forget(open) end
  return
end
redis.call('HSET', changes, 'version', ARGV[2])
remember(tonumber(ARGV[5]))
if mayKeep and next(open) == nil then
  redis.call('DEL', lease, claim)
  keep(ARGV[1], ARGV[2], ARGV[4], tonumber(ARGV[3]))
else
  forget(open)
end
`;

/** ARGV: lease of the announcement. */
const RELEASE = `${PRELUDE}
local open = announcements()
redis.call('HDEL', changes, '=' .. ARGV[1])
open['=' .. ARGV[1]] = nil
forget(open)
`;

const INVALIDATE = `${PRELUDE}
local open = announcements()
overtake(open)
forget(open)
`;

/** Of a key that is cleared. */
const RESET = `${INVALIDATE}
redis.call('HDEL', changes, 'version')
`;

/** The names of the records of a key. */
export type Records = [entry: string, lease: string, claim: string, changes: string];
type Written = [lease: string, version: number, ttlMs: number, value: string, rememberMs: number];

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cacheFill(...args: [...Records, lease: string, ttlMs: number, value: string]): Result<number, Context>;
    cacheAnnounce(...args: [...Records, lease: string, holdMs: number]): Result<null, Context>;
    cacheWrite(...args: [...Records, ...Written, announced?: string]): Result<null, Context>;
    cacheRelease(...args: [...Records, lease: string]): Result<null, Context>;
    cacheInvalidate(...args: Records): Result<null, Context>;
    cacheReset(...args: Records): Result<null, Context>;
  }
}

/** Sent once on each connection, called by their hashes from then on. */
export function defineScripts(client: Redis | Cluster): void {
  const scripts = {
    cacheFill: FILL,
    cacheAnnounce: ANNOUNCE,
    cacheWrite: WRITE,
    cacheRelease: RELEASE,
    cacheInvalidate: INVALIDATE,
    cacheReset: RESET,
  };
  for (const [name, lua] of Object.entries(scripts)) client.defineCommand(name, { lua, numberOfKeys: 4 });
}
