/** Parts that a person should look at, one after the other: one key or one button a label. */
import { A, useSearchParams } from '@solidjs/router';
import { createEffect, createMemo, createSignal, For, type JSX, Match, on, onCleanup, onMount, Show, Switch } from 'solid-js';
import { shown } from '../../api/live.ts';
import { here, may } from '../../api/session.ts';
import type { Label, ReviewItem, ReviewWhy, WholeInspection } from '../../api/types.ts';
import { drawn as drawnOn, typed } from '../../pieces/kept.ts';
import { Nothing, Trouble } from '../../pieces/known.tsx';
import { score } from '../../pieces/numbers.ts';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';
import { addressOf } from '../line/condition.ts';
import { isLabelMark, unsent } from '../part/labels.tsx';
import { type Marking, Pictures } from '../part/pictures.tsx';
import { listenForKeys } from './keys.ts';
import { canTakeBack, given, problem, say, send, takeBack, taken, waiting, waitingFor } from './pending.ts';
import { type Queue, reviewQueue } from './queue.ts';
import '../part/part.css';
import './review.css';

const WHYS: readonly ReviewWhy[] = ['unlike', 'abstained', 'near', 'random'];
const CHOICES = ['good', 'bad', 'unsure'] as const;
const KEYS: Readonly<Record<string, Label['label']>> = { g: 'good', b: 'bad', '?': 'unsure' };

const MOVES: Readonly<Record<string, number>> = { arrowleft: -1, arrowright: 1 };

/** 0: none, 1 to 9: one of these; undefined: the key is for something else. */
const kindOf = (key: string, kinds: readonly string[]): string | null | undefined =>
  key === '0' ? null : /^[1-9]$/.test(key) ? kinds[Number(key) - 1] : undefined;

type Address = Partial<Record<'station' | 'why', string | undefined>>;

export function ReviewView(): JSX.Element {
  const [address, go] = useSearchParams<Address>();
  const query = () => new URLSearchParams(Object.entries(address).flatMap(([key, value]) => (value ? [[key, value]] : []))).toString();
  const queue = reviewQueue(() => (query() === '' ? '' : `&${query()}`));
  // Whoever has just signed in has perhaps something on its way.
  createEffect(
    on(
      () => here()?.session?.user,
      () => void send(),
    ),
  );
  return (
    <div class="reviewing">
      <header class="row">
        <h1>{words.views.review}</h1>
        <Choice name="why" of={WHYS.map((why) => [why, words.review.why[why]])} address={address} go={go} />
        <Choice name="station" of={Object.keys(shown.line?.stations ?? {}).map((name) => [name, name])} address={address} go={go} />
        <A class="button" href="/review/figures">
          {words.review.figures}
        </A>
        <Progress of={queue} />
      </header>
      <Show when={queue.problem()}>{(why) => <Trouble problem={why()} again={queue.again} />}</Show>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Show when={queue.page()}>
        <Show when={queue.current()} fallback={<NoneLeft of={queue} />}>
          {(item) => <One item={item()} queue={queue} />}
        </Show>
      </Show>
    </div>
  );
}

/** Where there are more that have not come yet, that is no end. The last one that was labelled may have been labelled wrongly. */
function NoneLeft(props: { readonly of: Queue }): JSX.Element {
  const undo = () => {
    const said = takeBack();
    if (said) props.of.show(said.item);
  };
  onMount(() => onCleanup(listenForKeys((key) => key.toLowerCase() === 'u' && undo())));
  return (
    <Show when={props.of.page()?.next === null} fallback={<p class="soft">{words.state.loading}</p>}>
      <Nothing what={words.review.none} next={words.review.noneNext} />
      <Show when={may('operator') && canTakeBack()}>
        <p>
          <Undo undo={undo} />
        </p>
      </Show>
    </Show>
  );
}

function Undo(props: { readonly undo: () => void }): JSX.Element {
  return (
    <button type="button" class="act" disabled={!canTakeBack()} onClick={() => props.undo()}>
      {words.labels.undo} <kbd>U</kbd>
    </button>
  );
}

function Choice(props: {
  readonly name: keyof Address;
  readonly of: readonly (readonly [string, string])[];
  readonly address: Address;
  readonly go: (address: Address) => void;
}): JSX.Element {
  return (
    <select
      aria-label={words.review.only[props.name]}
      onChange={(event) => props.go({ [props.name]: event.currentTarget.value || undefined })}
    >
      <option value="">{words.review.all[props.name]}</option>
      <For each={props.of}>
        {([value, name]) => (
          <option value={value} selected={value === props.address[props.name]}>
            {name}
          </option>
        )}
      </For>
    </select>
  );
}

