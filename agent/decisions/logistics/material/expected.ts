/** What is expected to be used from now on: by the plan as far as it goes, behind it at the rate of the line, and nothing while it does not work. Pure. */
import type { Stretch } from '../../../contracts/index.ts';
import type { Milliseconds } from '../../../time.ts';

/** So much of the material within the stretch. */
export interface PlannedUse extends Stretch {
  readonly amount: number;
}

export interface ExpectedWish {
  readonly now: number;
  /** In which the line works, in order, apart from each other. */
  readonly open: readonly Stretch[];
  /** In order. */
  readonly planned: readonly PlannedUse[];
  /** Of the material, a ms of working time; counts behind the end of the plan. */
  readonly rate: number;
}

/** How far it looks. */
export interface Ahead {
  /** Working time until then, ms. */
  readonly work: Milliseconds;
  /** Of the material. */
  readonly used: number;
}

/** Two straight lines of which the corners are kept: working time, and use, over time. */
export class ExpectedUse {
  private readonly times: number[] = [0];
  private readonly work: number[] = [0];
  private readonly used: number[] = [0];

  constructor({ now, open, planned, rate }: ExpectedWish) {
    const uses = planned.flatMap((use) => leftOf(use, now)).map((use) => ({ ...use, work: overlap(open, use) }));
    const until = uses.reduce((last, { to }) => Math.max(last, to), now);
    const corners = [...open, ...uses].flatMap(({ from, to }) => [from, to]);
    let [before, next] = [now, 0];
    for (const corner of [...new Set(corners)].sort((a, b) => a - b)) {
      if (corner <= now) continue;
      while (next < open.length && (open[next]?.to ?? 0) <= before) next++;
      const isOpen = (open[next]?.from ?? Number.POSITIVE_INFINITY) <= before;
      const work = isOpen ? corner - before : 0;
      const used = before < until ? plannedIn(uses, { from: before, to: corner }, work) : work * rate;
      this.push(corner - now, work, used);
      before = corner;
    }
  }

  /** Longest that it knows. */
  get span(): Milliseconds {
    return this.times.at(-1) ?? 0;
  }

  /** Behind its end it goes on as it was up to there, on average. */
  in(time: Milliseconds): Ahead {
    const i = this.placeOf(time);
    const [from, to] = [this.times[i] ?? 0, this.times[i + 1]];
    if (to === undefined) return this.behind(from > 0 ? Math.max(1, time / from) : 1);
    const share = (Math.max(0, time) - from) / (to - from);
    return { work: between(this.work, i, share), used: between(this.used, i, share) };
  }

  private behind(times: number): Ahead {
    return { work: (this.work.at(-1) ?? 0) * times, used: (this.used.at(-1) ?? 0) * times };
  }

  private placeOf(time: Milliseconds): number {
    let [low, high] = [0, this.times.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private push(time: Milliseconds, work: Milliseconds, used: number): void {
    this.times.push(time);
    this.work.push((this.work.at(-1) ?? 0) + work);
    this.used.push((this.used.at(-1) ?? 0) + used);
  }
}

const between = (line: readonly number[], i: number, share: number): number => {
  const [a, b] = [line[i] ?? 0, line[i + 1] ?? line[i] ?? 0];
  return a + share * (b - a);
};

const common = (a: Stretch, b: Stretch): Milliseconds => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
const overlap = (open: readonly Stretch[], of: Stretch): Milliseconds => open.reduce((sum, one) => sum + common(one, of), 0);

/** What is left of it: a plan is some minutes old. */
function leftOf({ from, to, amount }: PlannedUse, now: number): readonly PlannedUse[] {
  if (to <= now || to <= from) return [];
  const begin = Math.max(from, now);
  return [{ from: begin, to, amount: (amount * (to - begin)) / (to - from) }];
}

/** Corners are at the ends of each: `stretch` lies in a use whole or not at all. One that has no working time is used as its time passes. */
function plannedIn(uses: readonly (PlannedUse & { readonly work: Milliseconds })[], stretch: Stretch, work: Milliseconds): number {
  let sum = 0;
  for (const use of uses) {
    const shared = common(use, stretch);
    if (shared > 0) sum += use.amount * (use.work > 0 ? work / use.work : shared / (use.to - use.from));
  }
  return sum;
}
