/** A first config, asked for step by step: stands where the file would, until there is one. */
import { createEffect, createSignal, type JSX, Match, on, Show, Switch } from 'solid-js';
import { may } from '../../api/session.ts';
import type { FirstConfig } from '../../api/types.ts';
import { signInNow } from '../../frame/asked.ts';
import { words } from '../../words.ts';
import { asking, isSettled, setAsking } from './answers.ts';
import { BrokerStep } from './broker.tsx';
import { CamerasStep } from './cameras.tsx';
import { LineStep } from './line.tsx';
import { PlcStep } from './plc.tsx';
import { WriteStep } from './write.tsx';
import './first.css';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no topic may have.
const LEVEL = /^[^/+#\u0000-\u001f\u007f]{1,64}$/;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const STEPS = words.first.steps;

/** What is missing before the step can be left; null: nothing. */
function missing(step: number): string | null {
  const { line, station, cameras, plc, broker } = asking;
  if (step === 0 && !Object.values(line).every((level) => LEVEL.test(level))) return words.first.missing.line;
  if (step === 0 && !NAME.test(station)) return words.first.missing.station;
  if (step === 1 && !cameras.every((camera) => isSettled(camera) && camera.package !== '')) return words.first.missing.camera;
  if (step === 2 && plc.address !== '' && !isSettled(plc)) return words.first.missing.plc;
  if (step === 3 && broker.address !== '' && !isSettled(broker)) return words.first.missing.broker;
  return null;
}

export function First(props: { readonly of: FirstConfig; readonly written: () => void }): JSX.Element {
  let heading: HTMLHeadingElement | undefined;
  const [began, setBegan] = createSignal(false);
  // Another step begins at its top, for eyes and for who hears it.
  createEffect(
    on(
      () => asking.step,
      () => {
        if (began()) heading?.focus();
        setBegan(true);
      },
    ),
  );
  // After a reload an address may be to be asked again: no step is left before.
  for (let step = 0; step < asking.step; step++) if (missing(step) !== null) setAsking('step', step);
  const go = (by: number) => setAsking('step', asking.step + by);
  return (
    <>
      <section class="panel stack">
        <p>{words.first.what}</p>
        <p class="mono">{words.first.file(props.of.file ?? '')}</p>
        <Show when={props.of.why_not_writable}>
          <p class="bad">{props.of.why_not_writable}</p>
        </Show>
        <Show when={!may('technician')}>
          <p>
            {words.first.signIn}{' '}
            <button type="button" onClick={signInNow}>
              {words.frame.signIn}
            </button>
          </p>
        </Show>
      </section>
      <Show when={may('technician')}>
        <section class="panel stack first" aria-label={STEPS[asking.step]}>
          <h2 tabindex="-1" ref={heading}>
            {words.first.step(asking.step + 1, STEPS.length, STEPS[asking.step] ?? '')}
          </h2>
          <Switch>
            <Match when={asking.step === 0}>
              <LineStep />
            </Match>
            <Match when={asking.step === 1}>
              <CamerasStep packages={props.of.packages} />
            </Match>
            <Match when={asking.step === 2}>
              <PlcStep />
            </Match>
            <Match when={asking.step === 3}>
              <BrokerStep />
            </Match>
            <Match when={asking.step === 4}>
              <WriteStep store={props.of.store ?? ''} written={props.written} />
            </Match>
          </Switch>
          <div class="row apart">
            <Show when={asking.step > 0}>
              <button type="button" onClick={() => go(-1)}>
                {words.first.back}
              </button>
            </Show>
            <Show when={asking.step < STEPS.length - 1}>
              <button type="button" disabled={missing(asking.step) !== null} aria-describedby="first-missing" onClick={() => go(1)}>
                {words.first.next}
              </button>
            </Show>
          </div>
          <p id="first-missing" class="soft">
            {missing(asking.step)}
          </p>
        </section>
      </Show>
    </>
  );
}
