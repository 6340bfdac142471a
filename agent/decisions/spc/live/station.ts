/** All charts of one station, each by itself under each recipe. Bounded: of recipes that nobody has closed a chart of, the one that was made longest ago goes first. */

import type { Series } from '../../../config/charts.ts';
import type { ChartedPart, ChartFacts, ChartPlace, ChartPoint, ChartState, ChartVerb } from '../../../contracts/charts.ts';
import { LinesideError } from '../../../errors.ts';
import type { Judged } from '../capability.ts';
import { identityOf, LiveChart, type LiveSpec, type SavedChart } from './chart.ts';
import { numberOf } from './series.ts';

/** Recipes of a station that are charted. */
export const MOST_RECIPES = 30;

export interface StationChart {
  readonly spec: LiveSpec;
  /** One for each of `spec.of`. */
  readonly series: readonly Series[];
}

export interface SavedRecipe {
  readonly recipe: string;
  readonly charts: Readonly<Record<string, SavedChart>>;
}

/** What a part changed. */
export interface Noted {
  /** Charts that have a new point. */
  readonly sampled: readonly string[];
  /** Whose first phase was closed by itself. */
  readonly closed: readonly string[];
}

const NOTHING: Noted = { sampled: [], closed: [] };

export class StationCharts {
  readonly station: string;
  private readonly charts: Readonly<Record<string, StationChart>>;
  /** The one that was made longest ago first. */
  private readonly recipes = new Map<string, ReadonlyMap<string, LiveChart>>();
  /** Of the part that came last, where it found no room. */
  private refused: string | null = null;

  /** `before`: what was kept; of a chart that is another one by now nothing is taken. */
  constructor(station: string, charts: Readonly<Record<string, StationChart>>, before: readonly SavedRecipe[] = []) {
    this.station = station;
    this.charts = charts;
    for (const { recipe, charts: saved } of before.slice(-MOST_RECIPES)) this.recipes.set(recipe, this.made(saved));
  }

  get names(): readonly string[] {
    return Object.keys(this.charts);
  }

  /** Of the part that is judged last, null before the first. */
  get recipe(): string | null {
    return [...this.recipes.keys()].at(-1) ?? null;
  }

  /** The recipe that is made, where nobody keeps its charts, since all others have limits that somebody has closed. */
  get left(): string | null {
    return this.refused;
  }

  /** Charts of the recipe that is made which have a signal; none where that recipe has no room. */
  get signalling(): readonly string[] {
    const made = this.refused === null ? [...this.recipes.values()].at(-1) : undefined;
    return [...(made ?? [])].flatMap(([name, chart]) => (chart.isSignalling ? [name] : []));
  }

  /** In the order of the journal. */
  take(part: ChartedPart, place: ChartPlace, at: number): Noted {
    const charts = this.of(part.recipe);
    if (!charts) return NOTHING;
    const [sampled, closed]: [string[], string[]] = [[], []];
    for (const [name, chart] of charts) {
      const taken = chart.take(this.valuesOf(name, part), place, at);
      if (taken !== 'nothing') sampled.push(name);
      if (taken === 'closed') closed.push(name);
    }
    return { sampled, closed };
  }

  /** With this part, as far as it is known; nothing is changed. */
  says(part: ChartedPart): ChartFacts {
    const charts = this.recipes.get(part.recipe);
    const facts = Object.fromEntries(
      this.names.map((name) => [
        name,
        charts?.get(name)?.peek(this.valuesOf(name, part)) ?? ({ out: false, rule: '', phase: 'learning' } as const),
      ]),
    );
    return { facts, cpk: (name, parts) => charts?.get(name)?.cpk(parts, this.valuesOf(name, part)) ?? Number.NaN };
  }

  states(): readonly ChartState[] {
    return [...this.recipes].flatMap(([recipe, charts]) => [...charts].map(([name, chart]) => chart.state(this.station, name, recipe)));
  }

  /** Null: there is none. */
  state(name: string, recipe: string): ChartState | null {
    return this.recipes.get(recipe)?.get(name)?.state(this.station, name, recipe) ?? null;
  }

  detail(
    name: string,
    recipe: string,
  ): { readonly points: readonly ChartPoint[]; readonly panels: readonly string[]; readonly capability: Judged | null } | null {
    const chart = this.recipes.get(recipe)?.get(name);
    return chart ? { points: chart.points(), panels: chart.panels, capability: chart.capability() } : null;
  }

  /** Throws COMMAND_REFUSED or SPC_TOO_LITTLE. */
  change(
    verb: ChartVerb,
    { name, recipe }: { readonly name: string; readonly recipe: string },
    by: { readonly who: string; readonly at: number },
  ): void {
    const chart = this.recipes.get(recipe)?.get(name);
    if (!chart) {
      const why = this.charts[name] ? `no part of recipe ${recipe} was charted yet` : `station ${this.station} has no chart ${name}`;
      throw new LinesideError('COMMAND_REFUSED', { verb: 'chart', why });
    }
    if (verb === 'close') chart.close(by.who, by.at);
    else if (verb === 'learn') chart.learn();
    else chart.restart();
  }

  /** The one that was made longest ago first. */
  get all(): readonly string[] {
    return [...this.recipes.keys()];
  }

  /** Of these; of all without. */
  saved(wanted: ReadonlySet<string> = new Set(this.recipes.keys())): readonly SavedRecipe[] {
    return [...this.recipes].flatMap(([recipe, charts]) => {
      if (!wanted.has(recipe)) return [];
      return [{ recipe, charts: Object.fromEntries([...charts].map(([name, chart]) => [name, chart.saved()])) }];
    });
  }

  private valuesOf(name: string, part: ChartedPart): readonly number[] {
    const chart = this.charts[name];
    return chart?.series.map((series) => numberOf(series, chart.spec.reason, part)) ?? [];
  }

  private of(recipe: string): ReadonlyMap<string, LiveChart> | null {
    const known = this.recipes.get(recipe);
    if (known) {
      this.refused = null;
      if (this.recipe !== recipe) {
        this.recipes.delete(recipe);
        this.recipes.set(recipe, known);
      }
      return known;
    }
    if (!this.hasRoom()) {
      this.refused = recipe;
      return null;
    }
    this.refused = null;
    const charts = this.made({});
    this.recipes.set(recipe, charts);
    return charts;
  }

  /** What somebody has closed is not forgotten for a recipe that may be a typing error. */
  private hasRoom(): boolean {
    if (this.recipes.size < MOST_RECIPES) return true;
    const open = [...this.recipes].find(([, charts]) => [...charts.values()].every(({ phase }) => phase !== 'watching'));
    if (open) this.recipes.delete(open[0]);
    return open !== undefined;
  }

  private made(saved: Readonly<Record<string, SavedChart>>): ReadonlyMap<string, LiveChart> {
    return new Map(
      Object.entries(this.charts).map(([name, { spec }]) => {
        const chart = new LiveChart(spec);
        const before = Object.hasOwn(saved, name) ? saved[name] : undefined;
        if (before?.identity === identityOf(spec)) chart.restore(before);
        return [name, chart] as const;
      }),
    );
  }
}
