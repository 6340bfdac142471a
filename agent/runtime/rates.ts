/**
 * Faults that the parts of a station meet, as alarms with a rate: one part in a hundred without a picture is in its record, one in five is
 * something that somebody has to hear of, within a few parts. Fed with every record; the station need not know. Pure.
 */
import type { Inspection, Standing } from '../contracts/index.ts';
import { type Details, type DetailsOf, ERRORS, type ErrorCode, LinesideError } from '../errors.ts';

/** The last parts that are looked at. */
export const LAST = 20;
/** An alarm begins when so many of them met the fault, and this share of them: the third part of a new line, the fourth of a running one. */
const LEAST = 3;
const BEGINS = 0.2;
/** And ends when no more than this share did: one in twenty. Between the two it stays as it is. */
const ENDS = 0.05;
/** An alarm that lasts is told anew when its count has changed by so much. */
const STEP = 4;

/** States of the station, which have an alarm or a command behind them already, and what is over when it is found. */
const NOT_OF_THE_PARTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['STATION_DISABLED', 'RECIPE_UNKNOWN', 'STOPPING', 'PART_UNRECORDED']);

/** States that a part met, and that the station tells of and takes back by itself. */
const TOLD_BY_THE_STATION: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['RECIPE_UNSURE']);

type Met = ReadonlyMap<ErrorCode, string>;

/** A fault of the table with the sentence of a rate; the code is that of the fault, and so is the next step where none is known better. */
class RateFault extends LinesideError {
  private readonly words: string;
  private readonly hint: string | null;

  constructor(code: ErrorCode, details: Details, { words, hint }: { readonly words: string; readonly hint: string | null }) {
    // Its own words stand wherever the sentence of the row would, whose details differ from part to part.
    super(code, details as DetailsOf<ErrorCode>);
    this.words = words;
    this.hint = hint;
    this.message = `[${code}] ${words}`;
  }
  override get next(): string {
    return this.hint ?? super.next;
  }
  override get sentence(): string {
    return this.words;
  }
}

interface Raised {
  readonly count: number;
  readonly of: number;
  readonly standing: Standing;
}

/** Of one station. */
export class Rates {
  private readonly station: string;
  private readonly hintFor: (code: ErrorCode) => string | null;
  /** The newest last. */
  private readonly parts: Met[] = [];
  private raised = new Map<ErrorCode, Raised>();

  /** `hintFor`: a better next step than the fault's own, where the cause is known to lie elsewhere. */
  constructor(station: string, hintFor: (code: ErrorCode) => string | null = () => null) {
    this.station = station;
    this.hintFor = hintFor;
  }

  /** One more record; the alarms of the station where they have changed, else null. */
  note(inspection: Inspection): readonly Standing[] | null {
    const met = metBy(inspection);
    if (!met) return null;
    const times = inspection.missed ? Math.min(LAST, inspection.missed.to - inspection.missed.from + 1) : 1;
    for (let n = 0; n < times; n++) this.parts.push(met);
    this.parts.splice(0, Math.max(0, this.parts.length - LAST));
    // The usual part met nothing, and neither did those before.
    if (met.size === 0 && this.raised.size === 0) return null;
    return this.look();
  }

  private look(): readonly Standing[] | null {
    const before = this.raised;
    const now = new Map<ErrorCode, Raised>();
    for (const [code, { count, cause }] of countsOf(this.parts)) {
      const raised = this.level(code, count, cause);
      if (raised) now.set(code, raised);
    }
    this.raised = now;
    const changed = now.size !== before.size || [...now].some(([code, raised]) => before.get(code) !== raised);
    return changed ? [...now.values()].map(({ standing }) => standing) : null;
  }

  /** The alarm as it stands after this part: the present one where little has changed, null below the bounds. */
  private level(code: ErrorCode, count: number, cause: string): Raised | null {
    const known = this.raised.get(code);
    const share = count / this.parts.length;
    if (known ? share <= ENDS : count < LEAST || share < BEGINS) return null;
    const isSame = known && Math.abs(known.count - count) < STEP && known.of === this.parts.length;
    return isSame ? known : this.raise(code, count, cause);
  }

  private raise(code: ErrorCode, count: number, cause: string): Raised {
    const of = this.parts.length;
    const details = { station: this.station, count, of, cause };
    const words = `${count} of the last ${of} parts of station ${this.station}: ${cause}`;
    const fault = new RateFault(code, details, { words, hint: this.hintFor(code) });
    return { count, of, standing: { fault, subject: this.station } };
  }
}

/** How many of the parts met each fault, and the last one's words. */
function countsOf(parts: readonly Met[]): ReadonlyMap<ErrorCode, { readonly count: number; readonly cause: string }> {
  const counts = new Map<ErrorCode, { count: number; cause: string }>();
  for (const part of parts) {
    for (const [code, cause] of part) counts.set(code, { count: (counts.get(code)?.count ?? 0) + 1, cause });
  }
  return counts;
}

/** Codes of the faults that a part met, each with its words; null where the record says nothing about parts. */
function metBy({ outcome, reasons, answer }: Inspection): Met | null {
  const met = new Map<ErrorCode, string>();
  for (const { code, text } of reasons) {
    if (code === undefined) continue;
    if (NOT_OF_THE_PARTS.has(code)) return null;
    if (!TOLD_BY_THE_STATION.has(code)) met.set(code, text);
  }
  if (outcome === 'unrecorded') return null;
  const [, code = '', words = ''] = /^\[(\w+)\] (.*)$/s.exec(answer.state === 'failed' ? (answer.fault ?? '') : '') ?? [];
  if (isCode(code)) met.set(code, words);
  return met;
}

const isCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);
