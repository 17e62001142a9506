import type { Delivery, Settlement } from '../broker.js';
import type { MessageContract } from '../contract.js';
import { errorText, PermanentError } from '../errors.js';
import { parseBody } from '../message.js';
import type { Middleware } from './middleware.js';

/**
 * Checks every body against its contract and hands on the parsed one. A message of an unknown name or version, or whose
 * body does not fit, can never succeed: it is dead-lettered at once with the reason, and the rest of the batch goes on.
 */
export function checkContracts(contracts: readonly MessageContract[]): Middleware {
  const byWireName = new Map(contracts.map((contract) => [wireName(contract), contract]));
  return async (batch, next) => {
    const settlements: Settlement[] = [];
    const valid: Delivery[] = [];
    const positions: number[] = [];
    batch.forEach((delivery, index) => {
      try {
        valid.push({ ...delivery, message: { ...delivery.message, body: parse(byWireName, delivery) } });
        positions.push(index);
      } catch (error) {
        settlements[index] = { kind: 'failed', error, permanent: true };
      }
    });
    if (valid.length > 0) {
      const answers = await next(valid);
      positions.forEach((index, position) => (settlements[index] = answers[position]!));
    }
    return settlements;
  };
}

function parse(contracts: ReadonlyMap<string, MessageContract>, { message }: Delivery): unknown {
  const contract = contracts.get(wireName(message));
  if (!contract) {
    throw new PermanentError('MESSAGE.UNKNOWN', `no contract for ${errorText(message.name)} v${message.version}`);
  }
  return parseBody(contract, message.body);
}

function wireName({ name, version }: { name: string; version: number }): string {
  return `${name} v${version}`;
}
