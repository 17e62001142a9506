import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { eventually } from '@looseleaf/infra';
import { createPostgresBroker } from '@looseleaf/messaging-postgres';
import type { MessageBroker } from '@looseleaf/messaging';
import { ProblemError } from '@looseleaf/service-kit';
import { CancelOrders } from '../cancel-order/cancel-orders.js';
import { ChangeCart } from '../change-cart/change-cart.js';
import { PlaceOrders } from '../place-order/place-orders.js';
import { RecentOrders } from '../place-order/recent-orders.js';
import { ReadOrder } from '../read-order/read-order.js';
import { ReadCart } from '../read-cart/read-cart.js';
import { Carts } from '../sessions/carts.js';
import { CheckoutOutcomes } from '../sessions/checkout-outcomes.js';
import type { SessionCookie } from '../sessions/session-cookie.js';
import { SessionsApi } from '../sessions/sessions-api.js';
import { SignedIds } from '../signed-ids/signed-ids.js';
import { CartStage } from '../testing/cart-stage.js';
import { INTERNAL_KEY } from '../testing/web-under-test.js';
import { UpstreamUnreachableError } from '../upstream/upstream-error.js';
import { Upstream } from '../upstream/upstream.js';
import { CheckOut } from './check-out.js';

/** What happens at a step of a checkout, to the process that makes it or to the call. */
type Fate = 'goes on' | keyof typeof DELAYS_MS | (typeof FAULTS)[number];
const FAULTS = ['dies before', 'dies after', 'call is lost', 'answer is lost'] as const;
const LEASE_MS = 150;
/** Once slow, a checkout is within its lease; hanging, it is not. */
const DELAYS_MS = { 'is slow': 60, 'is slower': 110, hangs: 220, 'hangs on': 320 } as const;
const FATES = [...(Object.keys(DELAYS_MS) as (keyof typeof DELAYS_MS)[]), ...FAULTS];
/** Of a change of the cart, so that checkouts have begun. */
const MEANWHILE_MS = 20;

/** The process is gone: nobody hears anything. */
class DiedError extends Error {}

/** A part whose calls meet, one after the other, the fates of a checkout. */
function mortal<Part extends object>(part: Part, methods: readonly string[], next: () => Fate): Part {
  return new Proxy(part, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      const call = (...values: unknown[]): unknown => Reflect.apply(method, target, values);
      if (typeof name !== 'string' || !methods.includes(name)) return call;
      return async (...values: unknown[]) => {
        const fate = next();
        if (fate === 'dies before') throw new DiedError();
        if (fate in DELAYS_MS) await delay(DELAYS_MS[fate as keyof typeof DELAYS_MS]);
        if (fate === 'call is lost') throw new UpstreamUnreachableError('test');
        const result: unknown = await call(...values);
        if (fate === 'dies after') throw new DiedError();
        if (fate === 'answer is lost') throw new UpstreamUnreachableError('test');
        return result;
      };
    },
  });
}

/** Any of them may be one whose `Set-Cookie` gets lost. */
type Action = { readonly losesCookie: boolean } & (
  | { readonly kind: 'put' }
  | { readonly kind: 'look' }
  | { readonly kind: 'remove'; readonly index: number }
  | { readonly kind: 'check out'; readonly tabs: readonly (readonly Fate[])[]; readonly putsMeanwhile: boolean }
);

/** Anything, or one fault in one of the steps. */
const fates: fc.Arbitrary<readonly Fate[]> = fc.oneof(
  fc.array(fc.constantFrom<Fate>('goes on', ...FATES), { maxLength: 4 }),
  fc
    .tuple(fc.array(fc.constantFrom<Fate>('goes on', 'is slow'), { maxLength: 3 }), fc.constantFrom(...FATES))
    .map(([before, fault]) => [...before, fault]),
);
/** One tab is about to send its order when the cart is changed and another tab checks out. */
const race = fc
  .tuple(fc.constantFrom<Fate>('is slower', 'hangs on'), fc.constantFrom<Fate>('is slow', 'hangs'))
  .map(([placing, beginning]): Fate[][] => [['goes on', placing], [beginning]]);
const losesCookie = fc.boolean();
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), losesCookie }),
  fc.record({ kind: fc.constant('look' as const), losesCookie }),
  fc.record({ kind: fc.constant('remove' as const), losesCookie, index: fc.nat(20) }),
  fc.record({
    kind: fc.constant('check out' as const),
    losesCookie,
    tabs: fc.array(fates, { minLength: 1, maxLength: 3 }),
    putsMeanwhile: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('check out' as const), losesCookie, tabs: race, putsMeanwhile: fc.constant(true) }),
);

