import { InvalidArgumentError } from 'commander';
import { LauncherError } from '../common/launcher-error.js';
import type { BackingChoices } from '../data-directory/shop-state.js';
import type { Replicas, ServiceName } from './service-plan.js';

/** What is cached: by which service, chosen in which of its variables, and how it can be. The first is the default. */
const CACHED = {
  // In front of a cache that is in memory itself, a near cache would be memory before memory: see `defaultOf`.
  catalogue: { service: 'web', variable: 'CATALOGUE_CACHE', strategies: ['near', 'lazy', 'none'] },
  cart: { service: 'web', variable: 'CART_CACHE', strategies: ['near', 'none'] },
  stock: { service: 'inventory', variable: 'STOCK_CACHE', strategies: ['write-through', 'lazy', 'none'] },
  session: { service: 'sessions', variable: 'SESSION_CACHE', strategies: ['write-through', 'lazy', 'none'] },
  order: { service: 'orders', variable: 'ORDER_CACHE', strategies: ['write-through', 'lazy', 'none'] },
} as const satisfies Record<string, { service: ServiceName; variable: string; strategies: readonly string[] }>;
type Cached = keyof typeof CACHED;
const NAMES = Object.keys(CACHED) as Cached[];

/** Strategies by what is cached; what is not named has its default. */
export type Caching = Readonly<Partial<Record<Cached, string>>>;

/** For `--help`. */
export const CACHING_HELP = NAMES.map((name) => `${name}=${CACHED[name].strategies.join('|')}`).join(', ');

/**
 * Reads `catalogue=none,stock=lazy`.
 * @throws InvalidArgumentError naming the fault
 */
export function parseCaching(text: string): Caching {
  const caching: Partial<Record<Cached, string>> = {};
  for (const part of text.split(',')) {
    const [name = '', strategy = ''] = part.split('=').map((word) => word.trim());
    if (!NAMES.includes(name as Cached)) {
      throw new InvalidArgumentError(`"${name}" is nothing that is cached: ${NAMES.join(', ')}.`);
    }
    const strategies: readonly string[] = CACHED[name as Cached].strategies;
    if (!strategies.includes(strategy)) {
      throw new InvalidArgumentError(`"${part}" must be ${name}= with one of ${strategies.join(', ')}.`);
    }
    caching[name as Cached] = strategy;
  }
  return caching;
}

/** The variables that choose strategies, and what the user should know about them. */
export interface CachingPlan {
  readonly variables: Readonly<Record<ServiceName, Readonly<Record<string, string>>>>;
  readonly notes: readonly string[];
}

/**
 * Several processes of a service do not share their memory, so none of them can write through it: they cache nothing. A
 * cache that they share has no such limit.
 * @throws LauncherError `CACHING.NOT_SHARED` when that was asked for
 */
export function planCaching(chosen: Caching, replicas: Replicas, cache: BackingChoices['cache']): CachingPlan {
  const variables: Record<ServiceName, Record<string, string>> = {
    web: {},
    orders: {},
    inventory: {},
    sessions: {},
    notifier: {},
  };
  const notes: string[] = [];
  for (const name of NAMES) {
    const { service, variable } = CACHED[name];
    let strategy = chosen[name] ?? defaultOf(name, cache);
    if (cache === 'memory' && strategy === 'write-through' && replicas[service] > 1) {
      const reason = `${replicas[service]} processes of ${service} do not share their memory`;
      if (chosen[name])
        throw new LauncherError(
          'CACHING.NOT_SHARED',
          `${name}=write-through: ${reason}; choose lazy, none, or --cache redis`,
        );
      notes.push(`${reason}: ${variable}=none instead of write-through.`);
      strategy = 'none';
    }
    variables[service][variable] = strategy;
  }
  return { variables, notes };
}

function defaultOf(name: Cached, cache: BackingChoices['cache']): string {
  return name === 'catalogue' && cache === 'memory' ? 'lazy' : CACHED[name].strategies[0];
}
