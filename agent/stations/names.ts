/**
 * The id and the number of the part at hand. The PLC sets them around the trigger, the server samples each tag on its own, and the
 * notifications may come in any order: what belongs to a trigger is told by evidence (pairing.ts), not by what is known when it is
 * handled. A name that cannot be known is no name. Runs beside the models; the verdict waits for it only until `until`.
 */
import { partTag } from '../config/part.ts';
import { isGood, type TagSample, type Trigger } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import type { Milliseconds } from '../time.ts';
import { type Change, type Edge, SKEW, Trail, type TrailMemory } from './pairing.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { textOf } from './tags.ts';

export interface PartNames {
  /** What the part tag says of this part; null where there is none, or nobody can tell. */
  readonly part: string | null;
  readonly counter: number | null;
  /** Why a name that the PLC has is not known. */
  readonly fault: LinesideError | null;
  /** Names of parts that passed since the trigger before, by their numbers, where the PLC told both. */
  readonly passed: ReadonlyMap<number, string>;
}

/** What was learned of a tag: of another one, or of another node behind it, it says nothing. */
export interface TagMemory extends TrailMemory {
  readonly tag: string;
  /** With its endpoint; an older version did not keep it. */
  readonly node?: string;
}

/** Null of a tag that there is not. */
export interface NamesMemory {
  readonly part: TagMemory | null;
  readonly counter: TagMemory | null;
}

interface Found {
  readonly text: string;
  /** It is another than the trigger before had. */
  readonly fresh: boolean;
  /** The same as the last part of the life before had, and nothing else has been heard in this one. */
  readonly unproven?: boolean;
  /** What the tag said in between, of parts whose triggers were not seen. */
  readonly skipped: readonly string[];
}
interface Unknown {
  readonly why: string;
}
type Name = Found | Unknown;

const NOBODY: ReadonlyMap<number, string> = new Map();
const LATE = 'it did not come in time';
const SAME = 'neither its id nor its number has changed since the part before';
const UNCLEAR = 'what the server sent fits more than one part';

export class Namer {
  private readonly spec: StationSpec;
  private readonly ports: StationPorts;
  private readonly part: TagNames | null;
  private readonly counter: TagNames | null;

  /** `memory`: of the life before. */
  constructor(spec: StationSpec, ports: StationPorts, memory: NamesMemory = { part: null, counter: null }) {
    const { counter, trigger } = spec.config;
    const part = partTag(spec.config.part);
    const server = 'tag' in trigger ? serverOf(trigger.tag) : null;
    const namesOf = (name: string | undefined, known: TagMemory | null) => {
      if (name === undefined) return null;
      const tag = { name, node: spec.nodes.get(name) ?? name, comparable: server === serverOf(name) };
      return new TagNames(tag, ports, known && isOf(known, tag) ? known : null);
    };
    this.spec = spec;
    this.ports = ports;
    this.part = namesOf(part, memory.part);
    this.counter = part === counter ? this.part : namesOf(counter, memory.counter);
  }

  get memory(): NamesMemory {
    return { part: this.part?.memory ?? null, counter: this.counter?.memory ?? null };
  }

  /** Whether the PLC names parts: then one without a name has none. Else the station counts. */
  get isTold(): boolean {
    return this.part !== null || this.counter !== null;
  }

  stop(): void {
    this.part?.stop();
    this.counter?.stop();
  }

  /** To be called in the order of the triggers. Settles until `until`, monotonic, at the latest; never rejects. */
  async namesFor(trigger: Trigger, until: number): Promise<PartNames> {
    const { part, counter } = this;
    // A command is given between parts: what it is told is the name that stands there now, and it takes none from the line's own triggers.
    if (trigger.kind === 'command')
      return { part: trigger.part ?? (await this.now(part, until)), counter: null, fault: null, passed: NOBODY };
    const edge = edgeOf(trigger);
    const [name, number] = await Promise.all([part?.nameOf(edge, until), counter === part ? undefined : counter?.nameOf(edge, until)]);
    return this.together(name, counter === part ? name : number);
  }

  private async now(names: TagNames | null, until: number): Promise<string | null> {
    return (await names?.now(Math.max(1, until - this.ports.clock.elapsed()))) ?? null;
  }

