import { run } from './run.js';

const TIMEOUT = '10m';

export interface ReleaseOptions {
  readonly valuesFiles?: readonly string[];
  /** `key=value`, above the files. */
  readonly set?: readonly string[];
  /**
   * Keeps the values of before, above the chart's own. (Helm's `--reuse-values` would take them for the chart's own, which a
   * `null` cannot remove.)
   */
  readonly reuseValues?: boolean;
  /** Without what runs before: for changes that bring no new version. */
  readonly skipHooks?: boolean;
  /** Like `60s`; when it is not ready by then, it has failed. */
  readonly timeout?: string;
}

/** `helm` for one release. */
export class Helm {
  constructor(
    private readonly context: string,
    private readonly namespace: string,
    readonly release: string,
  ) {}

  /** Installs or upgrades, and resolves when everything is ready. @throws ClusterError */
  async upgrade(chart: string, options: ReleaseOptions): Promise<void> {
    const { valuesFiles = [], set = [], reuseValues = false, skipHooks = false, timeout = TIMEOUT } = options;
    await this.#run(
      'upgrade',
      ...[this.release, chart, '--install', '--create-namespace', '--wait', '--timeout', timeout],
      ...(reuseValues ? ['--reset-then-reuse-values'] : []),
      ...(skipHooks ? ['--no-hooks'] : []),
      ...valuesFiles.flatMap((file) => ['--values', file]),
      ...set.flatMap((pair) => ['--set', pair]),
    );
  }

  /** To the revision before, or to this one. */
  async rollback(revision?: number): Promise<void> {
    const to = revision === undefined ? [] : [String(revision)];
    await this.#run('rollback', this.release, ...to, '--wait', '--timeout', TIMEOUT);
  }

  /**
   * Runs the tests of the chart.
   * @returns what became of them, and what they printed
   * @throws ClusterError when one fails
   */
  test(): Promise<string> {
    return this.#run('test', this.release, '--logs', '--timeout', TIMEOUT);
  }

  async revision(): Promise<number> {
    return (JSON.parse(await this.#run('status', this.release, '--output', 'json')) as { version: number }).version;
  }

  async uninstall(): Promise<void> {
    await this.#run('uninstall', this.release, '--ignore-not-found', '--wait', '--timeout', TIMEOUT);
  }

  #run(...args: readonly string[]): Promise<string> {
    return run('helm', ['--kube-context', this.context, '--namespace', this.namespace, ...args]);
  }
}
