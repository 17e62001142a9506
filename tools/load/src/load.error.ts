/** Why load could not be made, or not accounted for; `code` is stable, the message says what to do. */
export class LoadError extends Error {
  override readonly name = 'LoadError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
