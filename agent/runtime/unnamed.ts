/**
 * Records without the people in them, before they are stored and before they leave. Tags that hold texts always, any other string where the config
 * says `mask`, and tags that say who is at the machine as a code. What names a part, its recipe, lot or order is never touched: it is what
 * everything is found by.
 */

import { idTags } from '../config/ids.ts';
import type { Config } from '../config/schema.ts';
import { type Inspection, MOST_SAID, type TagReading, type TagValue } from '../contracts/index.ts';
import { maskPeople, type People } from '../language/people.ts';
import { shortened } from '../language/shown.ts';

/** Of one tag: as it came last, and what is kept of that. Most parts have the text of the part before. */
interface Last {
  readonly raw: string;
  readonly kept: string;
}

export class Unnamed {
  private readonly config: () => Config;
  private readonly people: () => People;
  private readonly last = new Map<string, Last>();
  private seen: Config | null = null;
  private keys: ReadonlyMap<string, string> = new Map();

  constructor(config: () => Config, people: () => People) {
    this.config = config;
    this.people = people;
  }

  /** Nothing is looked at where the config says nothing of it. */
  private get isOn(): boolean {
    const config = this.config();
    if (this.seen !== config) {
      this.seen = config;
      this.keys = idTags(config);
      this.last.clear();
    }
    const { texts, operators, mask } = config.language;
    return mask || texts.length + operators.length > 0;
  }

  /** Its reasons are told from tags() already. */
  inspection<One extends Pick<Inspection, 'tags'>>(inspection: One): One {
    return this.isOn ? { ...inspection, tags: this.tags(inspection.tags) } : inspection;
  }

  /** The same object where the config says nothing of it. */
  tags(tags: Inspection['tags']): Inspection['tags'] {
    if (!this.isOn) return tags;
    return Object.fromEntries(Object.entries(tags).map(([tag, reading]) => [tag, this.reading(tag, reading)]));
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
    return this.remembered(as, raw, () => maskPeople(shortened(raw, MOST_SAID), this.people()));
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
