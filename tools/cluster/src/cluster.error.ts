/** Why something could not be done with a cluster; `code` is stable, the message says what to do. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
