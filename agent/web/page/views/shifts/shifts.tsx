/** Figures of the shifts: the present one so far, and the last ten beside each other. */
import { A, useSearchParams } from '@solidjs/router';
import { createMemo, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Ratio, Shift, ShiftFigures, Shifts } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { timeOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { Groups } from './groups.tsx';
import './shifts.css';

/** As often as the agent tells it. */
const EVERY = 10_000;
/** Fewer say nothing. */
const ENOUGH = 30;

export function ShiftsView(): JSX.Element {
  const [address, go] = useSearchParams<{ station?: string | undefined }>();
  const shifts = question<Shifts>(() => '/shifts?limit=11', EVERY);
  return (
    <>
      <h1>{words.views.shifts}</h1>
      <Known of={shifts}>
        {(known) => {
          const stations = createMemo(() => [...new Set(known().shifts.flatMap((shift) => shift.stations.map(({ station }) => station)))]);
          const station = () => stations().find((one) => one === address.station) ?? stations()[0];
          return (
            <Show when={known().zone !== null} fallback={<Nothing what={words.shifts.none} next={words.shifts.noneNext} />}>
              <Show when={station()} fallback={<Nothing what={words.shifts.notYet} />}>
                {(of) => (
                  <>
                    <Show when={stations().length > 1}>
                      <fieldset class="touches" aria-label={words.shifts.station}>
                        <For each={stations()}>
                          {(one) => (
                            <button type="button" aria-pressed={one === of()} onClick={() => go({ station: one })}>
                              {one}
                            </button>
                          )}
                        </For>
                      </fieldset>
                    </Show>
                    <Present of={known()} station={of()} />
                    <Past of={known()} station={of()} />
                    <Groups station={of()} />
                  </>
                )}
              </Show>
            </Show>
          );
        }}
      </Known>
    </>
  );
}

const figuresOf = (shift: Shift, station: string): ShiftFigures | undefined => shift.stations.find((one) => one.station === station);
const spanOf = ({ from, to }: Shift): string => words.shifts.span(timeOf(from).slice(0, 5), timeOf(to).slice(0, 5));
const unknownOf = ({ unknown }: ShiftFigures['quantities']): number => Object.values(unknown).reduce((sum, parts) => sum + parts, 0);

function Present(props: { readonly of: Shifts; readonly station: string }): JSX.Element {
  const present = () => props.of.shifts.find(({ id }) => id === props.of.present);
  const figures = () => {
    const shift = present();
    const found = shift && figuresOf(shift, props.station);
    return shift && found ? { shift, found } : null;
  };
  return (
    <section class="panel" aria-label={words.shifts.present}>
      <Show when={figures()} fallback={<p>{words.shifts.nobody}</p>}>
        {(known) => (
          <>
            <h2>
              {known().found.station}: {words.shifts.runs(known().shift.name, spanOf(known().shift))}
            </h2>
            <Figures of={known().found} />
            <A class="button" href={`/shifts/${known().shift.day}/${known().shift.name}`}>
              {words.report.open}
            </A>
          </>
        )}
      </Show>
    </section>
  );
}

function Figures(props: { readonly of: ShiftFigures }): JSX.Element {
  const parts = () => props.of.quantities;
  return (
    <>
      <dl class="figures-of-shift">
        <Figure name={words.shifts.produced} value={count(parts().produced)} more={words.shifts.unknown(count(unknownOf(parts())))} />
        <Figure name={words.shifts.scrap} value={count(parts().scrap)} more={words.shifts.rework(count(parts().rework))} />
        <Share name={words.shifts.quality} of={props.of.quality_ratio} parts />
        <Share name={words.shifts.firstPass} of={props.of.first_pass_yield} parts />
        <Figure name={words.shifts.rate} value={props.of.throughput_rate === null ? '–' : count(Math.round(props.of.throughput_rate))} />
        <Share name={words.shifts.availability} of={props.of.availability} />
        <Share name={words.shifts.effectiveness} of={props.of.effectiveness} />
        <Share name={words.shifts.oee} of={props.of.oee} />
      </dl>
      <Show when={props.of.doubts.length > 0}>
        <ul class="shift-doubts soft">
          <For each={props.of.doubts}>{(doubt) => <li>{words.shifts.doubts[doubt]}</li>}</For>
        </ul>
      </Show>
    </>
  );
}

function Figure(props: { readonly name: string; readonly value: string; readonly more?: string }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.value}
        <Show when={props.more}>
          <small>{props.more}</small>
        </Show>
      </dd>
    </div>
  );
}

/** Of few parts how many there are, instead of a share that means nothing. */
function Share(props: { readonly name: string; readonly of: Ratio; readonly parts?: boolean }): JSX.Element {
  const value = () => shareOf(props.of, props.parts === true);
  const between = () => {
    const { low, high, value: of } = props.of;
    return of !== null && low !== null && high !== null && high - low > 0.0005 ? words.figures.between(percent(low), percent(high)) : '';
  };
  const counted = () => (props.parts && props.of.of > 0 ? words.line.yieldOf(count(props.of.count), count(props.of.of)) : '');
  return <Figure name={props.name} value={value()} more={[counted(), between()].filter(Boolean).join(', ')} />;
}

const shareOf = ({ value, of }: Ratio, isOfParts: boolean): string => (value === null || (isOfParts && of < ENOUGH) ? '–' : percent(value));

function Past(props: { readonly of: Shifts; readonly station: string }): JSX.Element {
  const past = () => props.of.shifts.filter(({ over }) => over).slice(0, 10);
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.shifts.past}>
      <h2>{words.shifts.past}</h2>
      <Show when={past().length > 0} fallback={<p>{words.shifts.noPast}</p>}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.shifts.shift}</th>
              <th scope="col" class="number">
                {words.shifts.produced}
              </th>
              <th scope="col" class="number">
                {words.shifts.quality}
              </th>
              <For each={[words.shifts.firstPass, words.shifts.scrap, words.shifts.reworked, words.shifts.rate, words.shifts.availability]}>
                {(name) => (
                  <th scope="col" class="number aside">
                    {name}
                  </th>
                )}
              </For>
              <th scope="col" class="number">
                {words.shifts.oee}
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={past()}>{(shift) => <Row shift={shift} of={figuresOf(shift, props.station)} />}</For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}

function Row(props: { readonly shift: Shift; readonly of: ShiftFigures | undefined }): JSX.Element {
  const cell = (text: (of: ShiftFigures) => string) => (props.of ? text(props.of) : '–');
  return (
    <tr>
      <th scope="row">
        <A class="whole-touch" href={`/shifts/${props.shift.day}/${props.shift.name}`}>
          {props.shift.day} {props.shift.name}
        </A>
        <Show when={props.of?.doubts.includes('agent_off')}>
          <div class="soft">{words.shifts.off}</div>
        </Show>
      </th>
      <td class="number">{cell(({ quantities }) => count(quantities.produced))}</td>
      <td class="number">{cell(({ quality_ratio: of }) => shareOf(of, true))}</td>
      <td class="number aside">{cell(({ first_pass_yield: of }) => shareOf(of, true))}</td>
      <td class="number aside">{cell(({ quantities }) => count(quantities.scrap))}</td>
      <td class="number aside">{cell(({ quantities }) => count(quantities.rework))}</td>
      <td class="number aside">{cell(({ throughput_rate: rate }) => (rate === null ? '–' : count(Math.round(rate))))}</td>
      <td class="number aside">{cell(({ availability }) => shareOf(availability, false))}</td>
      <td class="number">{cell(({ oee }) => shareOf(oee, false))}</td>
    </tr>
  );
}
