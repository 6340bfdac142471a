/**
 * Telling the PLC: part first, decisions' writes between, verdict last, all in one request, so that the verdict always finds its part.
 * A part without a name clears the part tag first, and is told only when that is confirmed: its verdict must not stand under another's.
 */
import type { Answer, Decision, DecisionIntent, TagWrite, Verdict } from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';

/** What the PLC has taken of a verdict and what follows from it. */
export interface Outcome {
  readonly answer: Answer;
  readonly decisions: readonly Decision[];
}

export interface Saying {
  readonly inspection: string;
  readonly verdict: Verdict;
  readonly part: string | null;
  readonly intents: readonly DecisionIntent[];
  /** Why the PLC must not be told any more of a part without a name; null: it may. To be asked again after every wait. */
  readonly withheld: () => LinesideError | null;
}

/** The names that a station has written to the part tag: what tells whether the empty one that was confirmed still stands there. */
export class NameTag {
  written = 0;
  /** Settles when the last of them is confirmed, refused or out of time: until then it may come after an empty one that was sent later. */
  settled: Promise<unknown> = Promise.resolve();
}

/** What a part tag shows that shows no part: of a text, of a number. */
const EMPTY = ['', 0] as const;
/** They are done to the part that is there: without a name and too late they would meet another. */
const ABOUT_THE_PART: ReadonlySet<DecisionIntent['action']> = new Set(['reject', 'rework'] as const);

/** Sends at once; settles when the PLC has confirmed, refused, or let the write time out. `tag`: of the station. */
export async function tell(spec: StationSpec, ports: StationPorts, saying: Saying, tag: NameTag): Promise<Outcome> {
  const started = ports.clock.elapsed();
  // Its verdict must not stand under the name before: a part whose name the tag cannot take has none there.
  const unfit = unfitName(spec, ports, saying.part);
  const part = unfit ? null : saying.part;
  const withheld = part === null ? await emptied(spec, ports, saying, tag) : null;
  const writes = writesFor(spec, { ...saying, part }, withheld);
  const writing = writes.length === 0 ? Promise.resolve([]) : ports.write(writes, spec.writeTimeout);
  const mine = part === null ? null : ++tag.written;
  if (mine !== null) tag.settled = writing;
  const faults = await writing;
  const ms = ports.clock.elapsed() - started;
  const faultOf = new Map<TagWrite, LinesideError>();
  writes.forEach((write, i) => {
    const fault = faults[i];
    if (fault) faultOf.set(write, fault);
  });
  // The name was refused and the verdict was not: it stands under the name before, unless another part's stands there by now.
  const isNameless = part !== null && writes.some((write) => write.tag === spec.config.answer?.part && faultOf.has(write));
  if (isNameless && mine === tag.written) await clearName(spec, ports);
  if (unfit) faultOf.set({ tag: spec.config.answer?.part ?? '', value: saying.part }, unfit);
  const answer = withheld ? withheldAnswer(spec, withheld, ms) : answerOf(spec, faultOf, ms);
  return { answer, decisions: decisionsOf(spec, ports, saying, { writes, faultOf, withheld }) };
}

/** What follows without a part: written, and as decisions. Settles as tell() does. */
export async function decided(spec: StationSpec, ports: StationPorts, intents: readonly DecisionIntent[]): Promise<readonly Decision[]> {
  const writes = intents.flatMap((intent) => intent.writes);
  const faults = writes.length === 0 ? [] : await ports.write(writes, spec.writeTimeout);
  const faultOf = new Map(writes.flatMap((write, i) => (faults[i] ? [[write, faults[i]] as const] : [])));
  return decisionsOf(spec, ports, { inspection: null, intents }, { writes, faultOf, withheld: null });
}

/**
 * Why the verdict of a part without a name must not go out; null: the part tag is empty. Another part's answer may go out while this one
 * waits for the empty name to be confirmed: then its name stands there, and it is emptied again.
 */
async function emptied(spec: StationSpec, ports: StationPorts, saying: Saying, tag: NameTag): Promise<LinesideError | null> {
  let withheld = saying.withheld();
  for (let seen = -1; withheld === null && seen !== tag.written; ) {
    seen = tag.written;
    if (spec.config.answer?.part !== undefined) await tag.settled;
    withheld = saying.withheld() ?? (await clearName(spec, ports)) ?? saying.withheld();
  }
  return withheld;
}

/** Why the part tag cannot show this name. */
function unfitName(spec: StationSpec, ports: StationPorts, part: string | null): LinesideError | null {
  const tag = spec.config.answer?.part;
  return tag === undefined || part === null ? null : (ports.unfit?.({ tag, value: part }) ?? null);
}

/** The fault that keeps the name of another part in the tag; null when there is none in it. */
async function clearName(spec: StationSpec, ports: StationPorts): Promise<LinesideError | null> {
  const tag = spec.config.answer?.part;
  if (tag === undefined) return null;
  let fault: LinesideError | null = null;
  for (const value of EMPTY) {
    fault = (await ports.write([{ tag, value }], spec.writeTimeout))[0] ?? null;
    if (fault === null) return null;
  }
  return fault;
}

function writesFor(spec: StationSpec, { verdict, part, intents }: Saying, withheld: LinesideError | null): TagWrite[] {
  const { answer } = spec.config;
  const writes: TagWrite[] = [];
  if (answer?.part !== undefined && part !== null && !withheld) writes.push({ tag: answer.part, value: part });
  for (const intent of intents) if (!withheld || !ABOUT_THE_PART.has(intent.action)) writes.push(...intent.writes);
  if (answer && !withheld) writes.push({ tag: answer.verdict, value: answer.values[verdict] });
  return writes;
}

/** none: on purpose. failed: the part tag could not be cleared. */
function withheldAnswer(spec: StationSpec, withheld: LinesideError, ms: number): Answer {
  if (!spec.config.answer) return { state: 'none', ms: 0 };
  return { state: withheld.code === 'PART_UNNAMED' ? 'none' : 'failed', ms, fault: withheld.message };
}

function answerOf(spec: StationSpec, faults: ReadonlyMap<TagWrite, LinesideError>, ms: number): Answer {
  const { answer } = spec.config;
  if (!answer) return { state: 'none', ms: 0 };
  const fault = [...faults].find(([{ tag }]) => tag === answer.verdict || tag === answer.part)?.[1];
  return fault ? { state: 'failed', ms, fault: fault.message } : { state: 'written', ms };
}

interface Sent {
  readonly writes: readonly TagWrite[];
  readonly faultOf: ReadonlyMap<TagWrite, LinesideError>;
  readonly withheld: LinesideError | null;
}

interface Followed {
  readonly inspection: string | null;
  readonly intents: readonly DecisionIntent[];
}

function decisionsOf(spec: StationSpec, ports: StationPorts, { inspection, intents }: Followed, sent: Sent): Decision[] {
  return intents.map(({ action, reason, rule, latched, writes: wanted }) => ({
    id: ports.newId(),
    station: spec.name,
    at: ports.clock.now(),
    inspection,
    action,
    reason,
    rule,
    latched,
    writes: wanted.map((write) => {
      const fault = sent.faultOf.get(write) ?? (sent.writes.includes(write) ? null : sent.withheld);
      const { tag, value } = write;
      return fault ? { tag, value, state: 'failed' as const, fault: fault.message } : { tag, value, state: 'written' as const };
    }),
  }));
}
