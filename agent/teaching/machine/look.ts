/** How windows of good production look, tag by tag, for a manifest: within which levels and movements they stayed (contracts/look.ts). Pure. */
import { MOST_TAGS, TAG_LOOK, windowLook, worthOfRun } from '../../contracts/index.ts';
import type { Use } from './projection.ts';
import type { Material } from './stretches.ts';

/** Windows that begin in one window's length: a part at the line may end one anywhere. */
const HOPS = 4;

/** `tags`: of the window, of which those that were taught are told; where a tag wanders, its level says nothing. */
export function machineLook(
  { tags, stretches }: Material,
  uses: readonly Use[],
  window: { readonly tags: readonly string[]; readonly steps: number },
) {
  const names = window.tags.slice(0, MOST_TAGS).filter((name) => tags.includes(name));
  const told = names.map((name) => {
    const column = tags.indexOf(name);
    const looks = stretches.map(({ rows }) => windowsOf(rows.getColumn(column), window.steps));
    const wanders = uses[column] === 'combined' || uses[column] === 'drifts';
    const features = TAG_LOOK.map((feature, i) => {
      const values = looks.map((list) => list.map((look) => look[i] ?? 0));
      return [feature, feature === 'level' && wanders ? { wanders } : rangeOf(values)] as const;
    });
    return [name, Object.fromEntries(features)] as const;
  });
  return { tags: Object.fromEntries(told) };
}

function windowsOf(values: readonly number[], steps: number): readonly (readonly number[])[] {
  const hop = Math.max(1, Math.floor(steps / HOPS));
  const starts = Array.from({ length: Math.max(0, Math.floor((values.length - steps) / hop) + 1) }, (_, i) => i * hop);
  return starts.map((start) => windowLook(values.slice(start, start + steps), steps, 1));
}

/** Stretches one after the other: that they lie apart from each other shows as a wander. */
function rangeOf(stretches: readonly (readonly number[])[]) {
  const all = stretches.flat();
  const apart = stretches.flatMap((list) => list.filter((_, i) => i % HOPS === 0));
  const [low, high] = [
    all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  return all.length === 0 ? null : { range: [short(low), short(high)], windows: Math.round(10 * apart.length * worthOfRun(apart)) / 10 };
}

const short = (value: number): number => Number(value.toPrecision(7));
