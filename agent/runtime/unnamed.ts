/**
 * Records without the people in them, before they are stored and before they leave. Tags that hold texts always, any other string where the config
 * says `mask`, and tags that say who is at the machine as a code. What names a part, its recipe, lot or order is never touched: it is what
 * everything is found by.
 */

import { partTag } from '../config/part.ts';
import type { Config } from '../config/schema.ts';
import { type Inspection, MOST_SAID, type Reason, type TagReading, type TagValue } from '../contracts/index.ts';
import { maskPeople, type People } from '../language/people.ts';
import { shortened } from '../language/shown.ts';

/** Of one tag: as it came last, and what is kept of that. Most parts have the text of the part before. */
interface Last {
  readonly raw: string;
  readonly kept: string;
}
/** Shorter values stand in too many words to be looked for in a reason. */
const SHORTEST = 3;

export class Unnamed {
  private readonly config: () => Config;
  private readonly people: () => People;
  private readonly last = new Map<string, Last>();
  private seen: Config | null = null;
  private keys: ReadonlySet<string> = new Set();

  constructor(config: () => Config, people: () => People) {
    this.config = config;
    this.people = people;
  }

  /** Nothing is looked at where the config says nothing of it. */
  private get isOn(): boolean {
    const config = this.config();
    if (this.seen !== config) {
      this.seen = config;
      this.keys = keysOf(config);
      this.last.clear();
    }
    const { texts, operators, mask } = config.language;
    return mask || texts.length + operators.length > 0;
  }

  inspection<One extends Pick<Inspection, 'tags' | 'reasons'>>(inspection: One): One {
    if (!this.isOn) return inspection;
    const tags = Object.fromEntries(Object.entries(inspection.tags).map(([tag, reading]) => [tag, this.reading(tag, reading)]));
    return { ...inspection, tags, reasons: this.reasons(inspection.reasons) };
  }

  /** What an expression compared stands in its reason, values of tags too. */
  reasons(reasons: readonly Reason[]): readonly Reason[] {
    if (!this.isOn) return reasons;
    const gone = [...this.last.values()].filter(({ raw, kept }) => raw !== kept && raw.length >= SHORTEST);
    return gone.length === 0 ? reasons : reasons.map((reason) => ({ ...reason, text: without(reason.text, gone) }));
  }

  value(tag: string, value: TagValue): TagValue {
    return this.isOn && value !== null ? this.kept(tag, value) : value;
  }

  /** What a model reads, and so what it can say again. */
  text(tag: string, text: string): string {
    return this.isOn ? this.textOf(tag, text) : text;
  }

  private reading(tag: string, reading: TagReading): TagReading {
    const value = reading.value === null ? null : this.kept(tag, reading.value);
    return value === reading.value ? reading : { ...reading, value };
  }

  private kept(tag: string, value: NonNullable<TagValue>): TagValue {
    if (this.config().language.operators.includes(tag)) return this.coded(tag, String(value));
    if (typeof value === 'string') return this.textOf(tag, value);
    if (!Array.isArray(value)) return value;
    return value.map((one, n) => (typeof one === 'string' ? this.textOf(tag, one, `${tag} ${n}`) : one));
  }

  private coded(tag: string, raw: string): string {
    return this.remembered(tag, raw, () => (raw.trim() === '' ? '' : `<person ${this.people().code(raw.trim())}>`));
  }

  private textOf(tag: string, raw: string, as = tag): string {
    const { texts, operators, mask } = this.config().language;
    if (operators.includes(tag)) return this.coded(tag, raw);
    const isText = texts.includes(tag);
    if (!isText && (!mask || this.keys.has(tag))) return raw;
    return this.remembered(as, raw, () => maskPeople(isText ? shortened(raw, MOST_SAID) : raw, this.people()));
  }

  private remembered(as: string, raw: string, make: () => string): string {
    const known = this.last.get(as);
    if (known?.raw === raw) return known.kept;
    const kept = make();
    if (this.last.size > MOST_REMEMBERED) this.last.clear();
    this.last.set(as, { raw, kept });
    return kept;
  }
}

/** Elements of arrays count one by one. */
const MOST_REMEMBERED = 2000;

const without = (text: string, gone: readonly Last[]): string =>
  gone.reduce((left, { raw, kept }) => (left.includes(raw) ? left.replaceAll(raw, () => kept) : left), text);

/** Tags by whose values parts, recipes, lots and orders are found. */
function keysOf({ stations }: Config): ReadonlySet<string> {
  const named = Object.values(stations).flatMap(({ part, counter, recipe, containment }) => [
    partTag(part),
    counter,
    recipe?.tag,
    containment?.lot,
    containment?.order,
  ]);
  return new Set(named.filter((tag) => tag !== undefined));
}
