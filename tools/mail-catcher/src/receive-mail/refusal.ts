import { UnreadableMailError } from '../store/mail-file.js';

/** Why a mail is not taken: 4… means that the client may send it again later, 5… that it need not (RFC 5321, section 4.2). */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly responseCode: 451 | 452 | 552 | 554,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the client is told when a mail was not kept. */
export function toRefusal(cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause;
  if (cause instanceof UnreadableMailError) {
    return new Refusal(554, `This is no mail that can be read: ${cause.message}`, { cause });
  }
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Refusal(452, 'There is no space left to keep the mail; send it again later', { cause });
  }
  return new Refusal(451, 'The mail could not be kept; send it again later', { cause });
}
