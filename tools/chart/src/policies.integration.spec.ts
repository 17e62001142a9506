import { checkovProgram, helmProgram, kubeScoreProgram, obtain, whereAvailable } from '@looseleaf/infra';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PRESETS, render, runToEnd } from './chart.js';
import { CHECKOV_EXCEPTIONS, KUBE_SCORE_EXCEPTIONS, type PolicyException } from './policy-exceptions.js';

const describeWithKubeScore = await whereAvailable(describe, helmProgram, kubeScoreProgram);
const describeWithCheckov = await whereAvailable(describe, helmProgram, checkovProgram);
/** Every template, with what can be chosen in it. Python takes seconds for each. */
const PRESETS_FOR_CHECKOV = ['bundled', 'external', 'keda'];

/** What a checker has against an object. */
interface Finding {
  readonly id: string;
  /** Without its release and its track. */
  readonly object: string;
}

function isExpected({ id, object }: Finding, { id: known, objects }: PolicyException): boolean {
  return id === known && (objects === undefined || objects.includes(object));
}

function unexpected(findings: readonly Finding[], exceptions: readonly PolicyException[]): Finding[] {
  return findings.filter((finding) => !exceptions.some((exception) => isExpected(finding, exception)));
}

function idle(findings: readonly Finding[], exceptions: readonly PolicyException[]): string[] {
  return exceptions.filter((each) => !findings.some((finding) => isExpected(finding, each))).map(({ id }) => id);
}

function objectName(name: string): string {
  return name.replace(/^shop-/, '');
}

describeWithKubeScore('kube-score', () => {
  let helm: string;
  let kubeScore: string;
  beforeAll(async () => {
    [helm, kubeScore] = await Promise.all([obtain(helmProgram), obtain(kubeScoreProgram)]);
  });

  interface Scored {
    readonly object_meta: { readonly name: string };
    readonly checks: readonly {
      readonly check: { readonly id: string };
      readonly grade: number;
      readonly skipped: boolean;
    }[];
  }
  /** From this grade on, it only has something to add. */
  const ALMOST_OK = 7;

  const findings = async (manifests: string): Promise<Finding[]> => {
    const { output } = await runToEnd(
      kubeScore,
      ['score', '--kubernetes-version', 'v1.34', '-o', 'json', '-'],
      manifests,
    );
    return (JSON.parse(output) as Scored[]).flatMap(({ object_meta: { name }, checks }) =>
      checks
        .filter(({ grade, skipped }) => !skipped && grade < ALMOST_OK)
        .map(({ check: { id } }) => ({ id, object: objectName(name) })),
    );
  };

  it('finds nothing in any preset but what is excepted with a reason, and no exception is idle', async () => {
    const all: Finding[] = [];
    for (const preset of PRESETS) all.push(...(await findings((await render(helm, preset)).output)));
    expect(unexpected(all, KUBE_SCORE_EXCEPTIONS)).toEqual([]);
    expect(idle(all, KUBE_SCORE_EXCEPTIONS)).toEqual([]);
  });

  it('would find a container without limits', async () => {
    const { output } = await render(helm, 'bundled', '--set', 'services.orders.resources.limits=null');
    expect(unexpected(await findings(output), KUBE_SCORE_EXCEPTIONS)).toContainEqual({
      id: 'container-resources',
      object: 'orders-stable',
    });
  });
});

describeWithCheckov('checkov', () => {
  let helm: string;
  let checkov: string;
  let folder: string;
  beforeAll(async () => {
    [helm, checkov] = await Promise.all([obtain(helmProgram), obtain(checkovProgram)]);
    folder = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  interface Report {
    readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
  }
  /** A pod that may do everything, beside the shop: what no exception covers. */
  const PRIVILEGED = `apiVersion: v1
kind: Pod
metadata: { name: shop-intruder }
spec:
  containers: [{ name: intruder, image: intruder, securityContext: { privileged: true } }]
`;

  it('finds nothing but what is excepted with a reason, and a privileged container', async () => {
    for (const preset of PRESETS_FOR_CHECKOV) {
      writeFileSync(path.join(folder, `${preset}.yaml`), (await render(helm, preset)).output);
    }
    writeFileSync(path.join(folder, 'privileged.yaml'), PRIVILEGED);
    const options = ['--framework', 'kubernetes', '--skip-download', '--quiet', '--output', 'json'];
    const { output } = await runToEnd(checkov, [...options, '--directory', folder]);
    const { results } = JSON.parse(output.slice(output.indexOf('{'))) as Report;
    const findings = results.failed_checks.map(({ check_id: id, resource }) => ({
      id,
      object: objectName(resource.split('.').at(-1) ?? ''),
    }));
    const ofTheShop = findings.filter(({ object }) => object !== 'intruder');
    expect(unexpected(ofTheShop, CHECKOV_EXCEPTIONS)).toEqual([]);
    expect(idle(ofTheShop, CHECKOV_EXCEPTIONS)).toEqual([]);
    expect(findings).toContainEqual({ id: 'CKV_K8S_16', object: 'intruder' });
  });
});
