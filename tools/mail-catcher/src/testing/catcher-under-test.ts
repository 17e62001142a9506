import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@looseleaf/infra';
import { createTransport, type SendMailOptions, type SentMessageInfo, type Transporter } from 'nodemailer';
import type { MailPage, MailView } from '../read-mail/mail-reader.js';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The mail catcher as the shop runs it: a process, which can be killed. Its ports stay the same when it starts again. */
export class CatcherUnderTest {
  #client: Transporter | undefined;
  #child: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    readonly url: string,
    readonly managementUrl: string,
    readonly smtpPort: number,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async start(directory: string, settings: Readonly<Record<string, string>> = {}): Promise<CatcherUnderTest> {
    const [port, managementPort, smtpPort] = [await freePort(), await freePort(), await freePort()];
    const catcher = new CatcherUnderTest(
      directory,
      `http://127.0.0.1:${port}`,
      `http://127.0.0.1:${managementPort}`,
      smtpPort,
      {
        PORT: String(port),
        MANAGEMENT_PORT: String(managementPort),
        SMTP_PORT: String(smtpPort),
        MAIL_DIRECTORY: directory,
        LOG_LEVEL: 'fatal',
        ...settings,
      },
    );
    await catcher.start();
    return catcher;
  }

  async start(): Promise<void> {
    this.#child = spawn(process.execPath, [PROGRAM], { env: this.environment, stdio: 'inherit' });
    await eventually(async () => {
      if ((await fetch(`${this.managementUrl}/readyz`)).status !== 200) throw new Error('it is not ready');
    }, 30_000);
  }

  /** @returns how it ended: its exit code, or the signal */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.#client?.close();
    this.#client = undefined;
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return (child.exitCode ?? child.signalCode)!;
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill(signal);
    const [code, endedBy] = await exited;
    return (code ?? endedBy)!;
  }

  /** Ends it, and removes its mail. */
  async close(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Sends a mail. @throws Error with the `responseCode` of a refusal */
  send(mail: SendMailOptions): Promise<SentMessageInfo> {
    this.#client ??= createTransport({ host: '127.0.0.1', port: this.smtpPort, pool: true, maxMessages: Infinity });
    return this.#client.sendMail({ from: 'Looseleaf <shop@looseleaf.example>', text: 'Hello.', ...mail });
  }

  async list(query = ''): Promise<MailPage> {
    return (await (await fetch(`${this.url}/messages${query}`)).json()) as MailPage;
  }

  /** Every mail to this address, the newest first. */
  async mailsTo(address: string): Promise<readonly MailView[]> {
    return (await this.list(`?to=${encodeURIComponent(address)}&limit=500`)).items;
  }

  async page(target: string): Promise<string> {
    return (await fetch(`${this.url}${target}`)).text();
  }

  async files(): Promise<string[]> {
    return (await readdir(this.directory)).map((name) => path.basename(name)).sort();
  }
}
