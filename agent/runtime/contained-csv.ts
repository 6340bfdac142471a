/** Contained parts as CSV (RFC 4180), for whoever sorts them out: one line a part, the oldest first. */
import type { ContainedPart } from '../contracts/index.ts';
import { csvOf } from '../store/csv.ts';
import type { ContainmentView } from '../web/ports.ts';

const HEADER = [
  'utc',
  'station',
  'sequence',
  'part',
  'lot',
  'order',
  'recipe',
  'verdict',
  'outcome',
  'reasons',
  'label',
  'parts',
  'suspect',
  'inspection',
];

export const csvHeader = csvOf(HEADER);

/** `suspect`: what the change of a number says of it; empty where none narrows the list. */
export function csvLine(station: string, part: ContainedPart, narrowed: ContainmentView['narrowed']): string {
  const { at, sequence, lot, order, recipe, verdict, outcome, reasons, label, parts, inspection } = part;
  const utc = new Date(at).toISOString();
  return csvOf([
    utc,
    station,
    sequence,
    part.part,
    lot,
    order,
    recipe,
    verdict,
    outcome,
    reasons,
    label,
    parts,
    suspicion(part, narrowed),
    inspection,
  ]);
}

function suspicion({ sequence }: Pick<ContainedPart, 'sequence'>, narrowed: ContainmentView['narrowed']): string {
  if (!narrowed) return '';
  if (sequence < narrowed.from.sequence) return 'unlikely';
  return sequence < narrowed.likely.sequence ? 'possible' : 'likely';
}
