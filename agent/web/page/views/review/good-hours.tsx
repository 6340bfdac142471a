/** Hours of which somebody says that all production was good: said by time, and taken back. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { ask, type Problem } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may, userHere } from '../../api/session.ts';
import type { GoodHours as Hours } from '../../api/types.ts';
import { ByTime, isSpan, type Span } from '../../pieces/by-time.tsx';
import { Each } from '../../pieces/each.tsx';
import { setTo } from '../../pieces/kept.ts';
import { Known, Trouble } from '../../pieces/known.tsx';
import { momentOf, now } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import '../teach/teach.css';

/** ms */
const EVERY = 10_000;
const HOUR = 3_600_000;

/** `stations`: of which there is a promise to hold them against; `changed`: figures count otherwise by now. */
export function GoodHours(props: { readonly stations: readonly string[]; readonly changed: () => void }): JSX.Element {
  const hours = question<readonly Hours[]>(() => '/good-hours', EVERY);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const act = async (path: string, method: 'POST' | 'DELETE', body?: unknown): Promise<boolean> => {
    const done = await ask(path, { method, ...(body === undefined ? {} : { body }) });
    setProblem(done.ok ? null : done.problem);
    hours.again();
    props.changed();
    return done.ok;
  };
  return (
    <section class="panel stack whole" aria-label={words.figures.hours}>
      <h2>{words.figures.hours}</h2>
      <p class="soft">{words.figures.hoursWhy}</p>
      <Known of={hours}>
        {(known) => (
          <Show when={known().length > 0} fallback={<p>{words.figures.hoursNone}</p>}>
            <ul class="marked">
              <Each of={known()} by={({ id }) => id}>
                {(one) => (
                  <li class="row">
                    <span>{words.figures.hoursOf(one().station, momentOf(one().from), momentOf(one().to), one().who)}</span>
                    <Show when={may('operator')}>
                      <button
                        type="button"
                        aria-label={words.figures.takeBack(momentOf(one().from))}
                        onClick={() => void act(`/good-hours/${one().id}`, 'DELETE')}
                      >
                        {words.figures.takeBackShort}
                      </button>
                    </Show>
                  </li>
                )}
              </Each>
            </ul>
          </Show>
        )}
      </Known>
      <Show when={problem()}>{(why) => <Trouble problem={why()} again={() => setProblem(null)} />}</Show>
      <Show when={may('operator') && userHere()} keyed fallback={<p class="soft">{words.figures.hoursSignIn}</p>}>
        {(who) => <Confirm who={who} stations={props.stations} confirm={(wish) => act('/good-hours', 'POST', wish)} />}
      </Show>
    </section>
  );
}

interface Wish extends Span {
  readonly id: string;
  readonly station: string;
}

/** `who`: whose they are, as long as this stands here; whoever signs in after him sends none of them. */
function Confirm(props: {
  readonly who: string;
  readonly stations: readonly string[];
  readonly confirm: (wish: Wish) => Promise<boolean>;
}): JSX.Element {
  const name = () => `good hours ${props.who}`;
  const [named, setStation] = setTo(
    () => `station of ${name()}`,
    (known): known is string => props.stations.includes(String(known)),
  );
  const station = () => named() ?? props.stations[0] ?? '';
  // The hour that has just passed, whole seconds: what is shown is what is said.
  const lastHour = (): Span => {
    const to = Math.floor(now() / 1000) * 1000;
    return { from: to - HOUR, to };
  };
  const [shown, setShown] = createSignal(lastHour());
  const [chosen, setChosen] = setTo(name, isSpan);
  const [isUnread, setUnread] = createSignal(false);
  const span = () => chosen() ?? shown();
  // Said twice it is the same, as long as it is the same that is said.
  let said = { what: '', id: '' };
  const confirm = async () => {
    const { from, to } = span();
    const what = `${station()} ${from} ${to}`;
    if (said.what !== what) said = { what, id: crypto.randomUUID() };
    if (!(await props.confirm({ id: said.id, station: station(), from: Math.round(from), to: Math.round(to) }))) return;
    setShown(lastHour());
    setChosen(null);
  };
  return (
    <>
      <Show when={props.stations.length > 1}>
        <select aria-label={words.figures.station} onChange={(event) => setStation(event.currentTarget.value)}>
          <For each={props.stations}>{(name) => <option selected={name === station()}>{name}</option>}</For>
        </select>
      </Show>
      <ByTime name={name()} span={span()} change={setChosen} unread={setUnread} />
      <p>
        <button type="button" class="act" disabled={isUnread()} onClick={() => void confirm()}>
          {words.figures.confirmHours}
        </button>
      </p>
    </>
  );
}
