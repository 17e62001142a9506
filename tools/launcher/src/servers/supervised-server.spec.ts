import { eventually } from '@looseleaf/infra';
import { SupervisedServer, type Server } from './supervised-server.js';

/** A server without a process: it runs, ends and starts as it is told. */
class FakeServer implements Server {
  readonly logFile = 'server.log';
  pid = 1;
  ended: Promise<string>;
  starts = 0;
  #end!: (how: string) => void;
  #start: () => Promise<void> = async () => undefined;

  constructor() {
    this.ended = this.#newEnd();
  }

  /** From now on, starting takes what this takes. */
  startsBy(start: () => Promise<void>): void {
    this.#start = start;
  }

  end(how: string): void {
    this.pid = 0;
    this.#end(how);
  }

  async start(): Promise<void> {
    this.starts++;
    await this.#start();
    this.pid = 1;
    this.ended = this.#newEnd();
  }

  async stop(): Promise<void> {
    if (this.pid !== 0) this.end('was stopped');
  }

  #newEnd(): Promise<string> {
    return new Promise((resolve) => (this.#end = resolve));
  }
}

function supervise(server: Server) {
  const told: string[] = [];
  const description = { name: 'redis', kind: 'redis', address: '127.0.0.1:6379' } as const;
  return { told, supervised: new SupervisedServer(description, server, (text) => told.push(text)) };
}

describe('A supervised server', () => {
  it('is started again when it ends, until it has succeeded, and each time is told', async () => {
    const server = new FakeServer();
    const { told, supervised } = supervise(server);
    server.startsBy(async () => {
      if (server.starts === 1) throw new Error('its port is taken');
    });
    server.end('ended with SIGKILL');
    await eventually(() => expect(told.at(-1)).toBe('redis runs again (process 1)'));
    expect(told).toEqual([
      'redis ended with SIGKILL',
      'redis did not start: its port is taken',
      'redis runs again (process 1)',
    ]);
    expect(supervised.state).toMatchObject({ name: 'redis', address: '127.0.0.1:6379', restarts: 2 });
    await supervised.stop();
  });

  it('stays ended when it was stopped', async () => {
    const server = new FakeServer();
    const { told, supervised } = supervise(server);
    await supervised.stop();
    expect([server.pid, server.starts, told]).toEqual([0, 0, []]);
    expect(supervised.state).not.toHaveProperty('process');
  });

  it('is not started again when it is stopped in the pause before', async () => {
    const server = new FakeServer();
    const { told, supervised } = supervise(server);
    server.end('ended with SIGKILL');
    await eventually(() => expect(told).toHaveLength(1));
    await supervised.stop();
    expect([server.pid, server.starts]).toEqual([0, 0]);
  });

  it('is stopped also when it was just being started again', async () => {
    const server = new FakeServer();
    const { supervised } = supervise(server);
    let finishStart!: () => void;
    server.startsBy(() => new Promise((resolve) => (finishStart = resolve)));
    server.end('ended with SIGKILL');
    await eventually(() => expect(server.starts).toBe(1));
    const stopped = supervised.stop();
    finishStart();
    await stopped;
    expect([server.pid, server.starts]).toEqual([0, 1]);
  });
});
