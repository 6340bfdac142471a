/** What is to be taught: a model's place, a name, how many parts. */
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Model } from '../../api/types.ts';
import { keep, kept } from '../../pieces/kept.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { isRegion, type Region } from '../../pieces/region.ts';
import { words } from '../../words.ts';
import type { Act } from './act.ts';
import { LiveParts } from './live-parts.tsx';

/** Kinds that look at pictures and judge them; and the one that reads a machine's tags. */
const READS_TAGS = 'sequence';
const LOOKS: ReadonlySet<string> = new Set(['classify', 'detect', 'segment', 'anomaly', READS_TAGS]);
/** One good row in so many may alarm. */
const ONE_ROW_IN = 100;
const COUNTS = [10, 20, 30, 50, 100] as const;

export function Begin(props: { readonly act: Act }): JSX.Element {
  const models = question<readonly Model[]>(() => '/models');
  const places = (all: readonly Model[]) =>
    all.filter(({ role, recipe, kind }) => role === 'judges' && recipe === null && kind !== null && LOOKS.has(kind));
  return (
    <Known of={models}>
      {(known) => (
        <Show when={places(known()).length > 0} fallback={<Nothing what={words.teach.none} next={words.teach.noneNext} />}>
          <Form of={places(known())} act={props.act} />
        </Show>
      )}
    </Known>
  );
}

const KEPT = 'teach-begin';
const placeOf = ({ station, model }: Model): string => `${station} ${model}`;

/** What was chosen before a reload. */
interface Begun {
  readonly place: string;
  readonly count: number;
  readonly name: string | undefined;
  readonly region: Region | null | undefined;
  readonly moves: boolean;
}
function begunOf(of: unknown): Partial<Begun> {
  if (typeof of !== 'object' || of === null) return {};
  const { place, count, name, region, moves } = of as Record<keyof Begun, unknown>;
  return {
    ...(typeof place === 'string' ? { place } : {}),
    ...(typeof count === 'number' && count in COUNTS ? { count } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(region === null || isRegion(region) ? { region } : {}),
    ...(typeof moves === 'boolean' ? { moves } : {}),
  };
}

function Form(props: { readonly of: readonly Model[]; readonly act: Act }): JSX.Element {
  const before = begunOf(kept(KEPT));
  const known = props.of.findIndex((model) => placeOf(model) === before.place);
  const [place, setPlace] = createSignal(Math.max(0, known));
  const [count, setCount] = createSignal(before.count ?? 2);
  const [name, setName] = createSignal(before.name);
  /** undefined: nobody has touched it, and it is what the model there looks at. */
  const [region, setRegion] = createSignal(known < 0 ? undefined : before.region);
  const [moves, setMoves] = createSignal(before.moves ?? false);
  const chosen = () => props.of[place()];
  const isMachine = () => chosen()?.kind === READS_TAGS;
  createEffect(on(place, () => setRegion(undefined), { defer: true }));
  createEffect(() => {
    const of = chosen();
    if (of) keep(KEPT, { place: placeOf(of), count: count(), name: name(), region: region(), moves: moves() } satisfies Begun);
  });
  const proposed = () => name() ?? `${chosen()?.station}-${chosen()?.model}-taught`.toLowerCase().replace(/[^a-z0-9._-]/g, '-');
  const begin = async (event: Event) => {
    event.preventDefault();
    const of = chosen();
    if (!of) return;
    const part = region() === undefined ? {} : { region: region() };
    const wish = isMachine() ? { reject: ONE_ROW_IN } : { wanted: COUNTS[count()] ?? 30, registered: moves(), ...part };
    const isBegun = await props.act('', { station: of.station, model: of.model, package: proposed(), ...wish });
    if (isBegun) keep(KEPT, undefined);
  };
  return (
    <form class="panel stack" onSubmit={(event) => void begin(event)}>
      <h2>{words.teach.whatTitle}</h2>
      <p>{isMachine() ? words.teach.whatMachine : words.teach.what}</p>
      <div class="field">
        <label for="teach-place">{words.teach.place}</label>
        <select id="teach-place" value={place()} onChange={(event) => setPlace(Number(event.currentTarget.value))}>
          <For each={props.of}>
            {(model, i) => (
              <option value={i()}>
                {model.station} · {model.model}
              </option>
            )}
          </For>
        </select>
      </div>
      <Show when={!isMachine() && chosen()}>
        {(of) => <LiveParts station={of().station} model={of().model} region={region()} set={setRegion} />}
      </Show>
      <Show when={!isMachine()}>
        <label class="row">
          <input type="checkbox" checked={moves()} onChange={(event) => setMoves(event.currentTarget.checked)} />
          {words.teach.moves}
        </label>
        <p class="soft">{words.teach.movesMeans}</p>
      </Show>
      <div class="field">
        <label for="teach-name">{words.teach.name}</label>
        <input
          id="teach-name"
          value={proposed()}
          required
          maxlength="64"
          pattern="[a-z0-9][a-z0-9._\-]*"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <Show when={!isMachine()}>
        <fieldset class="touches" aria-label={words.teach.wanted}>
          <button type="button" disabled={count() === 0} aria-label={words.teach.fewer} onClick={() => setCount(count() - 1)}>
            −
          </button>
          <output class="count">{words.teach.parts(COUNTS[count()] ?? 30)}</output>
          <button
            type="button"
            disabled={count() === COUNTS.length - 1}
            aria-label={words.teach.more}
            onClick={() => setCount(count() + 1)}
          >
            +
          </button>
        </fieldset>
      </Show>
      <Show when={may('technician')}>
        <p>
          <button type="submit" class="act">
            {isMachine() ? words.teach.beginMachine : words.teach.begin}
          </button>
        </p>
      </Show>
    </form>
  );
}
