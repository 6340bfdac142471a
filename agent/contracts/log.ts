/** The log as every part sees it: details for machines, a text for people. */
export interface Log {
  debug(details: object, text: string): void;
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
  child(bindings: object): Log;
}
