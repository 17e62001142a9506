import type { Cluster, Redis, Result } from 'ioredis';

/**
 * What has to happen in one step on the server. `KEYS[1]` is the *state*, a hash:
 *
 * - `position`: the change up to which the ranking is complete; not there while it is built;
 * - `builder` and `until`: who builds it, and when they have been silent for too long (ms);
 * - a field for each period that has a sorted set. Such a set that is missing was evicted, and the ranking with it.
 *
 * Each of the other keys is the sorted set of a period.
 */
const PRELUDE = `
local state = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** ARGV: where the ranking is, or ''; the builder; its silence in ms. 1 when it may build. */
const BEGIN = `${PRELUDE}
if (redis.call('HGET', state, 'position') or '') ~= ARGV[1] then return 0 end
if now < tonumber(redis.call('HGET', state, 'until') or '0') then return 0 end
redis.call('DEL', state)
redis.call('HSET', state, 'builder', ARGV[2], 'until', now + tonumber(ARGV[3]))
redis.call('PEXPIRE', state, ARGV[3] * 2)
return 1
`;

/**
 * ARGV: the field that must be, and its value; the new position, or ''; silence of the builder in ms; how long periods are
 * kept in ms; then for each further key its period, the number of its scores, and those: score, member, and so on.
 * 1 when they were set. Keys are written in parts, because Lua passes no more than some thousand arguments.
 */
const SET = `${PRELUDE}
if redis.call('HGET', state, ARGV[1]) ~= ARGV[2] then return 0 end
local keep = tonumber(ARGV[5])
local at = 6
for k = 2, #KEYS do
  local period, last = ARGV[at], at + 1 + 2 * ARGV[at + 1]
  if redis.call('HSETNX', state, period, 1) == 1 then
    redis.call('UNLINK', KEYS[k])
    for _, field in ipairs(redis.call('HKEYS', state)) do
      if (tonumber(field) or now) + keep < now then redis.call('HDEL', state, field) end
    end
  elseif redis.call('EXISTS', KEYS[k]) == 0 then
    redis.call('DEL', state)
    return 0
  end
  for from = at + 2, last, 2000 do
    redis.call('ZADD', KEYS[k], unpack(ARGV, from, math.min(from + 1999, last)))
  end
  redis.call('PEXPIREAT', KEYS[k], period + keep)
  at = last + 1
end
if ARGV[3] == '' then
  redis.call('HSET', state, 'until', now + tonumber(ARGV[4]))
else
  redis.call('HDEL', state, 'builder', 'until')
  redis.call('HSET', state, 'position', ARGV[3])
end
redis.call('PEXPIRE', state, keep)
return 1
`;

/** ARGV: the builder. */
const GIVE_UP = `
if redis.call('HGET', KEYS[1], 'builder') == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;

/** KEYS[2]: for the union. ARGV: how many members; the period of each further key. The position, then members and scores. */
const TOP = `
local state, union = KEYS[1], KEYS[2]
local position = redis.call('HGET', state, 'position')
if not position then return nil end
local listed = redis.call('HMGET', state, unpack(ARGV, 2))
local kept = {}
for i = 1, #listed do
  if listed[i] then kept[#kept + 1] = KEYS[i + 2] end
end
if #kept == 0 then return { position } end
if redis.call('EXISTS', unpack(kept)) < #kept then
  redis.call('DEL', state)
  return nil
end
redis.call('ZUNIONSTORE', union, #kept, unpack(kept))
local top = redis.call('ZREVRANGEBYSCORE', union, '+inf', '(0', 'WITHSCORES', 'LIMIT', 0, ARGV[1])
redis.call('UNLINK', union)
table.insert(top, 1, position)
return top
`;

type Arguments = [keys: number, state: string, ...(string | number)[]];

declare module 'ioredis' {
  interface RedisCommander<Context> {
    rankingBegin(
      count: 1,
      state: string,
      from: number | '',
      builder: string,
      silenceMs: number,
    ): Result<number, Context>;
    rankingSet(...args: Arguments): Result<number, Context>;
    rankingGiveUp(count: 1, state: string, builder: string): Result<null, Context>;
    rankingTop(...args: Arguments): Result<string[] | null, Context>;
  }
}

/** Sent once on each connection, called by their hashes from then on. */
export function defineRankingScripts(client: Redis | Cluster): void {
  const scripts = { rankingBegin: BEGIN, rankingSet: SET, rankingGiveUp: GIVE_UP, rankingTop: TOP };
  for (const [name, lua] of Object.entries(scripts)) client.defineCommand(name, { lua });
}
