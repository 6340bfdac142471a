/** Everything that is wrong with a server while it works: kept over its lives, told whenever its words change. */
import type { LinesideError } from '../../errors.ts';

export type Kind = 'revised' | 'overflow' | 'gaps' | 'clock' | 'large' | 'deadband' | 'certificate' | 'readable';

export class StandingFaults {
  private readonly faults = new Map<Kind, LinesideError>();
  private tell: (list: readonly LinesideError[]) => void = () => {};

  /** A life that is online: it states what stands, and every change from here on. */
  stateTo(tell: (list: readonly LinesideError[]) => void): void {
    this.tell = tell;
    this.state();
  }

  /** null: it is over. */
  set(kind: Kind, fault: LinesideError | null): void {
    if (this.faults.get(kind)?.message === fault?.message) return;
    if (fault) this.faults.set(kind, fault);
    else this.faults.delete(kind);
    this.state();
  }

  private state(): void {
    this.tell([...this.faults.values()]);
  }
}

/** For a sentence: the first few, and how many more. */
export function listed(items: readonly string[], most = 4): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join('; ')}; and ${more} more` : items.join('; ');
}