/** Of this sitting; how long the rest takes is what the last ones took. */
function Progress(props: { readonly of: Queue }): JSX.Element {
  const [began, setBegan] = createSignal<{ readonly at: number; readonly done: number }>({ at: performance.now(), done: given().length });
  const left = () => Math.max(0, (props.of.page()?.waiting ?? 0) - labelledOf(props.of));
  const minutes = createMemo(() => {
    const done = given().length - began().done;
    return done < 3 ? null : (left() * (performance.now() - began().at)) / done / 60_000;
  });
  createEffect(on(props.of.page, () => setBegan((known) => known)));
  return (
    <p class="progress soft" role="status">
      {words.review.progress(given().length, left())}
      <Show when={minutes()}>{(rest) => <span>, {words.review.minutes(Math.max(1, Math.round(rest())))}</span>}</Show>
      <Show when={waiting() > 0}>
        <b class="bad"> {waitingFor().length > 0 ? words.review.waitingFor(waitingFor().join(', ')) : words.review.waiting(waiting())}</b>
      </Show>
    </p>
  );
}

/** Since the page was asked for: its count does not know them. */
function labelledOf(queue: Queue): number {
  const known = new Set(queue.page()?.items.map(({ id }) => id));
  return given().filter(({ inspection }) => known.has(inspection)).length;
}

function One(props: { readonly item: ReviewItem; readonly queue: Queue }): JSX.Element {
  const [asksKind, setAsksKind] = createSignal(false);
  const [drawn, setDrawn] = drawnOn(() => unsent.marks(props.item.id), isLabelMark);
  const [named, setNamed] = typed(() => unsent.kind(props.item.id));
  const boxes = () => drawn() ?? [];
  const kinds = createMemo(() => {
    const own = given().flatMap(({ kind }) => kind ?? []);
    return [...new Set([...(props.queue.page()?.kinds ?? []), ...own])].slice(0, 9);
  });
  createEffect(
    on(
      // Of another part only: the queue may be loaded anew while somebody draws.
      createMemo(() => props.item.id),
      () => setAsksKind(false),
    ),
  );
  const give = (label: Label['label'], kind: string | null = null) => {
    if (!may('operator')) return;
    if (label === 'bad' && !asksKind()) return void setAsksKind(true);
    setAsksKind(false);
    const where = label === 'bad' ? boxes() : [];
    setDrawn(null);
    setNamed('');
    say(props.item, { label, kind, boxes: where });
  };
  const undo = () => {
    if (asksKind()) return void setAsksKind(false);
    const said = takeBack();
    if (!said) return;
    props.queue.show(said.item);
    // As it was before: what was bad about it, and where, is to be said again.
    setAsksKind(said.label === 'bad' && props.item.id === said.inspection);
  };
  const onKey = (key: string) => {
    const name = key.toLowerCase();
    const kind = asksKind() ? kindOf(name, kinds()) : undefined;
    const label = KEYS[name];
    if (kind !== undefined) give('bad', kind);
    // Once more it is bad as it stands there: a kind that was typed, or was there again, is not lost.
    else if (label) give(label, label === 'bad' ? named().trim() || null : null);
    else if (name === 'u' || name === 'escape') undo();
    else props.queue.move(MOVES[name] ?? 0);
  };
  onMount(() => onCleanup(listenForKeys(onKey)));
  return (
    <article class="one" aria-label={words.part.at(props.item.station, momentOf(props.item.at))}>
      <Facts of={props.item} />
      <p class="taken" role="status">
        <Show when={taken()?.inspection === props.item.id && taken()}>
          {(said) => words.review.takenBack(words.labels.say[said().label], said().kind)}
        </Show>
      </p>
      <Looks of={props.item} whole={props.queue.whole()} marking={asksKind() ? { boxes: boxes(), change: setDrawn } : undefined} />
      <Show when={may('operator')} fallback={<p class="panel soft">{words.labels.signIn}</p>}>
        <Show when={asksKind()} fallback={<Buttons queue={props.queue} give={give} undo={undo} />}>
          <Kinds of={kinds()} named={named()} name={setNamed} give={(kind) => give('bad', kind)} back={undo} />
        </Show>
      </Show>
    </article>
  );
}

