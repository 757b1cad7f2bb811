export type LogFields = Readonly<Record<string, unknown>>;

/** The call shape of pino, so that `pino()` or a framework's `app.log` fits unchanged. Messages are constant; what varies is in the fields. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const nothing = (): void => {};

/** The default everywhere: a library says nothing unless asked. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
