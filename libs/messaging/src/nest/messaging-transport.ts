import {
  BaseRpcContext,
  Server,
  type CustomTransportStrategy,
  type MessageHandler as NestHandler,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import {
  subscriptionQueueName,
  type ConsumeOptions,
  type Consumer,
  type Delivery,
  type MessageBroker,
  type Topology,
} from '../broker.js';
import type { MessageContract } from '../contract.js';
import { MessagingConfigurationError, type UnavailableError } from '../errors.js';
import type { MessageFailure, MessageHandler } from '../middleware/invoke.js';
import type { BatchObservation } from '../middleware/observe.js';
import { createPipeline, type PipelineOptions } from '../pipeline.js';
import type { HandlerExtras } from './handle.decorator.js';

export interface MessagingTransportOptions {
  readonly broker: MessageBroker;
  /** Queues and subscriptions as they are provisioned; a handler on any other queue is a fault. */
  readonly topology: Topology;
  /** Every contract the service knows; a command of a consumed queue without a handler is a fault. */
  readonly contracts: readonly MessageContract[];
  /** By queue name. */
  readonly consume?: Readonly<Record<string, ConsumeOptions>>;
  readonly policy?: Pick<PipelineOptions, 'backoff' | 'retry' | 'unavailablePauseMs'>;
  readonly onBatch?: (observation: BatchObservation) => void;
  readonly onUnavailable?: (queue: string, error: UnavailableError) => void;
  /** Time that running batches get to finish on shutdown. Default 8 000. */
  readonly drainDeadlineMs?: number;
}

/** `@Ctx()` of a handler: the deliveries behind the messages, with their receive counts. */
export class BatchContext extends BaseRpcContext<[readonly Delivery[], string]> {
  get deliveries(): readonly Delivery[] {
    return this.args[0];
  }
  get queue(): string {
    return this.args[1];
  }
}

/**
 * Connects a Nest application's `@HandleCommand` and `@HandleEvent` methods to a broker. Closing the application takes no
 * more messages, lets running batches finish, and then returns.
 * @throws MessagingConfigurationError on listen, when a consumed command has no handler, two handlers claim one message,
 * a contract is missing or a queue is not in the topology
 */
export class MessagingTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('looseleaf.messaging');
  override readonly propagatesEventHandlerErrors = true;
  private consumers: Consumer[] = [];

  constructor(private readonly options: MessagingTransportOptions) {
    super();
  }

  override listen(callback: (error?: unknown) => void): void {
    try {
      const handlersByQueue = this.collectHandlers();
      for (const [queue, handlers] of handlersByQueue) this.checkComplete(queue, handlers);
      for (const [queue, handlers] of handlersByQueue) this.consumers.push(this.consume(queue, handlers));
      callback();
    } catch (error) {
      callback(error);
    }
  }

  override async close(): Promise<void> {
    const consumers = this.consumers.splice(0);
    await Promise.all(consumers.map((consumer) => consumer.stop(this.options.drainDeadlineMs ?? 8_000)));
  }

  override on(): never {
    throw new MessagingConfigurationError('the messaging transport has no events of its own');
  }

  override unwrap<T>(): T {
    return this.options.broker as T;
  }

  private consume(queue: string, handlers: ReadonlyMap<string, [MessageContract, NestHandler]>): Consumer {
    const pipeline = createPipeline({
      ...this.options.policy,
      queue,
      handlers: [...handlers.values()].map(([contract, handler]) => ({ contract, handle: callNest(queue, handler) })),
      onBatch: (observation) => this.options.onBatch?.(observation),
      onUnavailable: (error) => this.options.onUnavailable?.(queue, error),
    });
    return this.options.broker.queue(queue).consume(pipeline, this.options.consume?.[queue]);
  }

  private collectHandlers(): Map<string, Map<string, [MessageContract, NestHandler]>> {
    const byQueue = new Map<string, Map<string, [MessageContract, NestHandler]>>();
    for (const [pattern, handler] of this.messageHandlers) {
      const extras = handler.extras as Partial<HandlerExtras> | undefined;
      if (!extras?.contract || !extras.queue) {
        throw new MessagingConfigurationError(`${pattern}: use @HandleCommand or @HandleEvent, which name a contract`);
      }
      if (handler.next)
        throw new MessagingConfigurationError(`two handlers claim ${extras.contract.name} of ${extras.queue}`);
      const handlers = byQueue.get(extras.queue) ?? new Map<string, [MessageContract, NestHandler]>();
      byQueue.set(extras.queue, handlers.set(extras.contract.name, [extras.contract, handler]));
    }
    return byQueue;
  }

  private checkComplete(queue: string, handlers: ReadonlyMap<string, unknown>): void {
    const missing = this.expectedNames(queue).filter((name) => !handlers.has(name));
    if (missing.length > 0) throw new MessagingConfigurationError(`${queue} has no handler for ${missing.join(', ')}`);
  }

  /** Names that will arrive in a queue: all commands of it, or the events that the subscription's filter lets through. */
  private expectedNames(queue: string): string[] {
    const { contracts, topology } = this.options;
    if (topology.queues.some(({ name }) => name === queue)) {
      return contracts.filter(({ kind, channel }) => kind === 'command' && channel === queue).map(({ name }) => name);
    }
    const subscription = topology.subscriptions.find(({ topic, name }) => subscriptionQueueName(topic, name) === queue);
    if (!subscription) throw new MessagingConfigurationError(`${queue} is not in the topology`);
    const known = contracts
      .filter(({ kind, channel }) => kind === 'event' && channel === subscription.topic)
      .map(({ name }) => name);
    const wanted = subscription.filter?.events ?? known;
    const unknown = wanted.filter((name) => !known.includes(name));
    if (unknown.length > 0)
      throw new MessagingConfigurationError(`${queue} asks for ${unknown.join(', ')}, for which there is no contract`);
    return [...wanted];
  }
}

function callNest(queue: string, handler: NestHandler): MessageHandler {
  return async (messages, deliveries) => {
    const result: unknown = await handler(messages, new BatchContext([deliveries, queue]));
    const answer: unknown = isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
    return answer as readonly MessageFailure[] | undefined;
  };
}
