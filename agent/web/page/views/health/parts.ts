/** The agent's parts by name: `camera/top`, `model/outlet/surface`, `opcua/plc`. Pure. */
import type { Health } from '../../api/types.ts';
import { words } from '../../words.ts';

type Part = readonly [string, Health['parts'][string]];

export const nameOf = (part: string): string => part.slice(part.indexOf('/') + 1);

export function kindOf(part: string): string {
  const kind = part.slice(0, Math.max(0, part.indexOf('/')));
  return words.health.kinds[kind] ?? kind;
}

const ORDER = ['failed', 'degraded', 'starting', 'stopped', 'running'];
const rank = (status: string): number => {
  const at = ORDER.indexOf(status);
  return at < 0 ? 0 : at;
};

export const worst = ([a, { status: first }]: Part, [b, { status: second }]: Part): number =>
  rank(first) - rank(second) || a.localeCompare(b);
