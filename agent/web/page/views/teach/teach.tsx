/** A lesson, step by step. It lives on the box: whoever leaves the page, or opens it elsewhere, finds it as it is. */
import { createSignal, type JSX, lazy, Match, Show, Switch } from 'solid-js';
import { ask, type Problem } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Lesson } from '../../api/types.ts';
import { Known, Trouble } from '../../pieces/known.tsx';
import { lastsOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import type { Act, Change } from './act.ts';
import { Begin } from './begin.tsx';
import { Beside } from './beside.tsx';
import { Judge } from './judge.tsx';
import { Pictures } from './pictures.tsx';
import { StoredParts } from './stored-parts.tsx';
import '../part/part.css';
import './teach.css';

const EVERY = 1000;
/** Charts are loaded when somebody teaches a machine. */
const Machine = lazy(async () => ({ default: (await import('./machine.tsx')).Machine }));

export function TeachView(): JSX.Element {
  const lesson = question<Lesson | null>(() => '/teach', EVERY);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const change: Change = async (path, body, method = 'POST') => {
    const outcome = await ask<unknown>(`/teach${path}`, { method, body });
    lesson.again();
    return outcome;
  };
  const act: Act = async (...step) => {
    const outcome = await change(...step);
    setProblem(outcome.ok ? null : outcome.problem);
    return outcome.ok;
  };
  return (
    <>
      <h1>{words.views.teach}</h1>
      <Show when={problem()}>{(of) => <Trouble problem={of()} />}</Show>
      <Show when={!may('technician')}>
        <p class="soft">{words.teach.signIn}</p>
      </Show>
      <Known of={lesson}>
        {(known) => (
          <Show when={known()} fallback={<Begin act={act} />}>
            {(of) => <Steps of={of()} act={act} change={change} again={lesson.again} />}
          </Show>
        )}
      </Known>
    </>
  );
}

interface StepProps {
  readonly of: Lesson;
  readonly act: Act;
}

function Steps(props: StepProps & { readonly change: Change; readonly again: () => void }): JSX.Element {
  const shows = (...phases: readonly Lesson['phase'][]) => phases.includes(props.of.phase);
  return (
    <div class="stack" data-phase={props.of.phase}>
      <p>
        <strong>{props.of.package}</strong> {words.teach.of(props.of.station, props.of.model)}{' '}
        <span class="soft">{words.teach.by(props.of.by)}</span>
      </p>
      <Show when={props.of.fault}>
        {(fault) => (
          <div class="fault" role="alert">
            <p>
              <strong>{fault().text}</strong>
            </p>
            <p>{fault().next}</p>
          </div>
        )}
      </Show>
      <Switch>
        <Match when={props.of.step?.doing === 'changing'}>
          <p class="panel" role="status">
            {words.teach.changing}
          </p>
        </Match>
        <Match when={props.of.of === 'machine' && shows('collected', 'failed', 'learned')}>
          <Machine of={props.of} change={props.change} act={props.act} />
        </Match>
        <Match when={shows('collecting', 'collected', 'failed')}>
          <Collect of={props.of} act={props.act} again={props.again} />
        </Match>
        <Match when={shows('learning')}>
          <Learning of={props.of} />
        </Match>
        <Match when={shows('learned')}>
          <Judge of={props.of} act={props.act} change={props.change} />
        </Match>
        <Match when={shows('shadow', 'promoted', 'back')}>
          <Beside of={props.of} change={props.change} />
        </Match>
      </Switch>
      <Show when={may('technician') && props.of.step?.doing !== 'changing'}>
        <TwoTouches
          what={words.teach.end}
          effect={shows('promoted') ? words.teach.endPromoted : words.teach.endEffect}
          confirm={words.teach.endSure}
          work={() => props.change('', undefined, 'DELETE')}
        />
      </Show>
    </div>
  );
}

function Collect(props: StepProps & { readonly again: () => void }): JSX.Element {
  const good = () => props.of.pictures.filter(({ said }) => said === 'good').length;
  const bad = () => props.of.pictures.filter(({ said }) => said === 'bad').length;
  return (
    <>
      <section class="panel stack" aria-live="polite">
        <h2>{words.teach.collectTitle}</h2>
        <p class="count">{words.teach.collected(props.of.pictures.length, props.of.wanted)}</p>
        <p class="soft">{props.of.region === null ? words.teach.wholeTaught : words.teach.regionTaught(props.of.region)}</p>
        <Show when={props.of.registered}>
          <p class="soft">{words.teach.movesTaught}</p>
        </Show>
        <p class="soft">{props.of.phase === 'collecting' ? words.teach.collecting : words.teach.varied}</p>
        <Show when={may('technician')}>
          <p>
            <button type="button" class="act" disabled={good() < 4} onClick={() => props.act('/learn')}>
              {words.teach.learn(good(), bad())}
            </button>
          </p>
        </Show>
      </section>
      <Pictures of={props.of} act={props.act} />
      <Show when={may('technician')}>
        <StoredParts of={props.of} again={props.again} />
      </Show>
    </>
  );
}

function Learning(props: { readonly of: Lesson }): JSX.Element {
  const step = () => props.of.step;
  return (
    <section class="panel stack" aria-live="polite">
      <h2>{words.teach.learning}</h2>
      <p>{words.teach.doing[step()?.doing ?? ''] ?? words.teach.starting}</p>
      <Show when={step()?.doing === 'looking'} fallback={<progress aria-label={words.teach.learning} />}>
        <progress max={step()?.total || 1} value={step()?.done ?? 0} aria-label={words.teach.learning} />
      </Show>
      <p class="soft">
        <Show when={step()?.doing === 'looking'}>{words.teach.looked(step()?.done ?? 0, step()?.total ?? 0)} </Show>
        <Show when={step()?.left_s !== null && step()?.left_s !== undefined}>
          {words.teach.left(lastsOf(1000 * (step()?.left_s ?? 0)))}{' '}
        </Show>
        {words.teach.meanwhile}
      </p>
    </section>
  );
}