  /** A name that did not change beside one that did, or that nobody knows, may be the part's before: the PLC gives both to each part. */
  private together(name: Name | undefined, number: Name | undefined): PartNames {
    if (isUnproven(name) && isUnproven(number)) return this.together({ why: SAME }, { why: SAME });
    const [text, count] = [found(name, number), found(number, name)];
    const value = count === null ? Number.NaN : Number(count.text);
    const counter = Number.isFinite(value) ? value : null;
    const part = this.part === null ? (count?.text ?? null) : (text?.text ?? null);
    const unknown = this.part !== null && text === null ? name : count === null ? number : undefined;
    const other = unknown === name ? number : name;
    return { part, counter, fault: this.faultOf(unknown, other), passed: counter === null ? NOBODY : passedBy(counter, text, count) };
  }

  private faultOf(name: Name | undefined, other: Name | undefined): LinesideError | null {
    if (name === undefined) return null;
    const unknown = [name, other].find((one) => one !== undefined && 'why' in one);
    const why = unknown ? unknown.why : 'of its id and its number only one has changed since the part before';
    return new LinesideError('PART_UNNAMED', { station: this.spec.name, why });
  }
}

const isUnproven = (name: Name | undefined): boolean => name !== undefined && 'text' in name && name.unproven === true;

function found(name: Name | undefined, other: Name | undefined): Found | null {
  if (name === undefined || 'why' in name) return null;
  return !name.fresh && other !== undefined && other !== name && ('why' in other || other.fresh) ? null : name;
}

/** Ids and numbers come in pairs where there are as many of one as of the other and the numbers follow each other. */
function passedBy(counter: number, text: Found | null, count: Found | null): ReadonlyMap<number, string> {
  if (text === null || count === null || text === count || text.skipped.length !== count.skipped.length) return NOBODY;
  const numbers = count.skipped.map(Number);
  const first = counter - numbers.length;
  if (!numbers.every((number, i) => number === first + i)) return NOBODY;
  return new Map(numbers.map((number, i) => [number, text.skipped[i] ?? '']));
}

const edgeOf = ({ stamped, at, arrived, batch }: Trigger): Edge => ({
  source: stamped === true ? at : null,
  arrived,
  size: batch?.size ?? 1,
  index: batch?.index ?? 0,
  open: batch?.open ?? true,
});

const isOf = (known: TagMemory, { name, node }: NameTag): boolean => (known.node === undefined ? known.tag === name : known.node === node);

const serverOf = (tag: string): string => tag.slice(0, tag.indexOf('.'));

/** Known by its arrival, or, where it was heard later than that, by its time at the source. */
const wasThere = ({ source, arrived }: Change, edge: Edge): boolean =>
  arrived <= edge.arrived || (source !== null && edge.source !== null && source <= edge.source);

interface Asked {
  readonly edge: Edge;
  readonly settle: (name: Name) => void;
  readonly cancel: () => void;
  reads: number;
}

interface NameTag {
  readonly name: string;
  readonly node: string;
  /** The tag is of the trigger's server: times and notifications of both can be compared. */
  readonly comparable: boolean;
}

/** The names that one tag gives, for the triggers in their order. */
class TagNames {
  private readonly tag: string;
  private readonly node: string;
  private readonly comparable: boolean;
  private readonly ports: StationPorts;
  private trail: Trail;
  private readonly stops: readonly (() => void)[];
  private cancelWait: () => void = () => {};
  private queue: Asked[] = [];
  private last: string | null;
  /** The last one is of the life before. */
  private isCarried: boolean;

  constructor({ name: tag, node, comparable }: NameTag, ports: StationPorts, memory: TrailMemory | null) {
    this.trail = new Trail(memory ?? {});
    this.last = memory?.taken ?? null;
    this.isCarried = this.last !== null;
    this.tag = tag;
    this.node = node;
    this.comparable = comparable;
    this.ports = ports;
    const known = ports.tags.latest(tag);
    if (known) this.hear(known);
    this.stops = [
      ports.tags.onSample(tag, (sample) => {
        if (this.hear(sample)) this.look();
      }),
      ports.tags.onLost(tag, (loss) => (loss === 'tag' ? this.beginAnew() : this.trail.interrupt(ports.clock.elapsed()))),
    ];
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.cancelWait();
    for (const asked of this.queue) this.finish(asked, null, LATE);
  }

