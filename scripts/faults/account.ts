/**
 * Holds what the plant saw against what the agent has on record. Pure: facts in, discrepancies in words out. It knows nothing of how
 * the agent works, only what it promises: every trigger one record and, while agent and PLC could hear each other, one verdict in time;
 * every sequence once; every event delivered or told to be refused; the right name on every verdict.
 */

export interface Raised {
  readonly number: number;
  /** ms since the epoch, of the PLC. */
  readonly at: number;
}

export interface Told {
  /** The name that stood in the PLC when the verdict was written; empty where the agent did not know it. */
  readonly part: string;
  readonly verdict: number;
  readonly at: number;
}

/** What the journal has of one part, or of a range of missed ones. */
export interface Recorded {
  readonly id: string;
  readonly station: string;
  readonly sequence: number;
  readonly outcome: string;
  readonly part: string | null;
  readonly counter: number | null;
  readonly verdict: string;
  readonly missed: { readonly from: number; readonly to: number } | null;
  /** From the trigger's arrival to the answer on its way, ms. */
  readonly verdictMs: number;
}

/** ms since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Facts {
  readonly raised: readonly Raised[];
  readonly told: readonly Told[];
  /** Of every station. */
  readonly records: readonly Recorded[];
  readonly decisions: readonly string[];
  /** Ids of events that the subscriber has heard; those it heard again with another content. */
  readonly heard: ReadonlySet<string>;
  readonly differing: readonly string[];
  /** Ids of events that the broker refused and the outbox keeps as such. */
  readonly refused: ReadonlySet<string>;
  /** When no answer can be had: the agent or the way to the PLC was away. ms since the epoch. */
  readonly dark: readonly Span[];
  /** When the PLC stood still itself and heard nothing; ms since the epoch. */
  readonly standstills: readonly Span[];
  /** Sequences that the agent said it could not write before it ended, by station. */
  readonly givenUp: ReadonlyMap<string, readonly number[]>;
  readonly deadline: number;
  /** What a loaded box and the way to the PLC may add before the PLC's own clock calls it late. */
  readonly margin: number;
  /** Names may get lost: the cable stalled or the agent started in the middle. */
  readonly namesMayBeLost: boolean;
}

const CODES: Readonly<Record<number, string>> = { 1: 'ok', 2: 'nok', 3: 'review' };
const SERIAL = (number: number) => `S${String(number).padStart(7, '0')}`;
/** The agent's own clock may be this late, ms: one turn of a loaded event loop. */
const OWN_SLACK = 100;

/** All discrepancies; empty where the account is balanced. */
export function account(facts: Facts, station: string): readonly string[] {
  const own = facts.records.filter((record) => record.station === station);
  return [
    ...sequences(facts),
    ...delivery(facts),
    ...parts(facts, own),
    ...verdicts(facts, own),
    ...punctuality(facts, own),
    ...own.filter(tooLate(facts)).map(({ id, verdictMs }) => `record ${id}: its verdict left after ${Math.round(verdictMs)} ms`),
  ];
}

/** What stands still for seconds while a part is under inspection answers it late, and so it is with a part that waits for it. */
const inDark = ({ dark, deadline }: Facts, at: number): boolean => dark.some(({ from, to }) => at + deadline >= from && at <= to);

const tooLate =
  (facts: Facts) =>
  (record: Recorded): boolean => {
    const { outcome, verdictMs } = record;
    if ((outcome !== 'judged' && outcome !== 'failed') || verdictMs <= facts.deadline + OWN_SLACK) return false;
    const raised = facts.raised.find(({ number }) => covers(record, number));
    return !raised || !inDark(facts, raised.at);
  };

function sequences({ records, givenUp }: Facts): readonly string[] {
  const found: string[] = [];
  for (const station of new Set(records.map((record) => record.station))) {
    const numbers = records.filter((record) => record.station === station).map(({ sequence }) => sequence);
    const known = new Set([...numbers, ...(givenUp.get(station) ?? [])]);
    const twice = numbers.filter((number, i) => numbers.indexOf(number) !== i);
    if (twice.length > 0) found.push(`${station}: sequences twice: ${list(twice)}`);
    const last = Math.max(0, ...numbers);
    const gaps = Array.from({ length: last }, (_, i) => i + 1).filter((number) => !known.has(number));
    if (gaps.length > 0) found.push(`${station}: sequences that nobody accounts for: ${list(gaps)}`);
  }
  return found;
}

function delivery({ records, decisions, heard, differing, refused }: Facts): readonly string[] {
  const ids = [...records.map(({ id }) => id), ...decisions];
  const committed = new Set(ids);
  const missing = ids.filter((id) => !heard.has(id) && !refused.has(id));
  const ghosts = [...heard].filter((id) => !committed.has(id));
  return [
    ...(missing.length > 0 ? [`committed, neither delivered nor among the refused: ${list(missing)}`] : []),
    ...(ghosts.length > 0 ? [`delivered, not in the journal: ${list(ghosts)}`] : []),
    ...(differing.length > 0 ? [`repeats with another content: ${list(differing)}`] : []),
  ];
}

