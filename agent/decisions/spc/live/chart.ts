/**
 * One chart of one station under one recipe, part by part: it learns in a first phase until somebody closes it, and holds every sample since then against
 * what was learned. What it says is what the charts of the desk say of the same samples (studied there at once, here one by one). Its memory is
 * a block of numbers of fixed size, and a few more. Pure: no clock, no disk.
 */
import type { ChartFact, ChartLimits, ChartPhase, ChartPlace, ChartPoint, ChartSignal, ChartState } from '../../../contracts/charts.ts';
import { asLinesideError, LinesideError } from '../../../errors.ts';
import { meanOf } from '../../statistics.ts';
import { type Judged, judgeCapability, type Tolerance } from '../capability.ts';
import { CHARTS } from '../chart-names.ts';
import type { Chart, Point } from '../charts.ts';
import { chanceOf, MOVED, type PanelWish } from '../panels.ts';
import { ZONE_RULES, type ZoneRule, ZoneWatch } from '../zone-rules.ts';
import { type Baseline, type Kit, kitOf, type Sample } from './kit.ts';
import { Ring, type Row } from './ring.ts';

export interface LiveSpec extends PanelWish {
  /** What is charted, in words of the config: another is another chart. */
  readonly of: readonly string[];
  /** Only verdicts with this reason are counted. */
  readonly reason?: string | undefined;
  /** Parts a sample. */
  readonly size: number;
  /** Samples of the first phase. */
  readonly learn: number;
  /** The first phase is over by itself as soon as it has its samples. */
  readonly closesItself: boolean;
  readonly rules: readonly ZoneRule[];
  readonly tolerance?: Tolerance | undefined;
  /** Of t2. */
  readonly alpha?: number | undefined;
}

/** As it is kept: JSON. */
export interface SavedChart {
  readonly identity: string;
  /** What its points are held against beside its limits. */
  readonly options: string;
  readonly counted: number;
  readonly total: number;
  readonly left_out: number;
  readonly rows: readonly (readonly number[])[];
  readonly pending: readonly number[];
  readonly pending_place: ChartPlace | null;
  readonly closed: { readonly at: number; readonly who: string } | null;
  readonly baseline: Baseline | null;
  /** Of the panels, in their order, and of the zone rules. */
  readonly memories: readonly (readonly number[])[];
  readonly zones: readonly number[];
  readonly fact: { readonly out: boolean; readonly rule: string };
  readonly signal: ChartSignal | null;
  readonly quiet: number;
}

/** As far back as cpk() looks, in parts. */
export const MOST_LOOKED_BACK = 1000;
/** Points that are shown. */
export const MOST_POINTS = 300;
/** Samples that a change is looked for in. */
const CHANGE_WITHIN = 500;
/**
 * So many points in a row without a signal, and it is over. Of a process in control 97 of 100 such rows are free of one; of one that is off by three
 * standard errors one in a thousand is, by two one in five, and then the next signal tells it again.
 */
export const BACK_IN_CONTROL = 10;
/** What a point may be out of control by; its place in the list is kept with the point. */
const WHY: readonly string[] = ['', 'limits', 'spread', ...Object.keys(ZONE_RULES)];
/** In place of one: no limits were known then. */
const UNKNOWN = -1;
/** What `rule` of a chart may be in rules and decisions. */
export const CHART_RULES = WHY;

interface Open {
  readonly baseline: Baseline;
  readonly panels: readonly Chart<Sample>[];
  readonly zones: ZoneWatch;
}

interface Stepped {
  readonly points: readonly Point[];
  readonly rule: string;
  readonly moved: boolean;
}

export type Taken = 'nothing' | 'sample' | 'closed';

/** What makes it the same chart over a change of the config. */
export const identityOf = ({ chart, of, reason, size }: LiveSpec): string => JSON.stringify([chart, of, reason ?? null, size]);
const optionsOf = ({ rules, lambda, width, h, shift, alpha }: LiveSpec): string => JSON.stringify([rules, lambda, width, h, shift, alpha]);

