import { spawnShop } from '@looseleaf/launcher';
import { orderBodies } from './catalogue.js';
import { startChild } from './child.js';
import type { Figure } from './figure.js';
import { get, median, post, type LoadResult } from './load.js';

const CONNECTIONS = 64;
const CUSTOMERS = 256;
const LINES_PER_CART = 3;
const WARM_UP_SECONDS = 2;

interface Pair {
  readonly bare: LoadResult;
  readonly cart: LoadResult;
}

/**
 * What reading a cart costs, cookie, session and all, against a bare route, in turn: as the shop does it, and with a web
 * tier that asks the session store each time.
 */
export async function benchCart({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Figure[]> {
  const bare = await startChild<{ url: string }>('bare-route.main.js');
  try {
    const near = await measure('near', bare.first.url, rounds, seconds);
    const none = await measure('none', bare.first.url, rounds, seconds);
    return [
      toFigure('cart read with its session against a bare route', near, 0.4),
      toFigure('the same, with no near cache in the web tier', none),
    ];
  } finally {
    await bare.stop();
  }
}

async function measure(caching: 'near' | 'none', bareUrl: string, rounds: number, seconds: number): Promise<Pair[]> {
  const spawned = await spawnShop({ arguments: ['--caching', `cart=${caching}`] });
  try {
    const url = `${spawned.shop().webUrl}/v1/cart`;
    const cookies = await Promise.all(Array.from({ length: CUSTOMERS }, () => fillCart(url)));
    const readCarts = (durationSeconds: number): Promise<LoadResult> =>
      get({ url, cookies, connections: CONNECTIONS, durationSeconds });
    const askBare = (durationSeconds: number): Promise<LoadResult> =>
      post({ url: `${bareUrl}/v1/orders`, bodies: orderBodies(), connections: CONNECTIONS, durationSeconds });
    await askBare(WARM_UP_SECONDS);
    await readCarts(WARM_UP_SECONDS);
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round += 1) {
      pairs.push({ bare: await askBare(seconds), cart: await readCarts(seconds) });
    }
    return pairs;
  } finally {
    await spawned.stop();
  }
}

/** A customer who puts a few items into the cart. @returns their cookie */
async function fillCart(url: string): Promise<string> {
  let cookie = '';
  for (let line = 0; line < LINES_PER_CART; line += 1) {
    const answer = await fetch(`${url}/lines/item-${line}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ quantity: 1 + line, seenUnitPriceMinor: 250 }),
    });
    if (answer.status !== 200) throw new Error(`filling a cart was answered ${answer.status}: ${await answer.text()}`);
    [cookie = ''] = answer.headers.getSetCookie().map((set) => set.split(';', 1)[0]!);
  }
  return cookie;
}

/** @param reach what the project wants; without it the figure is there to compare with */
function toFigure(name: string, pairs: readonly Pair[], reach?: number): Figure {
  const value = median(pairs.map(({ bare, cart }) => cart.requestsPerSecond / bare.requestsPerSecond));
  const each = (which: keyof Pair): number => Math.round(median(pairs.map((pair) => pair[which].requestsPerSecond)));
  const p99 = Math.round(median(pairs.map(({ cart }) => cart.p99Ms)));
  return {
    name,
    value,
    unit: '×',
    reach: reach === undefined ? 'compare' : `≥ ${reach}`,
    reached: reach === undefined || value >= reach,
    detail: `${each('cart')}/s against ${each('bare')}/s, p99 ${p99} ms`,
  };
}
