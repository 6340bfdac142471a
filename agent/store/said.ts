/** What people say of one part, all of them together. Pure. */
import type { Label, LabelBox } from '../contracts/index.ts';
import { jsonOr } from './read.ts';

export interface Word {
  readonly who: string;
  readonly label: Label['label'];
  readonly kind: string | null;
}

/** The newest word of each person counts. */
export class Said {
  kind: string | null = null;
  private readonly by = new Map<string, Label['label']>();

  /** Newest first. */
  add({ who, label, kind }: Word): void {
    if (!this.by.has(who)) this.by.set(who, label);
    this.kind ??= kind;
  }

  /** `disputed`: one says good, another bad. */
  get label(): Label['label'] | 'disputed' {
    const sure = new Set([...this.by.values()].filter((label) => label !== 'unsure'));
    if (sure.size > 1) return 'disputed';
    return [...sure][0] ?? 'unsure';
  }
}

/** Of a row of `labels`; what the disk has damaged is none. */
export function boxesIn(text: string | null): readonly LabelBox[] {
  const boxes = text === null ? [] : jsonOr(text);
  return Array.isArray(boxes) ? (boxes as readonly LabelBox[]) : [];
}