export class LiveChart {
  readonly spec: LiveSpec;
  private readonly kit: Kit;
  private readonly ring: Ring;
  /** Samples since the first phase began, or since it was closed. */
  private counted = 0;
  private leftOut = 0;
  private pending: number[] = [];
  private pendingPlace: ChartPlace | null = null;
  private open: Open | null = null;
  private closed: { readonly at: number; readonly who: string } | null = null;
  private said = { out: false, rule: '' };
  private limits: readonly ChartLimits[] | null = null;
  private signal: ChartSignal | null = null;
  private quiet = 0;
  private proposal: { readonly total: number; readonly is: Proposal } | null = null;

  constructor(spec: LiveSpec) {
    this.spec = spec;
    this.kit = kitOf(spec, spec.size);
    this.ring = new Ring(Math.max(spec.learn, Math.ceil(MOST_LOOKED_BACK / spec.size), MOST_POINTS), this.width);
  }

  /** Numbers of one sample. */
  private get width(): number {
    const { chart, of, size } = this.spec;
    if (CHARTS[chart] === 'rows') return of.length;
    return CHARTS[chart] === 'counts' ? 1 : size;
  }

  get phase(): ChartPhase {
    if (this.open) return 'watching';
    return this.counted >= this.spec.learn ? 'proposed' : 'learning';
  }

  get isSignalling(): boolean {
    return this.signal !== null;
  }

  get fact(): ChartFact {
    return { ...this.said, phase: this.phase };
  }

  /** Of one part; `values`: of each series. A part in which one of them is no number is left out. Never throws. */
  take(values: readonly number[], place: ChartPlace, at: number): Taken {
    if (!values.every(isUsable)) {
      this.leftOut += 1;
      return 'nothing';
    }
    if (this.pending.length === 0) this.pendingPlace = place;
    this.pending.push(...values);
    const { chart, size, of, learn, closesItself } = this.spec;
    if (this.pending.length < size * (CHARTS[chart] === 'rows' ? of.length : 1)) return 'nothing';
    const sample = this.sampleOf(this.pending);
    const { sequence, at: came } = this.pendingPlace ?? place;
    this.pending = [];
    this.counted += 1;
    const stepped = this.open ? this.step(this.open, sample) : null;
    const [main = 0, other = 0] = stepped?.points.map(({ statistic }) => statistic) ?? [];
    this.ring.push({ sequence, at: came, code: stepped ? WHY.indexOf(stepped.rule) : UNKNOWN, statistics: [main, other], values: sample });
    if (stepped) this.hear(stepped, { sequence, at: came });
    else if (closesItself && this.counted >= learn && (this.counted - learn) % learn === 0 && this.triesToClose(at)) return 'closed';
    return 'sample';
  }

  /** What take() of these would make of the chart, without making it so. */
  peek(values: readonly number[]): ChartFact {
    const { fact, open } = this;
    const isWhole = this.pending.length + values.length >= this.spec.size * (CHARTS[this.spec.chart] === 'rows' ? values.length : 1);
    if (!open || !isWhole || !values.every(isUsable)) return fact;
    const { out, rule } = factOf(this.step(this.copied(open), this.sampleOf([...this.pending, ...values])));
    return { out, rule, phase: 'watching' };
  }

  /**
   * The first phase is over: what the last samples say holds from here on. Also of a chart that watches: its limits are learned anew from the last samples.
   * Throws COMMAND_REFUSED where they are too few, SPC_TOO_LITTLE where nothing can be learned from them.
   */
  close(who: string, at: number): void {
    const { learn } = this.spec;
    const samples = Math.min(this.open ? this.ring.size : this.counted, this.ring.size);
    if (samples < learn)
      throw new LinesideError('COMMAND_REFUSED', {
        verb: 'chart',
        why: `the chart has ${samples} of the ${learn} samples of its first phase`,
      });
    const { open, points, limits } = this.walked(this.ring.newest(learn));
    points.forEach(({ points: of, rule }, n) => {
      const [main = 0, other = 0] = of.map(({ statistic }) => statistic);
      this.ring.mark(learn - 1 - n, WHY.indexOf(rule), [main, other]);
    });
    this.open = open;
    this.limits = limits;
    this.closed = { at, who };
    this.calm();
  }

