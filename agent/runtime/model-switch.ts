/**
 * Which package is in a station's place. Kept where everything is kept, in the YAML file: the agent that watches it changes over, and one that
 * does not run finds it at its next start. It records and publishes the change itself. Reads and proves whole packages: for the command line,
 * and for a process of its own (runtime/switcher.ts).
 */
import { readFile } from 'node:fs/promises';
import type { Path } from '../config/document.ts';
import { wantedOf, withPackage } from '../config/edit.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { type BroughtChoice, beforeOf, choiceOf, type PackageChoice } from '../config/model.ts';
import { packageFolder } from '../config/packages-folder.ts';
import { replaceFile } from '../config/replace.ts';
import type { StationModelConfig } from '../config/schema.ts';
import { LinesideError } from '../errors.ts';
import { verifyPackage } from '../inference/verify.ts';
import { WITHOUT_SECRETS } from './config-catalogue.ts';

/** A place in the config where a package can be changed. */
interface Place {
  /** station/model or station/model@recipe */
  readonly id: string;
  readonly path: Path;
  readonly now: PackageChoice;
  readonly region: StationModelConfig['region'];
  readonly own: Partial<Pick<StationModelConfig, 'shadow' | 'previous'>>;
}

export interface Switched {
  readonly place: string;
  readonly from: PackageChoice;
  readonly to: PackageChoice;
  /** Hash of the config that is now in the file. */
  readonly config: string;
  /** Folder that relative paths in it mean, and its store's. */
  readonly base: string;
  readonly store: string;
}

interface Way {
  readonly verb: 'promote' | 'rollback';
  readonly next: (own: Place['own']) => BroughtChoice | undefined;
  readonly none: string;
}

const WAYS: Readonly<Record<Way['verb'], Way>> = {
  promote: { verb: 'promote', next: ({ shadow }) => shadow, none: 'has a `shadow` to promote' },
  rollback: { verb: 'rollback', next: ({ previous }) => previous, none: 'has a `previous` to go back to' },
};

/** The candidate into the place, or what was there before. Rejects with USAGE where the place has none, MODEL_INVALID where it fails here. */
export async function switchPackage(file: string, name: string | undefined, verb: Way['verb']): Promise<Switched> {
  const way = WAYS[verb];
  const loaded = await loadConfig(file, WITHOUT_SECRETS);
  const place = placeOf(name, placesOf(loaded.config), way, brokenCandidates(loaded));
  const to = way.next(place.own);
  if (!to) throw new LinesideError('USAGE', { why: `${place.id} does not have what ${verb} needs: nothing there ${way.none}` });
  await prove(loaded, to);
  const { now, own } = place;
  const beside =
    verb === 'promote'
      ? { previous: leaving(place, beforeOf({ ...now, previous: own.previous }, to), to) }
      : { shadow: leaving(place, own.shadow ?? now, to) };
  const config = await write(loaded, place, to, beside);
  return { place: place.id, from: place.now, to: choiceOf(to), config, base: loaded.base, store: loaded.config.store.path };
}

/** Where `to` brings a region along, what stands outside keeps the one that is in the place until now. */
function leaving({ region }: Place, choice: BroughtChoice, to: BroughtChoice): BroughtChoice {
  return to.region === undefined ? choice : { region: region ?? 'whole', ...choice };
}

/** A package beside the one that judges; null: none. Rejects as switchPackage() does. */
export async function putShadow(file: string, name: string, shadow: BroughtChoice | null): Promise<Switched> {
  const loaded = await loadConfig(file, WITHOUT_SECRETS);
  const place = placesOf(loaded.config).find(({ id }) => id === name);
  if (!place) throw new LinesideError('USAGE', { why: `there is no model ${name}` });
  if (shadow) await prove(loaded, shadow);
  const config = await write(loaded, place, place.now, { shadow: shadow ?? undefined, previous: place.own.previous });
  return { place: place.id, from: place.now, to: shadow ?? place.now, config, base: loaded.base, store: loaded.config.store.path };
}

