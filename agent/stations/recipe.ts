/** Which recipe applies to a part, and which models that means. */
import { isGood, type ModelSlot, type TagSample } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { type Loss, type TagTable, textOf } from './tags.ts';

export interface RecipeChoice {
  readonly recipe: string;
  readonly slots: readonly ModelSlot[];
  /** RECIPE_UNKNOWN when the tag names one that the config does not have. */
  readonly fault: LinesideError | null;
  /** Where its tag does not say so now, and no person did: why there may be another product by now. */
  readonly doubt?: Doubt;
}

/** There is no session with its server, its value is bad, or nothing has been heard of it since the agent started. */
type Silence = 'away' | 'bad' | 'unheard';

export interface Doubt {
  readonly tag: string;
  readonly silence: Silence;
  /** The tag did name it, before; else it is the default. */
  readonly isNamed: boolean;
}

/** What was heard last of the tag; of another node it says nothing. Empty: it said that there is none. */
export interface ProductMemory {
  readonly node: string;
  readonly said: string;
}

/** The recipe's tag, if the station has one. */
export function productTagOf(
  { config, nodes }: StationSpec,
  { tags }: Pick<StationPorts, 'tags'>,
  { memory, changed }: Pick<ProductOptions, 'memory' | 'changed'>,
) {
  const tag = config.recipe?.tag;
  return tag === undefined ? null : new ProductTag(tag, tags, { node: nodes.get(tag) ?? tag, memory, changed });
}

interface ProductOptions {
  readonly node: string;
  /** Of the life before. */
  readonly memory: ProductMemory | null;
  /** Called after each sample and each loss, never before the constructor has returned. */
  readonly changed: () => void;
}

/** What the tag that names the recipe says, and said last: the product does not change since nobody can ask for it. */
export class ProductTag {
  private readonly tag: string;
  private readonly node: string;
  private last: string | null;
  private silent: Silence | null = 'unheard';
  private readonly stops: readonly (() => void)[];

  constructor(tag: string, tags: TagTable, { node, memory, changed }: ProductOptions) {
    this.tag = tag;
    this.node = node;
    this.last = memory?.node === node ? memory.said : null;
    const known = tags.lastTold(tag);
    if (known) this.hear(known);
    if (tags.isAway(tag)) this.silent = 'away';
    const hear = (sample: TagSample) => {
      this.hear(sample);
      changed();
    };
    const lose = (loss: Loss) => {
      this.lose(loss);
      changed();
    };
    this.stops = [tags.onSample(tag, hear), tags.onLost(tag, lose)];
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  /** Empty where it said that there is none; null: it has never said anything. */
  get said(): string | null {
    return this.last;
  }
  /** Null: it has never said anything. */
  get memory(): ProductMemory | null {
    return this.last === null ? null : { node: this.node, said: this.last };
  }
  /** Null: it is what it says now. */
  get doubt(): Doubt | null {
    const { tag, silent, last } = this;
    return silent && { tag, silence: silent, isNamed: last !== null && last !== '' };
  }

  private hear(sample: TagSample): void {
    const good = isGood(sample.status);
    if (good) this.last = textOf(sample) ?? '';
    this.silent = good ? null : 'bad';
  }

  /** What another node says, nobody has heard yet. */
  private lose(loss: Loss): void {
    this.silent = loss === 'tag' ? 'unheard' : 'away';
    if (loss === 'tag') this.last = null;
  }
}

/** The recipe by its tag; `forced` by command wins until it is given back. */
export function chooseRecipe(spec: StationSpec, product: Pick<ProductTag, 'said' | 'doubt'> | null, forced: string | null): RecipeChoice {
  const recipe = forced ?? named(spec, product?.said ?? '');
  const doubt = forced === null ? product?.doubt : null;
  const unsure = doubt ? { doubt } : {};
  const slots = spec.slots.get(recipe) ?? spec.slots.get('');
  if (slots) return { recipe, slots, fault: null, ...unsure };
  return { recipe, slots: [], fault: new LinesideError('RECIPE_UNKNOWN', { station: spec.name, recipe }), ...unsure };
}

function named({ config: { recipe } }: StationSpec, said: string): string {
  return said === '' ? (recipe?.default ?? 'standard') : (recipe?.values?.[said] ?? said);
}

const SINCE: Readonly<Record<Silence, readonly [last: string, none: string]>> = {
  away: ['before the session with its server ended', 'and there is no session with its server'],
  bad: ['before its value became bad', 'and its value is bad'],
  unheard: ['before the agent started, and has not been heard of since', 'and nothing has been heard of it yet'],
};

export function unsureRecipe(station: string, recipe: string, { tag, silence, isNamed }: Doubt): LinesideError {
  const [last, none] = SINCE[silence];
  const why = isNamed ? `it is what tag ${tag} named last, ${last}` : `it is the default: tag ${tag} has named none, ${none}`;
  return new LinesideError('RECIPE_UNSURE', { station, recipe, why });
}

/** Whether the config names it; where no recipe has settings of its own, as the default or as what a value of the tag means. */
export function isKnownRecipe(spec: StationSpec, recipe: string): boolean {
  const { recipe: choice, recipes = {} } = spec.config;
  const known = [choice?.default ?? 'standard', ...Object.values(choice?.values ?? {}), ...Object.keys(recipes)];
  return known.includes(recipe) || (recipe !== '' && spec.slots.has(recipe));
}
