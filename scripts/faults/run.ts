/** What befalls a running line, a pair of faults or a storm, and what it came to. */
import { account, type Facts, type Recorded } from './account.ts';
import { type Fault, together } from './kinds.ts';
import { DEADLINE, type LineWish, PairLine, PERIOD } from './line.ts';

export interface RunResult {
  readonly seconds: number;
  readonly parts: number;
  readonly found: readonly string[];
  /** Where the account did not balance: what was left for whoever looks. */
  readonly folder?: string;
}

const EXIT_WITHIN = 10_000;
/** What a loaded box may add before the PLC calls a verdict late, ms. */
const MARGIN = 1000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface PairResult extends RunResult {
  readonly pair: string;
  readonly together: boolean;
}

export async function runPair(a: Fault, b: Fault, keep: boolean): Promise<PairResult> {
  const run = {
    wish: { faketime: [a, b].some(({ excludes }) => excludes === 'clock') },
    losesNames: a.losesNames || b.losesNames,
    course: async (line: PairLine) => {
      await beset(line, a, b);
      await sleep(4000);
    },
  };
  return { pair: `${a.name} + ${b.name}`, together: together(a, b), ...(await runLine(run, keep)) };
}

/** What happens to a line while parts go by. */
export interface Run {
  readonly wish: LineWish;
  /** Names of parts may get lost in it. */
  readonly losesNames: boolean;
  readonly course: (line: PairLine) => Promise<void>;
}

export async function runLine({ wish, losesNames, course }: Run, keep: boolean): Promise<RunResult> {
  const started = performance.now();
  const line = await PairLine.open(wish);
  const found: string[] = [];
  let parts = 0;
  try {
    line.start();
    await line.judging();
    await line.plc.run(PERIOD);
    await sleep(3000);
    await course(line);
    await line.plc.halt();
    await sleep(DEADLINE + MARGIN);
    await line.settledWork();
    await onRecord(line);
    await delivered(line);
    await line.terminate(true);
    found.push(...judged(line, losesNames));
    parts = line.plc.stations[0]?.offered.size ?? 0;
  } catch (thrown) {
    found.push(`the pair could not be run to its end: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  const kept = keep && found.length > 0;
  await line.close(kept);
  return {
    seconds: Math.round((performance.now() - started) / 1000),
    parts,
    found,
    ...(kept ? { folder: line.folder } : {}),
  };
}

/** Both at once for four seconds, the second beginning in the first; those that exclude each other one after the other. */
async function beset(line: PairLine, a: Fault, b: Fault): Promise<void> {
  await a.begin(line);
  if (together(a, b)) {
    await sleep(1500);
    await b.begin(line);
    await sleep(4000);
    await a.end(line);
    await sleep(1000);
    await b.end(line);
    return;
  }
  await sleep(4000);
  await a.end(line);
  await sleep(1500);
  await b.begin(line);
  await sleep(4000);
  await b.end(line);
}

interface Row {
  readonly id: string;
  readonly station: string;
  readonly sequence: number;
  readonly outcome: string;
  readonly part: string | null;
  readonly counter: number | null;
  readonly verdict: string;
  readonly verdict_ms: number;
  readonly missed_from?: number | null;
  readonly missed_to?: number | null;
}

/** What passed while the agent was away is on record a while after it is back: two seconds, and its start before; at most 20 s. */
async function onRecord(line: PairLine): Promise<void> {
  const last = line.plc.stations[0]?.last ?? 0;
  const newest = "SELECT max(max(coalesce(counter, 0)), max(coalesce(missed_to, 0))) AS number FROM inspections WHERE station = 'outlet'";
  for (let i = 0; i < 100; i++) {
    const [{ number } = { number: 0 }] = line.sql<{ number: number | null }>(newest);
    if ((number ?? 0) >= last) return;
    await sleep(200);
  }
}

/** Waits until everything that is committed has been heard, or is among the refused; at most 20 s. */
async function delivered(line: PairLine): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const refused = refusedOf(line);
    const open = [...idsOf(line)].filter((id) => !line.subscriber.events.has(id) && !refused.has(id));
    if (open.length === 0) return;
    await sleep(200);
  }
}

const idsOf = (line: PairLine): readonly string[] => [
  ...line.sql<{ id: string }>('SELECT id FROM inspections').map(({ id }) => id),
  ...line.sql<{ id: string }>('SELECT id FROM decisions').map(({ id }) => id),
];

/** Events that the broker would not take: dead letters. */
const refusedOf = (line: PairLine): ReadonlySet<string> =>
  new Set(line.sql<{ event_id: string }>('SELECT event_id FROM dead_letters').map(({ event_id }) => event_id));

function judged(line: PairLine, namesMayBeLost: boolean): readonly string[] {
  const station = line.plc.stations[0];
  const records: Recorded[] = line.sql<Row>('SELECT * FROM inspections').map((row) => ({
    id: row.id,
    station: row.station,
    sequence: row.sequence,
    outcome: row.outcome,
    part: row.part,
    counter: row.counter,
    verdict: row.verdict,
    verdictMs: row.verdict_ms,
    missed: typeof row.missed_from === 'number' && typeof row.missed_to === 'number' ? { from: row.missed_from, to: row.missed_to } : null,
  }));
  const quality = [...line.subscriber.events].filter(([, [first]]) => /\/(quality|decision)$/.test(first?.topic ?? ''));
  const facts: Facts = {
    raised: [...(station?.offered ?? [])].map(([number, at]) => ({ number, at })),
    told: station?.answers ?? [],
    records,
    decisions: line.sql<{ id: string }>('SELECT id FROM decisions').map(({ id }) => id),
    heard: new Set(quality.map(([id]) => id)),
    differing: line.subscriber.faults,
    refused: refusedOf(line),
    dark: line.dark,
    standstills: line.plc.standstills,
    givenUp: givenUp(line),
    deadline: DEADLINE,
    margin: MARGIN,
    namesMayBeLost,
  };
  const slow = line.endings.filter(({ ms }) => ms > EXIT_WITHIN);
  const bad = line.endings.filter(({ how }) => how !== 0);
  return [
    ...line.surprises,
    ...slow.map(({ ms }) => `SIGTERM took ${Math.round(ms)} ms`),
    ...bad.map(({ how }) => `SIGTERM ended it with ${how}`),
    ...account(facts, 'outlet'),
  ];
}

/** Sequences of records that the agent said it could not store, as `outlet 82-124, trim 7` (STORE_RECORDS_LOST at its end). */
function givenUp(line: PairLine): ReadonlyMap<string, readonly number[]> {
  const said = new Map<string, number[]>();
  for (const { code, sequences } of line.logs.flat()) {
    if (code !== 'STORE_RECORDS_LOST' || typeof sequences !== 'string') continue;
    for (const [, station = '', from, to = from] of sequences.matchAll(/(\S+) (\d+)(?:-(\d+))?/g)) {
      const numbers = Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);
      said.set(station, [...(said.get(station) ?? []), ...numbers]);
    }
  }
  return said;
}
