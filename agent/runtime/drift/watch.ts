/** Scores of every model against those it was taught with, or against its first parts: alarms that end when it is over. Fed with every record. */
import type { Finding, Inspection, ScoreDrift, Standing } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { FIRST_PARTS, type SavedSeries, Series, type SeriesName } from './series.ts';

/** Series at once, the one that has been silent longest goes first: what a PLC calls its recipes must not fill the memory. */
const MOST = 64;

/** What is looked at of a record. */
export interface ScoredPart extends Pick<Inspection, 'station' | 'recipe' | 'outcome' | 'at'> {
  readonly findings: readonly Pick<Finding, 'model' | 'package' | 'version' | 'sha256' | 'score'>[];
}

export class DriftWatch {
  private readonly taught: (name: string) => readonly number[];
  /** The one that was used last stands last. */
  private readonly series = new Map<string, Series>();
  /** By place, the series that judges there. */
  private readonly current = new Map<string, string>();

  /** `taught`: held-out scores of good parts that the package was taught with; empty where it brings none along. */
  constructor(taught: (name: string) => readonly number[]) {
    this.taught = taught;
  }

  /** One more record; the alarms of its station where they have changed, else null. */
  note({ station, recipe, outcome, at, findings }: ScoredPart): readonly Standing[] | null {
    if (outcome !== 'judged') return null;
    let changed = false;
    for (const { model, package: name, version, sha256, score } of findings) {
      if (!Number.isFinite(score)) continue;
      const place = placeOf(station, recipe, model);
      const series = this.seriesOf({ station, recipe, model, package: name, version, sha256 }, at);
      const key = keyOf(series.name);
      if (this.current.get(place) !== key) {
        this.current.set(place, key);
        // Another package judges here now: what was said of the one before is over.
        changed = true;
      }
      if (series.add(score, at)) changed = true;
    }
    return changed ? this.standings(station) : null;
  }

  /** What is wrong at the station now. */
  standings(station: string): readonly Standing[] {
    return this.ofStation(station).flatMap((series) => (series.drifted === null ? [] : [standingOf(series)]));
  }

  views(station: string): readonly ScoreDrift[] {
    return this.ofStation(station).map(({ view }) => view);
  }

  /** Parts that a package has judged at a station, and since when: as far as it is known here. */
  judgedBy(station: string, model: string, sha256: string): { readonly parts: number; readonly since: number } {
    const all = [...this.series.values()].filter(({ name }) => name.station === station && name.model === model && name.sha256 === sha256);
    return { parts: all.reduce((sum, { judged }) => sum + judged, 0), since: Math.min(...all.map(({ since }) => since)) };
  }

  /** Of the packages that judged at the station, these still do; none where it is gone. What the others showed is kept, to go back to. */
  keep(station: string, models: readonly { readonly name: string; readonly package: string }[]): void {
    for (const [place, key] of this.current) {
      const { model, package: name } = this.series.get(key)?.name ?? { model: '', package: '' };
      const still = models.some((one) => one.name === model && one.package === name);
      if (place.startsWith(`${station}\n`) && !still) this.current.delete(place);
    }
  }

  save(): readonly SavedSeries[] {
    return [...this.series.values()].map((series) => series.save());
  }

  restore(saved: readonly SavedSeries[]): void {
    for (const one of saved.slice(-MOST)) {
      const series = Series.restore(one);
      this.series.set(keyOf(one), series);
      this.current.set(placeOf(one.station, one.recipe, one.model), keyOf(one));
    }
  }

  private ofStation(station: string): readonly Series[] {
    return [...this.current].flatMap(([place, key]) => (place.startsWith(`${station}\n`) ? (this.series.get(key) ?? []) : []));
  }

  private seriesOf(name: SeriesName, at: number): Series {
    const key = keyOf(name);
    const known = this.series.get(key);
    if (known) this.series.delete(key);
    const series = known ?? new Series(name, this.taught(name.package), at);
    this.series.set(key, series);
    if (this.series.size > MOST) for (const oldest of this.series.keys()) return this.drop(oldest, series);
    return series;
  }

  private drop(oldest: string, series: Series): Series {
    this.series.delete(oldest);
    for (const [place, key] of this.current) if (key === oldest) this.current.delete(place);
    return series;
  }
}

const placeOf = (station: string, recipe: string, model: string): string => `${station}\n${model}\n${recipe}`;
const keyOf = ({ station, recipe, model, sha256 }: SeriesName): string => `${placeOf(station, recipe, model)}\n${sha256}`;

function standingOf(series: Series): Standing {
  const { station, recipe, model, package: name } = series.name;
  const { parts, reference } = series.view;
  const { middle, now, before } = series.shift;
  const percent = (share: number) => Math.round(100 * share);
  const fault = new LinesideError('SCORES_DRIFTED', {
    station,
    model,
    recipe,
    package: name,
    parts,
    of: reference.of === 'taught' ? `of the ${reference.parts} good parts it was taught with` : `of its first ${FIRST_PARTS} parts here`,
    middle: middle.toFixed(3),
    now: percent(now),
    before: percent(before),
  });
  return { fault, subject: `${station}/${model}@${recipe}` };
}
