import { freePort, identify } from '@looseleaf/infra';
import { BackingServices } from '../servers/backing-services.js';
import type { BackingServiceName, InfraPart } from '../servers/names.js';
import { specifyMailCatcher } from '../start-shop/mail-catcher.js';
import { untilReady } from '../start-shop/readiness.js';
import type { Reporter } from '../start-shop/reporter.js';
import { ServiceProcess } from '../start-shop/service-process.js';
import type { InfraPaths } from './infra-paths.js';
import { writeInfraState, type InfraState } from './infra-state.js';

const SHUTDOWN_DEADLINE_MS = 5_000;

export interface InfraOptions {
  readonly paths: InfraPaths;
  readonly parts: readonly InfraPart[];
  readonly kafkaNodes: 1 | 3;
  readonly reporter: Reporter;
}

/** Servers without a shop, as processes that are kept running. */
export class Infra {
  readonly #backing: BackingServices;
  #mail:
    { readonly process: ServiceProcess; readonly ports: { readonly smtp: number; readonly mail: number } } | undefined;

  constructor(private readonly options: InfraOptions) {
    const { paths, kafkaNodes, reporter } = options;
    this.#backing = new BackingServices({
      directory: paths.root,
      kafkaNodes,
      onProgress: (text) => reporter.note(`  ${text}`),
      onChange: (text) => {
        reporter.note(text);
        this.#save();
      },
    });
  }

  get state(): InfraState {
    const mail = this.#mail;
    return {
      launcher: identify(process.pid)!,
      parts: this.options.parts,
      servers: this.#backing.states,
      ...(mail && {
        mail: { ...mail.process.state, smtpPort: mail.ports.smtp, url: `http://127.0.0.1:${mail.ports.mail}` },
      }),
      variables: {
        ...Object.assign({}, ...Object.values(this.#backing.variables)),
        ...(mail && { SMTP_URL: `smtp://127.0.0.1:${mail.ports.smtp}` }),
      },
    };
  }

  /** Resolves when all of them answer. When it rejects, what was started still runs: call {@link stop}. */
  async start(signal: AbortSignal): Promise<void> {
    const { parts, reporter } = this.options;
    const servers = parts.filter((part): part is BackingServiceName => part !== 'mail');
    if (servers.length > 0) await reporter.step(servers.join(', '), () => this.#backing.start(servers));
    signal.throwIfAborted();
    if (parts.includes('mail')) await reporter.step('mail', () => this.#startMail(signal));
    this.#save();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#backing.stop(), this.#mail?.process.stop(SHUTDOWN_DEADLINE_MS)]);
  }

  async #startMail(signal: AbortSignal): Promise<void> {
    const { paths } = this.options;
    const ports = { smtp: await freePort(), mail: await freePort() };
    const specification = await specifyMailCatcher({
      ports,
      directory: paths.mail,
      logFile: paths.mailLog,
      logLevel: 'info',
      shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
    });
    const process = new ServiceProcess(specification, () => this.#save());
    this.#mail = { process, ports };
    process.start();
    await untilReady(process, signal);
  }

  #save(): void {
    writeInfraState(this.options.paths, this.state);
  }
}
