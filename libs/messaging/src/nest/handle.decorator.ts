import { Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { subscriptionQueueName } from '../broker.js';
import type { MessageContract } from '../contract.js';
import { MessagingConfigurationError } from '../errors.js';

/** What the decorators leave on a handler for the transport. */
export interface HandlerExtras {
  readonly contract: MessageContract;
  readonly queue: string;
}

/** Nest's default filter replaces an error by "Internal server error"; the failure policy needs the error itself. */
@Catch()
class KeepErrorFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Marks a controller's method as the handler of a command. It is given `Message<Body>[]` (`@Payload()`): return = done,
 * throw = failed, or return the {@link MessageFailure}s. Guards, pipes, interceptors and filters apply to the batch.
 */
export function HandleCommand<Body>(contract: MessageContract<Body>): MethodDecorator {
  if (contract.kind !== 'command') throw new MessagingConfigurationError(`${contract.name} is not a command`);
  return handle(contract, contract.channel);
}

/** As {@link HandleCommand}, for an event that arrives by a subscription of the event's topic. */
export function HandleEvent<Body>(contract: MessageContract<Body>, options: { subscription: string }): MethodDecorator {
  if (contract.kind !== 'event') throw new MessagingConfigurationError(`${contract.name} is not an event`);
  return handle(contract, subscriptionQueueName(contract.channel, options.subscription));
}

function handle<Body>(contract: MessageContract<Body>, queue: string): MethodDecorator {
  const extras: Record<keyof HandlerExtras, unknown> = { contract, queue };
  return (target, key, descriptor) => {
    const route = EventPattern(`${queue} ${contract.name}`, extras) as MethodDecorator;
    route(target, key, descriptor);
    UseFilters(new KeepErrorFilter())(target, key, descriptor);
  };
}
