/**
 * Key performance indicators of ISO 22400-2:2014, each by the formula of its description in clause 9, named by the standard's own name. Pure.
 *
 * The standard knows no part of which nothing is known; a line has them: for review, missed, judged by nobody. They are in no numerator and no
 * denominator of a value; `low` and `high` say what it could be if all of them were bad, or good. Without them the value is the formula's.
 */
import type {
  KpiDoubt,
  PartCount,
  QualityKpi,
  Ratio,
  ShiftCounts,
  StationFacts,
  StationKpi,
  UnknownParts,
  WatchedTime,
} from '../../contracts/index.ts';
import { Hours, type Milliseconds } from '../../time.ts';

type Fate = 'good' | 'scrap' | 'rework' | keyof UnknownParts;

/** What a record says of its part. Rework is what somebody decided; what is not good and not to be reworked is scrap (SQ). */
export function fateOf({ outcome, verdict, action }: Pick<PartCount, 'outcome' | 'verdict' | 'action'>): Fate {
  if (outcome === 'missed' || outcome === 'unrecorded' || outcome === 'failed') return outcome;
  if (verdict === 'ok') return 'good';
  if (action === 'rework') return 'rework';
  return verdict === 'nok' ? 'scrap' : 'review';
}

const NONE: Ratio = { value: null, low: null, high: null, count: 0, of: 0 };

/** `unknown` of the same kind as `of`, of which each may or may not belong to `count`. */
function ratioOf(count: number, of: number, unknown: number): Ratio {
  const all = of + unknown;
  if (all === 0) return NONE;
  return { value: of === 0 ? null : count / of, low: count / all, high: (count + unknown) / all, count, of };
}

class Sums {
  readonly by: Record<Fate, number> = { good: 0, scrap: 0, rework: 0, review: 0, failed: 0, missed: 0, unrecorded: 0 };
  /** Parts with an id that passed for the first time: inspected parts (IP), of them good ones (GP) and those of which it is not known. */
  readonly first = { good: 0, known: 0, unknown: 0 };
  unnamed = 0;

  add(count: PartCount): void {
    const fate = fateOf(count);
    this.by[fate] += count.parts;
    if (count.pass === 'unnamed') this.unnamed += count.parts;
    if (count.pass !== 'first') return;
    const isKnown = fate === 'good' || fate === 'scrap' || fate === 'rework';
    if (fate === 'good') this.first.good += count.parts;
    this.first[isKnown ? 'known' : 'unknown'] += count.parts;
  }

  get known(): number {
    return this.by.good + this.by.scrap + this.by.rework;
  }
  get unknown(): number {
    return this.by.review + this.by.failed + this.by.missed + this.by.unrecorded;
  }

  kpi(): QualityKpi {
    const { good, scrap, rework, ...unknown } = this.by;
    const share = (count: number) => ratioOf(count, this.known, this.unknown);
    return {
      quantities: { produced: this.known + this.unknown, good, scrap, rework, unknown },
      // Quality ratio = GQ / PQ.
      quality_ratio: share(good),
      // Scrap ratio = SQ / PQ.
      scrap_ratio: share(scrap),
      // Rework ratio = RQ / PQ.
      rework_ratio: share(rework),
      // First pass yield = GP / IP: of individual parts, which only their ids tell apart.
      first_pass_yield: ratioOf(this.first.good, this.first.known, this.first.unknown),
    };
  }
}

/** Whatever they have in common. */
export function qualityOf(counts: readonly PartCount[]): QualityKpi {
  const sums = new Sums();
  for (const count of counts) sums.add(count);
  return sums.kpi();
}

/** Of the planned time, so much may be unknown before effectiveness means nothing: its parts and its time would be of different hours. */
const MOST_UNKNOWN = 0.01;
/** Of the planned time, without the agent: less is a restart. */
const OFF = 0.005;