describe('Checkouts that die, get lost and are sent again', () => {
  let stage: CartStage;
  let broker: MessageBroker;
  let sessions: Upstream;
  let orders: Upstream;

  beforeAll(async () => {
    stage = await CartStage.start({ checkoutLeaseMs: LEASE_MS });
    broker = createPostgresBroker({ url: stage.brokerUrl, applicationName: 'web' });
    sessions = new Upstream({ name: 'session', baseUrl: stage.sessions.url, key: INTERNAL_KEY });
    orders = new Upstream({ name: 'order', baseUrl: stage.orders.url, key: INTERNAL_KEY });
  });
  afterAll(async () => {
    for (const upstream of [sessions, orders]) upstream.onApplicationShutdown();
    await broker.close();
    await stage.stop();
  });

  /** A process of the web tier, new for each request: it remembers nothing of the ones before. */
  function process(next: () => Fate): { checkOut: CheckOut; changeCart: ChangeCart; readCart: ReadCart } {
    const ids = new SignedIds('a secret of at least thirty-two characters', 'order');
    const recent = new RecentOrders();
    const api = new SessionsApi(sessions);
    const carts = new Carts(ids, undefined);
    const outcomes = new CheckoutOutcomes(api, carts, orders);
    const cancelOrders = new CancelOrders(broker, new ReadOrder(ids, orders, recent));
    return {
      checkOut: new CheckOut(
        mortal(api, ['begin', 'complete'], next),
        carts,
        mortal(outcomes, ['find'], next),
        mortal(new PlaceOrders(broker, ids, recent), ['place'], next),
        mortal(cancelOrders, ['withdraw'], next),
      ),
      changeCart: new ChangeCart(api, carts),
      readCart: new ReadCart(api, carts, outcomes, undefined),
    };
  }
  const healthy = (): ReturnType<typeof process> => process(() => 'goes on');

  /** One customer's story: what was put in, what was promised, what is left. */
  class Story {
    cookie: SessionCookie | undefined;
    readonly put: string[] = [];
    readonly removed = new Set<string>();
    readonly promised = new Set<string>();
    #losesCookie = false;

    async act(next: Action): Promise<void> {
      this.#losesCookie = next.losesCookie;
      if (next.kind === 'put') await this.#put();
      else if (next.kind === 'look') await this.#look();
      else if (next.kind === 'remove') await this.#remove(this.put[next.index]);
      else {
        const tabs = next.tabs.map((tabFates) => this.#checkOut([...tabFates]));
        if (next.putsMeanwhile) tabs.push(delay(MEANWHILE_MS).then(() => this.#put()));
        await Promise.all(tabs);
      }
    }

    /** Nothing fails any more: the customer checks out until the cart is empty. */
    async finish(): Promise<void> {
      await eventually(async () => {
        const done = await healthy().checkOut.checkOut(this.cookie, {}).catch(ifEmpty);
        if (done) this.promised.add(done.orderId);
        const { lines } = JSON.parse((await healthy().readCart.read(this.cookie, true)).body) as { lines: [] };
        if (lines.length > 0) throw new Error('something is left in the cart');
      });
    }

    async #put(): Promise<void> {
      const sku = `item-${this.put.length}`;
      this.put.push(sku);
      this.#hear((await healthy().changeCart.setLine(this.cookie, { sku, quantity: 1 })).cookie);
    }

    async #look(): Promise<void> {
      this.#hear((await healthy().readCart.read(this.cookie, false)).cookie);
    }

    async #remove(sku: string | undefined): Promise<void> {
      if (sku === undefined) return;
      this.removed.add(sku);
      this.#hear((await healthy().changeCart.removeLine(this.cookie, sku)).cookie);
    }

    async #checkOut(left: Fate[]): Promise<void> {
      try {
        const { orderId, cookie } = await process(() => left.shift() ?? 'goes on').checkOut.checkOut(this.cookie, {});
        this.promised.add(orderId);
        this.#hear(cookie);
      } catch (error) {
        if (!(error instanceof DiedError || error instanceof ProblemError)) throw error;
      }
    }

    /** Without the first cookie, there would be no story. */
    #hear(cookie: SessionCookie | undefined): void {
      if (cookie && !(this.cookie && this.#losesCookie)) this.cookie = cookie;
    }
  }

  it('order everything that was left in the cart once, and keep what was promised', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 2, maxLength: 8 }), async (actions) => {
        const story = new Story();
        await story.act({ kind: 'put', losesCookie: false });
        for (const next of actions) await story.act(next);
        await story.finish();
        const live = (await stage.takeOrders()).filter(({ state }) => state !== 'cancelled');
        const ordered = live.flatMap(({ lines = [] }) => lines.map(({ sku }) => sku));
        expect(ordered.length).toBe(new Set(ordered).size);
        expect(ordered).toEqual(expect.arrayContaining(story.put.filter((sku) => !story.removed.has(sku))));
        expect(live.map(({ id }) => id)).toEqual(expect.arrayContaining([...story.promised]));
      }),
      { numRuns: 60, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false },
    );
  });
});

function ifEmpty(error: unknown): undefined {
  if (error instanceof ProblemError && error.code === 'CART.EMPTY') return undefined;
  throw error;
}
