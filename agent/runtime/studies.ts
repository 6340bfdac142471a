/** The gauge studies of a station, put together from its config. */
import { createHash } from 'node:crypto';
import { type Around, isSeries, seriesOf } from '../config/charts.ts';
import { codeCamera } from '../config/part.ts';
import type { Config, StationConfig } from '../config/schema.ts';
import { specOf, studiedTags } from '../config/studies.ts';
import type { Gauge, Studies } from '../contracts/index.ts';
import { StudyBook, type StudyConfig } from '../decisions/gauge/study-book.ts';
import { LinesideError } from '../errors.ts';
import { recall } from '../stations/memory.ts';
import type { Station } from '../stations/station.ts';
import type { Clock } from '../time.ts';
import { tagsOf } from './charts/desk.ts';

export interface StudyTimes {
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  /** The agent's own time. */
  readonly own: () => number;
}

/** `saved`: the station's memory. Undefined: it has none, and none is open that would have to end. */
export function studiesOf(name: string, config: Config, saved: string | null, { clock, own }: StudyTimes): Studies | undefined {
  const station = config.stations[name];
  const named = Object.entries(station?.studies ?? {});
  if (!station || (named.length === 0 && recall(saved).progress.studies === null)) return undefined;
  const around: Around = { models: Object.keys(station.models), tags: tagsOf(config) };
  const studies = named.map(([key, study]): readonly [string, StudyConfig] => {
    const series = study.of === undefined ? null : seriesOf(study.of, around);
    const { conditions, within } = study;
    return [key, { spec: specOf(study), series: series && isSeries(series) ? series : null, conditions, within }];
  });
  return new StudyBook({
    station: name,
    studies: Object.fromEntries(studies),
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    own,
  });
}

type StudiesConfig = NonNullable<StationConfig['studies']>;
/** Study by the id of its part: asked with every part, made once of each config. */
const masters = new WeakMap<StudiesConfig, ReadonlyMap<string, string>>();

function mastersOf(studies: StudiesConfig): ReadonlyMap<string, string> {
  const known = masters.get(studies);
  if (known) return known;
  const named = Object.entries(studies).flatMap(([name, study]) =>
    study.by === 'id' ? specOf(study).parts.map((part) => [part, name] as const) : [],
  );
  const made = new Map(named);
  masters.set(studies, made);
  return made;
}

/** The study that names the part by its id, which is no production at any station, whether one is open or not; null: none. */
export function masterOf({ stations }: Pick<Config, 'stations'>, part: string): string | null {
  for (const { studies } of Object.values(stations)) {
    const name = studies && mastersOf(studies).get(part);
    if (name !== undefined) return name;
  }
  return null;
}

/** What judges there now. */
export const gaugeNow = (name: string, config: Config, packages: Gauge['packages']): Omit<Gauge, 'recipe'> => {
  const station = config.stations[name];
  return { config: station ? gaugeOf(station, config) : '', packages };
};

/** Of the config, what a verdict or a measured value comes from: another one is another gauge. What follows from verdicts is none of it. */
function gaugeOf(station: StationConfig, config: Config): string {
  const { trigger, part, recipe, recipes, on_failure, frame, window, models, rules } = station;
  const used = new Set([...Object.values(models), ...Object.values(recipes ?? {}).flatMap((of) => Object.values(of.models))].map(cameraOf));
  const code = codeCamera(part);
  const isUsed = (camera: string) => used.has(camera) || code === camera || ('camera' in trigger && trigger.camera === camera);
  const cameras = Object.entries(config.cameras).filter(([camera]) => isUsed(camera));
  const judges = { trigger, part, recipe, recipes, on_failure, frame, window, models, rules };
  const about = { ...judges, cameras, tags: readTags(station, config, JSON.stringify(judges)) };
  // What is secret or an address prints itself as nothing but that.
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16);
}

/** Where the tags come from that it judges by, or measures. `judges`: rules name a tag by its last name, everything else by both. */
function readTags({ models, studies }: StationConfig, config: Config, judges: string): readonly unknown[] {
  const measured = new Set(studiedTags(studies, { models: Object.keys(models), tags: tagsOf(config) }));
  const words = new Set(judges.split(/[^\w-]+/));
  return Object.entries(config.opcua).flatMap(([server, { endpoint, tags }]) =>
    Object.entries(tags)
      .filter(([tag]) => measured.has(`${server}.${tag}`) || words.has(tag))
      .map(([tag, { node, unit, range, deadband }]) => [server, tag, endpoint, node, unit, range, deadband]),
  );
}

const cameraOf = (model: object): string => ('camera' in model && typeof model.camera === 'string' ? model.camera : '');

export type StudyVerb = 'begin' | 'place' | 'again' | 'cancel';
export interface StudyWish {
  readonly study: string | undefined;
  readonly who: string;
}

/** What is asked for then; nothing where it is over. Throws COMMAND_REFUSED. */
export function study({ studies }: Pick<Station, 'studies'>, verb: StudyVerb, wish: StudyWish): Readonly<Record<string, unknown>> {
  switch (verb) {
    case 'begin':
      if (wish.study === undefined) throw new LinesideError('COMMAND_REFUSED', { verb: 'study', why: 'name the study that begins' });
      return { asked: studies.begin(wish.study, wish.who) };
    case 'place':
      return { asked: studies.place() };
    case 'again':
      return { asked: studies.takeBack() };
    case 'cancel':
      return { ended: studies.cancel(wish.who).id };
  }
}
