/**
 * Scores of every model, and how what it judges looks, against what it was taught with, or against its first parts: alarms that end when it is over.
 * Fed with every record.
 */
import type { Finding, Inspection, ModelSlot, ScoreDrift, Standing } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { Days, Hours, type Milliseconds } from '../../time.ts';
import { movedWords } from './looks.ts';
import { FIRST_PARTS, type SavedSeries, Series, type SeriesName, type Taught } from './series.ts';

/** Series at once, the one that has been silent longest goes first: what a PLC calls its recipes must not fill the memory. */
const MOST = 64;
/** Parts from which a recipe counts as one that is run, and not as a slip: fewer than tell anything (series.ts). Found out every so many. */
const RUN = 75;
const RUN_EVERY = 25;
/** What has judged no part for so long says nothing of now, until it judges again. */
const SILENT = Days(7);
/** What stands is told anew after so long: what it says of the newest parts has changed, and some of it may be silent. */
const RESTATED = Hours(1);

/** What is looked at of a record. */
export interface ScoredPart extends Pick<Inspection, 'station' | 'recipe' | 'outcome' | 'at'> {
  readonly findings: readonly Pick<Finding, 'model' | 'package' | 'version' | 'sha256' | 'score' | 'look'>[];
}

/** A model that judges, with what it looks at. */
export type Judging = Pick<ModelSlot, 'id' | 'name' | 'package' | 'camera' | 'region'>;

export class DriftWatch {
  private readonly taught: (name: string) => Taught;
  /** The one that was used last stands last. */
  private readonly series = new Map<string, Series>();
  /** By place, the series that judges there. */
  private readonly current = new Map<string, string>();
  /** By station, what judges there. */
  private readonly judging = new Map<string, readonly Judging[]>();
  /** Time that parts were watched for, over restarts, ms: no clock that is set ahead or back makes it more or less. */
  private now = 0;
  /** As the clock that only counts had it with the newest part; null: none has come in this life. */
  private elapsed: Milliseconds | null = null;
  /** By station, when what stands was told last. */
  private readonly restated = new Map<string, number>();
  /** Stations of whose alarms some ended since that was asked, though none of their parts has said so. */
  private readonly lost = new Set<string>();

  /** Of a package: held-out scores of good parts that it was taught with, and how its parts looked; empty where it brings none along. */
  constructor(scores: (name: string) => Taught['scores'], look: (name: string) => Taught['look'] = () => []) {
    this.taught = (name) => ({ scores: scores(name), look: look(name) });
  }

  /** One more record; the alarms of its station where they have changed, else null. `elapsed`: of the clock that only counts (Clock.elapsed). */
  note({ station, recipe, outcome, at, findings }: ScoredPart, elapsed: Milliseconds = 0): readonly Standing[] | null {
    if (outcome !== 'judged') return null;
    this.now += Math.max(0, elapsed - (this.elapsed ?? elapsed));
    this.elapsed = elapsed;
    let changed = this.isDue(station);
    for (const { model, package: name, version, sha256, score, look } of findings) {
      if (!Number.isFinite(score)) continue;
      const series = this.seriesOf({ station, recipe, model, package: name, version, sha256 }, at);
      const [silent, begun] = [this.isSilent(series), this.isBegun(series)];
      series.last = this.now;
      const apart = this.takeApart(series);
      const moved = series.add(score, at);
      const seen = look ? series.see(look, at) : false;
      changed ||= silent || begun || apart || moved || seen;
    }
    return changed ? this.standings(station) : null;
  }

  /**
   * The next parts are the reference of what an alarm says has drifted; its station, or null where that has not. `subject`: as its standing has it.
   */
  relearn(code: string, subject: string): string | null {
    const isLook = code === 'PICTURE_DRIFTED' || code === 'TAGS_DRIFTED';
    if (!isLook && code !== 'SCORES_DRIFTED') return null;
    for (const key of this.current.values()) {
      const series = this.series.get(key);
      if (!series || subjectOf(series.name) !== subject) continue;
      if (!(isLook ? series.isSeenDrifted : series.drifted !== null)) continue;
      if (isLook) series.relearnLooks();
      else series.relearnScores();
      return series.name.station;
    }
    return null;
  }

  private isSilent({ last }: Series): boolean {
    return this.now - last > SILENT;
  }

  /** What stands there is to be told anew. */
  private isDue(station: string): boolean {
    if (this.now - (this.restated.get(station) ?? 0) < RESTATED) return false;
    this.restated.set(station, this.now);
    return this.placesOf(station).some((series) => isDrifted(series));
  }

  /** true: another package judged there before, or none; what was said of that one is over. */
  private isBegun({ name }: Series): boolean {
    const [place, key] = [placeOf(name.station, name.recipe, name.model), keyOf(name)];
    if (this.current.get(place) === key) return false;
    this.current.set(place, key);
    this.aim(name);
    return true;
  }