/** Each part once, under its own name or under none. */
function parts({ raised, namesMayBeLost }: Facts, own: readonly Recorded[]): readonly string[] {
  const found: string[] = [];
  let alone = 0;
  const nameless = own.filter((record) => record.counter === null && !record.part && !record.missed);
  for (const { number } of raised) {
    const mine = own.filter((record) => covers(record, number));
    if (mine.length === 0) alone++;
    else if (mine.length > 1 && !apart(mine)) found.push(`part ${number} has ${mine.length} records: ${mine.map(described).join(', ')}`);
    for (const record of mine) if (foreign(record, number)) found.push(`part ${number} stands under a foreign name: ${described(record)}`);
  }
  if (alone > nameless.length) found.push(`${alone - nameless.length} parts have no record`);
  if (nameless.length > alone) found.push(`${nameless.length - alone} records without a name belong to no part`);
  if (nameless.length > 0 && !namesMayBeLost) found.push(`${nameless.length} records without a name, and no reason for it`);
  return found;
}

const covers = (record: Recorded, number: number): boolean =>
  record.missed !== null
    ? record.missed.from <= number && number <= record.missed.to
    : record.counter === number || record.part === SERIAL(number) || record.part === String(number);

/** A part that was answered before a kill may be on record by its serial, and its number as missed beside it. */
const apart = (records: readonly Recorded[]): boolean =>
  records.length === 2 &&
  records.some(({ outcome, counter }) => outcome === 'unrecorded' && counter === null) &&
  records.some(({ outcome }) => outcome === 'missed');

const foreign = (record: Recorded, number: number): boolean =>
  record.missed === null &&
  ((record.part !== null && record.part !== '' && record.part !== SERIAL(number) && record.part !== String(number)) ||
    (record.counter !== null && record.counter !== number));

/** Told once, and what was told is what is on record. */
function verdicts({ raised, told }: Facts, own: readonly Recorded[]): readonly string[] {
  const found: string[] = [];
  const unrecorded: string[] = [];
  const numbers = new Map(raised.map(({ number }) => [SERIAL(number), number]));
  const named = told.filter(({ part }) => part !== '');
  for (const name of new Set(named.map(({ part }) => part))) {
    const answers = named.filter(({ part }) => part === name);
    const number = numbers.get(name);
    if (number === undefined) found.push(`a verdict for ${name}, which is no part`);
    if (answers.length > 1) found.push(`${name} was told ${answers.length} times`);
    const judged = own.filter(({ part, outcome }) => part === name && outcome !== 'missed');
    if (judged.length === 0) unrecorded.push(name);
    else if (!answers.some(({ verdict }) => judged.some((record) => record.verdict === CODES[verdict])))
      found.push(`${name} was told ${CODES[answers[0]?.verdict ?? 0]} and is on record as ${judged[0]?.verdict}`);
  }
  if (unrecorded.length > 0) found.push(`told, and no record of it: ${list(unrecorded)}`);
  return found;
}

/** While agent and PLC could hear each other each part has its verdict in time, under its name or, where that is lost, under none. */
function punctuality(facts: Facts, own: readonly Recorded[]): readonly string[] {
  const { raised, told, standstills, deadline, margin } = facts;
  const untold: string[] = [];
  const late: string[] = [];
  const blank = told.filter(({ part }) => part === '');
  const waited = (from: number, to: number) => to - from - standstills.reduce((sum, one) => sum + overlap(one, { from, to }), 0);
  for (const { number, at } of raised) {
    if (inDark(facts, at)) continue;
    const named = told.find(({ part }) => part === SERIAL(number));
    const answer = named ?? blank.find((one) => one.at >= at && waited(at, one.at) <= deadline + margin);
    const records = own.filter((record) => covers(record, number));
    if (!answer) untold.push(`${number} (${records.map(described).join(', ')})`);
    else if (waited(at, answer.at) > deadline + margin) late.push(`${number} (after ${Math.round(waited(at, answer.at))} ms)`);
  }
  return [
    ...(untold.length > 0 ? [`${untold.length} parts were never told: ${list(untold)}`] : []),
    ...(late.length > 0 ? [`${late.length} parts were told late: ${list(late)}`] : []),
  ];
}

const overlap = (a: Span, b: Span): number => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));

const described = ({ sequence, outcome, part, counter, verdict }: Recorded): string =>
  `#${sequence} ${outcome} ${verdict} part ${part ?? '-'} counter ${counter ?? '-'}`;
const list = (of: readonly (string | number)[]): string =>
  of.length > 6 ? `${of.slice(0, 6).join(', ')} and ${of.length - 6} more` : of.join(', ');
