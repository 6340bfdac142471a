/** Materials that a station uses up, and when more of one is called. */
import { type StaticDecode, Type } from 'typebox';
import { closed, name, restarts, tagName } from './pieces.ts';
import { Duration } from './units.ts';

/** As the tag of the recipe says it: any text that is not too long. */
const RECIPE = '^\\S(.{0,62}\\S)?$';
const Quantity = (description: string) => Type.Number({ minimum: 0, maximum: 1e9, description });

export const MaterialSchema = Type.Object(
  {
    station: Type.String({ pattern: name, description: 'The station whose parts use it, and under which it is told.' }),
    per_part: Type.Optional(Quantity('Used by each part, whatever its verdict. Left out: by the recipes that are named alone.')),
    recipes: Type.Record(Type.String({ pattern: RECIPE }), Quantity('Used by each part of this recipe.'), {
      default: {},
      description: 'Recipes of which a part uses more or less, or none: 0.',
    }),
    counter: Type.Optional(
      Type.Object(
        {
          tag: tagName('Tag that counts on with each use; what it counts takes the place of parts.'),
          each: Type.Number({ default: 1, exclusiveMinimum: 0, maximum: 1e9, description: 'Used by each step of it.' }),
          wraps: Type.Optional(
            Type.Integer({ minimum: 2, maximum: Number.MAX_SAFE_INTEGER, description: 'It begins again at 0 there: 65536 of 16 bits.' }),
          ),
        },
        { ...closed, description: 'A counter of the PLC.' },
      ),
    ),
    stock: Type.Optional(
      Type.Object(
        {
          tag: tagName('Tag with how much is there.'),
          each: Type.Number({ default: 1, exclusiveMinimum: 0, maximum: 1e9, description: 'Of the material, a step of its value.' }),
        },
        { ...closed, description: 'A scale or a level. Left out: deliveries less what is used, from what somebody has counted on.' },
      ),
    ),
    container: Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description: 'In one container (lot): so much is called at a time.' }),
    calls: Type.Integer({ default: 2, minimum: 1, maximum: 20, description: 'Containers that may be called and not delivered at once.' }),
    lead_time: Type.Object(
      {
        mean: Duration({ least: '1s', most: '60d', description: 'From the call to its delivery, on average.' }),
        spread: Duration({ default: '0ms', most: '60d', description: 'Its standard deviation.' }),
      },
      { ...closed, description: 'How long a delivery takes. Once twenty were seen, those count instead.' },
    ),
    service: Type.Number({
      default: 0.95,
      minimum: 0.5,
      maximum: 0.999,
      description: 'Share of calls whose delivery comes before the material has run out (cycle service level).',
    }),
    overdue: Type.Optional(
      Duration({
        least: '1s',
        most: '365d',
        description: 'A call that is open for longer is overdue. Default: the mean lead time and three spreads.',
      }),
    ),
    unit: Type.Optional(Type.String({ minLength: 1, maxLength: 16, description: 'As it is told: pcs, kg, m.' })),
  },
  { ...closed, description: 'A material that is called in containers (Kanban).' },
);

export const MaterialsSchema = Type.Record(Type.String({ pattern: name }), MaterialSchema, {
  ...restarts('none'),
  default: {},
  description: 'Materials by name, called in time: docs/logistics.md.',
});

export type MaterialConfig = StaticDecode<typeof MaterialSchema>;

/** Used by a part of that recipe. */
export const perPart = ({ per_part = 0, recipes }: Pick<MaterialConfig, 'per_part' | 'recipes'>, recipe: string): number =>
  Object.hasOwn(recipes, recipe) ? (recipes[recipe] ?? per_part) : per_part;

/** Parts tell what is used, as far as the config says how. */
export const goesByParts = ({ per_part, recipes }: Pick<MaterialConfig, 'per_part' | 'recipes'>): boolean =>
  per_part !== undefined || Object.keys(recipes).length > 0;

/** A call that is open for longer is overdue, ms. */
export const overdueAfter = ({ overdue, lead_time: { mean, spread } }: Pick<MaterialConfig, 'overdue' | 'lead_time'>): number =>
  overdue ?? mean + 3 * spread;
