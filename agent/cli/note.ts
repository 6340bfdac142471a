/** `lineside note add | list | similar | summary`: what people write on a part, a station or an alarm. The agent may run. */
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { quotesOf, type WrittenNote } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { noteOf } from '../runtime/notes.ts';
import { whoami } from '../store/audit-desk.ts';
import { spokenIn } from '../store/cases.ts';
import { notesOf, similarNotesOf, writeNote } from '../store/notes.ts';
import { personCode } from '../store/site-key.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onJournal } from './on-journal.ts';
import { onRecord } from './on-record.ts';
import { out, outJson, table } from './print.ts';

interface Options {
  readonly config: string;
  readonly station?: string;
  readonly part?: string;
  readonly alarm?: string;
  readonly json?: boolean;
}

async function placeOf({ config }: Options) {
  const { config: loaded, base } = await loadConfig(config, LENIENT);
  return { folder: resolve(base, loaded.store.path), config: loaded };
}

export async function addNote(text: string, options: Options): Promise<ExitCode> {
  const { folder, config } = await placeOf(options);
  const { station, part, alarm } = options;
  if (station !== undefined && !config.stations[station]) throw new LinesideError('NOTE_UNFIT', { why: `there is no station ${station}` });
  const rules = { names: config.language.names, code: personCode(folder) };
  const note = noteOf({ text, station, part, alarm }, 'cli', whoami(), Date.now(), rules);
  writeNote(folder, note);
  onRecord(folder, { verb: 'note', detail: { id: note.id, station: note.station, part: note.part, alarm: note.alarm } });
  if (options.json) outJson(note);
  else out(`kept: ${note.text}`);
  return EXIT.ok;
}

export async function listNotes(
  options: Options & { readonly limit: number; readonly from?: number; readonly to?: number },
): Promise<ExitCode> {
  return told(notesOf((await placeOf(options)).folder, options), options);
}

export async function similarNotes(text: string, options: Options & { readonly limit: number }): Promise<ExitCode> {
  return told(similarNotesOf((await placeOf(options)).folder, text, options.limit), options);
}

/** What was said in that time, as quotations; what they stand for is the count beside each. */
export async function summariseNotes(
  options: Options & { readonly since: number; readonly to?: number; readonly limit: number },
): Promise<ExitCode> {
  const { folder } = await placeOf(options);
  const { since, to = Date.now(), station, alarm, limit, json } = options;
  if (!(since < to)) throw new LinesideError('USAGE', { why: 'the time ends before it begins' });
  const quotes = (await onJournal(folder, (db) => quotesOf(spokenIn(db, { from: since, to, station, alarm })))).slice(0, limit);
  if (json) outJson(quotes);
  else if (quotes.length === 0) out('Nothing was written or said in that time.');
  else {
    const rows = quotes.map(({ times, texts, first, last, text }) => [
      ...[String(times), String(texts), new Date(first).toISOString(), new Date(last).toISOString()],
      text.replaceAll(/\s+/g, ' ').slice(0, 100),
    ]);
    out(table(['times', 'texts', 'first', 'last', 'most central of them'], rows, new Set([0, 1])));
  }
  return EXIT.ok;
}

function told(notes: readonly WrittenNote[], { json }: Options): ExitCode {
  if (json) outJson(notes);
  else if (notes.length === 0) out('Nothing of that kind was written.');
  else
    out(
      table(
        ['utc', 'station', 'part', 'alarm', 'from', 'text'],
        notes.map(({ at, station, part, alarm, source, text }) => [
          new Date(at).toISOString(),
          station ?? '',
          part ?? '',
          alarm ?? '',
          source,
          text.replaceAll(/\s+/g, ' ').slice(0, 100),
        ]),
      ),
    );
  return EXIT.ok;
}
