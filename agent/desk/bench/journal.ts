/**
 * A journal as a line leaves it behind: so many records with the faults, names, reasons and scores of a running line, and what is made of them
 * afterwards. For questions to a journal that nobody has yet.
 */
import { mkdir } from 'node:fs/promises';
import type { Decision, Finding, Inspection, JournalEntry, Reason } from '../../contracts/index.ts';
import { openJournal } from '../../store/database.ts';
import { FacetIndex } from '../../store/facets.ts';
import { rowsOf } from '../../store/rows.ts';
import { COLUMNS, insertInto, type Row, type Table } from '../../store/tables.ts';
import { Tallies } from '../../store/tallies.ts';
import type { Milliseconds } from '../../time.ts';
import { stream } from '../simulation/random.ts';

type Database = ReturnType<typeof openJournal>['db'];

export interface JournalWish {
  readonly records: number;
  /** When the newest was judged, ms since 1970, and how long after the one before. */
  readonly until: number;
  readonly every: Milliseconds;
  readonly seed: number;
  readonly onStep?: (done: number) => void;
}

/** Records a transaction. */
export const BATCH = 20_000;
/** Inspections a step of what is made afterwards: nobody waits here. */
const STEP = 20_000;
const STATIONS = ['inlet', 'press', 'outlet'] as const;
const RECIPES = ['bracket-40', 'bracket-60', 'housing', 'cover'] as const;
/** Parts of a recipe, one after the other. */
const LOT = 40_000;
/** One record in so many. */
const ONE_IN = { nok: 50, review: 120, failed: 3000, missed: 20_000, unrecorded: 1_000_000, unnamed: 5000, label: 4000 } as const;
const MODELS = [
  { name: 'surface', package: 'surface-defect', reason: 'surface defect', threshold: 0.62 },
  { name: 'process', package: 'process-attention', reason: 'process off', threshold: 0.8 },
] as const;

/** Writes them into a journal of its own under `folder`, the newest last. */
export async function writeJournal(folder: string, wish: JournalWish): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { db } = openJournal(folder, 'bench');
  try {
    // A power cut costs a bench.
    db.pragma('synchronous = OFF');
    db.pragma('journal_mode = OFF');
    fill(db, wish);
    for (const made of [new FacetIndex(STEP), new Tallies(STEP)]) {
      do made.refill();
      while (made.step(db));
    }
    db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
}

function fill(db: Database, { records, until, every, seed, onStep = () => {} }: JournalWish): void {
  const writer = new Inserts(db);
  const random = stream(seed, 'journal');
  const first = until - every * (records - 1);
  for (let at = 0; at < records; at += BATCH) {
    const end = Math.min(records, at + BATCH);
    db.transaction(() => {
      for (let n = at; n < end; n++) writer.add(entryOf(n, first + n * every, random));
    })();
    onStep(end);
  }
}

class Inserts {
  private readonly db: Database;
  private readonly statements = new Map<Table, ReturnType<Database['prepare']>>();

  constructor(db: Database) {
    this.db = db;
  }

  add(entry: JournalEntry & { readonly inspection: Inspection }): void {
    const { at } = entry.inspection;
    for (const row of rowsOf(entry, { now: at, recorded: at, outboxId: () => 0 })) this.insert(row);
  }

  /** What a station remembers is nothing that is asked for. */
  private insert([table, ...cells]: Row): void {
    if (!Object.hasOwn(COLUMNS, table)) return;
    const name = table as Table;
    const known = this.statements.get(name) ?? this.db.prepare(insertInto(name));
    this.statements.set(name, known);
    known.run(...cells);
  }
}

const is = (oneIn: number, random: () => number): boolean => random() < 1 / oneIn;
const hex = (value: number, digits: number): string => Math.floor(value).toString(16).padStart(digits, '0').slice(-digits);

