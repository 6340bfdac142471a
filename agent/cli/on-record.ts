/** Puts on record what a person did by a command. */
import { LinesideError } from '../errors.ts';
import { languageOf, personIn, withoutPeople } from '../runtime/people-on-record.ts';
import { type DeskAct, recordAct, whoami } from '../store/audit-desk.ts';
import { personCode } from '../store/site-key.ts';

/** What is done is done: where it cannot be recorded that is said, and the command has succeeded all the same. */
export function onRecord(folder: string, act: DeskAct): void {
  try {
    const { audit, names } = languageOf(folder);
    const people = { names, code: personCode(folder) };
    recordAct(folder, { verb: act.verb, detail: withoutPeople(act.detail, people, audit), who: personIn(whoami(), people, audit) });
  } catch (thrown) {
    if (!(thrown instanceof LinesideError)) throw thrown;
    // Before the first start of an agent there is no journal, and nobody whom it could matter to.
    if (thrown.code !== 'STORE_MISSING')
      process.stderr.write(`It is done, but could not be put on record in audit_log: ${thrown.sentence}\n`);
  }
}