  get memory(): TagMemory {
    return { tag: this.tag, node: this.node, ...this.trail.memory };
  }

  /** Another node, or another PLC, stands behind the tag: nothing that was learned holds for it. */
  private beginAnew(): void {
    this.trail = new Trail();
    this.last = null;
  }

  nameOf(edge: Edge, until: number): Promise<Name> {
    return new Promise((resolve) => {
      const { clock } = this.ports;
      const cancel = clock.after(Math.max(0, until - clock.elapsed()), () => this.giveUp(asked));
      const asked: Asked = { edge: this.comparable ? edge : { ...edge, source: null }, settle: resolve, cancel, reads: 0 };
      this.queue.push(asked);
      this.look();
    });
  }

  /** What stands there now, through the session; of no trigger in particular. */
  async now(timeout: Milliseconds): Promise<string | null> {
    return textOf(await this.ports.read(this.tag, timeout));
  }

  private hear(sample: TagSample): boolean {
    const source = this.comparable ? sample.source : null;
    // An empty text is no name; nor is what the tag said before it the next part's. What is bad says nothing.
    if (sample.value === '' && isGood(sample.status)) {
      this.trail.clear(source, sample.arrived);
      return false;
    }
    return this.trail.hear(textOf(sample), source, sample.arrived);
  }

  /** Settles whom it can, from the front. */
  private look(): void {
    for (;;) {
      const [head, next] = this.queue;
      if (!head) return;
      const owner = this.trail.ownerOf(head.edge, next?.edge ?? null, this.ports.clock.elapsed());
      if (owner === 'unsure') this.ask(head);
      if (owner === 'unsure' || owner === 'wait') return this.lookAgain();
      if (owner === 'unknown') this.finish(head, null, UNCLEAR);
      else this.finish(head, owner);
    }
  }

  private lookAgain(): void {
    this.cancelWait();
    this.cancelWait = this.ports.clock.after(SKEW, () => this.look());
  }

  /** Through the session: at once, and when the name of this part must stand there. */
  private ask(asked: Asked): void {
    const { clock, read } = this.ports;
    const settled = clock.elapsed() - asked.edge.arrived >= SKEW;
    if (asked.reads >= (settled ? 2 : 1)) return;
    asked.reads = settled ? 2 : 1;
    read(this.tag, SKEW * 10).then(
      (sample) => sample && this.queue[0] === asked && this.answered(asked, sample, settled),
      (thrown: unknown) => this.ports.log.debug({ tag: this.tag }, asLinesideError(thrown).message),
    );
  }

  private answered(asked: Asked, sample: TagSample, settled: boolean): void {
    const text = textOf(sample);
    const { edge } = asked;
    // The edge has a time only where the tag's can be compared with it.
    const inTime = edge.source !== null && sample.source !== null && sample.source <= edge.source + SKEW;
    if (text !== null && text !== this.trail.text && inTime && this.isNews(sample)) {
      this.trail.hear(text, sample.source, sample.arrived);
      return this.look();
    }
    // It shows what it showed before the trigger, a moment after it: so it showed that at the trigger.
    if (settled && text !== null && text === this.trail.text) {
      const owner = this.trail.unchangedAt(edge);
      if (owner && wasThere(owner, edge)) this.finish(asked, owner);
      this.look();
    }
  }

  /** A notification that came meanwhile may tell of what was set since. */
  private isNews({ source }: TagSample): boolean {
    const heard = this.ports.tags.latest(this.tag)?.source ?? null;
    return heard === null || source === null || source > heard;
  }

  /** With it those before it, which have waited longer. */
  private giveUp(asked: Asked): void {
    for (const each of this.queue.slice(0, this.queue.indexOf(asked) + 1)) this.finish(each, null, LATE);
    this.look();
  }

  private finish(asked: Asked, change: Change | null, why = UNCLEAR): void {
    this.queue = this.queue.filter((each) => each !== asked);
    asked.cancel();
    const skipped = this.trail.settle(asked.edge, change);
    if (!change) return asked.settle({ why });
    const fresh = change.text !== this.last;
    this.last = change.text;
    const unproven = !fresh && this.isCarried;
    this.isCarried = this.isCarried && !fresh;
    asked.settle({ text: change.text, fresh, unproven, skipped: skipped.map(({ text }) => text) });
  }
}
