/** The stock to come, with its interval; what it means stands beside it in words. */
import { type JSX, Show } from 'solid-js';
import type { Material } from '../../api/types.ts';

type Points = Material['forecast'];

export function Band(props: { readonly points: Points; readonly reorder: number | null }): JSX.Element {
  const from = () => props.points[0]?.at ?? 0;
  const span = () => Math.max(1, (props.points.at(-1)?.at ?? 1) - from());
  const most = () => Math.max(1e-9, props.reorder ?? 0, ...props.points.map(({ high }) => high));
  const x = (at: number) => (1000 * (at - from())) / span();
  const y = (value: number) => 100 - (96 * value) / most();
  const line = (pick: (point: Points[number]) => number, points: readonly Points[number][] = props.points) =>
    points.map((point) => `${x(point.at).toFixed(1)},${y(pick(point)).toFixed(1)}`).join(' ');
  return (
    <svg class="band" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`${line(({ high }) => high)} ${line(({ low }) => low, [...props.points].reverse())}`} />
      <polyline points={line(({ middle }) => middle)} />
      <Show when={props.reorder}>{(at) => <line x1="0" x2="1000" y1={y(at())} y2={y(at())} />}</Show>
    </svg>
  );
}
