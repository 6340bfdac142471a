/** The control charts of all stations as the agent has them: fed by what is recorded, kept on the disk, changed on purpose, and told. */
import { join } from 'node:path';
import { type Around, type ChartPlan, isSeries, planOf, seriesOf } from '../../config/charts.ts';
import type { Config } from '../../config/schema.ts';
import type {
  ChartFacts,
  ChartPoint,
  ChartState,
  ChartVerb,
  Inspection,
  Log,
  PassedPart,
  PassedWish,
  RuleInput,
  Standing,
} from '../../contracts/index.ts';
import type { Judged } from '../../decisions/spc/capability.ts';
import { MOST_RECIPES, type SavedRecipe, type StationChart, StationCharts } from '../../decisions/spc/live/station.ts';
import { ZONE_RULES, type ZoneRule } from '../../decisions/spc/zone-rules.ts';
import { causeOf, LinesideError, messageOf } from '../../errors.ts';
import { type Clock, every, Minutes } from '../../time.ts';
import { ChartShelf } from './shelf.ts';

export interface ChartDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Absolute; each station has a folder in it. */
  readonly folder: string;
  /** Everything that is wrong with the charts of a station now. */
  readonly onChange: (station: string, standings: readonly Standing[]) => void;
  /** A first phase was closed by itself, as the config wants it. */
  readonly onClosed: (state: ChartState) => void;
  readonly passed: (wish: PassedWish) => Promise<readonly PassedPart[]>;
  /** Of a part by its name: master parts, which challenge the station, are in no chart. */
  readonly isProduction: (station: string, part: string | null) => boolean;
}

export interface ChartDetail {
  readonly state: ChartState;
  readonly panels: readonly string[];
  readonly points: readonly ChartPoint[];
  /** Null where no limits are asked of it. */
  readonly capability: Judged | null;
}

export interface ChartWish {
  readonly station: string;
  readonly chart: string;
  /** Default: the one that is made. */
  readonly recipe?: string | undefined;
}

/** `state` null: the chart is gone. */
export interface ChartNews {
  readonly station: string;
  readonly name: string;
  readonly state: ChartState | null;
}

/** What a kill costs: so much of the journal is read again. */
const KEPT_EVERY = Minutes(5);
/** The same in parts: a line that never rests. */
const KEPT_AFTER = 5000;
/** Further back nobody reads after a start: charts that the config had once, weeks ago. */
const MOST_BEHIND = 20_000;
/** Of the journal, read at once: each time its newest rows are looked through. */
const PAGE = 2000;
const NOTHING_SAID: ChartFacts = { facts: {}, cpk: () => Number.NaN };

interface Desk {
  charts: StationCharts;
  /** What they chart, as text. */
  config: string;
  readonly shelf: ChartShelf;
  /** Sequence of the newest part up to which all were charted. */
  through: number;
  /** Recipes with something that is not on the disk. */
  readonly changed: Set<string>;
  /** Parts since it was kept. */
  parts: number;
  unkept: string | null;
  /** Why it does not know what was before: then nothing is written over the files, which do. */
  unread: string | null;
  torn: string | null;
}

export class ChartDesk {
  private readonly options: ChartDeskOptions;
  private readonly desks = new Map<string, Desk>();
  /** Charts whose state has changed since somebody has taken it; `station/chart`. */
  private readonly news = new Set<string>();
  /** Of each station one keep after the other: what is marked as kept is in the files. */
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Of the journal. */
  private reading: Promise<unknown> = Promise.resolve();
  private isStopped = false;
  private isFailed = false;
  private readonly end: () => void;

  constructor(options: ChartDeskOptions) {
    this.options = options;
    this.end = every(options.clock, KEPT_EVERY, () => void this.keepAll());
  }

  /**
   * These charts are the station's from now on, while it takes no parts. Those that are the same as before go on; after a start, from the disk and from what
   * the journal has since. `last`: sequence of its newest part there. Never rejects: what cannot be read begins anew, and is told.
   */
  async chart(name: string, config: Config, last: number): Promise<void> {
    const charts = chartsOf(name, config);
    const before = this.desks.get(name);
    const isNone = Object.keys(charts).length === 0;
    for (const gone of before?.charts.names ?? []) this.news.add(`${name}/${gone}`);
    if (isNone && before) return this.forget(name);
    if (isNone) return this.clear(name);
    if (before) goOn(name, charts, before);
    else this.desks.set(name, await this.recalled(name, charts, last));
    for (const chart of Object.keys(charts)) this.news.add(`${name}/${chart}`);
    // After a start the mark says from where on the journal is read; a line that runs does not wait for the disk.
    if (before) void this.keep(name);
    else await this.keep(name, true);
    this.tell(name);
  }

