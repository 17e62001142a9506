/** Something the user can act on: `code` is stable, the message says what to do. Shown without a stack. */
export class LauncherError extends Error {
  override readonly name = 'LauncherError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
