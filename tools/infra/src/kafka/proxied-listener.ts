import { LOOPBACK } from '../free-port.js';
import type { KafkaSettings } from './kafka-settings.js';

/**
 * Where nodes also serve clients that come through proxies. Clients connect to where nodes say that they are, so each node
 * names its proxy to those who ask it there.
 */
export interface ProxiedListener {
  /** Of capital letters. */
  readonly name: string;
  /** One for each node: the port on which it listens, and that of its proxy. */
  readonly nodes: readonly { readonly port: number; readonly proxyPort: number }[];
}

/** The settings of a node, with these listeners added. */
export function withProxiedListeners(
  listeners: readonly ProxiedListener[],
  index: number,
  settings: KafkaSettings,
): KafkaSettings {
  const add = (setting: string, entry: (name: string, ports: ProxiedListener['nodes'][number]) => string): object => ({
    [setting]: [settings[setting], ...listeners.map(({ name, nodes }) => entry(name, nodes[index]!))].join(','),
  });
  return {
    ...settings,
    ...add('listeners', (name, { port }) => `${name}://${LOOPBACK}:${port}`),
    ...add('advertised.listeners', (name, { proxyPort }) => `${name}://${LOOPBACK}:${proxyPort}`),
    ...add('listener.security.protocol.map', (name) => `${name}:PLAINTEXT`),
  };
}
