/** From the config's stations to the places where networks run. Pure. */
import { candidateIn, readsContributions } from '../config/model.ts';
import type { Config, StationConfig, StationModelConfig } from '../config/schema.ts';
import type { ModelSlot } from '../contracts/index.ts';

export interface StationSlots {
  /** By recipe; the key '' serves every recipe where the station has none of its own. */
  readonly byRecipe: ReadonlyMap<string, readonly ModelSlot[]>;
  /** Each once, for inference to load. */
  readonly all: readonly ModelSlot[];
  /** Candidates, by the id of the slot that they run beside. */
  readonly shadows: ReadonlyMap<string, ModelSlot>;
}

/** What a package looks at. */
export type InputName = 'image' | 'window' | 'text';

/** `inputOf` says what a package looks at; null for one that cannot be read, which is given nothing and refuses every part. */
export function slotsOf(station: string, config: Config, inputOf: (packageName: string) => InputName | null): StationSlots {
  const of = config.stations[station];
  const shadows = new Map<string, ModelSlot>();
  if (!of) return { byRecipe: new Map(), all: [], shadows };
  const build = (name: string, model: StationModelConfig, recipe?: string) => {
    const parts = { station, name, model, recipe, config, of, inputOf };
    const built = slot(parts);
    const beside = candidateIn(model);
    if (beside) shadows.set(built.id, candidate({ ...parts, model: beside }, built.id));
    return built;
  };
  const base = new Map(Object.entries(of.models).map(([name, model]) => [name, build(name, model)]));
  if (!of.recipes) return { byRecipe: new Map([['', [...base.values()]]]), all: [...base.values()], shadows };
  const byRecipe = new Map<string, readonly ModelSlot[]>([[of.recipe?.default ?? 'standard', [...base.values()]]]);
  for (const [recipe, { models }] of Object.entries(of.recipes)) {
    const own = Object.entries(of.models).map(([name, model]) => {
      const changed = models[name];
      return (changed ? build(name, { ...model, ...changed }, recipe) : base.get(name)) ?? build(name, model);
    });
    byRecipe.set(recipe, own);
  }
  return { byRecipe, all: [...new Set([...byRecipe.values()].flat())], shadows };
}

interface SlotParts {
  readonly station: string;
  readonly name: string;
  readonly model: StationModelConfig;
  readonly recipe: string | undefined;
  readonly config: Config;
  readonly of: StationConfig;
  readonly inputOf: (packageName: string) => InputName | null;
}

function slot({ station, name, model, recipe, config, of, inputOf }: SlotParts): ModelSlot {
  const { model: packageName, camera, text, region, format, threshold, review, variant, explain } = model;
  const inputs = {
    image: () => ({ camera: camera ?? onlyOne(config.cameras) }),
    window: () => ({ channels: of.window?.tags ?? [] }),
    text: () => ({ text: text ?? '' }),
  };
  const input = inputOf(packageName);
  return {
    id: recipe === undefined ? `${station}/${name}` : `${station}/${name}@${recipe}`,
    name,
    package: packageName,
    ...(input === null ? {} : inputs[input]()),
    ...(region === undefined ? {} : { region }),
    ...(format === undefined ? {} : { format }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(review === undefined ? {} : { review }),
    ...(variant === undefined ? {} : { variant }),
    ...explainOf(explain, of, name),
  };
}

/** Where an expression reads what explains, good parts are explained as well. */
function explainOf(explain: ModelSlot['explain'], { rules = [], decisions = [] }: StationConfig, name: string): Pick<ModelSlot, 'explain'> {
  if (explain) return { explain };
  return readsContributions([...rules, ...decisions], name) ? { explain: 'always' } : {};
}

/** In the same place; what belongs to the package is its own. Nobody asks why it says what it says. */
function candidate(parts: SlotParts, beside: string): ModelSlot {
  return { ...slot({ ...parts, model: { ...parts.model, explain: 'never' } }), id: `${beside}~shadow`, beside };
}

/** The config check has made sure that a camera may only be left out where there is one. */
const onlyOne = (cameras: Config['cameras']): string => Object.keys(cameras)[0] ?? '';