  /** The first phase begins anew: nothing is held against anything until it is closed. */
  learn(): void {
    this.open = null;
    this.closed = null;
    this.limits = null;
    this.pending = [];
    this.calm();
  }

  /** After the cause is gone: sums, means and patterns begin anew, limits stay. Throws COMMAND_REFUSED. */
  restart(): void {
    if (!this.open) throw new LinesideError('COMMAND_REFUSED', { verb: 'chart', why: 'its first phase is not closed yet' });
    this.open = this.opened(this.open.baseline);
    this.calm();
  }

  /** Cpk of the last `parts` values, with one more where it is given; NaN while there are fewer, or they are all alike. */
  cpk(parts: number, newest?: readonly number[]): number {
    const { size, tolerance } = this.spec;
    const more = size === 1 && newest?.every(isUsable) ? [newest] : [];
    const samples = Math.floor(parts / size) - more.length;
    if (!this.kit.within || !tolerance || samples < 1 || this.ring.size < samples) return Number.NaN;
    const last = [...this.values(samples), ...more];
    const mean = meanOf(last.map(meanOf));
    const sigma = this.kit.within(last);
    const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = tolerance;
    return sigma > 0 ? Math.min(mean - lower, upper - mean) / (3 * sigma) : Number.NaN;
  }

  /** Of the newest values since the first phase was closed, and of those of that phase; null where no limits are asked of it, or nothing is measured. */
  capability(): Judged | null {
    const { tolerance, rules, learn } = this.spec;
    if (!this.kit.within || !tolerance) return null;
    if (!this.open)
      return {
        ok: false,
        refused: 'The first phase is not closed yet.',
        next: 'Close it first: what is not in control has no capability.',
        offered: null,
      };
    const rows = this.ring.newest(Math.min(this.ring.size, this.counted + learn));
    const samples = rows.map(({ values }) => values);
    const signals = rows.filter(({ code }) => code > 0).length;
    const within = this.kit.within(samples);
    return judgeCapability({ values: samples.flat(), within, signals, chance: chanceOf(rows.length, rules), tolerance });
  }

  state(station: string, name: string, recipe: string): ChartState {
    const { chart, of, learn, size } = this.spec;
    const proposal = this.phase === 'proposed' ? this.propose() : null;
    const [last] = this.ring.newest(1);
    return {
      station,
      name,
      recipe,
      chart,
      of,
      phase: this.phase,
      samples: this.counted,
      learn,
      size,
      limits: this.limits ?? proposal?.limits ?? null,
      outside: proposal?.outside ?? null,
      closed: this.closed,
      ...this.said,
      last: last ? { sequence: last.sequence, at: last.at, values: this.drawn(last) } : null,
      signal: this.signal,
      left_out: this.leftOut,
      refused: proposal?.refused ?? null,
    };
  }

  /** Oldest first. */
  points(): readonly ChartPoint[] {
    return this.ring.newest(MOST_POINTS).map((row) => {
      return { sequence: row.sequence, at: row.at, values: this.drawn(row), rule: WHY[row.code] ?? '' };
    });
  }

  get panels(): readonly string[] {
    return this.kit.panels.map(({ name }) => name);
  }

  saved(): SavedChart {
    const { open, spec, counted, ring, pending } = this;
    return {
      identity: identityOf(spec),
      options: optionsOf(spec),
      counted,
      total: ring.total,
      left_out: this.leftOut,
      rows: ring.newest(ring.size).map(({ sequence, at, code, statistics, values }) => [sequence, at, code, ...statistics, ...values]),
      pending,
      pending_place: this.pendingPlace,
      closed: this.closed,
      baseline: open?.baseline ?? null,
      memories: open?.panels.map((panel) => panel.memory?.() ?? []) ?? [],
      zones: open?.zones.memory() ?? [],
      fact: this.said,
      signal: this.signal,
      quiet: this.quiet,
    };
  }

