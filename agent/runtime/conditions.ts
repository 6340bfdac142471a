/**
 * What the lives of one part (a camera, a server, a publisher) say is wrong, over the end of a life: a camera whose picture is too large is
 * no better for having reconnected. A life that has been online for a while without a word ends what the one before it said.
 */
import type { Standing } from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';

/** A life that knows of something wrong says so within this time of being online: a few pictures, a few publishing cycles. */
const TELLS_WITHIN: Milliseconds = Seconds(5);

export class Conditions {
  private readonly clock: Clock;
  private readonly onChange: (faults: readonly Standing[]) => void;
  private readonly subjectOf: (fault: LinesideError) => string;
  /** Of the part as a whole. */
  private list: readonly LinesideError[] = [];
  /** By tag: of one thing of it, while the others go on. */
  private readonly single = new Map<string, LinesideError>();
  /** Of the life that has begun, until it is online: published at once, so that a reconnect does not end and raise the same alarms. */
  private fresh: Map<string, LinesideError> | null = null;
  private hasSpoken = false;
  private cancel = () => {};

  /** `subjectOf`: what a fault of the part is about; `onChange` is handed all of them. */
  constructor(clock: Clock, subjectOf: (fault: LinesideError) => string, onChange: (faults: readonly Standing[]) => void) {
    this.clock = clock;
    this.subjectOf = subjectOf;
    this.onChange = onChange;
  }

  /** A life begins. */
  begin(): void {
    this.cancel();
    this.hasSpoken = false;
    this.fresh = new Map();
  }

  /** The life does its job. */
  online(): void {
    if (this.fresh) {
      this.single.clear();
      for (const [name, fault] of this.fresh) this.single.set(name, fault);
      this.fresh = null;
      this.publish();
    }
    this.cancel();
    if (!this.hasSpoken) this.cancel = this.clock.after(TELLS_WITHIN, () => this.faults([]));
  }

  faults(list: readonly LinesideError[]): void {
    this.cancel();
    this.hasSpoken = true;
    if (list.length === 0 && this.list.length === 0) return;
    this.list = [...list];
    this.publish();
  }

  one(name: string, fault: LinesideError): void {
    (this.fresh ?? this.single).set(name, fault);
    if (!this.fresh) this.publish();
  }

  /** `name` is well again. Called with every good sample: cheap while nothing is wrong. */
  well(name: string): void {
    if (this.single.size > 0 && this.single.delete(name)) this.publish();
  }

  /** The part is gone from the config. */
  forget(): void {
    this.cancel();
    this.onChange([]);
  }

  private publish(): void {
    const own = this.list.map((fault) => ({ fault, subject: this.subjectOf(fault) }));
    const single = [...this.single].map(([subject, fault]) => ({ fault, subject }));
    this.onChange([...own, ...single]);
  }
}
