import { LauncherError } from '../common/launcher-error.js';
import type { RunningShop } from '../data-directory/read-shop.js';

const TIMEOUT_MS = 30_000;

/** What a call sends besides its address. */
export interface OperatorRequest {
  readonly method?: string;
  readonly body?: Blob;
  readonly contentType?: string;
}

/**
 * Calls the shop's HTTP API as its operator.
 * @param target path below the web tier's address
 * @throws LauncherError `SHOP.UNREACHABLE`, or the code and the detail of the problem that it answered
 */
export async function callAsOperator<Answer>(
  shop: RunningShop,
  target: string,
  { method = 'GET', body, contentType }: OperatorRequest = {},
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${shop.webUrl}${target}`, {
      method,
      headers: { authorization: `Bearer ${shop.operatorKey}`, ...(contentType && { 'content-type': contentType }) },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new LauncherError(
      'SHOP.UNREACHABLE',
      `the web tier at ${shop.webUrl} does not answer: look at it with "npm run looseleaf -- status"`,
      { cause },
    );
  }
  const answer: unknown = await response.json();
  if (response.ok) return answer as Answer;
  const { code = `HTTP.${response.status}`, detail = 'the shop refused the call' } = answer as {
    code?: string;
    detail?: string;
  };
  throw new LauncherError(code, detail);
}