/** As RFC 9562 has version 7: the time first, then chance. */
function idOf(at: number, random: () => number): string {
  const time = hex(at, 12);
  const rest = () => hex(random() * 0x10000, 4);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest().slice(1)}-${(8 + Math.floor(random() * 4)).toString(16)}${rest().slice(1)}-${rest()}${rest()}${rest()}`;
}

function entryOf(n: number, at: number, random: () => number): JournalEntry & { readonly inspection: Inspection } {
  const station = STATIONS[n % STATIONS.length] ?? 'outlet';
  const id = idOf(at, random);
  const outcome = outcomeOf(random);
  const findings = outcome === 'judged' ? MODELS.slice(0, station === 'press' ? 2 : 1).map((model) => findingOf(model, random)) : [];
  const { verdict, reasons } = judgedBy(outcome, findings, random);
  const number = Math.floor(n / STATIONS.length) + 1;
  const inspection: Inspection = {
    id,
    station,
    sequence: number,
    outcome,
    at,
    trigger: 'tag',
    part: is(ONE_IN.unnamed, random) ? null : `BC-${String(number).padStart(8, '0')}`,
    counter: number,
    ...(outcome === 'missed' ? { missed: { from: number, to: number } } : {}),
    recipe: RECIPES[Math.floor(n / LOT) % RECIPES.length] ?? 'housing',
    verdict,
    reasons,
    findings,
    frames: [{ camera: 'top', sequence: n, captured: at - 4, width: 1280, height: 960, format: 'mono8', offsetMs: -4 }],
    tags: { 'plc.die_temp': { value: 180 + 20 * random(), status: 0, source: at, unit: '°C' } },
    window: null,
    answer: { state: 'written', ms: 3 + 4 * random() },
    timings: { transport: 2, align: 1, prepare: 2, infer: 12 + 6 * random(), rules: 0.2, verdict: 18 + 8 * random(), answer: 4 },
    configHash: 'c0ffee00c0ffee00',
  };
  const labels = is(ONE_IN.label, random)
    ? [
        {
          id: idOf(at, random),
          inspection: id,
          at: at + 60_000,
          who: 'eve',
          label: verdict === 'nok' ? ('bad' as const) : ('good' as const),
          kind: null,
          boxes: [],
        },
      ]
    : [];
  return { inspection, decisions: verdict === 'nok' ? [rejection(inspection, random)] : [], labels };
}

function outcomeOf(random: () => number): Inspection['outcome'] {
  if (is(ONE_IN.failed, random)) return 'failed';
  if (is(ONE_IN.missed, random)) return 'missed';
  return is(ONE_IN.unrecorded, random) ? 'unrecorded' : 'judged';
}

function findingOf(model: (typeof MODELS)[number], random: () => number): Finding {
  const { threshold } = model;
  const low = threshold - 0.1;
  // Most parts score low, few near the threshold, one in fifty beyond it.
  const score = is(ONE_IN.nok, random)
    ? threshold + (1 - threshold) * random()
    : is(ONE_IN.review, random)
      ? low + 0.1 * random()
      : low * random() ** 2;
  return {
    model: model.name,
    package: model.package,
    version: '1.4.0',
    variant: 'int8-u8s8',
    provider: 'cpu',
    sha256: 'ab12'.repeat(16),
    kind: 'anomaly',
    label: score >= threshold ? 'defect' : 'good',
    score,
    threshold,
    review: [low, threshold],
    margin: score - threshold,
    queueMs: 0.1,
    runMs: 9 + 3 * random(),
  };
}

const CODES = {
  failed: { text: 'Station had no result at its deadline of 200 ms.', code: 'DEADLINE_MISSED' },
  missed: { text: 'Part passed and was not judged: the agent was away.', code: 'PART_MISSED' },
  unrecorded: { text: 'The PLC has the answer, its record was lost.', code: 'PART_UNRECORDED' },
} as const satisfies Record<Exclude<Inspection['outcome'], 'judged'>, Reason>;

function judgedBy(
  outcome: Inspection['outcome'],
  findings: readonly Finding[],
  random: () => number,
): Pick<Inspection, 'verdict' | 'reasons'> {
  if (outcome !== 'judged') return { verdict: 'nok', reasons: [CODES[outcome]] };
  const reasons = findings.flatMap(({ model, score, threshold }): Reason[] => {
    const { reason } = MODELS.find(({ name }) => name === model) ?? MODELS[0];
    return score >= threshold
      ? [{ text: `${reason} (${model} ${score.toFixed(2)} ≥ ${threshold})`, rule: `${model}.score >= ${model}.threshold` }]
      : [];
  });
  if (reasons.length > 0) return { verdict: 'nok', reasons };
  const isUnsure = findings.some(({ score, review }) => review !== null && score >= review[0]);
  if (isUnsure) return { verdict: 'review', reasons: [{ text: 'near the threshold (review band)', rule: 'review' }] };
  return { verdict: 'ok', reasons: random() < 1e-5 ? [{ text: 'seldom seen' }] : [{ text: 'no rule matched' }] };
}

function rejection({ id, station, at }: Inspection, random: () => number): Decision {
  return {
    id: idOf(at, random),
    station,
    at,
    inspection: id,
    action: 'reject',
    reason: 'nok',
    rule: "verdict == 'nok'",
    writes: [{ tag: 'plc.reject', value: true, state: 'written' }],
    latched: false,
  };
}
