import { freePort } from '@looseleaf/infra';
import { SERVICES, type ServiceName } from './service-plan.js';

/** Where the parts of a shop listen. A port stays the same when what listens there is started again. */
export interface Ports extends Readonly<Record<ServiceName, number>> {
  /** Of the mail catcher, which takes mail here… */
  readonly smtp: number;
  /** … and shows it here. */
  readonly mail: number;
}

/** Free ports for everything but the web tier, whose port is given. */
export async function choosePorts(web: number): Promise<Ports> {
  const ports = new Map<string, number>();
  for (const name of [...SERVICES, 'smtp', 'mail']) ports.set(name, name === 'web' ? web : await freePort());
  return Object.fromEntries(ports) as unknown as Ports;
}
