import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  eventually,
  hasOpenssl,
  makeCertificates,
  startTestPostgres,
  type Certificates,
  type TestPostgres,
} from '@looseleaf/infra';
import { UnavailableError } from '@looseleaf/messaging';
import { Database } from './database.js';

const IN_USE = 'SELECT version, bits FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
if (!hasOpenssl() && process.env.CI === 'true') throw new Error('there is no openssl to make certificates with');
const describeWithOpenssl = hasOpenssl() ? describe : describe.skip;

describeWithOpenssl('A database over TLS', () => {
  let folder: string;
  let server: TestPostgres;
  let url: URL;
  let good: Certificates;
  let stranger: Certificates;
  const opened: Database[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'looseleaf-tls-'));
    const make = (name: string, host: string): Certificates => {
      mkdirSync(join(folder, name));
      return makeCertificates(join(folder, name), host);
    };
    [good, stranger] = [make('good', 'localhost'), make('stranger', 'localhost')];
    server = await startTestPostgres();
    url = new URL(await server.createDatabase('service'));
    url.hostname = 'localhost';
    await useCertificate(good);
  });
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Only over TLS from then on. */
  const useCertificate = async ({ certificate, key }: Certificates): Promise<void> => {
    const cluster = join(dirname(server.logFile), 'cluster');
    const { uid, gid } = statSync(cluster);
    chownSync(folder, uid, gid);
    for (const file of [certificate, key]) chownSync(file, uid, gid);
    const settings = { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
    writeFileSync(join(cluster, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
    writeFileSync(
      join(cluster, 'pg_hba.conf'),
      'hostssl all all all scram-sha-256\nhost all postgres 127.0.0.1/32 scram-sha-256\n',
    );
    await server.restart();
  };
  const open = (parameters: Record<string, string>): { database: Database; reasons: string[] } => {
    const reasons: string[] = [];
    const note = (fields: object): void => void reasons.push(JSON.stringify(fields));
    const address = `${url.href}?${new URLSearchParams(parameters).toString()}`;
    const logger = { info: (): void => undefined, warn: note, error: note };
    const database = new Database({ url: address, entities: [], migrations: [], logger });
    opened.push(database);
    database.start();
    return { database, reasons };
  };
  const expectRefused = async (parameters: Record<string, string>, reason: RegExp): Promise<void> => {
    const { database, reasons } = open(parameters);
    await eventually(() => expect(reasons.join('\n')).toMatch(reason));
    await expect(database.ping()).rejects.toThrow(UnavailableError);
  };

  it('is encrypted when its certificate is good', async () => {
    const { database } = open({ sslmode: 'verify-full', sslrootcert: good.authority });
    await eventually(() => database.ping());
    const [row] = await database.read((manager) => manager.query<{ version: string }[]>(IN_USE));
    expect(row!.version).toMatch(/^TLSv1\.[23]$/);
    expect(await database.transaction((tx) => tx.query(IN_USE))).toEqual([row]);
  });

  it('is not used when another authority, or none that is known, signed its certificate', async () => {
    await expectRefused({ sslmode: 'verify-full', sslrootcert: stranger.authority }, /certificate/);
    await expectRefused({ sslmode: 'verify-full' }, /certificate/);
  });

  it('is not used when its certificate is for another host', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    const elsewhere = makeCertificates(join(folder, 'elsewhere'), 'db.example');
    await useCertificate(elsewhere);
    await expectRefused({ sslmode: 'verify-full', sslrootcert: elsewhere.authority }, /altnames|db\.example/);
    await useCertificate(good);
  });

  it('that has no TLS is not used by who wants it', async () => {
    const cluster = join(dirname(server.logFile), 'cluster');
    writeFileSync(join(cluster, 'postgresql.auto.conf'), '');
    writeFileSync(join(cluster, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
    await server.restart();
    await expectRefused({ sslmode: 'verify-full', sslrootcert: good.authority }, /does not support SSL/);
  });
});
