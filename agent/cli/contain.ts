/** `lineside contain`: since when may it be wrong, and which parts are those? Reads the journal beside the running agent. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type Database from 'better-sqlite3';
import { loadConfig } from '../config/load.ts';
import type { Anchor, ContainedPart, LotTags, Opening, OpeningWish } from '../contracts/index.ts';
import { type Narrowed, narrow } from '../decisions/containment/narrow.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { csvHeader, csvLine } from '../runtime/contained-csv.ts';
import { alarmSince, containedParts, openingOf, packageSince, sampledParts } from '../store/containment.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type JournalOptions, journalOf } from './export.ts';
import { onJournal } from './on-journal.ts';
import { out, outJson } from './print.ts';

interface Options extends JournalOptions {
  readonly station: string;
  readonly since?: number;
  readonly alarm?: string;
  readonly inspection?: string;
  readonly package?: string;
  readonly csv?: string;
  readonly json?: boolean;
}

const PAGE = 500;
/** That are listed on the screen, and in JSON. */
const SHOWN = 20;
const LISTED = 10_000;

export async function contain(options: Options): Promise<ExitCode> {
  const named = (['since', 'alarm', 'inspection', 'package'] as const).filter((key) => options[key] !== undefined);
  if (named.length > 1) throw new LinesideError('USAGE', { why: `--${named.join(' and --')} say two things; keep one` });
  const [folder, tags] = [await journalOf(options), await tagsOf(options)];
  await onJournal(folder, (db) => told(db, options, tags));
  return EXIT.ok;
}

/** The stretch that is in question, and since when a number has changed in it. */
export function stretchOf(db: Database.Database, options: Pick<Options, 'station' | 'since' | 'alarm' | 'inspection' | 'package'>) {
  const opening = openingOf(db, wishOf(db, options));
  const stretch = { station: options.station, after: opening.after?.inspection ?? null, until: opening.until?.inspection ?? null };
  return { opening, stretch, narrowed: narrow(sampledParts(db, stretch)) };
}

async function told(db: Database.Database, options: Options, tags: LotTags): Promise<void> {
  const { station, csv, json } = options;
  const { opening, stretch, narrowed } = stretchOf(db, options);
  const parts = () => partsOf(db, { ...stretch, tags });
  if (csv !== undefined) await write(csv, station, parts(), narrowed);
  if (json) {
    const items = firstOf(parts(), LISTED);
    outJson({
      station,
      ...opening,
      narrowed: narrowed && { ...narrowed, from: placeOf(narrowed.from), likely: placeOf(narrowed.likely) },
      items,
    });
  } else out(textOf(station, opening, narrowed, csv === undefined ? firstOf(parts(), SHOWN) : []).join('\n'));
}

/** Without a config, from a copied journal, nobody knows which tags say lot and order. */
async function tagsOf({ config, store, station }: Options): Promise<LotTags> {
  if (store !== undefined) return {};
  const loaded = await loadConfig(config, LENIENT);
  const found = loaded.config.stations[station];
  if (!found)
    throw new LinesideError('USAGE', {
      why: `there is no station ${station}; there are ${Object.keys(loaded.config.stations).join(', ')}`,
    });
  return found.containment ?? {};
}

function wishOf(
  db: Database.Database,
  { station, since, alarm, inspection, package: model }: Parameters<typeof stretchOf>[1],
): OpeningWish {
  if (since !== undefined) return { station, since };
  if (alarm !== undefined) return { station, before: known(alarmSince(db, alarm), `alarm ${alarm}`) };
  if (model !== undefined)
    return { station, since: known(packageSince(db, station, model), `change of model ${model} at station ${station}`) };
  return inspection === undefined ? { station } : { station, inspection };
}

function known(moment: number | null, what: string): number {
  if (moment === null) throw new LinesideError('USAGE', { why: `the journal has no ${what}` });
  return moment;
}

function* partsOf(db: Database.Database, wish: Omit<Parameters<typeof containedParts>[1], 'limit'>): Generator<ContainedPart> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = containedParts(db, { ...wish, limit: PAGE, cursor });
    yield* page.items;
    cursor = page.next;
  }
}

function firstOf(parts: Generator<ContainedPart>, count: number): readonly ContainedPart[] {
  const found: ContainedPart[] = [];
  for (const part of parts) if (found.push(part) >= count) break;
  return found;
}

async function write(file: string, station: string, parts: Generator<ContainedPart>, narrowed: Narrowed | null): Promise<void> {
  const target = createWriteStream(file);
  target.write(csvHeader);
  for (const part of parts) if (!target.write(csvLine(station, part, narrowed))) await once(target, 'drain');
  target.end();
  await finished(target);
}

const placeOf = ({ inspection, sequence, at, part }: Anchor): Anchor => ({ inspection, sequence, at, part });
const named = ({ part, sequence, at }: Anchor): string =>
  `${part ?? 'a part without a name'} (no. ${sequence}, ${new Date(at).toISOString()})`;

const PROOFS: Readonly<Record<Opening['proof'], string>> = {
  challenge: 'a challenge part passed',
  label: 'a person agreed that it is good',
  person: 'it was said to be good until then',
  none: 'nothing is known to be good before',
};

function textOf(
  station: string,
  { after, proof, until, parts }: Opening,
  narrowed: Narrowed | null,
  shown: readonly ContainedPart[],
): readonly string[] {
  const count = parts === null ? 'more parts than can be counted at once' : `${parts} ${parts === 1 ? 'part' : 'parts'}`;
  return [
    `${count} of station ${station} in question`,
    `after   ${after ? named(after) : 'the first that is stored'}: ${PROOFS[proof]}`,
    `up to   ${until ? named(until) : 'none yet'}`,
    ...(narrowed
      ? [
          `changed ${narrowed.by}: from ${named(narrowed.from)} on with 95 % confidence, ${narrowed.parts} parts`,
          `        most likely from ${named(narrowed.likely)} on`,
        ]
      : ['changed nothing that the scores or the share of nok would show; all of them stay in question']),
    ...shown.map(({ sequence, part, lot, order, verdict, reasons }) =>
      [sequence, part ?? '-', lot ?? '', order ?? '', verdict, reasons].join('  ').trimEnd(),
    ),
    ...(shown.length === SHOWN ? [`… the first ${SHOWN}; --csv FILE writes all of them`] : []),
  ];
}