  /** What is wrong at the station now. */
  standings(station: string): readonly Standing[] {
    return this.ofStation(station).flatMap((series) => [
      ...(series.drifted === null ? [] : [standingOf(series)]),
      ...lookStandingsOf(series),
    ]);
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
  keep(station: string, models: readonly Judging[]): void {
    if (models.length > 0) this.judging.set(station, models);
    else {
      this.judging.delete(station);
      this.restated.delete(station);
    }
    for (const [place, key] of this.current) {
      if (!place.startsWith(`${station}\n`)) continue;
      const series = this.series.get(key);
      const view = series ? this.viewOf(series.name) : null;
      if (view === null) this.current.delete(place);
      else series?.lookAt(view);
    }
  }

  /**
   * A package was taught under recipes that nobody has written down: once it judges parts of several, each is held against its own first parts, as
   * one of them differs from a lesson of another, and each from a lesson of both. true: one of them differed from what was taught.
   */
  private takeApart({ name, judged }: Series): boolean {
    if (judged < RUN || judged % RUN_EVERY !== 0) return false;
    const { station, model, sha256 } = name;
    const run = [...this.series.values()].filter(
      (other) => other.judged >= RUN && other.name.station === station && other.name.model === model && other.name.sha256 === sha256,
    );
    return run.length > 1 && run.map((one) => one.own()).includes(true);
  }

  /** It may have been given another camera or region while another package judged. */
  private aim(name: SeriesName): void {
    const view = this.viewOf(name);
    if (view !== null) this.series.get(keyOf(name))?.lookAt(view);
  }

  /** What a series looks at: camera and region. null: it does not judge there. */
  private viewOf({ station, recipe, model, package: name }: SeriesName): string | null {
    const still = (this.judging.get(station) ?? []).filter((one) => one.name === model && one.package === name);
    const one = still.find(({ id }) => id.endsWith(`@${recipe}`)) ?? still[0];
    return one ? JSON.stringify([one.camera ?? null, one.region ?? null]) : null;
  }

  /** Stations whose alarms are other ones now, though none of their parts has said so: told once. */
  ended(): readonly string[] {
    const stations = [...this.lost];
    this.lost.clear();
    return stations;
  }

  save(): readonly SavedSeries[] {
    return [...this.saving()];
  }

  /** Each as it is when it is asked for: whoever takes them one by one has time for other things. */
  *saving(): Iterable<SavedSeries> {
    for (const series of [...this.series.values()]) yield series.save();
  }

  restore(saved: readonly SavedSeries[]): void {
    const kept = saved.slice(-MOST);
    this.now = Math.max(0, ...kept.map(({ last = 0 }) => last));
    for (const one of kept) {
      const series = Series.restore(one, this.taught(one.package).look);
      // Kept before that was known: what stands goes on, and is silent a week from here.
      if (one.last === undefined) series.last = this.now;
      this.series.set(keyOf(one), series);
      this.current.set(placeOf(one.station, one.recipe, one.model), keyOf(one));
    }
  }

  private ofStation(station: string): readonly Series[] {
    return this.placesOf(station).filter((series) => !this.isSilent(series));
  }

  private placesOf(station: string): readonly Series[] {
    return [...this.current].flatMap(([place, key]) => (place.startsWith(`${station}\n`) ? (this.series.get(key) ?? []) : []));
  }

  private seriesOf(name: SeriesName, at: number): Series {
    const key = keyOf(name);
    const known = this.series.get(key);
    if (known) this.series.delete(key);
    const series = known ?? this.begin(name, at);
    this.series.set(key, series);
    if (this.series.size > MOST) for (const oldest of this.series.keys()) return this.drop(oldest, series);
    return series;
  }

  private begin(name: SeriesName, at: number): Series {
    return new Series(name, this.taught(name.package), at);
  }

  private drop(oldest: string, series: Series): Series {
    const gone = this.series.get(oldest);
    if (gone && isDrifted(gone)) this.lost.add(gone.name.station);
    this.series.delete(oldest);
    for (const [place, key] of this.current) if (key === oldest) this.current.delete(place);
    return series;
  }
}

const isDrifted = (series: Series): boolean => series.drifted !== null || series.isSeenDrifted;
const subjectOf = ({ station, model, recipe }: SeriesName): string => `${station}/${model}@${recipe}`;
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
  return { fault, subject: subjectOf(series.name) };
}

function lookStandingsOf(series: Series): readonly Standing[] {
  const moved = series.seen && movedWords(series.seen);
  if (!moved) return [];
  const { station, recipe, model, package: name } = series.name;
  const details = { station, model, recipe, package: name, ...moved };
  const fault = new LinesideError(series.seen?.of === 'tags' ? 'TAGS_DRIFTED' : 'PICTURE_DRIFTED', details);
  return [{ fault, subject: subjectOf(series.name) }];
}
