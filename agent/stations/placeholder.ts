/**
 * What a tag shows between parts: a 0, a dash, though it is not empty. It stands before and after the names of part after part, and of the
 * two texts of each such round only one has a trigger; texts that all have triggers are names, however often one of them comes.
 */

/** Rounds from which it is believed, and exceptions, more than rounds since, until it is no more. */
const ENOUGH = 3;
const MOST = 8;
/** Triggers that are expected late, at most. */
const LATE = 32;

export class Placeholder {
  private candidate: string | null;
  private rounds: number;
  private isKnown: boolean;
  private shown: string | null = null;
  private before: string | null = null;
  private triggers = 0;
  /** Triggers less rounds; negative: so many are late. */
  private surplus = 0;

  /** `known`: from the life before. */
  constructor(known: string | null = null) {
    this.candidate = known;
    this.isKnown = known !== null;
    this.rounds = this.isKnown ? MOST : 0;
  }

  get text(): string | null {
    return this.isKnown ? this.candidate : null;
  }

  /** The tag shows this. */
  hear(text: string): void {
    if (text === this.shown) return;
    if (this.shown !== null) this.weigh(text, text === this.before);
    this.before = this.shown;
    this.shown = text;
  }

  /** A trigger has been handled. */
  trigger(): void {
    this.triggers++;
  }

  /** `isBack`: it was shown before the last one, too. */
  private weigh(text: string, isBack: boolean): void {
    if (text === this.candidate) return this.endRound();
    // Two others in a row, or the same on both sides of it: either may be the name.
    if (isBack || this.shown !== this.candidate) this.count(-1);
    if (!isBack || this.rounds > 0) return;
    this.candidate = text;
    this.triggers = 0;
    this.surplus = 0;
  }

  /** Triggers may be handled late, and all at once: those of a round without one are expected later. */
  private endRound(): void {
    this.surplus = Math.max(this.surplus + this.triggers - 1, -LATE);
    if (this.surplus > 0) this.count(-1);
    else if (this.triggers === 1) this.count(1);
    this.surplus = Math.min(this.surplus, 0);
    this.triggers = 0;
  }

  private count(step: 1 | -1): void {
    this.rounds = Math.min(Math.max(this.rounds + step, 0), MOST);
    if (this.rounds === 0) this.isKnown = false;
    else if (!this.isKnown && this.rounds >= ENOUGH) {
      this.isKnown = true;
      this.rounds = MOST;
    }
  }
}
