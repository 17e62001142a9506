import {
  helmProgram,
  KUBERNETES_VERSIONS,
  kubeconformProgram,
  kubernetesSchemas,
  obtain,
  whereAvailable,
} from '@looseleaf/infra';
import path from 'node:path';
import { CHART, PRESETS, render, runToEnd, valuesOf, type ProgramResult } from './chart.js';

const describeChart = await whereAvailable(describe, helmProgram, kubeconformProgram, kubernetesSchemas);
/** Of what is not Kubernetes' own: tools/chart/README.md says where they are from. */
const CUSTOM_SCHEMAS = path.join(import.meta.dirname, '../schemas/{{.ResourceKind}}{{.KindSuffix}}.json');

/** Seconds of CPU, on a machine that has many others to serve. */
const BUSY_MACHINE_MS = 240_000;
const EXAMPLES = path.join(CHART, '../../k8s/values');

describeChart('The chart', () => {
  let helm: string;
  let kubeconform: string;
  let schemas: string;
  /** Of all presets; those of an upgrade differ in their jobs only. */
  let manifests: string;

  beforeAll(async () => {
    [helm, kubeconform, schemas] = await Promise.all([
      obtain(helmProgram),
      obtain(kubeconformProgram),
      obtain(kubernetesSchemas),
    ]);
    const rendered = [await render(helm, 'external', '--is-upgrade')];
    for (const preset of PRESETS) rendered.push(await render(helm, preset));
    expect(rendered.filter(({ code }) => code !== 0)).toEqual([]);
    manifests = rendered.map(({ output }) => output).join('\n');
  }, BUSY_MACHINE_MS);

  const conforms = (text: string, version: string): Promise<ProgramResult> => {
    const locations = [schemas, CUSTOM_SCHEMAS].flatMap((location) => ['-schema-location', location]);
    // Each of its threads would read all schemas for itself.
    return runToEnd(kubeconform, ['-strict', '-n', '1', '-kubernetes-version', version, ...locations], text);
  };

  it.each(PRESETS)('has nothing that Helm finds fault with, with the values "%s"', async (preset) => {
    expect(await runToEnd(helm, ['lint', '--strict', CHART, '--values', valuesOf(preset)])).toMatchObject({ code: 0 });
  });

  it.each(['managed-services', 'strimzi', 'cloudnative-pg'])('renders with the example for %s', async (name) => {
    const files = ['managed-services', name].flatMap((file) => ['--values', path.join(EXAMPLES, `${file}.yaml`)]);
    expect(await runToEnd(helm, ['template', 'shop', CHART, ...files])).toMatchObject({ code: 0 });
  });

  it.each(KUBERNETES_VERSIONS)(
    'is what Kubernetes %s takes, with the values of any preset',
    async (version) => {
      expect(manifests).toContain('kind: HTTPRoute');
      expect(manifests).toContain('kind: ScaledObject');
      expect(await conforms(manifests, version)).toEqual({ code: 0, output: '' });
    },
    BUSY_MACHINE_MS,
  );

  it.each([
    ['Deployment', 'livenessProbe:', 'livenesProbe'],
    ['HTTPRoute', 'backendRefs:', 'backends'],
    ['ScaledObject', 'minReplicaCount:', 'minReplicas'],
  ])('would not pass with a wrong word in a %s', async (kind, right, wrong) => {
    const manifest = manifests
      .split(/^---$/m)
      .find((each) => each.includes(`kind: ${kind}\n`) && each.includes(right))!;
    const { code, output } = await conforms(manifest.replace(right, `${wrong}:`), KUBERNETES_VERSIONS[0]);
    expect([code, output]).toEqual([1, expect.stringContaining(wrong)]);
  });

  it('would not pass with what Helm finds fault with', async () => {
    const result = await runToEnd(helm, ['lint', '--strict', CHART, '--set', 'backing=none']);
    expect([result.code, result.output]).toEqual([1, expect.stringContaining("at '/backing'")]);
  });
});
