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
import { Carts } from '../sessions/carts.js';
import type { SessionCookie } from '../sessions/session-cookie.js';
import { SessionsApi } from '../sessions/sessions-api.js';
import { SignedIds } from '../signed-ids/signed-ids.js';
import { CartStage } from '../testing/cart-stage.js';
import { INTERNAL_KEY } from '../testing/web-under-test.js';
import { UpstreamUnreachableError } from '../upstream/upstream-error.js';
import { Upstream } from '../upstream/upstream.js';
import { CheckOut } from './check-out.js';

/** What happens at a step of a checkout, to the process that makes it or to the call. */
type Fate = 'goes on' | 'is slow' | 'dies before' | 'dies after' | 'call is lost' | 'answer is lost';
const FATES: Fate[] = ['is slow', 'dies before', 'dies after', 'call is lost', 'answer is lost'];
/** Once slow, a checkout is within its lease; slow at every step, it is not. */
const SLOW_MS = 40;
const LEASE_MS = 150;

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
        if (fate === 'is slow') await delay(SLOW_MS);
        if (fate === 'call is lost') throw new UpstreamUnreachableError('test');
        const result: unknown = await call(...values);
        if (fate === 'dies after') throw new DiedError();
        if (fate === 'answer is lost') throw new UpstreamUnreachableError('test');
        return result;
      };
    },
  });
}

type Action =
  | { readonly kind: 'put' }
  | { readonly kind: 'remove'; readonly index: number }
  | { readonly kind: 'check out'; readonly tabs: readonly (readonly Fate[])[]; readonly putsMeanwhile: boolean };

/** Anything, or one fault in one of the steps. */
const fates: fc.Arbitrary<readonly Fate[]> = fc.oneof(
  fc.array(fc.constantFrom<Fate>('goes on', ...FATES), { maxLength: 4 }),
  fc
    .tuple(fc.array(fc.constantFrom<Fate>('goes on', 'is slow'), { maxLength: 3 }), fc.constantFrom(...FATES))
    .map(([before, fault]) => [...before, fault]),
);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constant<Action>({ kind: 'put' }),
  fc.record({ kind: fc.constant('remove' as const), index: fc.nat(20) }),
  fc.record({
    kind: fc.constant('check out' as const),
    tabs: fc.array(fates, { minLength: 1, maxLength: 3 }),
    putsMeanwhile: fc.boolean(),
  }),
);

describe('Checkouts that die, get lost and are sent again', () => {
  let stage: CartStage;
  let broker: MessageBroker;
  let upstream: Upstream;

  beforeAll(async () => {
    stage = await CartStage.start({ checkoutLeaseMs: LEASE_MS });
    broker = createPostgresBroker({ url: stage.brokerPostgres.url('broker'), applicationName: 'web' });
    upstream = new Upstream({ name: 'session', baseUrl: stage.sessions.url, key: INTERNAL_KEY });
  }, 120_000);
  afterAll(async () => {
    upstream.onApplicationShutdown();
    await broker.close();
    await stage.stop();
  });

  /** A process of the web tier, new for each request: it remembers nothing of the ones before. */
  function process(next: () => Fate): { checkOut: CheckOut; changeCart: ChangeCart } {
    const ids = new SignedIds('a secret of at least thirty-two characters', 'order');
    const recent = new RecentOrders();
    const api = new SessionsApi(upstream);
    const carts = new Carts(api, ids, undefined);
    const orders = mortal(new PlaceOrders(broker, ids, recent), ['place'], next);
    const cancellations = mortal(new CancelOrders(broker, new ReadOrder(ids, upstream, recent)), ['send'], next);
    const mortalApi = mortal(api, ['begin', 'complete'], next);
    return {
      checkOut: new CheckOut(mortalApi, carts, orders, cancellations),
      changeCart: new ChangeCart(api, carts),
    };
  }

  /** One customer's story: what was put in, what was promised, what is left. */
  class Story {
    cookie: SessionCookie | undefined;
    readonly put: string[] = [];
    readonly removed = new Set<string>();
    readonly promised = new Set<string>();

    async act(next: Action): Promise<void> {
      if (next.kind === 'put') await this.#put();
      else if (next.kind === 'remove') await this.#remove(this.put[next.index]);
      else {
        const tabs = next.tabs.map((tabFates) => this.#checkOut([...tabFates]));
        await Promise.all([...tabs, ...(next.putsMeanwhile ? [this.#put()] : [])]);
      }
    }

    /** Nothing fails any more: the customer checks out until the cart is empty. */
    async finish(): Promise<void> {
      await eventually(async () => {
        const { checkOut } = process(() => 'goes on');
        const done = await checkOut.checkOut(this.cookie, {}).catch(ifEmpty);
        if (!done) return;
        this.#hear(done.cookie);
        this.promised.add(done.orderId);
        const { lines } = JSON.parse((await this.#change().removeLine(this.cookie, 'none')).body) as { lines: [] };
        if (lines.length > 0) throw new Error('something is left in the cart');
      });
    }

    async #put(): Promise<void> {
      const sku = `item-${this.put.length}`;
      this.put.push(sku);
      this.#hear((await this.#change().setLine(this.cookie, { sku, quantity: 1 })).cookie);
    }

    async #remove(sku: string | undefined): Promise<void> {
      if (sku === undefined) return;
      this.removed.add(sku);
      this.#hear((await this.#change().removeLine(this.cookie, sku)).cookie);
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

    #change(): ChangeCart {
      return process(() => 'goes on').changeCart;
    }

    /** As a browser does: each cookie by itself, whatever answer comes last. */
    #hear(cookie: SessionCookie | undefined): void {
      if (!cookie) return;
      const settled = new Set(cookie.settled);
      const known = [...(this.cookie?.accepted ?? []), ...cookie.accepted];
      const accepted = [...new Map(known.map((claim) => [claim.id, claim])).values()];
      this.cookie = { ...cookie, accepted: accepted.filter(({ id }) => !settled.has(id)) };
    }
  }

  it('order everything that was left in the cart once, and keep what was promised', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 2, maxLength: 8 }), async (actions) => {
        const story = new Story();
        await story.act({ kind: 'put' });
        for (const next of actions) await story.act(next);
        await story.finish();
        const messages = await stage.takeOrders(0);
        // What the order service makes of them: a cancelled order is cancelled, whichever message comes first.
        const cancelled = new Set(
          messages.filter(({ name }) => name === 'order.cancel').map(({ body }) => body.orderId),
        );
        const live = new Map(
          messages
            .filter(({ name, body }) => name === 'order.place' && !cancelled.has(body.orderId))
            .map(({ body }) => [body.orderId, body.lines.map(({ sku }) => sku)]),
        );
        const ordered = [...live.values()].flat();
        expect(ordered.length).toBe(new Set(ordered).size);
        expect(ordered).toEqual(expect.arrayContaining(story.put.filter((sku) => !story.removed.has(sku))));
        expect([...live.keys()]).toEqual(expect.arrayContaining([...story.promised]));
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  }, 120_000);
});

function ifEmpty(error: unknown): undefined {
  if (error instanceof ProblemError && error.code === 'CART.EMPTY') return undefined;
  throw error;
}
