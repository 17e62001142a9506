/** Something the user can act on; the message says how. */
export class BootstrapError extends Error {}
