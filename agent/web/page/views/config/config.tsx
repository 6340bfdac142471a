/** The config file: mended, tried, applied and gone back to. In safe mode this is what stands first. */
import { useLocation, useNavigate } from '@solidjs/router';
import { createEffect, createMemo, createSignal, For, type JSX, lazy, on, onCleanup, Show, Suspense } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { ConfigFile, ConfigTrial, FirstConfig } from '../../api/types.ts';
import { signInNow } from '../../frame/asked.ts';
import { Known } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import type { Schema } from './completion.ts';
import { Difference } from './difference.tsx';
import { type Draft, keepDraft, keptDraft } from './draft.ts';
import { Editor, type Fault, type Jump } from './editor.tsx';
import { Versions } from './versions.tsx';
import './config.css';

/** Hardly any box needs it. */
const First = lazy(async () => ({ default: (await import('../first/first.tsx')).First }));

/** While a change is being applied. */
const LOOK_EVERY = 1000;
/** After the last key. */
const TRY_AFTER = 700;
const TRIED_WITHIN = 30_000;

export function ConfigView(): JSX.Element {
  const navigate = useNavigate();
  const location = useLocation<{ readonly sent?: boolean }>();
  const file = question<ConfigFile>(() => '/config');
  // Only a box that judges nothing may have no config at all.
  const first = question<FirstConfig>(() => (shown.line?.safe_mode ? '/first-config' : null));
  const [written, setWritten] = createSignal(false);
  // The first parts are what whoever wrote or mended it wants to see. In place of this view: "back" would lead here, and from here on again.
  createEffect(() => {
    if ((written() || location.state?.sent) && shown.line?.safe_mode === false) navigate('/', { replace: true });
  });
  // Another config runs, or another may look now: it is read again.
  createEffect(on([() => shown.line?.config, () => may('technician')], file.again, { defer: true }));
  createEffect(() => {
    if (!file.answer()?.applying) return;
    const timer = setInterval(file.again, LOOK_EVERY);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <>
      <h1>{first.answer()?.asked ? words.first.title : words.views.config}</h1>
      <Show
        when={first.answer()?.asked && first.answer()}
        fallback={<Known of={file}>{(known) => <File of={known()} again={file.again} />}</Known>}
      >
        {(asked) => (
          <Suspense>
            <First
              of={asked()}
              written={() => {
                setWritten(true);
                first.again();
                file.again();
              }}
            />
          </Suspense>
        )}
      </Show>
    </>
  );
}

function File(props: { readonly of: ConfigFile; readonly again: () => void }): JSX.Element {
  const [draft, setDraft] = createSignal<Draft | null>(keptDraft());
  createEffect(() => keepDraft(draft()));
  const onDisk = () => props.of.text ?? '';
  const mayEdit = () => may('technician') && !props.of.masked;
  // Only another text is tried anew, however often the file is read meanwhile.
  const text = createMemo(() => (mayEdit() ? (draft()?.text ?? onDisk()) : onDisk()));
  const type = (typed: string) => setDraft(typed === onDisk() ? null : { text: typed, onto: draft()?.onto ?? props.of.version ?? '' });
  const trial = trying(createMemo(() => (mayEdit() ? text() : null)));
  const schema = question<Schema>(() => (mayEdit() ? '/config/schema' : null));
  const [jump, setJump] = createSignal<Jump | null>(null);
  const faults = createMemo((): readonly Fault[] => trial()?.faults ?? (draft() ? [] : (props.of.refused?.faults ?? [])));
  return (
    <>
      <State of={props.of} />
      <Show when={props.of.text === null}>
        <p class="bad">{props.of.why_no_text}</p>
      </Show>
      <Show when={!mayEdit()}>
        <p>
          {words.config.signIn}{' '}
          <button type="button" onClick={signInNow}>
            {words.frame.signIn}
          </button>
        </p>
      </Show>
      <Show when={mayEdit() && draft() !== null && draft()?.onto !== props.of.version}>
        <Elsewhere of={props.of} draft={draft()?.text ?? ''} set={setDraft} />
      </Show>
      <Editor text={text()} set={type} readOnly={!mayEdit()} faults={faults()} schema={schema.answer()} jump={jump()} />
      <Faults of={faults()} more={trial()?.more ?? 0} go={setJump} />
      <Show when={mayEdit() && draft() !== null}>
        <Effect of={trial()} />
        <Apply file={props.of} draft={draft()} trial={trial()} set={setDraft} again={props.again} />
      </Show>
      <Show when={mayEdit()}>
        <Versions text={onDisk()} version={props.of.running.version} take={type} />
      </Show>
    </>
  );
}

/** Asks the agent's own checker, a moment after the last key; null while it has not answered for this text. */
function trying(text: () => string | null) {
  const [trial, setTrial] = createSignal<ConfigTrial | null>(null);
  createEffect(
    on(text, (wanted) => {
      setTrial(null);
      if (wanted === null) return;
      let isOld = false;
      const timer = setTimeout(async () => {
        const outcome = await ask<ConfigTrial>('/config/check', { method: 'POST', body: { text: wanted }, within: TRIED_WITHIN });
        if (outcome.ok && !isOld) setTrial(outcome.value);
      }, TRY_AFTER);
      onCleanup(() => {
        isOld = true;
        clearTimeout(timer);
      });
    }),
  );
  return trial;
}

function State(props: { readonly of: ConfigFile }): JSX.Element {
  return (
    <section class="panel stack" aria-label={words.config.state}>
      <p class="mono">{props.of.path}</p>
      <Show when={props.of.applying}>
        <p role="status">{words.config.applying}</p>
      </Show>
      <Show when={props.of.refused}>
        {(why) => (
          <div class="fault" role="alert">
            <p>
              <b>{props.of.running.config === null || shown.line?.safe_mode ? words.config.safeMode : words.config.lastGood}</b>
            </p>
            <p>{why().title}</p>
            <p>{why().next}</p>
          </div>
        )}
      </Show>
      <Show when={!props.of.refused && !props.of.applying && props.of.running.since !== null}>
        <p>{words.config.judges(momentOf(props.of.running.since ?? 0))}</p>
      </Show>
      <Show when={!props.of.writable}>
        <p>{props.of.why_not_writable}</p>
      </Show>
    </section>
  );
}

function Faults(props: { readonly of: readonly Fault[]; readonly more: number; readonly go: (jump: Jump) => void }): JSX.Element {
  return (
    <Show when={props.of.length > 0}>
      <section class="panel stack" aria-label={words.config.faults}>
        <h2>{words.config.faults}</h2>
        <ul class="stack">
          <For each={props.of}>
            {(fault) => (
              <li class="fault row">
                <button type="button" onClick={() => props.go({ line: fault.line, column: fault.column, length: fault.length })}>
                  {words.config.line(fault.line)}
                </button>
                <span>
                  <b>{fault.text}</b> {fault.next}
                </span>
              </li>
            )}
          </For>
        </ul>
        <Show when={props.more > 0}>
          <p>{words.config.moreFaults(props.more)}</p>
        </Show>
      </section>
    </Show>
  );
}

function Effect(props: { readonly of: ConfigTrial | null }): JSX.Element {
  return (
    <section class="panel stack" aria-label={words.config.effect} aria-live="polite">
      <h2>{words.config.effect}</h2>
      <Show when={props.of} fallback={<p class="soft">{words.config.checking}</p>}>
        {(trial) => (
          <Show when={trial().ok} fallback={<p>{words.config.notTaken}</p>}>
            <ul class="said">
              <For each={trial().words} fallback={<li>{words.config.nothing}</li>}>
                {(sentence) => <li>{sentence}</li>}
              </For>
              <For each={trial().warnings}>
                {({ line, text, next }) => (
                  <li>
                    {words.config.warning(line)}: {text} {next}
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Show>
    </section>
  );
}

function Apply(props: {
  readonly file: ConfigFile;
  readonly draft: Draft | null;
  readonly trial: ConfigTrial | null;
  readonly set: (draft: Draft | null) => void;
  readonly again: () => void;
}): JSX.Element {
  const work = () =>
    ask('/config', { method: 'PUT', body: { text: props.draft?.text ?? '' }, ifMatch: props.draft?.onto ?? '', within: TRIED_WITHIN });
  const restarts = () => props.trial?.restarts.map(({ part }) => part) ?? [];
  return (
    <section class="panel stack" aria-label={words.config.apply}>
      <Show when={props.file.writable} fallback={<HandOver text={props.draft?.text ?? ''} />}>
        <TwoTouches
          what={words.config.apply}
          effect={words.config.applies(restarts())}
          confirm={words.config.applyNow}
          disabled={props.trial?.ok !== true || props.draft?.onto !== props.file.version}
          work={work}
          failed={props.again}
          done={() => {
            props.set(null);
            props.again();
          }}
        />
      </Show>
      <TwoTouches
        what={words.config.forget}
        effect={words.config.forgets}
        confirm={words.config.forgetNow}
        work={async () => {
          props.set(null);
          return { ok: true, value: null };
        }}
      />
    </section>
  );
}

/** The box may not write the file: whoever may gets the text. */
function HandOver(props: { readonly text: string }): JSX.Element {
  const [address, setAddress] = createSignal('');
  createEffect(() => {
    const made = URL.createObjectURL(new Blob([props.text], { type: 'application/yaml' }));
    setAddress(made);
    onCleanup(() => URL.revokeObjectURL(made));
  });
  return (
    <p>
      <a class="button" href={address()} download="lineside.yaml" rel="external">
        {words.config.handOver}
      </a>
    </p>
  );
}

/** Two editors: neither loses anything, and each sees what the other has done. */
function Elsewhere(props: { readonly of: ConfigFile; readonly draft: string; readonly set: (draft: Draft | null) => void }): JSX.Element {
  return (
    <section class="panel stack" role="alert" aria-label={words.config.elsewhere}>
      <p>
        <b>{words.config.elsewhere}</b>
      </p>
      <Difference before={props.of.text ?? ''} after={props.draft} />
      <p>
        <button type="button" onClick={() => props.set({ text: props.draft, onto: props.of.version ?? '' })}>
          {words.config.onto}
        </button>
      </p>
    </section>
  );
}
