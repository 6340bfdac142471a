/**
 * What has passed the station: the last number, what must have passed before the part at hand, and who of it has an answer. Every number
 * becomes one record: judged, missed, or answered in the life before and not recorded.
 */
import type { Inspection } from '../contracts/index.ts';
import { counterStep, type Range } from './parts.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { type AnsweredPart, missedParts, unrecordedPart } from './recover.ts';

type Unnumbered = Omit<Inspection, 'sequence'>;
const NOBODY: ReadonlyMap<number, string> = new Map();

export class Passage {
  private readonly spec: StationSpec;
  private readonly ports: StationPorts;
  /** The last number that is known of any part. */
  private counter: number | null;
  /** Parts judged since, whose number nobody knew. */
  private nameless: number;
  /** Answered in the life before and without a record, in the order of their triggers. */
  private unrecorded: AnsweredPart[] = [];

  constructor(spec: StationSpec, ports: StationPorts, counter: number | null, unnumbered: number) {
    this.spec = spec;
    this.ports = ports;
    this.counter = counter;
    this.nameless = unnumbered;
  }

  get last(): number | null {
    return this.counter;
  }
  get unnumbered(): number {
    return this.nameless;
  }

  /** Whether the PLC has begun to count anew with the part of this number. */
  beginsAnew(counter: number | null): boolean {
    return counterStep(this.counter, counter).restarted;
  }

  /** They are recorded in front of whatever is recorded next. */
  recover(answered: readonly AnsweredPart[]): void {
    this.unrecorded.push(...answered);
  }

  /** Records of what passed before this part, which has a record of its own; `names` of those in between, by their numbers. */
  before(counter: number | null, recipe: string, names: ReadonlyMap<number, string> = NOBODY): readonly Unnumbered[] {
    const records = this.recovered(recipe);
    records.push(...this.step(counter, recipe, { names, begun: false, through: false }));
    if (counter === null && this.spec.config.counter !== undefined) this.nameless++;
    return records;
  }

  /** Records of what passed up to this number, which nobody has judged. */
  upTo(counter: number | null, recipe: string): readonly Unnumbered[] {
    const records = this.recovered(recipe);
    records.push(...this.step(counter, recipe, { names: NOBODY, begun: false, through: true }));
    return records;
  }

  private recovered(recipe: string): Unnumbered[] {
    const records: Unnumbered[] = [];
    for (const answered of this.unrecorded.splice(0)) {
      records.push(...this.step(answered.counter, recipe, { names: NOBODY, begun: true, through: false }));
      records.push(unrecordedPart(this.spec, this.ports, answered, recipe));
      // Without a name as well it is one of the numbers; with a name it may stand beside the missed one of its number.
      if (answered.counter === null && answered.part === null) this.nameless++;
    }
    return records;
  }

  /** Moves the counter. */
  private step(counter: number | null, recipe: string, { names, begun, through }: StepWish): readonly Unnumbered[] {
    // Of what passed before the first part of all nothing can be said: a number that was only read is no beginning.
    if (this.counter === null && through) return [];
    const { missed, unnumbered, restarted } = counterStep(this.counter, counter, { through, unnumbered: this.nameless });
    // Only a part at hand can say that the PLC began anew: what was read or noted at another time may just be older.
    if (restarted && (through || begun)) return [];
    const among = this.nameless - unnumbered;
    this.nameless = unnumbered;
    this.counter = counter ?? this.counter;
    return missed.map((numbers: Range) => {
      const part = numbers.from === numbers.to ? (names.get(numbers.from) ?? null) : null;
      return missedParts(this.spec, this.ports, { numbers, part, begun, unnumbered: part === null ? among : 0 }, recipe);
    });
  }
}

interface StepWish {
  readonly names: ReadonlyMap<number, string>;
  readonly begun: boolean;
  readonly through: boolean;
}
