import { UnavailableError } from '@looseleaf/messaging';

/** @throws UnavailableError `BROKER.TIMED_OUT` when the work takes longer; it goes on unseen */
export async function withTimeLimit<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError('broker', { code: 'BROKER.TIMED_OUT' })), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
