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
import { MOST_RECIPES, type StationChart, StationCharts } from '../../decisions/spc/live/station.ts';
import { ZONE_RULES, type ZoneRule } from '../../decisions/spc/zone-rules.ts';
import { LinesideError, messageOf } from '../../errors.ts';
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
/** Of the journal, read at once. */
const PAGE = 500;
const NOTHING_SAID: ChartFacts = { facts: {}, cpk: () => Number.NaN };

interface Desk {
  readonly charts: StationCharts;
  readonly shelf: ChartShelf;
  /** Sequence of the newest part that was charted. */
  through: number;
  /** Recipes with something that is not on the disk. */
  readonly changed: Set<string>;
  /** Parts since it was kept. */
  parts: number;
  unkept: string | null;
  torn: string | null;
}

export class ChartDesk {
  private readonly options: ChartDeskOptions;
  private readonly desks = new Map<string, Desk>();
  /** Charts whose state has changed since somebody has taken it; `station/chart`. */
  private readonly news = new Set<string>();
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
    for (const gone of before?.charts.names ?? []) this.news.add(`${name}/${gone}`);
    if (Object.keys(charts).length === 0) return this.forget(name);
    const desk = before ? goingOn(name, charts, before) : await this.recalled(name, charts, last);
    this.desks.set(name, desk);
    for (const chart of Object.keys(charts)) this.news.add(`${name}/${chart}`);
    await this.keep(name, desk, true);
  }

  /** The station is gone, or has no charts any more. What is kept stays on the disk. */
  async forget(name: string): Promise<void> {
    const desk = this.desks.get(name);
    if (!desk) return;
    await this.keep(name, desk);
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
      this.take(name, desk, inspection, { sequence, at });
      if (desk.parts >= KEPT_AFTER) void this.keep(name, desk);
    } catch (thrown) {
      if (!this.isFailed) this.options.log.error({ why: messageOf(thrown) }, 'a part could not be charted');
      this.isFailed = true;
    }
  }

  /** Resolves when it is kept. Rejects with COMMAND_REFUSED or SPC_TOO_LITTLE. */
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
    this.tell(station, desk);
    await this.keep(station, desk);
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
    this.end();
    await this.keepAll();
  }

  private take(name: string, desk: Desk, part: Inspection | PassedPart, place: { readonly sequence: number; readonly at: number }): void {
    const { sampled, closed } = desk.charts.take(part, place, this.options.clock.now());
    desk.through = place.sequence;
    desk.parts += 1;
    desk.changed.add(part.recipe);
    for (const chart of sampled) this.news.add(`${name}/${chart}`);
    for (const chart of closed) {
      const state = desk.charts.state(chart, part.recipe);
      if (state) this.options.onClosed(state);
    }
    if (sampled.length > 0) this.tell(name, desk);
  }

  /** What the disk knows, and the parts that came since. */
  private async recalled(name: string, charts: Readonly<Record<string, StationChart>>, last: number): Promise<Desk> {
    const shelf = new ChartShelf(join(this.options.folder, name));
    const none = { kept: [], mark: last, torn: null };
    const [{ kept, mark, torn }, why] = await shelf
      .read()
      .then((read) => [read ?? none, null] as const)
      .catch((thrown: unknown) => [none, messageOf(thrown)] as const);
    const desk: Desk = {
      charts: new StationCharts(name, charts, kept),
      shelf,
      through: last,
      changed: new Set(),
      parts: 0,
      unkept: why,
      torn,
    };
    // A journal that went back gives the same numbers to other parts.
    const through = new Map(kept.map((one) => [one.recipe, Math.min(one.through, last)]));
    for (const one of kept) if (one.through > last) desk.changed.add(one.recipe);
    await this.catchUp(name, desk, { after: Math.max(Math.min(mark, last), last - MOST_BEHIND), last, through });
    return desk;
  }

  private async catchUp(
    name: string,
    desk: Desk,
    { after, last, through }: { readonly after: number; readonly last: number; readonly through: ReadonlyMap<string, number> },
  ): Promise<void> {
    try {
      for (let from = after; from < last; ) {
        const parts = await this.options.passed({ station: name, after: from, limit: PAGE });
        for (const part of parts) if (part.sequence > (through.get(part.recipe) ?? 0)) this.take(name, desk, part, part);
        from = parts.length < PAGE ? last : (parts.at(-1)?.sequence ?? last);
      }
    } catch (thrown) {
      this.options.log.warn({ station: name, why: messageOf(thrown) }, 'parts since the charts were kept last are not charted');
    }
    desk.through = last;
  }

  private tell(name: string, desk: Desk): void {
    const { charts, unkept, torn } = desk;
    const faults: Standing[] = charts.names.flatMap((chart) => {
      const state = charts.recipe === null ? null : charts.state(chart, charts.recipe);
      return state?.signal ? [signalOf(state)] : [];
    });
    const about = (fault: LinesideError) => faults.push({ fault, subject: name });
    if (charts.left !== null) about(new LinesideError('SPC_CROWDED', { station: name, recipe: charts.left, most: MOST_RECIPES }));
    if (unkept !== null) about(new LinesideError('SPC_UNKEPT', { station: name, why: unkept }));
    if (torn !== null) about(new LinesideError('SPC_TORN', { station: name, file: torn }));
    this.options.onChange(name, faults);
  }

  private async keepAll(): Promise<void> {
    for (const [name, desk] of this.desks) await this.keep(name, desk);
  }

  /** Whoever has parts since it was kept. The mark comes last: what is not marked is read from the journal again, and not taken twice. */
  private async keep(name: string, desk: Desk, isFirst = false): Promise<void> {
    const { charts, shelf, changed, through } = desk;
    if (changed.size === 0 && !isFirst) return;
    const recipes = new Set(changed);
    changed.clear();
    desk.parts = 0;
    try {
      // As they are at this moment, all of them: parts go on while the disk writes.
      const saved = charts.saved(recipes);
      for (const one of saved) await shelf.write({ ...one, through });
      await shelf.mark(through, charts.all);
      desk.unkept = null;
      desk.torn = await shelf.torn();
    } catch (thrown) {
      for (const recipe of recipes) changed.add(recipe);
      desk.unkept = messageOf(thrown).split(',')[0] ?? '';
    }
    if (this.desks.get(name) === desk) this.tell(name, desk);
  }
}

/** Of a station whose config has changed: charts that are the same as before go on. */
function goingOn(name: string, charts: Readonly<Record<string, StationChart>>, before: Desk): Desk {
  const saved = before.charts.saved();
  return { ...before, charts: new StationCharts(name, charts, saved), changed: new Set(saved.map(({ recipe }) => recipe)) };
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
