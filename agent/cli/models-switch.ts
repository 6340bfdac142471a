/**
 * `lineside models promote | rollback`: which package is in a station's place. Kept where everything is kept, in the YAML file: the agent
 * that watches it changes over, and one that does not run finds it at its next start. It records and publishes the change itself.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Path } from '../config/document.ts';
import { wantedOf, withPackage } from '../config/edit.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { choiceOf, type PackageChoice } from '../config/model.ts';
import { packagesFolder } from '../config/packages-folder.ts';
import { replaceFile } from '../config/replace.ts';
import type { StationModelConfig } from '../config/schema.ts';
import { LinesideError } from '../errors.ts';
import { verifyPackage } from '../inference/verify.ts';
import { CATALOGUE } from '../runtime/config-catalogue.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onRecord } from './on-record.ts';
import { out, outJson } from './print.ts';

/** A change of packages connects to nobody. */
const WITHOUT_SECRETS = { ...CATALOGUE, withoutSecrets: true };

export interface SwitchOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** A place in the config where a package can be changed. */
interface Place {
  /** station/model or station/model@recipe */
  readonly id: string;
  readonly path: Path;
  readonly now: PackageChoice;
  readonly own: Partial<Pick<StationModelConfig, 'shadow' | 'previous'>>;
}

export const promote = (place: string | undefined, options: SwitchOptions): Promise<ExitCode> =>
  change(place, options, { verb: 'promote', done: 'promoted', next: ({ shadow }) => shadow, none: 'has a `shadow` to promote' });

export const rollback = (place: string | undefined, options: SwitchOptions): Promise<ExitCode> =>
  change(place, options, {
    verb: 'rollback',
    done: 'rolled_back',
    next: ({ previous }) => previous,
    none: 'has a `previous` to go back to',
  });

interface Way {
  readonly verb: 'promote' | 'rollback';
  readonly done: 'promoted' | 'rolled_back';
  readonly next: (own: Place['own']) => PackageChoice | undefined;
  readonly none: string;
}

async function change(name: string | undefined, options: SwitchOptions, way: Way): Promise<ExitCode> {
  const loaded = await loadConfig(options.config, WITHOUT_SECRETS);
  const place = placeOf(name, placesOf(loaded.config), way, brokenCandidates(loaded));
  const to = way.next(place.own);
  if (!to) throw new LinesideError('USAGE', { why: `${place.id} does not have what ${way.verb} needs: nothing there ${way.none}` });
  await prove(loaded, to);
  const hash = await write(loaded, place, to, way);
  const { id, now } = place;
  onRecord(resolve(loaded.base, loaded.config.store.path), {
    verb: way.verb,
    detail: { place: id, from: now, to: choiceOf(to), config: hash },
  });
  report(place, to, hash, way, options);
  return EXIT.ok;
}

function placesOf({ stations }: LoadedConfig['config']): readonly Place[] {
  return Object.entries(stations).flatMap(([station, { models, recipes }]) => {
    const own = Object.entries(models).map(([name, model]) => ({
      id: `${station}/${name}`,
      path: ['stations', station, 'models', name],
      now: choiceOf(model),
      own: model,
    }));
    const changed = Object.entries(recipes ?? {}).flatMap(([recipe, { models: changes }]) =>
      Object.entries(changes).flatMap(([name, model]) => {
        const base = models[name];
        const path = ['stations', station, 'recipes', recipe, 'models', name];
        return base ? [{ id: `${station}/${name}@${recipe}`, path, now: choiceOf({ ...base, ...model }), own: model }] : [];
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
  const { variants } = await verifyPackage(join(packagesFolder(loaded), model), { providers, threads, rounds: 1 });
  const wanted = variants.filter((check) => variant === undefined || check.variant === variant);
  if (wanted.some(({ ok }) => ok)) return;
  throw new LinesideError('MODEL_INVALID', { model, why: wanted[0]?.fault ?? `there is no variant ${variant}` });
}

/** The hash of the config that is now in the file. */
async function write(loaded: LoadedConfig, { path, now, own, id }: Place, to: PackageChoice, { verb }: Way): Promise<string> {
  const { file, base } = loaded;
  const text = await readFile(file, 'utf8');
  const beside = verb === 'promote' ? { previous: now } : { shadow: own.shadow ?? now };
  const edited = withPackage(text, path, wantedOf(choiceOf(to), beside));
  if ('why' in edited) throw new LinesideError('USAGE', { why: `${id} cannot be changed in ${file}: ${edited.why}. Change it by hand.` });
  const { hash } = await loadConfig({ text: edited.text, name: file, base }, WITHOUT_SECRETS);
  await replaceFile(file, edited.text);
  return hash;
}

function report({ id, now }: Place, to: PackageChoice, config: string, { done }: Way, { json, config: file }: SwitchOptions): void {
  if (json) return outJson({ place: id, change: done, from: now, to: choiceOf(to), file, config });
  const way = done === 'promoted' ? `\`lineside models rollback ${id}\` goes back` : `${now.model} goes on in its shadow`;
  out(
    `${id}: ${to.model} judges now, ${now.model} did before; ${way}.\nA running agent changes over within seconds, any other at its start.`,
  );
}
