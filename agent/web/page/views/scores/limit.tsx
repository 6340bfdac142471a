/** Another limit: what people's labels propose, what it would have meant for the stored parts, and beside what judges, in its place, and back. */
import { A } from '@solidjs/router';
import { type JSX, Match, Show, Switch } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { may } from '../../api/session.ts';
import type { Health, Model, Scores } from '../../api/types.ts';
import { setTo } from '../../pieces/kept.ts';
import { count } from '../../pieces/numbers.ts';
import { momentOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { ENOUGH, effectOf, proposalOf, STEP } from './proposal.ts';

interface Props {
  readonly scores: Scores;
  readonly judges: Model;
  /** What runs beside it. */
  readonly beside: Model | undefined;
  readonly agreed: Health['shadows'][string] | undefined;
  readonly again: () => void;
}

/** Where somebody has put the limit, and what was proposed as he did. */
interface Moved {
  readonly to: number;
  readonly proposed: number | null;
}
const isLimit = (known: unknown): known is number => typeof known === 'number' && known >= STEP && known <= 1;
const isMoved = (known: unknown): known is Moved => {
  const { to, proposed = null } = Object(known);
  return isLimit(to) && (proposed === null || typeof proposed === 'number');
};
const limitText = (limit: number): string => limit.toFixed(3);

export function Limit(props: Props): JSX.Element {
  const now = () => props.judges.threshold ?? 0;
  const proposal = () => proposalOf(props.scores, now());
  const place = () => `${props.judges.station}/${props.judges.model} ${props.judges.package} ${props.judges.version}`;
  const proposed = () => {
    const known = proposal();
    return known.kind === 'move' ? known.to : null;
  };
  // From the limit that judges: where that is another one by now, it is shown.
  const [moved, setMoved] = setTo(() => `limit of ${place()} from ${now()}`, isMoved);
  const to = () => moved()?.to ?? proposed() ?? now();
  const move = (by: number) => setMoved({ to: Math.round(Math.min(1, Math.max(STEP, to() + by)) * 1000) / 1000, proposed: proposed() });
  // Somebody else's label proposes another one while he looks at what his does: his stays under his finger, and he is told.
  const newer = () => {
    const [mine, next] = [moved(), proposed()];
    return mine && next !== null && next !== mine.proposed && next !== mine.to ? { mine: mine.to, next } : null;
  };
  const effect = () => effectOf(props.scores, now(), to());
  return (
    <section class="panel stack" aria-label={words.scores.limit}>
      <h2>{words.scores.limit}</h2>
      <Words of={proposal()} now={now()} />
      <fieldset class="touches" aria-label={words.scores.limit}>
        <button type="button" aria-label={words.scores.lower} onClick={() => move(-STEP)}>
          −
        </button>
        <output class="count">{limitText(to())}</output>
        <button type="button" aria-label={words.scores.higher} onClick={() => move(STEP)}>
          +
        </button>
      </fieldset>
      <Show when={newer()}>
        {(known) => (
          <p role="status">
            {words.scores.moreRecent(limitText(known().next), limitText(known().mine))}{' '}
            <button type="button" onClick={() => setMoved(null)}>
              {words.scores.takeProposed(limitText(known().next))}
            </button>
          </p>
        )}
      </Show>
      <p class="promise">{words.scores.effect(count(effect().refused), count(effect().wouldBe), count(effect().parts))}</p>
      <Show when={effect().good + effect().bad > 0}>
        <p>
          {words.scores.onLabels(effect().goodRefused, effect().good, effect().badPassed, effect().bad)}
          <Show when={effect().bad === 0}> {words.scores.noBad}</Show>
        </p>
      </Show>
      <Show when={!props.scores.complete}>
        <p class="soft">{words.scores.lookedTo(momentOf(props.scores.looked_back_to ?? 0))}</p>
      </Show>
      <Beside {...props} now={now()} to={to()} sent={() => setMoved(null)} />
    </section>
  );
}

function Words(props: { readonly of: ReturnType<typeof proposalOf>; readonly now: number }): JSX.Element {
  const move = () => (props.of.kind === 'move' ? props.of : null);
  const teach = () => (props.of.kind === 'teach' ? props.of : null);
  const label = () => (props.of.kind === 'label' ? props.of : null);
  return (
    <Switch>
      <Match when={move()}>{(known) => <p role="status">{words.scores.propose(limitText(known().to), limitText(props.now))}</p>}</Match>
      <Match when={teach()}>
        {(known) => (
          <p role="status">
            {words.scores.overlap(known().bad)} <A href="/teach">{words.scores.teach}</A>
          </p>
        )}
      </Match>
      <Match when={label()}>{(known) => <p role="status">{words.scores.labelFirst(known().have, ENOUGH)}</p>}</Match>
    </Switch>
  );
}

function Beside(props: Props & { readonly now: number; readonly to: number; readonly sent: () => void }): JSX.Element {
  const place = () => `/stations/${encodeURIComponent(props.judges.station)}/models/${encodeURIComponent(props.judges.model)}`;
  const own = () => (props.beside?.package === props.judges.package ? props.beside : undefined);
  const change = (path: string, body?: unknown) => ask(`${place()}${path}`, { method: 'POST', body, within: CHANGES_WITHIN });
  /** It stays what there is to go back to. */
  const packageBefore = () => (props.judges.previous === props.judges.package ? null : props.judges.previous);
  const isOther = () => Math.abs(props.to - props.now) > 1e-9 && Math.abs(props.to - (own()?.threshold ?? -1)) > 1e-9;
  return (
    <>
      <Show when={own()}>
        {(beside) => (
          <p role="status">
            {words.scores.beside(limitText(beside().threshold ?? 0), limitText(props.now))}{' '}
            <Show when={props.agreed}>
              {(agreed) => <>{words.scores.agreed(count(agreed().compared - agreed().differing), count(agreed().compared))}</>}
            </Show>
          </p>
        )}
      </Show>
      <Show when={may('technician')} fallback={<p class="soft">{words.scores.signIn}</p>}>
        <Show when={isOther()}>
          <TwoTouches
            what={words.scores.shadow(limitText(props.to))}
            effect={words.scores.shadowEffect(limitText(props.to), limitText(props.now))}
            confirm={words.scores.sure}
            work={() => change('/shadow', { threshold: props.to })}
            done={() => {
              props.sent();
              props.again();
            }}
          />
        </Show>
        <Show when={own()}>
          {(beside) => (
            <>
              <TwoTouches
                what={words.scores.promote(limitText(beside().threshold ?? 0))}
                effect={words.scores.promoteEffect(limitText(beside().threshold ?? 0), limitText(props.now), packageBefore())}
                confirm={words.scores.sure}
                work={() => change('/promote', seen(beside()))}
                done={props.again}
              />
              <TwoTouches
                what={words.scores.end}
                effect={words.scores.endEffect(limitText(props.now))}
                confirm={words.scores.sure}
                work={() => change('/shadow', { threshold: null })}
                done={props.again}
              />
            </>
          )}
        </Show>
        <Show when={!own() && props.judges.previous === props.judges.package}>
          <TwoTouches
            what={words.scores.back}
            effect={words.scores.backEffect}
            confirm={words.scores.sure}
            work={() => change('/rollback')}
            done={props.again}
          />
        </Show>
      </Show>
    </>
  );
}

/** What somebody decides on: by now another one may run there. */
const seen = ({ threshold }: Model) => (threshold === null ? undefined : { threshold });

/** The file is tried in a process of its own, which has the least urgency. ms */
const CHANGES_WITHIN = 60_000;
