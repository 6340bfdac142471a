/** A station where there are too many for tiles. */
import { type JSX, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { ageOf, now } from '../../pieces/times.ts';
import { shownOf, VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';
import { alarmsOf, isQuiet } from './condition.ts';

export function StationRow(props: { readonly station: string }): JSX.Element {
  const last = () => shown.recent[props.station]?.at(-1);
  const alarm = () => alarmsOf(props.station, shown.line?.stations[props.station], shown.line?.alarms ?? [])[0];
  return (
    <li class="panel row" data-station={props.station}>
      <h2>{props.station}</h2>
      <span class="live" classList={{ old: isQuiet(shown.recent[props.station] ?? [], now()) }}>
        <Show when={last()} fallback={<span class="soft">{words.line.waiting}</span>}>
          {(one) => (
            <>
              <VerdictMark of={shownOf(one())} /> <span>{one().reasons[0]?.text}</span> <span class="soft">{ageOf(one().at)}</span>
            </>
          )}
        </Show>
      </span>
      <Show when={alarm()}>{(wrong) => <span class="alarm">▲ {wrong().text}</span>}</Show>
    </li>
  );
}
