/**
 * What one station said of its newest parts, by their ids. Pure, and bounded: with one part more than it holds it forgets the one that passed longest ago, so that
 * `seen` means: among the newest so many.
 */
import type { Said, SaidPart } from '../../contracts/index.ts';

export class PartMemory {
  private most: number;
  /** In the order in which they passed last. */
  private readonly parts = new Map<string, Said>();

  /** `most`: parts, from 1. */
  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.parts.size;
  }

  hold(most: number): void {
    this.most = most;
    this.forgetOldest();
  }

  /** It passes now: what was said of it before is replaced. */
  note({ part, sequence: _, ...said }: SaidPart): void {
    const passes = (this.parts.get(part)?.passes ?? 0) + 1;
    this.parts.delete(part);
    this.parts.set(part, { ...said, passes });
    this.forgetOldest();
  }

  /** Of before all that was noted here, newest first, as the journal has it. */
  recall(newestFirst: readonly SaidPart[]): void {
    const live = [...this.parts];
    this.parts.clear();
    for (const said of newestFirst.toReversed()) this.note(said);
    for (const [part, said] of live) {
      const before = this.parts.get(part)?.passes ?? 0;
      this.parts.delete(part);
      this.parts.set(part, { ...said, passes: before + said.passes });
    }
    this.forgetOldest();
  }

  of(part: string): Said | null {
    return this.parts.get(part) ?? null;
  }

  private forgetOldest(): void {
    for (const part of this.parts.keys()) {
      if (this.parts.size <= this.most) return;
      this.parts.delete(part);
    }
  }
}