function placesOf({ stations }: LoadedConfig['config']): readonly Place[] {
  return Object.entries(stations).flatMap(([station, { models, recipes }]) => {
    const own = Object.entries(models).map(([name, model]) => ({
      id: `${station}/${name}`,
      path: ['stations', station, 'models', name],
      now: choiceOf(model),
      region: model.region,
      own: model,
    }));
    const changed = Object.entries(recipes ?? {}).flatMap(([recipe, { models: changes }]) =>
      Object.entries(changes).flatMap(([name, model]) => {
        const base = models[name];
        const path = ['stations', station, 'recipes', recipe, 'models', name];
        if (!base) return [];
        const merged = { ...base, ...model };
        return [{ id: `${station}/${name}@${recipe}`, path, now: choiceOf(merged), region: merged.region, own: model }];
      }),
    );
    return [...own, ...changed] as readonly Place[];
  });
}

/** Why candidates that the file names are not there. */
const brokenCandidates = ({ warnings }: LoadedConfig): string =>
  warnings
    .filter(({ text }) => text.includes('.shadow.model cannot be used'))
    .map(({ text }) => `; ${text}`)
    .join('');

function placeOf(name: string | undefined, places: readonly Place[], { next, none }: Way, broken: string): Place {
  const able = places.filter(({ own }) => next(own) !== undefined);
  const names = able.map(({ id }) => id).join(', ');
  const [only] = able;
  if (name === undefined && only && able.length === 1) return only;
  if (name === undefined)
    throw new LinesideError('USAGE', { why: only ? `name one of ${names}` : `no model of the config ${none}${broken}` });
  const found = able.find(({ id }) => id === name);
  if (found) return found;
  const known = places.some(({ id }) => id === name);
  const rest = only ? `; ${names} ${able.length === 1 ? 'has' : 'have'}` : '';
  throw new LinesideError('USAGE', {
    why: known ? `nothing at ${name} ${none}${rest}${broken}` : `there is no model ${name}; name it as station/model`,
  });
}

/** It must hold its golden outputs here before anybody's file is touched. */
async function prove(loaded: LoadedConfig, { model, variant }: PackageChoice): Promise<void> {
  const { providers, threads } = loaded.config.inference;
  const { variants } = await verifyPackage(packageFolder(loaded, model), { providers, threads, rounds: 1 });
  const wanted = variants.filter((check) => variant === undefined || check.variant === variant);
  if (wanted.some(({ ok }) => ok)) return;
  throw new LinesideError('MODEL_INVALID', { model, why: wanted[0]?.fault ?? `there is no variant ${variant}` });
}

/**
 * The hash of the config that is now in the file. What is written was worked out from the file as it was loaded, and proving takes its time:
 * a file that is another one by now is left as it is.
 */
async function write(
  { file, base, text: loaded }: LoadedConfig,
  { path, id }: Place,
  to: BroughtChoice,
  beside: Parameters<typeof wantedOf>[1],
): Promise<string> {
  const text = await expectAsLoaded(file, loaded);
  const region = to.region === undefined ? {} : { region: to.region === 'whole' ? undefined : to.region };
  const edited = withPackage(text, path, { ...wantedOf(choiceOf(to), beside), ...region });
  if ('why' in edited) throw new LinesideError('USAGE', { why: `${id} cannot be changed in ${file}: ${edited.why}. Change it by hand.` });
  const { hash } = await loadConfig({ text: edited.text, name: file, base }, WITHOUT_SECRETS);
  await expectAsLoaded(file, loaded);
  await replaceFile(file, edited.text);
  return hash;
}

/** As it is on the disk: a byte order mark is no part of what was loaded. */
async function expectAsLoaded(file: string, loaded: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  if (text.replace(/^\uFEFF/, '') !== loaded) throw new LinesideError('CONFIG_CHANGED', { file });
  return text;
}
