import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** Starts a module of this package as a process and resolves with its first message. It ends when it is disconnected. */
export async function startChild<Message>(
  file: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ child: ChildProcess; first: Message; stop(): Promise<void> }> {
  const child = fork(path.join(import.meta.dirname, file), { env: { ...process.env, ...environment } });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${String(code)}`)));
  const [first] = (await Promise.race([once(child, 'message'), failed])) as [Message];
  failed.catch(() => undefined); // from here on its end is no failure
  return {
    child,
    first,
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
