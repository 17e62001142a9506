import type { Progress } from '../report/progress.js';
import type { PlannedCancellation, PlannedOrder, PlannedStep } from '../trade/planned-step.js';
import type { HttpCall } from './http-client.js';
import type { RequestOptions } from './order-request.js';
import { Pacer } from './pacer.js';
import { type GivenUp, isGivenUp, type PersistentCaller, type TimedAnswer } from './persistent-caller.js';
import { CartPlacer } from './cart-placer.js';
import { DirectPlacer, problemCode, type OrderPlacer } from './place-orders.js';
import { type Fate, SendLog } from './send-log.js';
import { packShipments, type Shipment } from './shipments.js';

export interface SendOptions extends RequestOptions {
  readonly caller: PersistentCaller;
  /** Whether orders are sent as they are, or customers fill carts and check out. */
  readonly via: 'api' | 'cart';
  /** Orders in a request; 1 sends each by itself, with `POST /v1/orders`. */
  readonly batchSize: number;
  /** Requests under way at the same time. */
  readonly concurrency: number;
  /** Orders a second; undefined: flat out. */
  readonly ratePerSecond?: number;
  readonly progress: Progress;
}

/** Sends orders and cancellations in their order, several requests at a time, and notes what the shop answered. */
export async function sendTrade(steps: readonly PlannedStep[], options: SendOptions): Promise<SendLog> {
  const sender = new TradeSender(options);
  return sender.send(steps);
}

class TradeSender {
  private readonly log = new SendLog();
  private readonly pacer: Pacer;
  private readonly placer: OrderPlacer;
  /** Orders on their way or answered; a cancellation waits here for the id of its order. */
  private readonly fates = new Map<PlannedOrder, Promise<Fate>>();

  constructor(private readonly options: SendOptions) {
    this.pacer = new Pacer(options.ratePerSecond);
    const call = this.call.bind(this);
    this.placer =
      options.via === 'cart' ? new CartPlacer(call, this.log, options) : new DirectPlacer(call, this.log, options);
  }

  async send(steps: readonly PlannedStep[]): Promise<SendLog> {
    const startedAt = performance.now();
    const shipments = packShipments(steps, this.options.batchSize);
    await Promise.all(Array.from({ length: this.options.concurrency }, () => this.work(shipments)));
    this.log.elapsedMs = performance.now() - startedAt;
    return this.log;
  }

  /** Workers share one iterator, so a shipment is begun only after all earlier ones: its order's fate is on its way. */
  private async work(shipments: Iterator<Shipment>): Promise<void> {
    for (let next = shipments.next(); !next.done; next = shipments.next()) {
      const shipment = next.value;
      if (shipment.kind === 'cancellation') await this.cancel(shipment.cancellation);
      else await this.place(shipment.orders);
    }
  }

  private async place(orders: readonly PlannedOrder[]): Promise<void> {
    const answered = this.pacer.turn(orders.length).then(() => this.placer.place(orders));
    for (const [index, order] of orders.entries()) {
      this.fates.set(
        order,
        answered.then((fates) => fates[index]!),
      );
    }
    const fates = await answered;
    for (const [index, order] of orders.entries()) this.log.fates.set(order, fates[index]!);
    this.options.progress.update(this.log.fates.size);
  }

  private async cancel({ cancels }: PlannedCancellation): Promise<void> {
    const fate = await this.fates.get(cancels)!;
    if (fate.kind !== 'accepted') return this.log.refuseCancellation('ORDER_NOT_ACCEPTED');
    this.log.cancellationsSent += 1;
    const answer = await this.call({ method: 'POST', path: `/v1/orders/${fate.id}/cancellation` });
    if (isGivenUp(answer)) this.log.refuseCancellation(`UNANSWERED ${answer.givenUp}`);
    else if (answer.status === 202) this.log.cancelledIds.add(fate.id);
    else this.log.refuseCancellation(problemCode(answer));
  }

  private call(request: HttpCall): Promise<TimedAnswer | GivenUp> {
    this.log.requests += 1;
    return this.options.caller.call(request);
  }
}
