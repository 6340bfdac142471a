/** `lineside good-hours list | confirm | take-back`: hours of good production that promises are held against, whether an agent runs or not. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { GoodHours } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { HOURS_FILE, HoursBook } from '../runtime/promises/hours.ts';
import { localTime, type Span } from '../runtime/stretches.ts';
import { whoami } from '../store/audit-desk.ts';
import { JOURNAL_FILE } from '../store/database.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onRecord } from './on-record.ts';
import { out, outJson, table } from './print.ts';

interface Options {
  readonly config: string;
  readonly station?: string;
  readonly json?: boolean;
}

async function bookOf(config: string) {
  const loaded = await loadConfig(config, LENIENT);
  const folder = resolve(loaded.base, loaded.config.store.path);
  // The agent makes it, as its own user: one that a command made might keep it out.
  if (!existsSync(folder)) throw new LinesideError('STORE_MISSING', { folder });
  const journal = join(folder, JOURNAL_FILE);
  const book = new HoursBook({
    file: join(folder, HOURS_FILE),
    clock: systemClock,
    // The folder may be somebody else's: a volume that a group may write to.
    owner: existsSync(journal) ? journal : folder,
    tell: ({ sentence, next }) => void process.stderr.write(`${sentence} ${next}\n`),
  });
  await book.open();
  return { book, folder, stations: Object.keys(loaded.config.stations) };
}

export async function listHours({ config, station, json }: Options): Promise<ExitCode> {
  const { book, stations } = await bookOf(config);
  // Hours of a station that is no longer in the config are there all the same.
  const known = [...stations, ...book.all.map((one) => one.station)];
  if (station !== undefined && !known.includes(station)) throw unknown(station, stations);
  const found = station === undefined ? book.all : book.of(station);
  if (json) outJson(found.map(shown));
  else if (found.length === 0) out('no hours are confirmed');
  else
    out(
      table(
        ['station', 'from', 'to', 'said by', 'id'],
        found.map((one) => [one.station, localTime(one.from), localTime(one.to), one.who, one.id]),
      ),
    );
  return EXIT.ok;
}

export async function confirmHours([span]: readonly Span[], options: Options): Promise<ExitCode> {
  const { book, folder, stations } = await bookOf(options.config);
  const hours = { id: randomUUID(), station: stationOf(stations, options.station), from: span?.from ?? 0, to: span?.to ?? 0 };
  await book.confirm({ ...hours, who: whoami() });
  onRecord(folder, { verb: 'good_hours', detail: hours });
  if (options.json) outJson({ confirmed: shown(hours) });
  else out(`all production of ${hours.station} from ${localTime(hours.from)} to ${localTime(hours.to)} was good: ${hours.id}`);
  return EXIT.ok;
}

export async function takeBackHours(id: string, options: Options): Promise<ExitCode> {
  const { book, folder } = await bookOf(options.config);
  await book.takeBack(id);
  onRecord(folder, { verb: 'undo_good_hours', detail: { id } });
  if (options.json) outJson({ taken_back: id });
  else out(`the hours ${id} are not confirmed any more`);
  return EXIT.ok;
}

function stationOf(stations: readonly string[], named: string | undefined): string {
  const [only, ...others] = stations;
  if (named === undefined && only !== undefined && others.length === 0) return only;
  if (named === undefined) throw new LinesideError('USAGE', { why: `name one of ${stations.join(', ')} with --station` });
  if (!stations.includes(named)) throw unknown(named, stations);
  return named;
}

const unknown = (station: string, stations: readonly string[]): LinesideError =>
  new LinesideError('USAGE', { why: `the config has no station ${station}; it has ${stations.join(', ')}` });

const isoOf = (at: number): string => new Date(at).toISOString();
const shown = <T extends Pick<GoodHours, 'from' | 'to'> & { readonly at?: number }>(hours: T) => ({
  ...hours,
  from: isoOf(hours.from),
  to: isoOf(hours.to),
  ...(hours.at === undefined ? {} : { at: isoOf(hours.at) }),
});