function Facts(props: { readonly of: ReviewItem }): JSX.Element {
  const isHidden = () => props.of.verdict === null;
  return (
    <div class="row facts-line">
      <Show when={!isHidden()} fallback={<b>{props.of.part === null ? words.line.noPart : words.line.part(props.of.part)}</b>}>
        <A href={addressOf(props.of)}>{props.of.part === null ? words.line.noPart : words.line.part(props.of.part)}</A>
      </Show>
      <span title={utcOf(props.of.at)}>{words.part.at(props.of.station, momentOf(props.of.at))}</span>
      <span class="soft">{words.line.recipe(props.of.recipe)}</span>
      <Show when={props.of.verdict} fallback={<span class="soft">{words.review.hidden}</span>}>
        {(verdict) => (
          <>
            <VerdictMark of={verdict()} />
            <span>{props.of.why.map((why) => words.review.why[why]).join(', ')}</span>
            <span class="soft">{scoresOf(props.of)}</span>
          </>
        )}
      </Show>
    </div>
  );
}

const scoresOf = ({ scores }: ReviewItem): string =>
  scores
    .flatMap(({ model, score: found, threshold }) =>
      found === null || threshold === null ? [] : [words.review.score(model, score(found), score(threshold))],
    )
    .join(', ');

/** Where what the agent said is not to be seen, neither are its boxes and heat maps. */
function Looks(props: {
  readonly of: ReviewItem;
  readonly whole: WholeInspection | null | undefined;
  readonly marking: Marking | undefined;
}): JSX.Element {
  const frames = createMemo(() => {
    const { whole, of } = props;
    if (!whole || whole.id !== of.id) return undefined;
    const images = of.verdict === null ? whole.images.filter(({ role }) => role === 'frame') : whole.images;
    return { ...whole, images, findings: of.verdict === null ? [] : whole.findings };
  });
  return (
    <div class="looks">
      <Switch fallback={<p class="soft">{words.state.loading}</p>}>
        <Match when={props.whole === null || frames()?.images.length === 0}>
          <p class="panel">{words.review.noPicture}</p>
        </Match>
        <Match when={frames()}>{(of) => <Pictures of={of()} marking={props.marking} />}</Match>
      </Switch>
    </div>
  );
}

function Buttons(props: { readonly queue: Queue; readonly give: (label: Label['label']) => void; readonly undo: () => void }): JSX.Element {
  return (
    <div class="buttons">
      <button type="button" aria-label={words.review.before} disabled={props.queue.at() === 0} onClick={() => props.queue.move(-1)}>
        ‹
      </button>
      <For each={CHOICES}>
        {(label) => (
          <button type="button" class="act" onClick={() => props.give(label)}>
            {words.labels.say[label]} <kbd>{words.review.keys[label]}</kbd>
          </button>
        )}
      </For>
      <Undo undo={props.undo} />
      <button
        type="button"
        aria-label={words.review.after}
        disabled={props.queue.at() >= props.queue.items().length - 1}
        onClick={() => props.queue.move(1)}
      >
        ›
      </button>
    </div>
  );
}

/** What is bad, by one key each. */
function Kinds(props: {
  readonly of: readonly string[];
  /** What is typed. */
  readonly named: string;
  readonly name: (kind: string) => void;
  readonly give: (kind: string | null) => void;
  readonly back: () => void;
}): JSX.Element {
  return (
    <form
      class="buttons"
      aria-label={words.review.kind}
      onSubmit={(event) => {
        event.preventDefault();
        const kind = props.named.trim();
        props.give(kind === '' ? null : kind);
      }}
    >
      <button type="button" class="act" onClick={() => props.give(null)}>
        {words.review.noKind} <kbd>0</kbd>
      </button>
      <For each={props.of}>
        {(kind, n) => (
          <button type="button" class="act" onClick={() => props.give(kind)}>
            {kind} <kbd>{n() + 1}</kbd>
          </button>
        )}
      </For>
      <div class="field">
        <label for="new-kind">{words.review.newKind}</label>
        <input id="new-kind" type="text" maxlength={64} value={props.named} onInput={(event) => props.name(event.currentTarget.value)} />
      </div>
      <button type="submit" class="act" disabled={props.named.trim() === ''}>
        {words.review.useKind}
      </button>
      <button type="button" class="act" onClick={() => props.back()}>
        {words.review.back}
      </button>
    </form>
  );
}
