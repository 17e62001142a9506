/**
 * Whether an answer says that the order is not taken and will not be: the request itself is at fault. Everything else,
 * such as a 503 after the broker did not answer in time, leaves open whether the order is taken.
 */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
