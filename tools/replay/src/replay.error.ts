/** Why a replay could not run or go on; `code` is stable, the message says what to do. */
export class ReplayError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ReplayError';
  }
}
