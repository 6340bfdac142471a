/** Judge the judge: how held-out parts score, where the limit stands and what it promises, and the worst mistakes. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { may } from '../../api/session.ts';
import type { Lesson } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { Heated } from '../../pieces/heated.tsx';
import { setTo } from '../../pieces/kept.ts';
import { Strength } from '../../pieces/strength.tsx';
import { momentOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import type { Act, Change } from './act.ts';
import { Histogram } from './histogram.tsx';
import { OnStored } from './on-stored.tsx';
import { Pictures } from './pictures.tsx';

const WORST = 5;

export function Judge(props: { readonly of: Lesson; readonly act: Act; readonly change: Change }): JSX.Element {
  return (
    <>
      <Show when={props.of.learned}>{(learned) => <Limit of={props.of} learned={learned()} act={props.act} change={props.change} />}</Show>
      <Pictures of={props.of} act={props.act} />
    </>
  );
}

type Learned = NonNullable<Lesson['learned']>;

function Limit(props: { readonly of: Lesson; readonly learned: Learned; readonly act: Act; readonly change: Change }): JSX.Element {
  // The one that was chosen stands between two others, or on one of them.
  const chosen = () =>
    Math.max(
      0,
      props.learned.limits.findLastIndex(({ at }) => at >= props.learned.threshold - 1e-3),
    );
  // Learned anew, the limits are others.
  const name = () => `limit of ${props.of.id} ${props.learned.limits.map(({ at: limit }) => limit.toFixed(3)).join(' ')}`;
  const isPlace = (known: unknown): known is number => typeof known === 'number' && props.learned.limits[known] !== undefined;
  const [moved, setMoved] = setTo(name, isPlace);
  const at = () => props.learned.limits[moved() ?? chosen()];
  const threshold = () => (moved() === null ? props.learned.threshold : (at()?.at ?? props.learned.threshold));
  const oneIn = () => (moved() === null ? props.learned.promise.one_in : (at()?.one_in ?? props.learned.promise.one_in));
  const move = (by: number) => setMoved(Math.min(props.learned.limits.length - 1, Math.max(0, (moved() ?? chosen()) + by)));
  /** To the limit that stands nearest. */
  const snap = (wanted: number) => {
    const away = props.learned.limits.map((one) => Math.abs(one.at - wanted));
    setMoved(away.indexOf(Math.min(...away)));
  };
  const scored = (said: 'good' | 'bad') => props.of.pictures.filter((one) => one.said === said && one.score !== null);
  const found = () => scored('bad').filter(({ score }) => (score ?? 0) >= threshold()).length;
  return (
    <section class="panel stack">
      <h2>{words.teach.judgeTitle}</h2>
      <Show when={!props.learned.tells}>
        <p class="bad" role="alert">
          {words.teach.cannotTell}
        </p>
      </Show>
      <p class="promise">{words.teach.promise(oneIn())}</p>
      <Show when={props.learned.promise.parts_wanted}>{(wanted) => <p>{words.teach.wouldPromise(wanted(), props.of.reject)}</p>}</Show>
      <Histogram
        good={scored('good').map(({ score }) => score ?? 0)}
        bad={scored('bad').map(({ score }) => score ?? 0)}
        at={threshold()}
        set={snap}
        move={move}
      />
      <fieldset class="touches" aria-label={words.teach.limit}>
        <button type="button" aria-label={words.teach.stricter} onClick={() => move(1)}>
          −
        </button>
        <output class="count">{threshold().toFixed(3)}</output>
        <button type="button" aria-label={words.teach.looser} onClick={() => move(-1)}>
          +
        </button>
      </fieldset>
      <p>
        {words.teach.refused(scored('good').filter(({ score }) => (score ?? 0) >= threshold()).length, scored('good').length)}
        <Show when={scored('bad').length > 0}> {words.teach.found(found(), scored('bad').length)}</Show>
      </p>
      <Show when={props.learned.kinds.length > 0}>
        <ul>
          <For each={props.learned.kinds}>{({ name, found: share }) => <li>{words.teach.kindFound(name, share)}</li>}</For>
        </ul>
      </Show>
      <Show when={props.of.pointed}>{(pointed) => <p>{words.teach.pointed(pointed())}</p>}</Show>
      <Closer learned={props.learned} act={props.act} />
      <Show when={props.learned.registered}>{(of) => <p>{words.teach.movedBy(of().moved, of().range)}</p>}</Show>
      <For each={props.learned.remarks}>{(remark) => <p class="soft">{remark}</p>}</For>
      <p class="soft">{words.teach.likeThese}</p>
      <OnStored of={props.of} at={threshold()} />
      <Worst region={props.of.area} good={scored('good')} bad={scored('bad')} at={threshold()} />
      <Show when={may('technician')}>
        <TwoTouches
          what={words.teach.shadow}
          effect={words.teach.shadowEffect(props.of.package, props.of.judges ?? '')}
          confirm={props.learned.tells ? words.teach.shadowSure : words.teach.shadowAnyway}
          work={() =>
            props.change('/shadow', {
              ...(moved() === null ? {} : { threshold: threshold() }),
              ...(props.learned.tells ? {} : { anyway: true }),
            })
          }
          done={() => setMoved(null)}
        />
      </Show>
    </section>
  );
}

