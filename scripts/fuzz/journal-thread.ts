/** Opens a spoilt journal twice, as a start and the next one do. */
import { readdirSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { LinesideError } from '../../agent/errors.ts';
import { openJournal } from '../../agent/store/database.ts';
import { Spill } from '../../agent/store/spill.ts';

/** How the first start found it, or the code with which it was refused; `wrong`: what must not be. */
export interface Found {
  readonly how: string;
  readonly wrong?: string;
}

const STAMP = '2027-01-01T00-00-00Z';
/** Damage behind what the start looks at is found by the first record that meets it, and dealt with there. */
const LATER = /^SQLITE_(CORRUPT|NOTADB|IOERR|CONSTRAINT)/;

/** true: it was damaged. */
function open(folder: string): boolean {
  new Spill(folder).read();
  const { db, damaged } = openJournal(folder, STAMP);
  try {
    db.prepare("INSERT INTO outbox (publisher, event_id, station, topic, payload, stored_at) VALUES ('p', 'e', 's', 't', '{}', 0)").run();
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && LATER.test(String(thrown.code)))) throw thrown;
    return false;
  } finally {
    db.close();
  }
  if (damaged && !readdirSync(folder).some((name) => name.startsWith('journal.damaged-'))) throw new Error('the damaged file is gone');
  return damaged !== null;
}

function tryOne(folder: string): Found {
  try {
    const how = open(folder) ? 'damaged' : 'whole';
    // Whatever was done about it is done: the next start finds it whole.
    return open(folder) ? { how, wrong: 'damaged again at the second start' } : { how };
  } catch (thrown) {
    if (thrown instanceof LinesideError && thrown.code !== 'INTERNAL') return { how: thrown.code };
    return { how: 'threw', wrong: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}

parentPort?.on('message', (folder: string) => parentPort?.postMessage(tryOne(folder)));
