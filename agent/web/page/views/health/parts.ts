/** The agent's parts by name: `camera/top`, `model/outlet/surface`, `opcua/plc`. Pure. */
import type { Health } from '../../api/types.ts';
import { count } from '../../pieces/numbers.ts';
import { words } from '../../words.ts';

type Part = readonly [string, Health['parts'][string]];

export const nameOf = (part: string): string => part.slice(part.indexOf('/') + 1);

export function kindOf(part: string): string {
  // What there is one of has no name of its own: `mqtt`.
  const [kind = part] = part.split('/');
  return words.health.kinds[kind] ?? kind;
}

/** Of a queue: what it is counted in. A camera's is the memory of its pictures. */
export const filled = (queue: string, { depth, bound }: Pick<Health['queues'][string], 'depth' | 'bound'>): string =>
  queue.startsWith('camera/')
    ? words.health.megabytes((depth / 1e6).toFixed(1), count(bound / 1e6))
    : words.health.of(count(depth), count(bound));

const ORDER = ['failed', 'degraded', 'starting', 'stopped', 'running'];
const rank = (status: string): number => {
  const at = ORDER.indexOf(status);
  return at < 0 ? 0 : at;
};

export const worst = ([a, { status: first }]: Part, [b, { status: second }]: Part): number =>
  rank(first) - rank(second) || a.localeCompare(b);
