import { helmProgram, obtain, whereAvailable } from '@looseleaf/infra';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHART, render } from './chart.js';

const describeChart = await whereAvailable(describe, helmProgram);

interface Schema {
  readonly $ref?: string;
  readonly type?: string | string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

describe('The schema of values', () => {
  const schema = JSON.parse(readFileSync(path.join(CHART, 'values.schema.json'), 'utf8')) as Schema;

  /** Every schema below this one, by its path. */
  function* below(at: string, within: Schema): Generator<[string, Schema]> {
    const parts = { ...within.properties, ...within.$defs };
    for (const [name, part] of Object.entries(parts)) {
      yield [`${at}/${name}`, part];
      yield* below(`${at}/${name}`, part);
    }
    if (within.items) yield* below(`${at}[]`, within.items);
    if (typeof within.additionalProperties === 'object') yield* below(`${at}{}`, within.additionalProperties);
  }

  it('describes each key', () => {
    const mute = [...below('', schema)].filter(([at, { description }]) => !description && !at.startsWith('/tracks{}'));
    expect(mute.map(([at]) => at)).toEqual([]);
  });

  it('leaves no map of named keys open', () => {
    const open = [...below('', schema)].filter(([, part]) => part.properties && part.additionalProperties !== false);
    expect([schema.additionalProperties, open.map(([at]) => at)]).toEqual([false, []]);
  });
});

describeChart('Values', () => {
  let helm: string;
  beforeAll(async () => {
    helm = await obtain(helmProgram);
  });

  const GOOD = [
    'services.web.replicas=0',
    'services.orders.variables.DATABASE_POOL_SIZE=20',
    'tracks.workers.canary.weight=10',
    'placement=partition',
    'entry.service.type=NodePort,entry.service.nodePort=30080',
    'kafka.topics.replicationFactor=3',
    'networkPolicy.enabled=false',
    'autoscaling.workers.mode=keda,autoscaling.workers.scaleToZero=true',
  ];
  it.each(GOOD)('may be %s', async (set) => {
    expect(await render(helm, 'bundled', '--set', set)).toMatchObject({ code: 0 });
  });

  const BAD: readonly (readonly [set: string, says: string])[] = [
    ['service.web.replicas=2', "additional properties 'service' not allowed"],
    ['services.web.replica=2', "at '/services/web': additional properties 'replica' not allowed"],
    ['services.search.replicas=2', "at '/services': additional properties 'search' not allowed"],
    ['services.web.replicas=-1', "at '/services/web/replicas': minimum: got -1, want 0"],
    ['services.web.replicas=two', "at '/services/web/replicas': got string, want integer"],
    ['services.web.variables.log-level=debug', "'log-level' does not match pattern"],
    ['tracks.web.Green.weight=1', "'Green' does not match pattern"],
    ['tracks.web.green.tag=next', "at '/tracks/web/green': missing property 'weight'"],
    ['backing=embedded', "at '/backing': value must be one of 'external', 'bundled'"],
    ['bundled.kafka.nodes=2', "at '/bundled/kafka/nodes': value must be one of 1, 3"],
    ['runAsUser=0', "at '/runAsUser': minimum: got 0, want 1"],
    ['entry.service.nodePort=80', "at '/entry/service/nodePort': minimum: got 80, want 30,000"],
    ['objectStore.endpoint=s3.example/bucket', "at '/objectStore/endpoint'"],
    ['kafka.brokers=kafka', "at '/kafka/brokers'"],
    ['tracks.web.stable.weight=0', 'tracks.web: no track has a weight, so nothing would serve'],
    [
      'tracks.web.stable.weight=50,tracks.web.next.weight=50,tracks.web.other.weight=0,tracks.web.other.standby=true',
      'tracks.web: one Service stands before all tracks',
    ],
    ['tracks.workers.next.weight=0,tracks.workers.next.standby=true', 'tracks.workers: a worker cannot stand by'],
    ['tracks.split=gateway', 'entry.gateway.enabled must be true'],
    ['entry.gateway.enabled=true', 'entry.gateway.parentRefs: which Gateway takes the requests?'],
    ['entry.ingress.enabled=true', 'entry.ingress.hostnames: under which names'],
    ['entry.service.type=ClusterIP', 'entry.service.nodePort is for entry.service.type NodePort or LoadBalancer'],
    ['autoscaling.workers.scaleToZero=true', 'only KEDA can wake workers that are not there'],
    ['autoscaling.web.maxReplicas=1', 'autoscaling.web: minReplicas (2) is more than maxReplicas (1)'],
    [
      'autoscaling.workers.mode=keda,kafka.topics.partitions=6',
      'maxReplicas (12) is more than kafka.topics.partitions (6)',
    ],
    ['kafka.backing=external', 'kafka.brokers: where is Kafka?'],
    ['redis.backing=external', 'redis.url.secret: the name of a Secret'],
  ];
  it.each(BAD)('may not be %s', async (set, says) => {
    const { code, output } = await render(helm, 'bundled', '--set', set);
    expect([code, output]).toEqual([1, expect.stringContaining(says)]);
  });

  it('may not leave it open where the shop finds its servers: all that is missing is said at once', async () => {
    const { code, output } = await render(helm, 'bundled', '--set', 'backing=external');
    expect(code).toBe(1);
    for (const key of ['kafka.brokers', 'postgres.databases.orders.secret', 'redis.url.secret', 'mail.url.secret']) {
      expect(output).toContain(`- ${key}: `);
    }
    expect(output).toContain('--set backing=bundled');
  });

  it('may not have two new versions at a time, unless it is said which one prepares the databases', async () => {
    const tags = ['--set-string', 'tracks.web.next.tag=2.0.0,tracks.workers.next.tag=3.0.0'];
    const weights = ['--set', 'tracks.web.next.weight=1,tracks.workers.next.weight=1'];
    expect(await render(helm, 'bundled', ...tags, ...weights)).toMatchObject({
      code: 1,
      output: expect.stringContaining('The tracks run several versions (2.0.0, 3.0.0)'),
    });
    expect(await render(helm, 'bundled', ...tags, ...weights, '--set-string', 'jobs.tag=3.0.0')).toMatchObject({
      code: 0,
    });
  });
});
