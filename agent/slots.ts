/** From the config's stations to the places where networks run. Pure. */
import { readsContributions } from './config/model.ts';
import type { Config, StationConfig, StationModelConfig } from './config/schema.ts';
import type { ModelSlot } from './contracts.ts';

export interface StationSlots {
  /** By recipe; the key '' serves every recipe where the station has none of its own. */
  readonly byRecipe: ReadonlyMap<string, readonly ModelSlot[]>;
  /** Each once, for inference to load. */
  readonly all: readonly ModelSlot[];
}

/** What a package looks at. */
export type InputName = 'image' | 'window' | 'text';

/** `inputOf` says what a package looks at. */
export function slotsOf(station: string, config: Config, inputOf: (packageName: string) => InputName): StationSlots {
  const of = config.stations[station];
  if (!of) return { byRecipe: new Map(), all: [] };
  const build = (name: string, model: StationModelConfig, recipe?: string) => slot({ station, name, model, recipe, config, of, inputOf });
  const base = new Map(Object.entries(of.models).map(([name, model]) => [name, build(name, model)]));
  if (!of.recipes) return { byRecipe: new Map([['', [...base.values()]]]), all: [...base.values()] };
  const byRecipe = new Map<string, readonly ModelSlot[]>([[of.recipe?.default ?? 'standard', [...base.values()]]]);
  for (const [recipe, { models }] of Object.entries(of.recipes)) {
    const own = Object.entries(of.models).map(([name, model]) => {
      const changed = models[name];
      return (changed ? build(name, { ...model, ...changed }, recipe) : base.get(name)) ?? build(name, model);
    });
    byRecipe.set(recipe, own);
  }
  return { byRecipe, all: [...new Set([...byRecipe.values()].flat())] };
}

interface SlotParts {
  readonly station: string;
  readonly name: string;
  readonly model: StationModelConfig;
  readonly recipe: string | undefined;
  readonly config: Config;
  readonly of: StationConfig;
  readonly inputOf: (packageName: string) => InputName;
}

function slot({ station, name, model, recipe, config, of, inputOf }: SlotParts): ModelSlot {
  const { model: packageName, camera, text, region, threshold, review, variant, explain } = model;
  const inputs = {
    image: () => ({ camera: camera ?? onlyOne(config.cameras) }),
    window: () => ({ channels: of.window?.tags ?? [] }),
    text: () => ({ text: text ?? '' }),
  };
  return {
    id: recipe === undefined ? `${station}/${name}` : `${station}/${name}@${recipe}`,
    name,
    package: packageName,
    ...inputs[inputOf(packageName)](),
    ...(region === undefined ? {} : { region }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(review === undefined ? {} : { review }),
    ...(variant === undefined ? {} : { variant }),
    explain: explain ?? (readsContributions([...(of.rules ?? []), ...of.decisions], name) ? 'always' : 'not_good'),
  };
}

/** The config check has made sure that a camera may only be left out where there is one. */
const onlyOne = (cameras: Config['cameras']): string => Object.keys(cameras)[0] ?? '';
