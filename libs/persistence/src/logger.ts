/** What this library needs of a logger; a pino logger is one. Fields first, then the text. */
export interface PersistenceLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For tools and tests that have no use for log lines. */
export const silentLogger: PersistenceLogger = { info: () => {}, warn: () => {}, error: () => {} };
