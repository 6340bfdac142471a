/** A model of a station: which package runs, and on what. */
import { type StaticDecode, Type } from 'typebox';
import { FORMAT_LENGTH, FORMAT_PATTERN } from '../contracts/index.ts';
import { closed, form, name, RegionSchema, tagName } from './pieces.ts';
import { Fraction } from './units.ts';

/** What belongs to the package; camera, region, format and text belong to the place, whichever package is there. */
const packageKeys = {
  model: Type.String({
    pattern: '^[a-z0-9][a-z0-9._-]*$',
    description: 'Model package: a folder under `inference.models`.',
    ...form('the name of a model folder, such as surface-defect'),
  }),
  variant: Type.Optional(
    Type.String({
      description:
        'Variant of the package. Default: the first that holds its golden outputs here, of int8-u8s8 on x86, int8-s8s8 on ARM and with TensorRT, fp16 with CUDA, then the others; `lineside models select` measures.',
    }),
  ),
  threshold: Type.Optional(Fraction({ description: 'Score from which the part counts as faulty. Default: the manifest.' })),
  review: Type.Optional(
    Type.Tuple([Fraction({}), Fraction({})], { description: 'Scores between these go to a person. Default: the manifest.' }),
  ),
};

/** Of a package that was taught on another part of the picture than its place has. */
const broughtKeys = {
  ...packageKeys,
  region: Type.Optional(
    Type.Union([RegionSchema('x, y, width, height in pixels of the frame.'), Type.Literal('whole')], {
      description:
        'Part of the picture that this package was taught on, which comes into the place with it; `whole`: all of it. Default: the region of the place stays.',
    }),
  ),
};

export const StationModelSchema = Type.Object(
  {
    ...packageKeys,
    camera: Type.Optional(
      Type.String({ pattern: name, description: 'Camera for an image model. May be left out where there is only one.' }),
    ),
    text: Type.Optional(tagName('Tag with the text, for a model that reads texts.')),
    region: Type.Optional(RegionSchema('x, y, width, height in pixels of the frame. Default: all of it.')),
    format: Type.Optional(
      Type.String({
        pattern: FORMAT_PATTERN,
        maxLength: FORMAT_LENGTH,
        ...form('places such as Ldddddd or ddaa|BATCH-ddd: d a digit, a a letter, x either, [AB] one of these, | or, all else itself'),
        description:
          'For a model that reads a code: what the code looks like, place by place. `d` is a digit, `a` a letter, `x` either, `[AB4-7]` one of these, `|` stands between several formats, every other character for itself: `Ldddddd`, `ddaa|BATCH-ddd`. Nothing else is read then, so that no O stands where a digit must. Default: any text.',
      }),
    ),
    explain: Type.Optional(
      Type.Union([Type.Literal('never'), Type.Literal('not_good'), Type.Literal('always')], {
        description:
          'For which findings it says where on the picture, and which tags: not_good is from the review band or the threshold on. Default: not_good; always where an expression reads `contributions`.',
      }),
    ),
    shadow: Type.Optional(
      Type.Object(broughtKeys, {
        ...closed,
        description:
          'A candidate beside it: it sees the same parts after their verdicts are out, and what it would have changed is stored and published. `lineside models promote` puts it in the place.',
      }),
    ),
    previous: Type.Optional(
      Type.Object(broughtKeys, { ...closed, description: 'What ran here before; `lineside models rollback` goes back to it.' }),
    ),
  },
  { ...closed, description: 'One model of the station.' },
);

type StationModel = StaticDecode<typeof StationModelSchema>;
/** Which package, and what belongs to it. */
export type PackageChoice = Pick<StationModel, 'model' | 'variant' | 'threshold' | 'review'>;
/** One that is not in the place: with the region that it brings along, where that is another one. */
export type BroughtChoice = PackageChoice & Pick<NonNullable<StationModel['shadow']>, 'region'>;
export const choiceOf = ({ model, variant, threshold, review }: PackageChoice): PackageChoice => ({
  model,
  ...(variant === undefined ? {} : { variant }),
  ...(threshold === undefined ? {} : { threshold }),
  ...(review === undefined ? {} : { review }),
});

export const isSamePackage = (a: PackageChoice, b: PackageChoice): boolean => a.model === b.model && a.variant === b.variant;

/**
 * What there is to go back to when `to` comes into the place: what judges now. Where only the threshold changes it stays the package before,
 * which nothing else remembers; a threshold can be set again.
 */
export function beforeOf(own: PackageChoice & { readonly previous?: BroughtChoice | undefined }, to: PackageChoice): BroughtChoice {
  const now = choiceOf(own);
  return isSamePackage(to, now) && own.previous && !isSamePackage(own.previous, now) ? own.previous : now;
}

/** The candidate as it is in the place that it runs beside. */
export function candidateIn({ variant: _v, threshold: _t, review: _r, shadow, previous: _p, ...place }: StationModel): StationModel | null {
  if (!shadow) return null;
  const { region = place.region ?? 'whole', ...choice } = shadow;
  const { region: _own, ...rest } = place;
  return { ...rest, ...choice, ...(region === 'whole' ? {} : { region }) };
}

/** Expressions that read what explains a finding need it of good parts too. */
export const readsContributions = (expressions: readonly { readonly when?: string | undefined }[], model: string): boolean =>
  expressions.some(({ when = '' }) => new RegExp(`\\b${model}\\s*\\.\\s*contributions\\b`).test(when));