  /** The station is gone, or has no charts any more. What is kept stays on the disk. */
  async forget(name: string): Promise<void> {
    const desk = this.desks.get(name);
    if (!desk) return;
    await this.keep(name);
    this.desks.delete(name);
    for (const chart of desk.charts.names) this.news.add(`${name}/${chart}`);
    this.options.onChange(name, []);
  }

  /** What the charts of the station say with this part. */
  says(name: string, { findings, tags, recipe, part }: RuleInput): ChartFacts {
    const charts = this.desks.get(name)?.charts;
    if (!charts) return NOTHING_SAID;
    const isProduction = this.options.isProduction(name, part);
    return charts.says(isProduction ? { findings: Object.values(findings), tags, recipe } : { findings: [], tags: {}, recipe });
  }

  /** A part that is recorded, in the order of the records. Never throws: a chart may not cost a part its record. */
  note(inspection: Inspection): void {
    const { station: name, outcome, sequence, at } = inspection;
    const desk = this.desks.get(name);
    if (!desk || (outcome !== 'judged' && outcome !== 'failed')) return;
    try {
      const { isTold, closed } = this.take(name, desk, inspection, { sequence, at });
      if (isTold) this.tell(name);
      // What closed by itself is on record once.
      if (desk.parts >= KEPT_AFTER || closed > 0) void this.keep(name);
    } catch (thrown) {
      if (!this.isFailed) this.options.log.error({ why: messageOf(thrown) }, 'a part could not be charted');
      this.isFailed = true;
    }
  }

  /** Resolves when it is kept. Rejects with COMMAND_REFUSED or SPC_TOO_LITTLE, and with SPC_UNKEPT or SPC_UNREAD where it holds until the next start alone. */
  async change(verb: ChartVerb, { station, chart, recipe }: ChartWish, who: string): Promise<ChartState> {
    const desk = this.desks.get(station);
    const named = recipe ?? desk?.charts.recipe ?? null;
    if (!desk || named === null) {
      const why = desk ? 'no part was charted yet' : `there is no station ${station} with charts`;
      throw new LinesideError('COMMAND_REFUSED', { verb: 'chart', why });
    }
    desk.charts.change(verb, { name: chart, recipe: named }, { who, at: this.options.clock.now() });
    desk.changed.add(named);
    this.news.add(`${station}/${chart}`);
    this.tell(station);
    if (!(await this.keep(station))) throw unkeptOf(station, desk) ?? new LinesideError('INTERNAL', { why: `station ${station} is gone` });
    const state = desk.charts.state(chart, named);
    if (!state) throw new LinesideError('INTERNAL', { why: `chart ${chart} is gone` });
    return state;
  }

  states(): readonly ChartState[] {
    return [...this.desks.values()].flatMap(({ charts }) => charts.states());
  }

  /** Null: there is none, or no part of that recipe was charted. */
  detail({ station, chart, recipe }: ChartWish): ChartDetail | null {
    const charts = this.desks.get(station)?.charts;
    const named = recipe ?? charts?.recipe ?? null;
    const state = named === null ? null : (charts?.state(chart, named) ?? null);
    const detail = named === null ? null : (charts?.detail(chart, named) ?? null);
    return state && detail ? { state, ...detail } : null;
  }

  /** What has changed since the last call, each chart under the recipe that is made; null: it is gone. */
  takeNews(): readonly ChartNews[] {
    const taken = [...this.news].flatMap((key): readonly ChartNews[] => {
      const [station = '', name = ''] = key.split('/');
      const charts = this.desks.get(station)?.charts;
      if (!charts?.names.includes(name)) return [{ station, name, state: null }];
      const state = charts.recipe === null ? null : charts.state(name, charts.recipe);
      return state ? [{ station, name, state }] : [];
    });
    this.news.clear();
    return taken;
  }

  /** All of them are news again. */
  again(): void {
    for (const [station, { charts }] of this.desks) for (const name of charts.names) this.news.add(`${station}/${name}`);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.end();
    await this.keepAll();
  }

