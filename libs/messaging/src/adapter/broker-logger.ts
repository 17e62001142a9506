/** The part of a pino logger that the broker uses. */
export interface BrokerLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export const SILENT: BrokerLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
