/** What taught packages promised about false rejects against what people say of the parts: looked at after labels, and now and then. */
import type { GoodHours, ModelSlot, Refusals, RefusalWish, Standing } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { type Clock, every, type Milliseconds, Minutes, Seconds } from '../../time.ts';
import type { PromiseView } from '../../web/ports.ts';
import { BROKEN, evidenceAgainst } from './evidence.ts';

/** A package that judges with a promise. */
export interface Promised {
  readonly station: string;
  readonly slot: Pick<ModelSlot, 'name' | 'package'>;
  readonly version: string;
  readonly sha256: string;
  readonly one_in: number;
  /** machine: rows of tags, of which one tells of the next. */
  readonly of: 'parts' | 'machine';
  /** Length of the window that it judges; 0 of pictures. */
  readonly window: Milliseconds;
  /** From this score on a part is refused: as it was promised, or higher where the config says so. */
  readonly at: number;
  /** Parts that it has judged here, and since when. */
  readonly judged: { readonly parts: number; readonly since: number };
}

export interface PromiseDeskOptions {
  readonly clock: Clock;
  /** Those that judge now. */
  readonly promised: () => readonly Promised[];
  readonly refusals: (wishes: readonly RefusalWish[]) => Promise<readonly Refusals[]>;
  /** Of a station, the newest first. */
  readonly hours: (station: string) => readonly GoodHours[];
  readonly onChange: (standings: readonly Standing[]) => void;
}

const LOOK_EVERY = Minutes(10);
/** Labels come one after the other, and so do changes of the config. */
const SOON = Seconds(2);

export class PromiseDesk {
  private readonly options: PromiseDeskOptions;
  private readonly ends: (() => void)[] = [];
  private waiting: (() => void) | null = null;

  constructor(options: PromiseDeskOptions) {
    this.options = options;
  }

  start(): void {
    this.ends.push(every(this.options.clock, LOOK_EVERY, () => this.look()));
    this.soon();
  }

  stop(): void {
    for (const end of this.ends.splice(0)) end();
    this.waiting?.();
  }

  /** Something has changed: what people say, or what judges and from which score on it refuses. */
  soon(): void {
    this.waiting ??= this.options.clock.after(SOON, () => {
      this.waiting = null;
      this.look();
    });
  }

  /** Rejects as a question to the records does. */
  async views(): Promise<readonly PromiseView[]> {
    const promised = this.options.promised().filter(({ judged }) => judged.parts > 0);
    if (promised.length === 0) return [];
    const wishes = promised.map(({ station, slot, sha256, at, judged, window }) => ({
      station,
      model: slot.name,
      sha256,
      at,
      since: judged.since,
      apart: window,
      hours: this.options.hours(station),
    }));
    const found = await this.options.refusals(wishes);
    return promised.flatMap((one, i) => (found[i] ? [viewOf(one, found[i])] : []));
  }

  private look(): void {
    // What cannot be asked now is asked the next time; the alarm stays as it is.
    this.views().then(
      (views) => this.options.onChange(views.filter(({ broken }) => broken).map(standingOf)),
      () => {},
    );
  }
}

/** Of a machine nobody chooses parts by chance: hours take their place. */
function viewOf({ station, slot, version, one_in, of, judged }: Promised, { good, refused, sample, hours }: Refusals): PromiseView {
  const unbiased = of === 'machine' ? { refused: hours.refused * hours.worth, good: hours.good * hours.worth } : sample;
  const evidence = [
    evidenceAgainst(1 / one_in, refused, Math.max(judged.parts, good)),
    evidenceAgainst(1 / one_in, unbiased.refused, unbiased.good),
  ];
  return {
    station,
    model: slot.name,
    package: slot.package,
    version,
    of,
    one_in,
    judged: judged.parts,
    since: judged.since,
    good,
    refused,
    sample,
    hours,
    broken: evidence.some((one) => one >= BROKEN),
  };
}

function standingOf({ station, model, package: name, one_in, judged, refused, sample, hours }: PromiseView): Standing {
  const fault = new LinesideError('PROMISE_BROKEN', {
    station,
    model,
    package: name,
    one_in,
    judged,
    refused,
    sample: `${sample.refused} of ${sample.good}`,
    hours: `${hours.refused} of ${hours.good}`,
  });
  return { fault, subject: `${station}/${model}` };
}
