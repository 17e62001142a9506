import { InfrastructureError } from '../errors.js';

const TIMEOUT_MS = 5_000;

/**
 * Calls toxiproxy's HTTP API.
 * @throws InfrastructureError `TOXIPROXY.REFUSED` with its answer
 */
export async function callToxiproxy(
  url: string,
  method: 'GET' | 'POST' | 'DELETE',
  target: string,
  body?: object,
): Promise<void> {
  const response = await fetch(`${url}${target}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = await response.text();
  if (!response.ok) throw new InfrastructureError('TOXIPROXY.REFUSED', `${method} ${target}: ${answer}`);
}
