import { MessagingError } from '../errors.js';

/**
 * Waits for a consumer's running batches to end.
 * @param onLate called before it rejects
 * @throws MessagingError `CONSUMER.STOP_TIMED_OUT` after the deadline
 */
export async function finishWithin(
  finished: Promise<unknown>,
  deadlineMs: number,
  onLate: () => void = () => undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(new MessagingError('CONSUMER.STOP_TIMED_OUT', `a batch still ran after ${deadlineMs} ms`, true));
    }, deadlineMs);
  });
  try {
    await Promise.race([finished, late]);
  } finally {
    clearTimeout(timer);
  }
}