  /** What saved() gave, of a chart of the same identity; where it is asked otherwise by now, sums, means and patterns begin anew. */
  restore(saved: SavedChart): void {
    for (const [sequence = 0, at = 0, code = 0, main = 0, other = 0, ...values] of saved.rows)
      if (values.length === this.width) this.ring.push({ sequence, at, code, statistics: [main, other], values });
    this.counted = saved.counted;
    this.leftOut = saved.left_out;
    this.pending = [...saved.pending];
    this.pendingPlace = saved.pending_place;
    this.said = { out: saved.fact.out, rule: saved.fact.rule };
    this.signal = saved.signal;
    this.quiet = saved.quiet;
    if (!saved.baseline || !saved.closed) return;
    this.closed = saved.closed;
    if (saved.options !== optionsOf(this.spec)) {
      this.open = this.opened(saved.baseline);
      this.said = { out: false, rule: '' };
      this.signal = null;
      return;
    }
    this.open = {
      baseline: saved.baseline,
      panels: this.kit.panels.map(({ open }, n) => open(saved.baseline as Baseline, remembered(saved.memories[n]))),
      zones: new ZoneWatch(this.spec.rules, saved.zones),
    };
    const [last] = this.ring.newest(1);
    if (last) this.limits = this.limitsBehind(this.open, last.values);
  }

  private sampleOf(pending: readonly number[]): Sample {
    return CHARTS[this.spec.chart] === 'counts' ? [pending.reduce((sum, count) => sum + count, 0)] : pending;
  }

  /** `learnedFrom`: so many of the samples that come first are those of the baseline. */
  private opened(baseline: Baseline, learnedFrom = 0): Open {
    return {
      baseline,
      panels: this.kit.panels.map(({ open }) => open(baseline, undefined, learnedFrom)),
      zones: new ZoneWatch(this.spec.rules),
    };
  }

  private copied({ baseline, panels, zones }: Open): Open {
    return {
      baseline,
      // A chart without memory is the same after any sample that it was not learned from.
      panels: panels.map((panel, n) => (panel.memory ? (this.kit.panels[n]?.open(baseline, remembered(panel.memory())) ?? panel) : panel)),
      zones: new ZoneWatch(this.spec.rules, zones.memory()),
    };
  }

  private step({ panels, zones }: Open, sample: Sample): Stepped {
    const points = panels.map((panel) => panel(sample));
    const [main, ...others] = points;
    const patterns = main && main.z !== null && !this.kit.panels[0].spread ? zones.step(main.z) : NO_PATTERNS;
    const isBeyond = main?.beyond === true;
    const rule = patterns[0] ?? (isBeyond ? 'limits' : others.some(({ beyond }) => beyond) ? 'spread' : '');
    return { points, rule, moved: isBeyond || patterns.some((pattern) => MOVED.has(pattern)) };
  }

  private hear(stepped: Stepped, place: ChartPlace): void {
    this.said = factOf(stepped);
    this.limits = this.limitsOf(stepped);
    const { rule, moved } = stepped;
    if (rule === '') {
      this.quiet += 1;
      if (this.quiet >= BACK_IN_CONTROL) this.signal = null;
      return;
    }
    this.quiet = 0;
    const { points, ...before } = this.signal ?? { rule, since: place, points: 0, likely: null, from: null };
    // Once is enough: the first one that says that the mean has moved knows best where it began.
    const began = moved && before.likely === null ? this.began(stepped) : null;
    this.signal = { ...before, ...began, points: points + 1 };
  }

