import type { Redis } from 'ioredis';

/**
 * Gives a connection up when the server is silent: asks it every `silenceMs`, and breaks the connection when the answer
 * before has not come yet, or it has not become ready. Answers come in the order of the commands, so that no command is
 * under way for longer than twice that. (A timer for each command would cost a fifth of the command, or more.)
 */
export function watch(client: Redis, silenceMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  let isAnswered = true;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const ask = (): void => {
    if (client.status !== 'ready' || !isAnswered) {
      // Not ended politely: that waits for the server.
      client.stream.destroy(new Error(`Redis was silent for ${silenceMs} ms`));
      return;
    }
    isAnswered = false;
    client.ping().then(
      () => (isAnswered = true),
      () => undefined, // the connection has ended
    );
  };
  client.on('connect', () => {
    stop();
    isAnswered = true;
    timer = setInterval(ask, silenceMs).unref();
  });
  client.on('close', stop);
}