/** `planned`: planned busy time of the station up to now. */
export function stationKpi(facts: StationFacts, counts: ShiftCounts, planned: Milliseconds): StationKpi {
  const all = new Sums();
  const byRecipe = new Map<string, Sums>();
  for (const count of counts.parts) {
    if (count.station !== facts.station) continue;
    all.add(count);
    const sums = byRecipe.get(count.recipe) ?? new Sums();
    byRecipe.set(count.recipe, sums);
    sums.add(count);
  }
  const time = counts.times.find(({ station }) => station === facts.station);
  const watched = Math.min(planned, time?.watched ?? 0);
  const quality = all.kpi();
  const machine = machineKpi(facts, time, planned, all);
  const doubts: KpiDoubt[] = [
    ...(planned - watched > OFF * planned ? (['agent_off'] as const) : []),
    ...(facts.hasMachine && (machine.times.unknown ?? 0) > MOST_UNKNOWN * planned ? (['machine_unknown'] as const) : []),
    ...(all.unknown > 0 ? (['parts_unknown'] as const) : []),
    ...(all.unnamed > 0 ? (['parts_without_id'] as const) : []),
    ...(counts.complete ? [] : (['not_counted'] as const)),
  ];
  return {
    station: facts.station,
    ...quality,
    times_ms: { planned, watched, ...machine.times },
    // Throughput rate = PQ / AOET. Without orders the planned time of the shift stands for the actual order execution time.
    throughput_rate: planned > 0 ? (quality.quantities.produced * Hours(1)) / planned : null,
    availability: machine.availability,
    effectiveness: machine.effectiveness,
    oee: machine.oee,
    recipes: [...byRecipe]
      .map(([recipe, sums]) => ({ recipe, ...sums.kpi() }))
      .sort((a, b) => b.quantities.produced - a.quantities.produced),
    doubts,
  };
}

function machineKpi({ idealCycle, hasMachine }: StationFacts, time: WatchedTime | undefined, planned: Milliseconds, parts: Sums) {
  const times = hasMachine ? knownTimes(time, planned) : { running: null, stopped: null, unknown: null };
  // Availability = APT / PBT.
  const availability = times.running === null ? NONE : ratioOf(times.running, times.running + times.stopped, times.unknown);
  const produced = parts.known + parts.unknown;
  const effectiveness = effectivenessOf(idealCycle, produced, times, planned);
  return { times, availability, effectiveness, oee: oeeOf({ idealCycle, planned, parts, availability, effectiveness }) };
}

type Times =
  | { readonly running: number; readonly stopped: number; readonly unknown: number }
  | { readonly [K in 'running' | 'stopped' | 'unknown']: null };

/** What was told while a clock was set may be more than there was time for. */
function knownTimes(time: WatchedTime | undefined, planned: Milliseconds): Times {
  const running = Math.min(planned, time?.running ?? 0);
  const stopped = Math.min(planned - running, time?.stopped ?? 0);
  return { running, stopped, unknown: planned - running - stopped };
}

/** Effectiveness = PRI x PQ / APT. More than 1 where the machine is faster than planned. */
function effectivenessOf(ideal: Milliseconds | null, produced: number, times: Times, planned: Milliseconds): Ratio {
  if (ideal === null || times.running === null || times.running + times.unknown === 0) return NONE;
  const needed = ideal * produced;
  const isKnown = times.running > 0 && times.unknown <= MOST_UNKNOWN * planned;
  return {
    value: isKnown ? needed / times.running : null,
    low: needed / (times.running + times.unknown),
    high: times.running > 0 ? needed / times.running : null,
    count: needed,
    of: times.running,
  };
}

interface OeeOf {
  readonly idealCycle: Milliseconds | null;
  readonly planned: Milliseconds;
  readonly parts: Sums;
  readonly availability: Ratio;
  readonly effectiveness: Ratio;
}

/** OEE index = availability x effectiveness x quality ratio, which is PRI x GQ / PBT: how long the machine ran is in none of its bounds. */
function oeeOf({ idealCycle, planned, parts, availability, effectiveness }: OeeOf): Ratio {
  if (idealCycle === null || planned === 0 || availability.value === null) return NONE;
  const quality = parts.known === 0 ? null : parts.by.good / parts.known;
  const isKnown = effectiveness.value !== null && quality !== null;
  return {
    value: isKnown ? availability.value * (effectiveness.value ?? 0) * (quality ?? 0) : null,
    low: (idealCycle * parts.by.good) / planned,
    high: (idealCycle * (parts.by.good + parts.unknown)) / planned,
    count: idealCycle * parts.by.good,
    of: planned,
  };
}
