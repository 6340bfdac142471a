/** Puts on record what a person did by a command. */
import { LinesideError } from '../errors.ts';
import { type DeskAct, recordAct } from '../store/audit-desk.ts';

/** What is done is done: where it cannot be recorded that is said, and the command has succeeded all the same. */
export function onRecord(folder: string, act: DeskAct): void {
  try {
    recordAct(folder, act);
  } catch (thrown) {
    if (!(thrown instanceof LinesideError)) throw thrown;
    // Before the first start of an agent there is no journal, and nobody whom it could matter to.
    if (thrown.code !== 'STORE_MISSING')
      process.stderr.write(`It is done, but could not be put on record in audit_log: ${thrown.sentence}\n`);
  }
}