  private began({ points: [main] }: Stepped): { readonly likely: ChartPlace; readonly from: ChartPlace } | null {
    if (!this.open || !main) return null;
    const rows = this.ring.newest(Math.min(this.counted, CHANGE_WITHIN));
    const change = this.kit.change(
      rows.map(({ values }) => values),
      this.open.baseline,
      main.statistic >= main.center ? 'above' : 'below',
    );
    const [likely, from] = [rows[change?.likely ?? -1], rows[change?.from ?? -1]];
    return likely && from ? { likely: placeOf(likely), from: placeOf(from) } : null;
  }

  private limitsOf(stepped: Stepped): readonly ChartLimits[] {
    return stepped.points.map(({ lower, center, upper }, n) => ({ panel: this.kit.panels[n]?.name ?? '', lower, center, upper }));
  }

  /** That hold for the next sample. */
  private limitsBehind(open: Open, sample: Sample): readonly ChartLimits[] {
    return this.limitsOf(this.step(this.copied(open), sample));
  }

  /** Throws SPC_TOO_LITTLE. */
  private walked(rows: readonly Row[]): Walked {
    const samples = rows.map(({ values }) => values);
    const baseline = this.kit.learn(samples);
    if ('rate' in baseline && !(baseline.rate > 0))
      throw new LinesideError('SPC_TOO_LITTLE', { why: `${samples.length} samples in which nothing was counted` });
    const open = this.opened(baseline, samples.length);
    const points = samples.map((sample) => this.step(open, sample));
    return { open, points, limits: this.limitsBehind(open, samples.at(-1) ?? []) };
  }

  private propose(): Proposal {
    if (this.proposal?.total === this.ring.total) return this.proposal.is;
    const is = this.proposed();
    this.proposal = { total: this.ring.total, is };
    return is;
  }

  private proposed(): Proposal {
    try {
      const { points, limits } = this.walked(this.ring.newest(this.spec.learn));
      return { limits, outside: points.filter(({ rule }) => rule !== '').length, refused: null };
    } catch (thrown) {
      return { limits: null, outside: null, refused: asLinesideError(thrown).sentence };
    }
  }

  private triesToClose(at: number): boolean {
    try {
      this.close('', at);
      return true;
    } catch {
      // Nothing can be learned yet; the page says why.
      return false;
    }
  }

  private calm(): void {
    this.counted = 0;
    this.said = { out: false, rule: '' };
    this.signal = null;
    this.quiet = 0;
    this.proposal = null;
  }

  private values(samples: number): readonly Sample[] {
    const { width, ring } = this;
    return Array.from({ length: samples }, (_, n) => Array.from({ length: width }, (__, k) => ring.value(samples - 1 - n, k)));
  }

  /** What is drawn of a sample of which no limits are known: its mean or share. */
  private drawn({ code, statistics: [main, other], values }: Row): readonly number[] {
    const { chart, size } = this.spec;
    if (code !== UNKNOWN) return this.kit.panels.length > 1 ? [main, other] : [main];
    // Their statistics are distances from what is not known yet.
    if (CHARTS[chart] === 'rows' || chart === 'cusum') return [];
    return [chart === 'p' || chart === 'u' ? (values[0] ?? 0) / size : meanOf(values)];
  }
}

/** A first phase as it looks by what was learned from it. */
interface Walked {
  readonly open: Open;
  readonly points: readonly Stepped[];
  readonly limits: readonly ChartLimits[];
}

interface Proposal {
  readonly limits: readonly ChartLimits[] | null;
  readonly outside: number | null;
  readonly refused: string | null;
}

/** Numbers whose squares and sums are numbers too: what follows from others could not be kept. */
const isUsable = (value: number): boolean => Math.abs(value) < 1e100;
const NO_PATTERNS: readonly ZoneRule[] = [];
const factOf = ({ rule }: Stepped) => ({ out: rule !== '', rule });
const placeOf = ({ sequence, at }: Row): ChartPlace => ({ sequence, at });
/** open() takes none for a chart that begins. */
const remembered = (memory: readonly number[] | undefined) => (memory && memory.length > 0 ? memory : undefined);
