/** A log that says nothing but errors: what is measured is not the terminal. */
import type { Log } from '../../contracts/index.ts';

export const quiet: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (details, text) => void process.stderr.write(`${text} ${JSON.stringify(details)}\n`),
  child: () => quiet,
};
