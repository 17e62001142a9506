import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError } from '../common/launcher-error.js';
import type { ServiceProcess } from './service-process.js';

const POLL_MS = 50;
const READY_DEADLINE_MS = 60_000;
/** A service that ends so often before it was ready has a fault that waiting does not mend. */
const MOST_FAILED_STARTS = 3;
const LOG_TAIL_LINES = 15;

/** Whether `/readyz` answers 200 now. */
export async function isReady(managementUrl: string, timeoutMs = 3_000): Promise<boolean> {
  try {
    const response = await fetch(`${managementUrl}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    // Nobody listens, or it does not answer in time.
    return false;
  }
}

/**
 * Resolves when the service is ready.
 * @throws LauncherError `SERVICE.NOT_READY` with the end of its log
 */
export async function untilReady(service: ServiceProcess, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  const { name, managementUrl, logFile } = service.specification;
  const restartsBefore = service.state.restarts;
  while (!(await isReady(managementUrl))) {
    signal.throwIfAborted();
    if (Date.now() > deadline || service.state.restarts - restartsBefore >= MOST_FAILED_STARTS) {
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
      throw new LauncherError('SERVICE.NOT_READY', `${name} does not become ready. The end of ${logFile}:\n${tail}`);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  service.markRunning();
}
