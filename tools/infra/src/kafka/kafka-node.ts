import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ServerProcess } from '../servers/server-process.js';
import { javaArguments, useClassArchive } from './java-command.js';
import { nodeSettings, toProperties, type KafkaSettings, type NodePorts } from './kafka-settings.js';
import { withProxiedListeners, type ProxiedListener } from './proxied-listener.js';
import { scramArguments, securedSettings, type SecuredListener } from './secured-listener.js';
import { formatStorage } from './storage.js';
import { answersApiVersions } from './api-versions.js';

export interface KafkaNodeOptions {
  /** The folder of the jars. */
  readonly program: string;
  /** For its data, its settings and its log. */
  readonly directory: string;
  readonly clusterId: string;
  /** From 0, of `ports`. */
  readonly index: number;
  /** Of all nodes of the cluster. */
  readonly ports: readonly NodePorts[];
  readonly settings: KafkaSettings;
  readonly proxied?: readonly ProxiedListener[];
  readonly secured?: SecuredListener;
  /** More arguments for Java. */
  readonly flags?: readonly string[];
}

const HEAP = '320m';
const START_DEADLINE_MS = 120_000;
/** An orderly stop hands the leadership of every partition over. */
const STOP_DEADLINE_MS = 30_000;

/** One node of a cluster, as a process. */
export class KafkaNode {
  readonly port: number;
  /** Nobody listens there without a secured listener. */
  readonly securedPort: number;
  readonly logFile: string;
  readonly #process: ServerProcess;
  readonly #config: string;

  constructor(private readonly options: KafkaNodeOptions) {
    const { program, directory, index, ports, flags } = options;
    ({ port: this.port, securedPort: this.securedPort } = ports[index] as NodePorts);
    this.logFile = path.join(directory, 'server.log');
    this.#config = path.join(directory, 'server.properties');
    const java = { heap: HEAP, flags: flags ?? useClassArchive(program) };
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#process = new ServerProcess({
      name: `Kafka node ${index + 1}`,
      command: 'java',
      args: [...javaArguments(program, 'kafka.Kafka', java), this.#config],
      cwd: directory,
      logFile: this.logFile,
      answers: () => answersApiVersions(this.port),
      startDeadlineMs: START_DEADLINE_MS,
      stopDeadlineMs: STOP_DEADLINE_MS,
    });
  }

  /** 0 while it does not run. */
  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** Resolves with how the present run ended, or the last one did. */
  get ended(): Promise<string> {
    return this.#process.ended;
  }

  /** Resolves when it serves clients, for which most nodes of the cluster must run. @throws InfrastructureError */
  async start(): Promise<void> {
    const { program, directory, clusterId, index, ports, settings, proxied = [], secured } = this.options;
    const plain = withProxiedListeners(proxied, index, nodeSettings(index, ports, directory));
    const listening = secured ? securedSettings(secured, this.securedPort, directory, plain) : plain;
    const all = { ...listening, ...settings };
    writeFileSync(this.#config, toProperties(all), { mode: 0o600 });
    await formatStorage(program, this.#config, String(all['log.dirs']), clusterId, secured && scramArguments(secured));
    await this.#process.start();
  }

  /** Orderly, whatever state it is in. */
  stop(): Promise<void> {
    return this.#process.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** SIGKILL unless told otherwise; SIGSTOP freezes it, SIGCONT thaws it. Resolves after its end when the signal ends it. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    return this.#process.kill(signal);
  }
}
