/** From a note that was read to a record of it: what it is about, what was wrong, what was done. Pure. */
import type { Entity } from '../contracts/index.ts';

export interface NoteRecord {
  /** In plain words, in the order of the note. */
  readonly assets: readonly string[];
  readonly faults: readonly string[];
  readonly actions: readonly string[];
}

/** MaintIE's top classes (Bikaun et al., LREC-COLING 2024). */
const PLACES: Readonly<Record<string, keyof NoteRecord>> = {
  PhysicalObject: 'assets',
  State: 'faults',
  Process: 'faults',
  Property: 'faults',
  Activity: 'actions',
};

/** Spans may nest ("hydraulic pump" in "hydraulic pump seal"): of one place the longest says it all. */
export function recordOf(entities: readonly Entity[]): NoteRecord {
  const record: Record<keyof NoteRecord, string[]> = { assets: [], faults: [], actions: [] };
  const inOrder = [...entities].sort((a, b) => a.span[0] - b.span[0] || b.span[1] - a.span[1]);
  for (const one of inOrder) {
    const place = PLACES[one.label];
    const isInner = inOrder.some((other) => other !== one && PLACES[other.label] === place && holds(other, one));
    if (place && !isInner && !record[place].includes(one.text)) record[place].push(one.text);
  }
  return record;
}

const holds = (outer: Entity, inner: Entity): boolean =>
  outer.span[0] <= inner.span[0] && outer.span[1] >= inner.span[1] && outer.text.length > inner.text.length;
