import { randomUUID } from 'node:crypto';
import type { PeriodScore, RankedMember, Ranking, RankingStep, RebuildStep, Top } from '@looseleaf/cache';
import type { Cluster, Redis } from 'ioredis';
import { RedisConnection } from '../connection.js';
import { parseRedisUrl } from '../redis-url.js';
import { defineRankingScripts } from './ranking-scripts.js';

export interface RedisRankingOptions {
  /** So that no two rankings of a server share a key. */
  readonly name: string;
  /** See `parseRedisUrl`. */
  readonly url: string;
  /** PEM: those who sign the servers' certificates, where the URL asks for TLS. Default: those that Node.js knows. */
  readonly authorities?: string;
  /** How long after its beginning a period is kept. */
  readonly keepMs: number;
  /** A builder that has told no page for so long has been given up; 5 s by default. */
  readonly builderSilenceMs?: number;
  /** For how long the server may be silent before its connection is given up; 1 s by default. */
  readonly silenceMs?: number;
  /** Told of connections that broke or could not be made; calls reject besides. */
  readonly onError?: (error: Error) => void;
}

const DEFAULT_BUILDER_SILENCE_MS = 5_000;
const DEFAULT_SILENCE_MS = 1_000;
/** One script with so many scores takes some milliseconds, in which the server answers nobody. */
const SCORES_PER_STEP = 5_000;

/**
 * A ranking in sorted sets, one for each period: Redis 7.0 or newer, or Valkey; standalone, watched by Sentinel, or a cluster,
 * which keeps all of it on one of its nodes, as a union needs.
 *
 * - **Trips**: one for each call; building takes one for each page.
 * - **Atomicity**: each call is one script; what of it reaches a replica or the log of commands is all of it.
 * - **A server that forgets** (flushed, evicting, restarted, replaced by a replica) is noticed: the position is kept with the
 *   scores, so an old state that comes back says how old it is, and a period that is missing makes the ranking incomplete.
 * - **Two masters**: until the old one of a failover is told, its readers may see what was true at the failover.
 * - **Memory**: periods expire by themselves. A full server that may evict nothing refuses to be told.
 *
 * @throws TypeError when the URL cannot be used
 */
export function createRedisRanking(options: RedisRankingOptions): Ranking {
  return new RedisRanking(options);
}

class RedisRanking implements Ranking {
  readonly name: string;
  readonly #keepMs: number;
  readonly #builderSilenceMs: number;
  readonly #connection: RedisConnection;
  /** The hash tag keeps all keys of a ranking on one node of a cluster. */
  readonly #prefix: string;
  readonly #state: string;

  constructor({ name, url, authorities, keepMs, ...options }: RedisRankingOptions) {
    const {
      builderSilenceMs = DEFAULT_BUILDER_SILENCE_MS,
      silenceMs = DEFAULT_SILENCE_MS,
      onError = () => undefined,
    } = options;
    this.name = name;
    this.#keepMs = keepMs;
    this.#builderSilenceMs = builderSilenceMs;
    this.#prefix = `{ranking:${name}}:`;
    this.#state = `${this.#prefix}state`;
    const address = { ...parseRedisUrl(url), ...(authorities !== undefined && { authorities }) };
    this.#connection = new RedisConnection(address, silenceMs, () => undefined, onError);
    defineRankingScripts(this.#connection.client);
  }

  async position(): Promise<number | undefined> {
    const client = await this.#client();
    const position = await client.hget(this.#state, 'position');
    return position === null ? undefined : Number(position);
  }

  advance(scores: readonly PeriodScore[], { from, to }: RankingStep): Promise<boolean> {
    return this.#set(scores, ['position', from], to);
  }

  async rebuild(pages: AsyncIterable<readonly PeriodScore[]>, { from, to }: RebuildStep): Promise<boolean> {
    const builder = randomUUID();
    const client = await this.#client();
    if ((await client.rankingBegin(1, this.#state, from ?? '', builder, this.#builderSilenceMs)) === 0) return false;
    try {
      for await (const page of pages) {
        for (let start = 0; start < page.length; start += SCORES_PER_STEP) {
          const scores = page.slice(start, start + SCORES_PER_STEP);
          if (!(await this.#set(scores, ['builder', builder]))) return false;
        }
      }
      return await this.#set([], ['builder', builder], to);
    } catch (error) {
      // Should that fail, too, the builder is silent from now on.
      await client.rankingGiveUp(1, this.#state, builder).catch(() => undefined);
      throw error;
    }
  }

  async top(periods: readonly number[], limit: number): Promise<Top | undefined> {
    const client = await this.#client();
    const keys = [this.#state, `${this.#prefix}union`, ...periods.map((period) => this.#period(period))] as const;
    const answer = await client.rankingTop(keys.length, ...keys, limit, ...periods);
    if (answer === null) return undefined;
    const [position, ...rest] = answer;
    const members: RankedMember[] = [];
    for (let at = 0; at < rest.length; at += 2) members.push({ member: rest[at]!, score: Number(rest[at + 1]) });
    return { position: Number(position), members };
  }

  async ping(): Promise<void> {
    await (await this.#client()).ping();
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** @param guard what the state must say for anything to happen */
  async #set(
    scores: readonly PeriodScore[],
    guard: readonly [field: string, value: string | number],
    position: number | '' = '',
  ): Promise<boolean> {
    const byPeriod = new Map<number, (string | number)[]>();
    for (const { period, member, score } of scores) {
      const told = byPeriod.get(period);
      if (told) told.push(score, member);
      else byPeriod.set(period, [score, member]);
    }
    const keys = [this.#state, ...[...byPeriod.keys()].map((period) => this.#period(period))] as const;
    const told = [...byPeriod].flatMap(([period, pairs]) => [period, pairs.length / 2, ...pairs]);
    const client = await this.#client();
    const settings = [...guard, position, this.#builderSilenceMs, this.#keepMs] as const;
    return (await client.rankingSet(keys.length, ...keys, ...settings, ...told)) === 1;
  }

  #period(period: number): string {
    return `${this.#prefix}${period}`;
  }

  async #client(): Promise<Redis | Cluster> {
    if (!this.#connection.use()) await this.#connection.opened();
    return this.#connection.client;
  }
}
