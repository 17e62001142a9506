import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startPostgres, type PostgresServer } from './postgres-server.js';
import type { PostgresSettings } from './settings.js';

/** A server for one test file. */
export interface TestPostgres extends PostgresServer {
  /** Creates an empty database; its URL, for the superuser. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server and keeps its data, so that `start` brings it back. */
  shutDown(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server with an empty cluster in a temporary folder. `fsync` is on, as in the shop, unless set otherwise. */
export async function startTestPostgres(settings: PostgresSettings = {}): Promise<TestPostgres> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  const server = await startPostgres({ dataDirectory, settings });
  return {
    get pid() {
      return server.pid;
    },
    host: server.host,
    port: server.port,
    logFile: server.logFile,
    url: (database, role) => server.url(database, role),
    get ended() {
      return server.ended;
    },
    start: () => server.start(),
    restart: () => server.restart(),
    kill: (signal) => server.kill(signal),
    createDatabase: (name) => createDatabase(server, name),
    shutDown: () => server.stop(),
    stop: async () => {
      await server.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function createDatabase(server: PostgresServer, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(name)} strategy file_copy`);
  } finally {
    await client.end();
  }
  return server.url(name);
}
