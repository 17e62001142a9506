import { watchParent } from './watch-parent.js';

/** Aborted by the first request to stop; npm and the terminal may both send the same signal, so later ones change nothing. */
export function stopRequest(): AbortSignal {
  const controller = new AbortController();
  // A terminal that was closed must not keep the shop from ending in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const stop = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  watchParent(stop);
  return controller.signal;
}

/** Resolves when the request has come. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
