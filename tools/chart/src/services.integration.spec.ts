import { topology } from '@looseleaf/contracts';
import { helmProgram, obtain, whereAvailable } from '@looseleaf/infra';
import { subscriptionQueueName } from '@looseleaf/messaging';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { manifestsOf, PRESETS, readChartFile, REPOSITORY, type Manifest } from './chart.js';

const describeChart = await whereAvailable(describe, helmProgram);
const SERVICES = readChartFile('services.yaml') as Record<string, { groups?: { group: string; topic: string }[] }>;

interface Variable {
  readonly name: string;
  /** Without one it is in a secret. */
  readonly value?: string;
}

interface ConfigModule {
  readonly [schema: string]: {
    safeParse(environment: unknown): {
      success: boolean;
      error?: { issues: readonly { path: unknown[]; message: string }[] };
    };
  };
}

/** What could be in a secret for a variable; what the shop makes itself is a long word. */
const SECRETS: Readonly<Record<string, string>> = {
  DATABASE_URI: 'postgres://user:word@database.example/shop',
  DATABASE_REPLICA_URI: 'postgres://user:word@replica.example/shop',
  REDIS_URL: 'rediss://:word@redis.example:6379',
  SMTP_URL: 'smtps://user:word@mail.example',
};
const HOOK = 'helm.sh/hook';
const WEB = 'http://shop-web:3000';
const A_LONG_WORD = 'a-word-that-nobody-else-knows-and-that-is-long-enough';

/** @returns what is wrong with the environment of a service's container, one line each */
async function faultsOf(service: string, environment: Readonly<Record<string, string>>): Promise<string[]> {
  // By its path: tools do not import apps, and this one looks at what is built as Kubernetes starts it.
  const file = path.join(REPOSITORY, 'apps', service, 'dist', `${service}.config.js`);
  const module = (await import(file)) as ConfigModule;
  const { error } = module[`${service}ConfigSchema`]!.safeParse(environment);
  return (error?.issues ?? []).map((issue) => `${service}: ${issue.path.join('.')}: ${issue.message}`);
}

describeChart('What the chart says of the services', () => {
  let helm: string;
  let folder: string;
  let certificate: string;
  beforeAll(async () => {
    helm = await obtain(helmProgram);
    folder = mkdtempSync(path.join(tmpdir(), 'looseleaf-chart-'));
    certificate = path.join(folder, 'ca.crt');
    writeFileSync(certificate, rootCertificates[0]!);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** As Kubernetes does it, with files and secrets that it would have. */
  function environmentOf(variables: readonly Variable[]): Record<string, string> {
    const environment: Record<string, string> = {};
    for (const { name, value } of variables) {
      const text = value ?? SECRETS[name] ?? A_LONG_WORD;
      environment[name] = name.endsWith('_CA_FILE')
        ? certificate
        : text.replaceAll(/\$\((\w+)\)/g, (_, other: string) => environment[other] ?? '');
    }
    return environment;
  }

  it('names each queue of the contracts once, with the topic that fills it', () => {
    const groups = Object.values(SERVICES).flatMap((service) => service.groups ?? []);
    const queues = topology.queues.map(({ name }) => ({ group: name, topic: name }));
    const subscriptions = topology.subscriptions.map(({ topic, name }) => ({
      group: subscriptionQueueName(topic, name),
      topic,
    }));
    const byName = (a: { group: string }, b: { group: string }): number => a.group.localeCompare(b.group);
    expect(groups.toSorted(byName)).toEqual([...queues, ...subscriptions].sort(byName));
  });

  it('has a test that orders something of the release, for `helm test`', async () => {
    const tests = (await manifestsOf(helm, 'external')).filter(
      ({ metadata }) => metadata.annotations?.[HOOK] === 'test',
    );
    expect(tests).toMatchObject([{ kind: 'Pod', spec: { containers: [{ args: expect.arrayContaining([WEB]) }] } }]);
  });

  it.each(PRESETS)('is a configuration that each of them takes, with the values "%s"', async (preset) => {
    const deployments = (await manifestsOf(helm, preset)).filter(({ kind }) => kind === 'Deployment');
    const checked = new Set<string>();
    for (const { spec } of deployments as (Manifest & { spec: PodTemplate })[]) {
      const [container] = spec.template.spec.containers;
      checked.add(container!.name);
      expect(await faultsOf(container!.name, environmentOf(container!.env))).toEqual([]);
    }
    expect([...checked].sort()).toEqual(Object.keys(SERVICES).sort());
  });

  it('would not pass with a variable that a service does not find', async () => {
    expect(await faultsOf('orders', environmentOf([{ name: 'PORT', value: '3000' }]))).toContainEqual(
      expect.stringContaining('orders: DATABASE_URL'),
    );
  });
});

interface PodTemplate {
  readonly template: { readonly spec: { readonly containers: readonly { name: string; env: readonly Variable[] }[] } };
}
