/**
 * What a line is seen to do, part by part: how long a part takes, how much of it is scrap, how long the way from one recipe to the next, how often it
 * stops. Runs of one recipe are the samples, since that is what differs from day to day. Memory is bounded; pure.
 *
 * Set-up time is the gap from the last part of one recipe to the first of the next, less the time of a part (ISO 22400-2, actual unit setup time).
 */
import type { LineFacts, RecipeFacts, Spread } from './orders.ts';

export interface MadePart {
  /** Instant of its trigger. */
  readonly at: number;
  readonly recipe: string;
  /** Its verdict is ok. */
  readonly good: boolean;
}

/** Runs of a recipe, ways from one to another, and stops that are kept, the newest; names that are, at most. */
const KEPT = 50;
const MOST_RECIPES = 200;
const MOST_WAYS = 1000;
/** Gaps that are looked at together. */
const CHUNK = 200;
/** So many times the usual gap is a stop. */
const STOPPED = 5;
/** Nobody sets up so long: the line was not manned. ms */
const LONGEST_GAP = 8 * 3_600_000;
/** A run of fewer parts says nothing of the next, and fewer runs nothing of how they differ. */
const LEAST_PARTS = 20;
const LEAST_RUNS = 3;
const LEAST_STOPS = 5;

interface Run {
  readonly cycle: number;
  readonly parts: number;
  readonly good: number;
}

export class LineHistory {
  private readonly runs = new Map<string, Run[]>();
  /** By recipe before and after. */
  private readonly ways = new Map<string, Map<string, number[]>>();
  private readonly stops: number[] = [];
  private waysKept = 0;
  /** Of the time that the kept stops came in. */
  private ran: number[] = [];
  private now: OpenRun | null = null;

  /** In the order in which they were made. Where the clock went back between two, the gap says nothing. */
  note(part: MadePart): void {
    const { now } = this;
    if (now?.recipe === part.recipe) return now.note(part);
    if (now) this.over(now, part);
    this.now = new OpenRun(part);
  }

  /** What the line is set up for, as far as its parts tell. */
  get recipe(): string | null {
    return this.now?.recipe ?? null;
  }

  /** `configured` with what was seen often enough in its place. */
  facts(configured: LineFacts): LineFacts {
    const recipes = { ...configured.recipes };
    for (const [recipe, runs] of this.runs) {
      const seen = seenOf(runs, configured.recipes[recipe]);
      if (seen) recipes[recipe] = seen;
    }
    return {
      ...configured,
      recipes,
      setup: { ...configured.setup, from: this.setups(configured) },
      stops: this.stopsSeen() ?? configured.stops,
    };
  }

  /** Recipes of which enough was seen. */
  get learned(): readonly string[] {
    return [...this.runs].filter(([, runs]) => seenOf(runs, undefined) !== null).map(([recipe]) => recipe);
  }

  private over(run: OpenRun, next: MadePart): void {
    const { cycle, parts, good, stops, time } = run.end();
    if (parts >= LEAST_PARTS && cycle > 0) {
      push(listIn(this.runs, run.recipe, MOST_RECIPES), { cycle, parts, good });
      this.ran = [...this.ran, time].slice(-KEPT);
      for (const stop of stops) push(this.stops, stop);
    }
    const gap = next.at - run.last - cycle;
    if (next.at >= run.last && next.at - run.last < LONGEST_GAP) this.wayTo(run.recipe, next.recipe, Math.max(0, gap));
  }

  private wayTo(from: string, to: string, gap: number): void {
    const ways = this.ways.get(from) ?? new Map<string, number[]>();
    if (!ways.has(to)) {
      if (this.waysKept >= MOST_WAYS) return;
      this.waysKept++;
    }
    this.ways.set(from, ways);
    push(listIn(ways, to, MOST_RECIPES), gap);
  }

  private setups(configured: LineFacts): LineFacts['setup']['from'] {
    const all: Record<string, Record<string, Spread>> = {};
    for (const [from, to] of Object.entries(configured.setup.from)) all[from] = { ...to };
    for (const [from, ways] of this.ways)
      for (const [to, gaps] of ways) if (gaps.length >= LEAST_RUNS) all[from] = { ...all[from], [to]: robust(gaps) };
    return all;
  }

  private stopsSeen(): LineFacts['stops'] {
    const time = this.ran.reduce((sum, ms) => sum + ms, 0);
    if (this.stops.length < LEAST_STOPS || time <= 0) return null;
    return { between: Math.max(1000, time / this.stops.length), lasts: spreadOf(this.stops) };
  }
}

/** The run of now: gaps are taken together in chunks, so that a run of days costs no more than one of minutes. */
class OpenRun {
  readonly recipe: string;
  last: number;
  private parts = 1;
  private good: number;
  private gaps: number[] = [];
  private usual = 0;
  private usualTime = 0;
  private readonly stops: number[] = [];

  constructor({ recipe, at, good }: MadePart) {
    this.recipe = recipe;
    this.last = at;
    this.good = Number(good);
  }

  note({ at, good }: MadePart): void {
    if (at >= this.last) this.gaps.push(at - this.last);
    this.last = at;
    this.parts++;
    if (good) this.good++;
    if (this.gaps.length >= CHUNK) this.settle();
  }

  end() {
    this.settle();
    const cycle = this.usual > 0 ? this.usualTime / this.usual : 0;
    return { cycle, parts: this.parts, good: this.good, stops: this.stops, time: this.usualTime };
  }

  private settle(): void {
    if (this.gaps.length === 0) return;
    const limit = STOPPED * middle(this.gaps);
    for (const gap of this.gaps) {
      if (gap <= limit) {
        this.usual++;
        this.usualTime += gap;
      } else if (gap < LONGEST_GAP) push(this.stops, gap);
    }
    this.gaps = [];
  }
}

function seenOf(runs: readonly Run[], configured: RecipeFacts | undefined): RecipeFacts | null {
  if (runs.length < LEAST_RUNS) return null;
  const parts = runs.reduce((sum, run) => sum + run.parts, 0);
  const bad = runs.reduce((sum, run) => sum + run.parts - run.good, 0);
  const scrap = Math.min(0.95, bad / parts);
  // What chance alone makes of one share in runs of this length is no spread of the share.
  const shares = runs.map((run) => (run.parts - run.good) / run.parts);
  const chance = runs.reduce((sum, run) => sum + (scrap * (1 - scrap)) / run.parts, 0) / runs.length;
  const deviation = Math.sqrt(Math.max(0, spreadOf(shares).deviation ** 2 - chance));
  const cycle = spreadOf(runs.map((run) => run.cycle));
  return {
    cycle: { mean: cycle.mean, deviation: Math.max(cycle.deviation, configured === undefined ? 0.01 * cycle.mean : 0) },
    scrap: { mean: scrap, deviation },
  };
}

/** Sample standard deviation; 0 of one value. */
function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/** By median and median deviation: a lunch break between two orders is no set-up. 1.4826 makes it the deviation of a normal distribution. */
function robust(values: readonly number[]): Spread {
  const mean = middle(values);
  return { mean, deviation: 1.4826 * middle(values.map((value) => Math.abs(value - mean))) };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** The list of a name; beyond the bound the name that was made first goes. */
function listIn<T>(map: Map<string, T[]>, name: string, most: number): T[] {
  const known = map.get(name);
  if (known) return known;
  for (const first of map.keys()) {
    if (map.size < most) break;
    map.delete(first);
  }
  const made: T[] = [];
  map.set(name, made);
  return made;
}

function push<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > KEPT) list.shift();
}
