import { InvalidArgumentError } from 'commander';

/** The services of the shop, in the order in which they are shown. */
export const SERVICES = ['web', 'orders', 'inventory', 'sessions', 'notifier'] as const;
export type ServiceName = (typeof SERVICES)[number];

/**
 * V8 flags (`node --v8-options`). Half of V8's own nursery saves a fifth of the shop's memory under load, and costs no CPU that
 * could be measured. The inventory loads files of any size and the notifier makes thousands of calls at a time, and what they
 * hold lives for a moment only: without the second flag, their heap grows to three times of what is in use before it is
 * cleaned.
 */
export const NODE_ARGUMENTS: Readonly<Record<ServiceName, readonly string[]>> = {
  web: ['--max-semi-space-size=8'],
  orders: ['--max-semi-space-size=8'],
  inventory: ['--max-semi-space-size=8', '--heap-growing-percent=50'],
  sessions: ['--max-semi-space-size=8'],
  notifier: ['--max-semi-space-size=4', '--heap-growing-percent=20'],
};

/** How many processes of each service run; 0 leaves a service out, to run it by hand. */
export type Replicas = Readonly<Record<ServiceName, number>>;

export const ONE_OF_EACH: Replicas = { web: 1, orders: 1, inventory: 1, sessions: 1, notifier: 1 };
const MOST_REPLICAS = 16;

/**
 * Reads `web=2,orders=1`; what is not named keeps one.
 * @throws InvalidArgumentError naming the fault
 */
export function parseReplicas(text: string): Replicas {
  const replicas: Record<ServiceName, number> = { ...ONE_OF_EACH };
  for (const part of text.split(',')) {
    const [name = '', count = ''] = part.split('=').map((word) => word.trim());
    if (!(SERVICES as readonly string[]).includes(name)) {
      throw new InvalidArgumentError(`"${name}" is no service: ${SERVICES.join(', ')}.`);
    }
    if (!/^\d+$/.test(count) || Number(count) > MOST_REPLICAS) {
      throw new InvalidArgumentError(`"${part}" must be like ${name}=2, from 0 to ${MOST_REPLICAS}.`);
    }
    replicas[name as ServiceName] = Number(count);
  }
  return replicas;
}
