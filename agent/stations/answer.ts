/**
 * Telling the PLC: part first, decisions' writes and where the part goes between, verdict last, all in one request, so that the verdict always finds its part.
 * A part without a name clears the part tags first, and is told only when that is confirmed: neither its verdict nor its destination must stand under another's name.
 */
import type { Answer, Decision, DecisionIntent, TagWrite, Verdict } from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';

/** What the PLC has taken of a verdict and what follows from it. */
export interface Outcome {
  readonly answer: Answer;
  readonly decisions: readonly Decision[];
  /** Where the part goes was told with its id; false: the tag cannot take the id, and shows none. */
  readonly isNamed: boolean;
}

export interface Saying {
  readonly inspection: string;
  readonly verdict: Verdict;
  readonly part: string | null;
  /** Its id; null where `part` is a number that was counted: no destination must stand under that, which may be another's id. */
  readonly known: string | null;
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
const isAboutThePart = ({ action, route }: DecisionIntent): boolean => route !== undefined || ABOUT_THE_PART.has(action);

/** Sends at once; settles when the PLC has confirmed, refused, or let the write time out. `tag`: of the station. */
export async function tell(spec: StationSpec, ports: StationPorts, saying: Saying, tag: NameTag): Promise<Outcome> {
  const started = ports.clock.elapsed();
  // Its verdict must not stand under the name before: a part whose name the tag cannot take has none there.
  const unfit = unfitName(spec, ports, saying.part);
  const part = unfit ? null : saying.part;
  const none: Withheld = { answer: null, route: null };
  const withheld =
    part === null
      ? await emptied(spec, ports, saying, tag)
      : { ...none, route: saying.known === null ? await nobodys(spec, ports, tag) : unfitAt(routeTag(spec), ports, part) };
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
  const nameless = part === null ? [] : nameTags(spec).filter((name) => writes.some((write) => write.tag === name && faultOf.has(write)));
  if (nameless.length > 0 && mine === tag.written) await clearNames(spec, ports, nameless);
  const decisions = decisionsOf(spec, ports, saying, { writes, faultOf, withheld });
  if (unfit) faultOf.set({ tag: spec.config.answer?.part ?? '', value: saying.part }, unfit);
  const answer = withheld.answer ? withheldAnswer(spec, withheld.answer, ms) : answerOf(spec, faultOf, ms);
  // Only where the name was emptied and confirmed anything was told of it.
  return { answer, decisions, isNamed: unfit === null };
}

/** What follows without a part: written, and as decisions. Settles as tell() does. */
export async function decided(spec: StationSpec, ports: StationPorts, intents: readonly DecisionIntent[]): Promise<readonly Decision[]> {
  const writes = intents.flatMap((intent) => intent.writes);
  const faults = writes.length === 0 ? [] : await ports.write(writes, spec.writeTimeout);
  const faultOf = new Map(writes.flatMap((write, i) => (faults[i] ? [[write, faults[i]] as const] : [])));
  return decisionsOf(spec, ports, { inspection: null, intents }, { writes, faultOf, withheld: { answer: null, route: null } });
}

/** Why something must not go out, null where it may: the verdict, with all that is about the part; where the part goes. */
interface Withheld {
  readonly answer: LinesideError | null;
  readonly route: LinesideError | null;
}

const routeTag = (spec: StationSpec): string | undefined => spec.config.route?.tell?.part;
/** Tags that get the name of the part. */
const nameTags = (spec: StationSpec): readonly string[] => [
  ...new Set([spec.config.answer?.part, routeTag(spec)].filter((tag) => tag !== undefined)),
];

/**
 * Of a part without a name; nothing is withheld where the part tags are empty. Another part's answer may go out while this one waits for the empty name to be
 * confirmed: then its name stands there, and it is emptied again.
 */
async function emptied(spec: StationSpec, ports: StationPorts, saying: Saying, tag: NameTag): Promise<Withheld> {
  let answer = saying.withheld();
  let route: LinesideError | null = null;
  for (let seen = -1; answer === null && seen !== tag.written; ) {
    seen = tag.written;
    if (nameTags(spec).length > 0) await tag.settled;
    answer = saying.withheld();
    if (answer !== null) break;
    const faults = await clearNames(spec, ports, nameTags(spec));
    route = faults.get(routeTag(spec) ?? '') ?? null;
    answer = faults.get(spec.config.answer?.part ?? '') ?? saying.withheld();
  }
  return { answer, route };
}

/** The conveyor's own part tag is empty, of a part that has a number and no id; the fault that keeps another name there. */
async function nobodys(spec: StationSpec, ports: StationPorts, tag: NameTag): Promise<LinesideError | null> {
  const own = routeTag(spec);
  if (own === undefined || own === spec.config.answer?.part) return null;
  let fault: LinesideError | null = null;
  for (let seen = -1; fault === null && seen !== tag.written; ) {
    seen = tag.written;
    await tag.settled;
    fault = (await clearNames(spec, ports, [own])).get(own) ?? null;
  }
  return fault;
}

/** Why the part tag cannot show this name. */
const unfitName = (spec: StationSpec, ports: StationPorts, part: string | null): LinesideError | null =>
  unfitAt(spec.config.answer?.part, ports, part);
const unfitAt = (tag: string | undefined, ports: StationPorts, part: string | null): LinesideError | null =>
  tag === undefined || part === null ? null : (ports.unfit?.({ tag, value: part }) ?? null);

/** The faults that keep the name of another part in a tag, by tag; none where they are empty. */
async function clearNames(spec: StationSpec, ports: StationPorts, tags: readonly string[]): Promise<ReadonlyMap<string, LinesideError>> {
  let faults = new Map<string, LinesideError>();
  let left = tags;
  for (const value of EMPTY) {
    if (left.length === 0) break;
    const found = await ports.write(
      left.map((tag) => ({ tag, value })),
      spec.writeTimeout,
    );
    faults = new Map(left.flatMap((tag, i) => (found[i] ? [[tag, found[i]] as const] : [])));
    left = [...faults.keys()];
  }
  return faults;
}

function writesFor(spec: StationSpec, { verdict, part, known, intents }: Saying, withheld: Withheld): TagWrite[] {
  const { answer } = spec.config;
  const writes: TagWrite[] = [];
  if (part !== null && !withheld.answer)
    for (const tag of nameTags(spec)) if (tag === answer?.part || (known !== null && !withheld.route)) writes.push({ tag, value: part });
  const isTold = (intent: DecisionIntent) =>
    !(withheld.answer && isAboutThePart(intent)) && !(withheld.route && intent.route !== undefined);
  // Where the part goes stands behind what else follows: with its name before it, as the verdict has.
  const [others, routes] = [intents.filter(({ route }) => !route), intents.filter(({ route }) => route)];
  for (const intent of [...others, ...routes]) if (isTold(intent)) writes.push(...intent.writes);
  if (answer && !withheld.answer) writes.push({ tag: answer.verdict, value: answer.values[verdict] });
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
  readonly withheld: Withheld;
}

interface Followed {
  readonly inspection: string | null;
  readonly intents: readonly DecisionIntent[];
}

function decisionsOf(spec: StationSpec, ports: StationPorts, { inspection, intents }: Followed, sent: Sent): Decision[] {
  const nameFault = [...sent.faultOf].find(([{ tag }]) => tag === (routeTag(spec) ?? spec.config.answer?.part))?.[1] ?? null;
  return intents.map(({ action, reason, rule, latched, route, writes: wanted }) => ({
    id: ports.newId(),
    station: spec.name,
    at: ports.clock.now(),
    inspection,
    action,
    reason,
    rule,
    latched,
    ...(route ? { route } : {}),
    writes: wanted.map((write) => {
      const untold = sent.writes.includes(write) ? null : ((route && sent.withheld.route) ?? sent.withheld.answer);
      // A destination whose part could not be named is nobody's.
      const fault = sent.faultOf.get(write) ?? untold ?? (route ? nameFault : null);
      const { tag, value } = write;
      return fault ? { tag, value, state: 'failed' as const, fault: fault.message } : { tag, value, state: 'written' as const };
    }),
  }));
}
