import type { Message } from './message.js';

/**
 * Which events a subscription wants. The conditions are those of Amazon SNS filter policies: each named field must match
 * one of its conditions.
 */
export interface SubscriptionFilter {
  /** Event names; without them, every event of the topic. */
  readonly events?: readonly string[];
  /** Field of the body → conditions; `address.city` names a nested field. A list in the body matches when one element does. */
  readonly body?: Readonly<Record<string, readonly FilterCondition[]>>;
}

export type FilterCondition =
  | string
  | number
  | boolean
  | null
  | { readonly prefix: string }
  | { readonly 'anything-but': string | number | readonly (string | number)[] }
  | { readonly numeric: NumericRange }
  | { readonly exists: boolean };

/** `['>=', 0, '<', 10]`: one comparison or two. */
export type NumericRange =
  readonly [NumericOperator, number] | readonly [NumericOperator, number, NumericOperator, number];
export type NumericOperator = '=' | '<' | '<=' | '>' | '>=';

type Predicate = (value: unknown) => boolean;

/**
 * Turns a filter into a function, once, so that evaluating it for an event costs as little as possible.
 * @throws TypeError when a condition is of no known form, with the field's name
 */
export function compileFilter(filter: SubscriptionFilter | undefined): (event: Message) => boolean {
  const events = filter?.events && new Set(filter.events);
  const fields = Object.entries(filter?.body ?? {}).map(([field, conditions]) => {
    const path = field.split('.');
    const predicates = conditions.map((condition) => compileCondition(field, condition));
    return (body: unknown): boolean => matchesAny(read(body, path), predicates);
  });
  return (event) => (!events || events.has(event.name)) && fields.every((matches) => matches(event.body));
}

function matchesAny(value: unknown, predicates: readonly Predicate[]): boolean {
  if (Array.isArray(value) && value.length > 0) {
    return value.some((element) => predicates.some((matches) => matches(element)));
  }
  return predicates.some((matches) => matches(value));
}

function compileCondition(field: string, condition: FilterCondition): Predicate {
  if (condition === null || typeof condition !== 'object') return (value) => value === condition;
  if ('prefix' in condition && typeof condition.prefix === 'string') {
    return (value) => typeof value === 'string' && value.startsWith(condition.prefix);
  }
  if ('anything-but' in condition) {
    const excluded = new Set<unknown>([condition['anything-but']].flat());
    return (value) => value !== undefined && !excluded.has(value);
  }
  if ('exists' in condition && typeof condition.exists === 'boolean') {
    return (value) => (value !== undefined) === condition.exists;
  }
  if ('numeric' in condition) return compileRange(field, condition.numeric);
  throw new TypeError(`filter on ${field}: ${JSON.stringify(condition)} is not a known condition`);
}

type Comparison = (value: number, bound: number) => boolean;

const COMPARISONS: ReadonlyMap<unknown, Comparison> = new Map<NumericOperator, Comparison>([
  ['=', (value, bound) => value === bound],
  ['<', (value, bound) => value < bound],
  ['<=', (value, bound) => value <= bound],
  ['>', (value, bound) => value > bound],
  ['>=', (value, bound) => value >= bound],
]);

function compileRange(field: string, range: NumericRange): Predicate {
  const comparisons: [Comparison, number][] = [];
  for (let index = 0; index < range.length; index += 2) {
    const compare = COMPARISONS.get(range[index]);
    const bound = range[index + 1];
    if (!compare || typeof bound !== 'number') {
      throw new TypeError(`filter on ${field}: ${JSON.stringify(range)} is not a numeric range`);
    }
    comparisons.push([compare, bound]);
  }
  if (comparisons.length === 0) throw new TypeError(`filter on ${field}: an empty numeric range`);
  return (value) => typeof value === 'number' && comparisons.every(([compare, bound]) => compare(value, bound));
}

function read(body: unknown, path: readonly string[]): unknown {
  let value = body;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
