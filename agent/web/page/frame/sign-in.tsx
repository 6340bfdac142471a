/** Signing in, and setting the first password with a one-time code. What is typed stays while the connection is gone. */
import { Dialog } from '@kobalte/core/dialog';
import { createSignal, type JSX, type Setter, Show } from 'solid-js';
import type { Outcome, Problem } from '../api/ask.ts';
import { askCode, here, resetWith, signIn } from '../api/session.ts';
import { Trouble } from '../pieces/known.tsx';
import { words } from '../words.ts';

export function SignIn(props: { readonly open: boolean; readonly onOpen: (open: boolean) => void }): JSX.Element {
  const [wantsCode, setWantsCode] = createSignal(false);
  const withCode = () => wantsCode() || here()?.password_set === false;
  const done = () => props.onOpen(false);
  return (
    <Dialog open={props.open} onOpenChange={props.onOpen}>
      <Dialog.Portal>
        <Dialog.Overlay class="cover" />
        <Dialog.Content class="dialog">
          <Dialog.Title as="h2">{withCode() ? words.signIn.code.title : words.signIn.title}</Dialog.Title>
          <Show when={withCode()} fallback={<WithPassword done={done} forgotten={() => setWantsCode(true)} />}>
            <WithCode done={done} back={here()?.password_set ? () => setWantsCode(false) : done} />
          </Show>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog>
  );
}

function WithPassword(props: { readonly done: () => void; readonly forgotten: () => void }): JSX.Element {
  const [user, setUser] = createSignal('');
  const [password, setPassword] = createSignal('');
  const { problem, busy, send } = sending(props.done);
  return (
    <form onSubmit={(event) => send(event, () => signIn(user(), password()))}>
      <Dialog.Description as="p">{words.signIn.why}</Dialog.Description>
      <Field label={words.signIn.user} name="username" value={user()} onInput={setUser} />
      <Field label={words.signIn.password} name="current-password" value={password()} onInput={setPassword} />
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <div class="actions">
        <button type="submit" disabled={busy()}>
          {words.signIn.go}
        </button>
        <button type="button" onClick={() => props.done()}>
          {words.signIn.cancel}
        </button>
        <button type="button" class="plain" onClick={() => props.forgotten()}>
          {words.signIn.forgotten}
        </button>
      </div>
    </form>
  );
}

function WithCode(props: { readonly done: () => void; readonly back: () => void }): JSX.Element {
  const [written, setWritten] = createSignal<{ file: string; good_for_s: number }>();
  const [code, setCode] = createSignal('');
  const [user, setUser] = createSignal('admin');
  const [password, setPassword] = createSignal('');
  const asking = sending<{ file: string; good_for_s: number }>(setWritten);
  const setting = sending(props.done);
  return (
    <div class="stack">
      <Show when={here()?.password_set === false}>
        <p>{words.signIn.code.unset}</p>
      </Show>
      <Dialog.Description as="p">{words.signIn.code.how}</Dialog.Description>
      <form onSubmit={(event) => asking.send(event, askCode)}>
        <div class="actions">
          <button type="submit" disabled={asking.busy()}>
            {words.signIn.code.ask}
          </button>
          <button type="button" onClick={() => props.back()}>
            {words.signIn.code.back}
          </button>
        </div>
      </form>
      <Show when={asking.problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Show when={written()}>
        {(told) => (
          <form onSubmit={(event) => setting.send(event, () => resetWith(code(), user(), password()))}>
            <p role="status" class="mono">
              {words.signIn.code.written(told().file, Math.round(told().good_for_s / 60))}
            </p>
            <Field label={words.signIn.code.code} name="one-time-code" value={code()} onInput={setCode} />
            <Field label={words.signIn.code.user} name="username" value={user()} onInput={setUser} />
            <Field label={words.signIn.code.password} name="new-password" value={password()} onInput={setPassword} />
            <Show when={setting.problem()}>{(why) => <Trouble problem={why()} />}</Show>
            <button type="submit" disabled={setting.busy()}>
              {words.signIn.code.set}
            </button>
          </form>
        )}
      </Show>
    </div>
  );
}

/** One sending at a time; what went wrong stands until the next. */
function sending<T>(done: (value: T) => void) {
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [busy, setBusy] = createSignal(false);
  const send = async (event: SubmitEvent, work: () => Promise<Outcome<T>>) => {
    event.preventDefault();
    setBusy(true);
    const outcome = await work();
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) done(outcome.value);
  };
  return { problem, busy, send };
}

function Field(props: {
  readonly label: string;
  /** As browsers and password keepers know it (HTML, autofill). */
  readonly name: 'username' | 'current-password' | 'new-password' | 'one-time-code';
  readonly value: string;
  readonly onInput: Setter<string>;
}): JSX.Element {
  return (
    <label class="field">
      {props.label}
      <input
        type={props.name.endsWith('password') ? 'password' : 'text'}
        name={props.name}
        autocomplete={props.name}
        autocapitalize="none"
        spellcheck={false}
        required
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  );
}
