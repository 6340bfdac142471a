/** Scores of a model over time: since when they are otherwise, whether the parts are good, and what another limit would have meant. */
import { useSearchParams } from '@solidjs/router';
import { createMemo, For, type JSX, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import type { Health, Model } from '../../api/types.ts';
import { Known, Nothing, Trouble } from '../../pieces/known.tsx';
import { words } from '../../words.ts';
import { movedText } from '../models/moved.ts';
import { Limit } from './limit.tsx';
import { lookedAt } from './looked.ts';
import { beginOf } from './proposal.ts';
import { Strip } from './strip.tsx';
import { Unlabelled } from './unlabelled.tsx';
import '../teach/teach.css';
import './scores.css';

/** ms */
const EVERY = 5000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OVER = {
  hour: { over: HOUR, step: MINUTE },
  day: { over: 24 * HOUR, step: 10 * MINUTE },
  week: { over: 7 * 24 * HOUR, step: HOUR },
  month: { over: 30 * 24 * HOUR, step: 6 * HOUR },
} as const;
type Over = keyof typeof OVER;

type Address = Partial<Record<'station' | 'model' | 'over', string | undefined>>;
const isOver = (text: string | undefined): text is Over => text !== undefined && Object.hasOwn(OVER, text);

export function ScoresView(): JSX.Element {
  const models = question<readonly Model[]>(() => '/models', EVERY);
  const [address, go] = useSearchParams<Address>();
  return (
    <>
      <h1>{words.scores.title}</h1>
      <Known of={models}>
        {(known) => {
          const judging = createMemo(() =>
            known().filter(({ role, recipe, threshold }) => role === 'judges' && recipe === null && threshold !== null),
          );
          const judges = () =>
            judging().find(
              ({ station, model }) => station === address.station && (address.model === undefined || model === address.model),
            ) ?? judging()[0];
          return (
            <Show when={judges()} fallback={<Nothing what={words.scores.none} next={words.scores.noneNext} />}>
              {(of) => <OfModel judges={of()} all={known()} judging={judging()} address={address} go={go} asked={models.again} />}
            </Show>
          );
        }}
      </Known>
    </>
  );
}

/** Beside the scores: how the parts look, where that is no longer as it was under any recipe. */
function movedAt({ station, model, package: name }: Model): string | null {
  const all = shown.line?.stations[station]?.state?.drift ?? [];
  const moved = all.filter((one) => one.model === model && one.package === name && (one.look?.moved.length ?? 0) > 0);
  return moved.map(({ look }) => (look ? movedText(look) : '')).join('; ') || null;
}

interface Props {
  readonly judges: Model;
  readonly judging: readonly Model[];
  readonly all: readonly Model[];
  readonly address: Address;
  readonly go: (address: Address) => void;
  readonly asked: () => void;
}

function OfModel(props: Props): JSX.Element {
  const over = (): Over => (isOver(props.address.over) ? props.address.over : 'day');
  const place = createMemo(() => `${props.judges.station}\n${props.judges.model}`);
  const wish = createMemo(() => {
    const [station = '', model = ''] = place().split('\n');
    return { station, model, ...OVER[over()] };
  });
  const looked = lookedAt(wish);
  const health = question<Health>(() => '/health', EVERY);
  const begin = createMemo(() => beginOf(looked.scores()?.steps ?? []));
  const beside = () =>
    props.all.find(({ role, station, model }) => role === 'candidate' && station === props.judges.station && model === props.judges.model);
  const again = () => {
    looked.again();
    props.asked();
  };
  return (
    <>
      <div class="row">
        <select
          aria-label={words.scores.model}
          onChange={(event) => {
            const [station, model] = event.currentTarget.value.split('\n');
            props.go({ station, model });
          }}
        >
          <For each={props.judging}>
            {({ station, model }) => (
              <option value={`${station}\n${model}`} selected={`${station}\n${model}` === place()}>
                {station} · {model}
              </option>
            )}
          </For>
        </select>
        <select aria-label={words.scores.over} onChange={(event) => props.go({ over: event.currentTarget.value })}>
          <For each={Object.keys(OVER) as Over[]}>
            {(name) => (
              <option value={name} selected={name === over()}>
                {words.scores.overs[name]}
              </option>
            )}
          </For>
        </select>
      </div>
      <Show when={looked.problem()}>{(why) => <Trouble problem={why()} again={looked.again} />}</Show>
      <Show when={looked.scores()} fallback={<p class="soft">{words.state.loading}</p>}>
        {(scores) => (
          <Show when={scores().steps.length > 0} fallback={<Nothing what={words.scores.noParts} next={words.scores.noPartsNext} />}>
            <section class="panel stack" aria-label={words.scores.title}>
              <Strip of={scores().steps} step={wish().step} at={props.judges.threshold ?? 0} begin={begin()} />
              <Show when={movedAt(props.judges)}>{(what) => <p class="bad">{words.scores.moved(what())}</p>}</Show>
            </section>
            <Unlabelled
              station={wish().station}
              model={wish().model}
              at={props.judges.threshold ?? 0}
              from={begin()?.at ?? null}
              labelled={scores().labelled}
              done={looked.again}
            />
            <Limit
              scores={scores()}
              judges={props.judges}
              beside={beside()}
              agreed={health.answer()?.shadows[`${wish().station}/${wish().model}`]}
              again={again}
            />
          </Show>
        )}
      </Show>
    </>
  );
}
