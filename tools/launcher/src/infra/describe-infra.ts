import { table } from '../common/table.js';
import type { InfraState } from './infra-state.js';

/** Where the servers are: for people, with what to put into an environment, or as JSON. */
export function describeInfra({ launcher, servers, mail, variables }: InfraState, json = false): string {
  const running = [
    ...servers.map(({ name, kind, process, address, restarts, logFile }) => ({
      ...{ name, kind, address },
      ...(process && { pid: process.pid }),
      ...{ restarts, logFile },
    })),
    ...(mail
      ? [
          {
            ...{ name: 'mail', kind: 'smtp', address: `127.0.0.1:${mail.smtpPort}`, url: mail.url },
            ...(mail.process && { pid: mail.process.pid }),
            ...{ restarts: mail.restarts, logFile: mail.logFile },
          },
        ]
      : []),
  ];
  if (json) return JSON.stringify({ launcherPid: launcher.pid, servers: running, variables }, null, 2);
  const rows = running.map((server) => [
    server.name,
    server.pid === undefined ? 'restarting' : 'running',
    String(server.pid ?? ''),
    String(server.restarts),
    'url' in server ? `${server.address}, ${server.url}` : server.address,
  ]);
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [table(['server', 'state', 'pid', 'restarts', 'address'], rows), '', ...lines].join('\n');
}