/** Small faults: what a closer look makes of the same parts, beside what it makes of them as they are, and the way to either. */
function Closer(props: { readonly learned: Learned; readonly act: Act }): JSX.Element {
  const ways = (of: NonNullable<Learned['closer']>) => [
    { name: words.teach.lookPlain, figures: of.plain },
    { name: words.teach.lookCloser, figures: of.closer },
  ];
  return (
    <>
      <h3>{words.teach.smallFaults}</h3>
      <Show when={props.learned.closer} fallback={<p class="soft">{words.teach.closerMeans}</p>}>
        {(of) => (
          <>
            <ul>
              <For each={ways(of())}>{({ name, figures }) => <li>{words.teach.way(name, figures)}</li>}</For>
            </ul>
            <Show when={of().closer.found === null}>
              <p class="soft">{words.teach.closerUnknown}</p>
            </Show>
          </>
        )}
      </Show>
      <Show when={may('technician')}>
        <p>
          <button type="button" onClick={() => props.act('/learn', { closer: props.learned.closer === null })}>
            {props.learned.closer === null ? words.teach.lookAgainCloser : words.teach.lookAgainPlain}
          </button>
        </p>
      </Show>
    </>
  );
}

/** Good ones that would be refused, bad ones that would come through, the furthest on the wrong side first. */
function Worst(props: {
  readonly region: Lesson['region'];
  readonly good: Lesson['pictures'];
  readonly bad: Lesson['pictures'];
  readonly at: number;
}): JSX.Element {
  const [strength, setStrength] = createSignal(60);
  const mistakes = () =>
    [
      ...props.good.map((picture) => ({ picture, by: (picture.score ?? 0) - props.at, what: words.teach.wouldRefuse })),
      ...props.bad.map((picture) => ({ picture, by: props.at - (picture.score ?? 0), what: words.teach.wouldPass })),
    ]
      .filter(({ by }) => by >= 0)
      .toSorted((a, b) => b.by - a.by)
      .slice(0, WORST);
  return (
    <Show when={mistakes().length > 0}>
      <h3>{words.teach.mistakes}</h3>
      <ul class="lesson-pictures">
        <Each of={mistakes()} by={({ picture }) => picture.id}>
          {(one) => (
            <li>
              <Heated
                picture={`${API}/teach/pictures/${one().picture.id}`}
                alt={words.teach.pictureOf(momentOf(one().picture.at))}
                heat={one().picture.heat ? `${API}/teach/pictures/${one().picture.id}/heat` : null}
                region={props.region}
                strength={strength()}
                marks={one().picture.boxes}
              />
              <span>
                {one().what} ({(one().picture.score ?? 0).toFixed(3)})
              </span>
            </li>
          )}
        </Each>
      </ul>
      <Strength value={strength()} set={setStrength} />
    </Show>
  );
}
