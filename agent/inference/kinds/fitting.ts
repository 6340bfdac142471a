/** Texts that a station's format leaves to be read, as lists of classes. */
import { formatsOf } from '../../contracts/format.ts';

/** By place and class: may this character stand here. */
type Fit = readonly (readonly boolean[])[];

export class Fitting {
  private readonly fits: readonly Fit[];

  /** `labels` by class; undefined for the blank. */
  constructor(format: string, labels: readonly (string | undefined)[]) {
    this.fits = formatsOf(format).map((places) => places.map(({ takes }) => labels.map((label) => label !== undefined && takes(label))));
  }

  /** Something of the format begins with this text. */
  readonly begins = (text: readonly number[]): boolean => this.fits.some((fit) => text.length <= fit.length && follows(fit, text));

  readonly complete = (text: readonly number[]): boolean => this.fits.some((fit) => text.length === fit.length && follows(fit, text));
}

const follows = (fit: Fit, text: readonly number[]) => text.every((c, place) => fit[place]?.[c] === true);
