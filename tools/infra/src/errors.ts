/** A server that cannot be started or used. `code` is stable, the message says what to do. */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
