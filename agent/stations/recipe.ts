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
  /** The tag that named it, where it did so in a session that has ended: there may have been a changeover since. */
  readonly staleTag?: string;
}

/** The recipe by the tag now; `forced` by command wins until it is given back. */
export function chooseRecipe(spec: StationSpec, tags: TagTable, forced: string | null): RecipeChoice {
  const { recipe, staleTag } = forced === null ? byTag(spec, tags) : { recipe: forced };
  const stale = staleTag === undefined ? {} : { staleTag };
  const slots = spec.slots.get(recipe) ?? spec.slots.get('');
  if (slots) return { recipe, slots, fault: null, ...stale };
  return { recipe, slots: [], fault: new LinesideError('RECIPE_UNKNOWN', { station: spec.name, recipe }), ...stale };
}

/** Whether the config names it; where no recipe has settings of its own, as the default or as what a value of the tag means. */
export function isKnownRecipe(spec: StationSpec, recipe: string): boolean {
  const { recipe: choice, recipes = {} } = spec.config;
  const named = [choice?.default ?? 'standard', ...Object.values(choice?.values ?? {}), ...Object.keys(recipes)];
  return named.includes(recipe) || (recipe !== '' && spec.slots.has(recipe));
}

function byTag({ config: { recipe } }: StationSpec, tags: TagTable): Pick<RecipeChoice, 'recipe' | 'staleTag'> {
  // While its server is away the product is what it was: the default is for a line that was never told.
  const isAway = recipe?.tag !== undefined && tags.isAway(recipe.tag);
  const value = textOf(recipe?.tag === undefined ? undefined : tags.lastTold(recipe.tag));
  if (value === null) return { recipe: recipe?.default ?? 'standard' };
  return { recipe: recipe?.values?.[value] ?? value, ...(isAway ? { staleTag: recipe?.tag } : {}) };
}
