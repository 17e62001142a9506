import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { describeBroker, type ServerControl } from '@looseleaf/messaging/conformance';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createPostgresBroker, migrateBroker } from './index.js';

/** The processes of the server: the postmaster and its children. */
function processesOf(server: TestPostgres): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return pid === server.pid || Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === server.pid;
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
}

function controlOf(server: TestPostgres): ServerControl {
  let frozen: number[] = [];
  return {
    restart: () => server.restart(),
    async crash() {
      await server.kill('SIGKILL');
      await server.start();
    },
    freeze() {
      frozen = processesOf(server);
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    thaw() {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
    },
  };
}

describeBroker('PostgreSQL', {
  features: { delay: true, deduplication: true, visibilityTimeout: true, crashLoopProtection: true, interest: true },
  async start() {
    const server = await startTestPostgres();
    const url = await server.createDatabase('broker');
    await migrateBroker(url);
    return {
      connect: (options) => createPostgresBroker({ url, applicationName: 'conformance', ...options }),
      consumerProgram: {
        file: path.resolve(import.meta.dirname, '../dist/testing/consumer.js'),
        env: { BROKER_URL: url },
      },
      server: controlOf(server),
      stop: () => server.stop(),
    };
  },
});