  private take(
    name: string,
    desk: Desk,
    part: Inspection | PassedPart,
    place: { readonly sequence: number; readonly at: number },
  ): { readonly isTold: boolean; readonly closed: number } {
    const { left } = desk.charts;
    const { sampled, closed } = desk.charts.take(part, place, this.options.clock.now());
    desk.through = place.sequence;
    desk.parts += 1;
    desk.changed.add(part.recipe);
    for (const chart of sampled) this.news.add(`${name}/${chart}`);
    for (const chart of closed) {
      const state = desk.charts.state(chart, part.recipe);
      if (state) this.options.onClosed(state);
    }
    return { isTold: sampled.length > 0 || desk.charts.left !== left, closed: closed.length };
  }

  /** What the disk knows, and the parts that came since. */
  private async recalled(name: string, charts: Readonly<Record<string, StationChart>>, last: number): Promise<Desk> {
    const shelf = this.shelfOf(name);
    const none = { kept: [], mark: last, torn: null };
    const [{ kept, mark, torn }, unread] = await shelf
      .read()
      .then((read) => [read ?? none, null] as const)
      .catch((thrown: unknown) => [none, reasonOf(thrown)] as const);
    this.outdate(name, kept);
    const after = Math.max(Math.min(mark, last), last - MOST_BEHIND);
    const desk: Desk = {
      charts: new StationCharts(name, charts, kept),
      config: JSON.stringify(charts),
      shelf,
      through: after,
      changed: new Set(),
      parts: 0,
      unkept: null,
      unread,
      torn,
    };
    // A journal that went back gives the same numbers to other parts.
    const through = new Map(kept.map((one) => [one.recipe, Math.min(one.through, last)]));
    for (const one of kept) if (one.through > last) desk.changed.add(one.recipe);
    await this.catchUp(name, desk, { last, through });
    return desk;
  }

  /** History: nothing of it is told as it goes by. Only when all of it was read is nothing behind. */
  private async catchUp(
    name: string,
    desk: Desk,
    { last, through }: { readonly last: number; readonly through: ReadonlyMap<string, number> },
  ): Promise<void> {
    try {
      for (let from = desk.through; from < last; ) {
        const parts = await this.page({ station: name, after: from, limit: PAGE });
        for (const part of parts) if (part.sequence > (through.get(part.recipe) ?? 0)) this.take(name, desk, part, part);
        from = parts.length < PAGE ? last : (parts.at(-1)?.sequence ?? last);
      }
      desk.through = last;
    } catch (thrown) {
      this.options.log.warn({ station: name, why: messageOf(thrown) }, 'parts since the charts were kept last are not charted');
      desk.unread = `the parts since they were kept last: ${reasonOf(thrown)}`;
      if (thrown instanceof LinesideError && thrown.code === 'STOPPING') this.isStopped = true;
    }
  }

  /** Of one station after the other, and once more where it was in vain: a box that starts is busy. */
  private page(wish: PassedWish): Promise<readonly PassedPart[]> {
    const done = this.reading.then(() => this.options.passed(wish)).catch(() => this.options.passed(wish));
    this.reading = done.catch(() => {});
    return done;
  }

  private shelfOf(name: string): ChartShelf {
    return new ChartShelf(join(this.options.folder, name));
  }

  /** A station without charts, which had some in another life. */
  private async clear(name: string): Promise<void> {
    const read = await this.shelfOf(name)
      .read()
      .catch(() => null);
    this.outdate(name, read?.kept ?? []);
  }

  /** Charts of the life before are told, so that what the brokers keep of those that the config has no more goes. */
  private outdate(name: string, kept: readonly SavedRecipe[]): void {
    for (const { charts } of kept) for (const chart of Object.keys(charts)) this.news.add(`${name}/${chart}`);
  }

  private tell(name: string): void {
    const desk = this.desks.get(name);
    // What a stop has cut off is no fault: the next start reads it.
    if (!desk || (this.isStopped && desk.unread !== null)) return;
    const { charts, torn } = desk;
    const { recipe, left } = charts;
    const faults: Standing[] = charts.signalling.flatMap((chart) => {
      const state = recipe === null ? null : charts.state(chart, recipe);
      return state?.signal ? [signalOf(state)] : [];
    });
    const about = (fault: LinesideError) => faults.push({ fault, subject: name });
    if (left !== null) about(new LinesideError('SPC_CROWDED', { station: name, recipe: left, most: MOST_RECIPES }));
    const unkept = unkeptOf(name, desk);
    if (unkept) about(unkept);
    if (torn !== null) about(new LinesideError('SPC_TORN', { station: name, file: torn }));
    this.options.onChange(name, faults);
  }

