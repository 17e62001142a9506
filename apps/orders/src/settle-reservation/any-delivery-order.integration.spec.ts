import fc from 'fast-check';
import type { CancelOrder, PlaceOrder, StockRefused, StockReserved } from '@looseleaf/contracts';
import type { Message } from '@looseleaf/messaging';
import type { OrderState } from '../domain/order-state.js';
import { aCancellation, anOrderId, aPlacing, aRefusal, aReservation, TestOrders } from '../testing/test-orders.js';

const ORDERS = 3;
const KINDS = ['place', 'cancel', 'cancel again', 'withdraw', 'answer'] as const;
type Kind = (typeof KINDS)[number];

/** All messages that there are about an order; inventory gives one answer. */
interface Mail {
  readonly place: Message<PlaceOrder>;
  readonly cancel: Message<CancelOrder>;
  readonly 'cancel again': Message<CancelOrder>;
  readonly withdraw: Message<CancelOrder>;
  readonly reserved: Message<StockReserved> | undefined;
  readonly refused: Message<StockRefused> | undefined;
}

function mailOf(isReserved: boolean): Mail {
  const orderId = anOrderId();
  return {
    place: aPlacing({ orderId }),
    cancel: aCancellation(orderId),
    'cancel again': aCancellation(orderId),
    withdraw: aCancellation(orderId, 'CHECKOUT_WITHDRAWN'),
    reserved: isReserved ? aReservation(orderId) : undefined,
    refused: isReserved ? undefined : aRefusal(orderId),
  };
}

/** What ought to become of one order, told without tables, batches and inboxes. */
class Model {
  private isPlaced = false;
  private isCancelRequested = false;
  history: OrderState[] = [];
  commands: string[] = [];

  constructor(private readonly isReserved: boolean) {}

  /** @returns whether the message is taken; if not, it must be delivered again */
  deliver(kind: Kind): boolean {
    if (kind === 'place') this.place();
    else if (kind === 'answer') return this.answer();
    else if (kind !== 'withdraw' || !this.isPlaced) this.cancel();
    return true;
  }

  private place(): void {
    if (this.isPlaced) return;
    this.isPlaced = true;
    this.history.push('accepted');
    if (this.isCancelRequested) this.history.push('cancelled');
    else this.commands.push('stock.reserve');
  }

  private cancel(): void {
    this.isCancelRequested = true;
    const state = this.history.at(-1);
    if (state !== 'accepted' && state !== 'confirmed') return;
    this.history.push('cancelled');
    this.commands.push('stock.release');
  }

  private answer(): boolean {
    if (this.history.at(-1) === 'accepted') this.history.push(this.isReserved ? 'confirmed' : 'rejected');
    return this.isPlaced || this.isCancelRequested;
  }
}

describe('orders, in whatever order and however often messages arrive', () => {
  let orders: TestOrders;
  beforeAll(async () => {
    orders = await TestOrders.start();
  });
  afterAll(() => orders.stop());

  const deliver = async (kind: Kind, mail: readonly Mail[]): Promise<number> => {
    if (kind === 'place') return (await orders.place.execute(mail.map(({ place }) => place))).length;
    if (kind !== 'answer') return (await orders.cancel.execute(mail.map((about) => about[kind]))).length;
    const confirmed = await orders.settle.confirm(mail.flatMap(({ reserved }) => reserved ?? []));
    const rejected = await orders.settle.reject(mail.flatMap(({ refused }) => refused ?? []));
    return confirmed.length + rejected.length;
  };

  const run = async (
    answers: readonly boolean[],
    batches: readonly { kind: Kind; about: number[] }[],
  ): Promise<void> => {
    const mail = answers.map(mailOf);
    const models = answers.map((isReserved) => new Model(isReserved));
    for (const { kind, about } of batches) {
      const refused = about.filter((index) => !models[index]!.deliver(kind));
      expect(
        await deliver(
          kind,
          about.map((index) => mail[index]!),
        ),
      ).toBe(new Set(refused).size);
    }
    const sent = await orders.takeSent();
    const namesAbout = (channel: string, id: string): string[] =>
      (sent.get(channel) ?? []).filter(({ groupKey }) => groupKey === id).map(({ name }) => name);
    for (const [index, { history, commands }] of models.entries()) {
      const id = mail[index]!.place.body.orderId;
      const row = await orders.row(id);
      const isPlaced = row !== undefined && row.accepted_at !== null;
      expect(isPlaced ? row.history.map(({ state }) => state) : []).toEqual(history);
      if (isPlaced) expect(row.state).toBe(history.at(-1));
      expect(namesAbout('inventory.reserve', id)).toEqual(commands);
      expect(namesAbout('orders.events', id)).toEqual(history.map((state) => `order.${state}`));
    }
  };

  it('end as if each message had come once', async () => {
    const batch = fc.record({
      kind: fc.constantFrom(...KINDS),
      about: fc.array(fc.nat(ORDERS - 1), { minLength: 1, maxLength: 2 * ORDERS }),
    });
    const answers = fc.array(fc.boolean(), { minLength: ORDERS, maxLength: ORDERS });
    await fc.assert(fc.asyncProperty(answers, fc.array(batch, { maxLength: 12 }), run), { numRuns: 60 });
  });
});
