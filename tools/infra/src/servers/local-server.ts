import type { ServerFolder } from './server-folder.js';
import { ServerProcess, type ServerProcessOptions } from './server-process.js';

/** A server of one process on 127.0.0.1, which ends with this process. */
export class LocalServer {
  readonly logFile: string;
  readonly #folder: ServerFolder;
  readonly #process: ServerProcess;

  constructor(folder: ServerFolder, options: Omit<ServerProcessOptions, 'cwd' | 'logFile'>) {
    this.#folder = folder;
    this.logFile = folder.file('server.log');
    this.#process = new ServerProcess({ ...options, cwd: folder.path, logFile: this.logFile });
  }

  /** 0 while it does not run. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves with how the present run ended, or the last one did. */
  get ended(): Promise<string> {
    return this.#process.ended;
  }

  /** Starts it, or brings back what {@link kill} or {@link shutDown} ended, on the same port. @throws as {@link ServerProcess.start} */
  start(): Promise<void> {
    return this.#process.start();
  }

  /** Resolves after its end when the signal ends it; `SIGSTOP` and `SIGCONT` let it hang and go on. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void> {
    return this.#process.kill(signal);
  }

  /** Ends the server and keeps its folder. */
  shutDown(): Promise<void> {
    return this.#process.stop();
  }

  async restart(): Promise<void> {
    await this.shutDown();
    await this.start();
  }

  /** Ends the server; removes the folder when it is a temporary one. */
  async stop(): Promise<void> {
    await this.shutDown();
    this.#folder.drop();
  }
}

/** Starts a server, and leaves nothing of it when it does not start. */
export async function started<Server extends Pick<LocalServer, 'start' | 'stop'>>(server: Server): Promise<Server> {
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