  private async keepAll(): Promise<void> {
    for (const name of [...this.desks.keys()]) await this.keep(name);
  }

  /** Whoever has parts since it was kept; whether all that was known at the call is kept. Never rejects. */
  private keep(name: string, isFirst = false): Promise<boolean> {
    const done = (this.turns.get(name) ?? Promise.resolve()).then(() => this.keepNow(name, isFirst));
    this.turns.set(name, done);
    return done;
  }

  /** The mark comes last: what is not marked is read from the journal again, and not taken twice. */
  private async keepNow(name: string, isFirst: boolean): Promise<boolean> {
    const desk = this.desks.get(name);
    if (!desk) return false;
    const { charts, shelf, changed, through } = desk;
    const saved = desk.unread === null ? charts.saved(new Set(changed)) : [];
    const isNew = changed.size > 0 || isFirst || desk.unkept !== null;
    changed.clear();
    desk.parts = 0;
    if (desk.unread !== null) return false;
    if (!isNew) return true;
    try {
      // As they are at this moment, all of them: parts go on while the disk writes.
      const { all } = charts;
      for (const one of saved) await shelf.write({ ...one, through });
      await shelf.mark(through, all);
      desk.unkept = null;
      desk.torn = await shelf.torn();
    } catch (thrown) {
      for (const { recipe } of saved) changed.add(recipe);
      desk.unkept = reasonOf(thrown);
    }
    this.tell(name);
    return desk.unkept === null;
  }
}

/** Of a station whose config has changed: charts that are the same as before go on. */
function goOn(name: string, charts: Readonly<Record<string, StationChart>>, desk: Desk): void {
  const config = JSON.stringify(charts);
  const saved = desk.charts.saved();
  desk.charts = new StationCharts(name, charts, saved);
  // What the files know of charts that are the same is as good as before.
  if (config !== desk.config) for (const { recipe } of saved) desk.changed.add(recipe);
  desk.config = config;
}

/** Within a sentence. */
const reasonOf = (thrown: unknown): string => causeOf(thrown).split(',')[0]?.replace(/\.$/, '') ?? '';

function unkeptOf(station: string, { unread, unkept }: Desk): LinesideError | null {
  if (unread !== null) return new LinesideError('SPC_UNREAD', { station, why: unread });
  return unkept === null ? null : new LinesideError('SPC_UNKEPT', { station, why: unkept });
}

/** Of the config, which was checked: what it charts is there. */
function chartsOf(name: string, config: Config): Readonly<Record<string, StationChart>> {
  const station = config.stations[name];
  const around: Around = { models: Object.keys(station?.models ?? {}), tags: tagsOf(config) };
  return Object.fromEntries(
    Object.entries(station?.charts ?? {}).map(([key, chart]) => {
      const plan: ChartPlan = planOf(chart);
      const series = plan.of.map((text) => seriesOf(text, around)).filter(isSeries);
      return [key, { spec: plan, series }] as const;
    }),
  );
}

/** As `server.tag`. */
export const tagsOf = ({ opcua }: Config): readonly string[] =>
  Object.entries(opcua).flatMap(([server, { tags }]) => Object.keys(tags).map((tag) => `${server}.${tag}`));

function signalOf({ station, name, recipe, signal, rule }: ChartState): Standing {
  const { since, likely, from } = signal ?? { since: null, likely: null, from: null };
  const began =
    likely && from
      ? `the process has most likely changed with part ${likely.sequence}, at ${new Date(likely.at).toISOString()}, and parts from ${from.sequence} on are to be looked at`
      : 'since when the process is another one cannot be said';
  const words = { station, chart: name, recipe, rule: wordsOf(signal?.rule ?? rule), since: since?.sequence ?? 0, began };
  return { fault: new LinesideError('SPC_SIGNAL', words), subject: `${station}/${name}` };
}

export function wordsOf(rule: string): string {
  if (rule === 'limits') return 'a point lies beyond its limits';
  return rule === 'spread' ? 'the spread is beyond its limits' : ZONE_RULES[rule as ZoneRule];
}
