/** Good production out of what this box has stored itself: whose, which window, and where what is taught of it goes. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { packageFolder, taughtIn } from '../config/packages-folder.ts';
import type { StationConfig } from '../config/schema.ts';
import { LinesideError } from '../errors.ts';
import { readManifest } from '../inference/manifest.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { taughtWindow } from '../runtime/page-view.ts';
import { doubtOf, localTime, type Span } from '../runtime/stretches.ts';
import type { StoredMachine } from '../runtime/teacher.ts';
import { systemClock } from '../time.ts';

interface Wish {
  readonly config: string;
  readonly station?: string;
  readonly good: readonly Span[];
  /** Name of the package. */
  readonly to: string;
  readonly force?: boolean;
}

export interface StoredFrom {
  readonly from: StoredMachine;
  /** Where packages that are taught on this box lie. */
  readonly folder: string;
  /** station/model: those that read the window, beside which the package may run. */
  readonly places: readonly string[];
}

/** Rejects with USAGE, as the page refuses it, or as the config does. */
export async function storedFrom({ config, station: named, good, to, force = false }: Wish): Promise<StoredFrom> {
  const loaded = await loadConfig(config, LENIENT);
  const { stations, store } = loaded.config;
  const station = stationOf(stations, named);
  const folder = resolve(loaded.base, store.path);
  const stretches = [...good].sort((a, b) => a.from - b.from);
  for (const [i, stretch] of stretches.entries()) {
    const why = doubtOf(stretch, stretches.slice(0, i), systemClock.now());
    if (why !== null) throw refused(`${localTime(stretch.from)} to ${localTime(stretch.to)}: ${why}`);
  }
  // The path of a folder is nothing that the config could name.
  const isName = !/[/\\]/.test(to);
  if (isName && usedIn(stations).has(to))
    throw refused(`${to} is in the config already: give it another name, and the one before stays to go back to`);
  if (isName && !force && existsSync(packageFolder(loaded, to)))
    throw refused(`there is a package ${to} already: give it another name, and the one before stays to go back to`);
  return {
    from: { store: folder, station: station.name, stretches, ...taughtWindow(station.window) },
    folder: taughtIn(folder),
    places: isName ? await placesOf(loaded, station.name) : [],
  };
}

const refused = (why: string): LinesideError => new LinesideError('USAGE', { why });

function stationOf(stations: Readonly<Record<string, StationConfig>>, named: string | undefined) {
  const able = Object.entries(stations).flatMap(([name, { window }]) => (window ? [{ name, window }] : []));
  const names = able.map(({ name }) => name).join(', ');
  if (named !== undefined && !stations[named]) throw refused(`the config has no station ${named}`);
  const [only, ...others] = named === undefined ? able : able.filter(({ name }) => name === named);
  if (only && others.length === 0) return only;
  if (only) throw refused(`several stations read tags: name one of ${names} with --station`);
  throw refused(named === undefined ? 'no station of the config has a `window` of tags' : `station ${named} has no \`window\` of tags`);
}

/** Every package that is in a place, beside it, or to go back to. */
function usedIn(stations: Readonly<Record<string, StationConfig>>): ReadonlySet<string> {
  const all = Object.values(stations).flatMap(({ models, recipes = {} }) => [
    ...Object.values(models),
    ...Object.values(recipes).flatMap((recipe) => Object.values(recipe.models)),
  ]);
  return new Set(
    all.flatMap(({ model, shadow, previous }) => [model, shadow?.model, previous?.model]).filter((name) => name !== undefined),
  );
}

async function placesOf(loaded: LoadedConfig, station: string): Promise<readonly string[]> {
  const models = Object.entries(loaded.config.stations[station]?.models ?? {});
  const reads = await Promise.all(
    models.map(async ([name, { model }]) => {
      const manifest = await readManifest(packageFolder(loaded, model)).catch(() => null);
      return manifest?.inputs.window ? [`${station}/${name}`] : [];
    }),
  );
  return reads.flat();
}
