/** How the newest parts of one series look, feature by feature, and what has moved in words. Constant in memory. Pure. */
import {
  type FeatureDrift,
  type Look,
  type LookDrift,
  type LookFeature,
  MOST_TAGS,
  movedText,
  PICTURE_LOOK,
  TAG_LOOK,
  type TaughtFeature,
} from '../../contracts/index.ts';
import { Feature, type SavedFeature } from './feature.ts';

/** As scores are looked at (series.ts): over all features together at most one line in a hundred is called changed in 100,000 parts by chance. */
const EVERY = 25;
const FALSE_ALARMS = 0.01;
const OVER_PARTS = 100_000;
const BEGINS = FALSE_ALARMS / (OVER_PARTS / EVERY);
const ENDS = 0.05;
/** Features whose newest are kept over a restart: those of pictures, or of eight tags, some 100 kB. Of more the newest begin anew. */
const KEPT = 16;
/** Of what has moved, in a sentence. */
const TOLD = 5;

export interface SavedLooks {
  readonly of: Look['of'];
  readonly tags: readonly string[];
  readonly judged: number;
  readonly features: readonly SavedFeature[];
}

export class Looks {
  readonly of: Look['of'];
  private readonly tags: readonly string[];
  private readonly features: readonly Feature[];
  private judged = 0;

  /** `taught`: in the order of a look's values; empty where the package brings nothing along. */
  constructor({ of, tags }: Pick<Look, 'of' | 'tags'>, taught: readonly (TaughtFeature | null)[]) {
    this.of = of;
    this.tags = tags.slice(0, MOST_TAGS);
    const names: readonly LookFeature[] = of === 'picture' ? PICTURE_LOOK : TAG_LOOK.flatMap((name) => this.tags.map(() => name));
    const chances = { begins: BEGINS / names.length, ends: ENDS };
    const features: Feature[] = [];
    for (const [index, name] of names.entries()) {
      const level = name === 'movement' ? (features[index - this.tags.length] ?? null) : null;
      features.push(new Feature({ name, taught: taught[index] ?? null, chances, index, level }));
    }
    this.features = features;
  }

  /** Anew where what was kept is of another making. Of pictures fewer features were kept once, the first ones: the others begin anew. */
  static restore({ of, tags, judged, features }: SavedLooks, taught: readonly (TaughtFeature | null)[]): Looks {
    const looks = new Looks({ of, tags }, taught);
    const isKnown = of === 'picture' ? features.length <= looks.features.length : features.length === looks.features.length;
    if (!isKnown) return looks;
    looks.judged = judged;
    for (const [i, feature] of looks.features.entries()) if (features[i]) feature.restore(features[i]);
    return looks;
  }

  isOf({ of, tags }: Pick<Look, 'of' | 'tags'>): boolean {
    return of === this.of && (tags === this.tags || (tags.length === this.tags.length && tags.every((tag, i) => tag === this.tags[i])));
  }

  /** true: one has begun, or ended, to differ. */
  add(values: readonly number[], at: number): boolean {
    this.judged++;
    for (const [i, feature] of this.features.entries()) {
      const value = values[i];
      if (value !== undefined && Number.isFinite(value)) feature.add(value);
    }
    if (this.judged % EVERY !== 0) return false;
    const changed = this.features.map((feature) => feature.look(at, this.judged / EVERY));
    return changed.includes(true);
  }

  get drifted(): boolean {
    return this.features.some(({ drifted }) => drifted !== null);
  }

  get view(): LookDrift {
    const tagOf = (i: number) => (this.of === 'picture' ? null : (this.tags[i % this.tags.length] ?? ''));
    return { of: this.of, features: this.features.map((feature, i) => ({ ...feature.view, tag: tagOf(i) })) };
  }

  save(): SavedLooks {
    const { of, tags, judged } = this;
    return { of, tags, judged, features: this.features.map((feature) => feature.save(this.features.length <= KEPT)) };
  }
}

/** What has moved, the farthest first, and against what; null: nothing has. */
export function movedWords({ features }: LookDrift): { readonly moved: string; readonly parts: number; readonly like: string } | null {
  const moved = features.flatMap((one) => movedIn(one)).sort((a, b) => beyond(b) - beyond(a));
  const [first] = moved;
  if (!first) return null;
  const rest = moved.length - TOLD;
  const told = moved.slice(0, TOLD).map(movedText).join('; ');
  const like = first.reference.of === 'taught' ? 'like those it was taught with' : 'like those of its first parts here';
  return { moved: rest > 0 ? `${told}; and ${rest} more` : told, parts: first.parts, like };
}

type Moved = FeatureDrift & { readonly now: number; readonly before: number };
const movedIn = (of: FeatureDrift): readonly Moved[] =>
  of.drifted === null || of.now === null || of.before === null ? [] : [{ ...of, now: of.now, before: of.before }];

const beyond = ({ distance, limit }: FeatureDrift): number => (distance ?? 0) - (limit ?? 0);
