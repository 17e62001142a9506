import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '@looseleaf/replay';

export interface SteadyLoad {
  readonly webUrl: string;
  readonly path: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly durationSeconds: number;
}

/**
 * Posts JSON at a steady rate, however late the answers are.
 * @returns how long each answer took, from when its request was due, in ms: one that waits for others counts its waiting
 * @throws Error when an answer is not 2xx
 */
export async function postSteadily(load: SteadyLoad): Promise<number[]> {
  const { webUrl, path, bodies, connections, requestsPerSecond, durationSeconds } = load;
  const client = new HttpClient(webUrl, connections);
  const headers = { 'content-type': 'application/json' };
  try {
    const startedAtMs = performance.now();
    const answers = Array.from({ length: requestsPerSecond * durationSeconds }, async (_, index) => {
      const dueMs = startedAtMs + (index * 1000) / requestsPerSecond;
      await sleep(Math.max(0, dueMs - performance.now()));
      const { status } = await client.call({ method: 'POST', path, headers, body: bodies[index % bodies.length]! });
      if (status < 200 || status > 299) throw new Error(`${webUrl}${path}: ${status}`);
      return performance.now() - dueMs;
    });
    return await Promise.all(answers);
  } finally {
    client.close();
  }
}
