/** How one kind of load looks. Limits are for one machine at rest; `--p95` and `--max-failed` change them. */
export interface Scenario {
  readonly description: string;
  /** The function of the script in k6 that is one arrival. */
  readonly run: 'smoke' | 'acceptOnly' | 'customer' | 'stockFile';
  /** What arrives. */
  readonly arrivals: 'orders' | 'customers' | 'files';
  /** Arrivals a second, unless told otherwise. */
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  /** How long one arrival stays, at most on average: for the number of virtual users. */
  readonly staySeconds: number;
  /** The rate is ten times as high in the middle half of the time. */
  readonly hasSpike?: boolean;
  /** Names of requests whose 95th percentile is held to the limit. */
  readonly held: readonly string[];
  readonly p95Ms: number;
  readonly maxLines: number;
}

const customers = {
  run: 'customer',
  arrivals: 'customers',
  staySeconds: 15,
  held: ['list items', 'read item', 'place order', 'check out'],
  p95Ms: 500,
  maxLines: 3,
} as const;

const accepting = {
  run: 'acceptOnly',
  arrivals: 'orders',
  staySeconds: 1,
  held: ['place order'],
  maxLines: 3,
} as const;

export const SCENARIOS = {
  smoke: {
    description: 'a few orders, each followed until it is final: does all of it work?',
    run: 'smoke',
    arrivals: 'orders',
    ratePerSecond: 2,
    durationSeconds: 10,
    staySeconds: 3,
    held: ['list items', 'read item', 'place order'],
    p95Ms: 500,
    maxLines: 3,
  },
  'browse-and-buy': {
    description: 'customers who look around, think, fill carts, buy, wait for the confirmation and now and then cancel',
    ...customers,
    ratePerSecond: 5,
    durationSeconds: 120,
  },
  'accept-only': {
    description: 'nothing but orders, at a steady rate: how many are accepted, and how fast?',
    ...accepting,
    ratePerSecond: 50,
    durationSeconds: 60,
    p95Ms: 250,
  },
  spike: {
    description: 'orders at a steady rate, of ten times that for half of the time, and of the first again',
    ...accepting,
    ratePerSecond: 20,
    durationSeconds: 120,
    p95Ms: 1_000,
    hasSpike: true,
  },
  soak: {
    description: 'customers as in browse-and-buy, for an hour: does anything grow, leak or slow down?',
    ...customers,
    ratePerSecond: 5,
    durationSeconds: 3_600,
  },
  'stock-file': {
    description: 'uploads of stock files, each followed until it is imported',
    run: 'stockFile',
    arrivals: 'files',
    ratePerSecond: 0.5,
    durationSeconds: 60,
    staySeconds: 5,
    held: ['send stock file'],
    p95Ms: 2_000,
    maxLines: 1,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** A spike's rate, in rates of the time around it. */
export const SPIKE_FACTOR = 10;
/** Of the whole time: 60 s of 120. */
export const SPIKE_SHARE = 0.5;
