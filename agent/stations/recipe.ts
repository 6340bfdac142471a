/** Which recipe applies to a part, and which models that means. */
import type { ModelSlot } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import type { StationSpec } from './ports.ts';
import { type TagTable, textOf } from './tags.ts';

export interface RecipeChoice {
  readonly recipe: string;
  readonly slots: readonly ModelSlot[];
  /** RECIPE_UNKNOWN when the tag names one that the config does not have. */
  readonly fault: LinesideError | null;
}

/** The recipe by the tag now; `forced` by command wins until it is given back. */
export function chooseRecipe(spec: StationSpec, tags: TagTable, forced: string | null): RecipeChoice {
  const recipe = forced ?? byTag(spec, tags);
  const slots = spec.slots.get(recipe) ?? spec.slots.get('');
  if (slots) return { recipe, slots, fault: null };
  return { recipe, slots: [], fault: new LinesideError('RECIPE_UNKNOWN', { station: spec.name, recipe }) };
}

/** Whether the config names it; where no recipe has settings of its own, as the default or as what a value of the tag means. */
export function isKnownRecipe(spec: StationSpec, recipe: string): boolean {
  const { recipe: choice, recipes = {} } = spec.config;
  const named = [choice?.default ?? 'standard', ...Object.values(choice?.values ?? {}), ...Object.keys(recipes)];
  return named.includes(recipe) || (recipe !== '' && spec.slots.has(recipe));
}

function byTag(spec: StationSpec, tags: TagTable): string {
  const { recipe } = spec.config;
  const value = recipe?.tag === undefined ? null : textOf(tags.latest(recipe.tag));
  if (value === null) return recipe?.default ?? 'standard';
  return recipe?.values?.[value] ?? value;
}
