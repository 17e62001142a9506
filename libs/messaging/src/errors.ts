/** An error with a stable `AREA.REASON` code; `retryable` says whether the same call may succeed when made again. */
export class MessagingError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Something the work depends on (a database, the broker) is away or too slow. The message is not to blame: it goes back
 * to its queue without counting as an attempt, and the consumer waits before it takes more.
 */
export class UnavailableError extends MessagingError {
  constructor(
    readonly dependency: string,
    options?: ErrorOptions & { code?: string },
  ) {
    super(options?.code ?? 'DEPENDENCY.UNAVAILABLE', `${dependency} is not available`, true, options);
  }
}

/** The message can never be handled, however often it is delivered: it is dead-lettered at once. */
export class PermanentError extends MessagingError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, message, false, options);
  }
}

/** Wiring that cannot work (no handler, two handlers, an unknown contract); thrown at boot, names the culprit. */
export class MessagingConfigurationError extends MessagingError {
  constructor(message: string) {
    super('MESSAGING.MISCONFIGURED', message, false);
  }
}

/** `error.message`, or the text of anything else that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
