/** What people say of a part: good, bad with its kind, or unsure; each with who and when, and taken back by whoever said it. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { ask, type Problem } from '../../api/ask.ts';
import type { Question } from '../../api/question.ts';
import { here, may, userHere } from '../../api/session.ts';
import type { Label, LabelMark } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { forget, typed } from '../../pieces/kept.ts';
import { Known, Trouble } from '../../pieces/known.tsx';
import { isMark, isStroke, type Mark } from '../../pieces/mark.ts';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

const CHOICES = ['good', 'bad', 'unsure'] as const;

export const labelsOf = (inspection: string): string => `/inspections/${encodeURIComponent(inspection)}/labels`;

/** Where people say that it is bad, as far as they stand by it. */
export const marksIn = (labels: readonly Label[]): readonly LabelMark[] =>
  labels.flatMap(({ boxes, undone }) =>
    undone === null ? boxes.map(({ camera, region, stroke }) => labelMarkOf(camera, stroke ?? region)) : [],
  );

export const labelMarkOf = (camera: string, mark: Mark): LabelMark =>
  isStroke(mark) ? { camera, stroke: mark } : { camera, region: mark };
export const markOf = (of: LabelMark): Mark => ('stroke' in of ? of.stroke : of.region);

/** Of what was drawn before the page was loaded again. */
export const isLabelMark = (of: unknown): of is LabelMark =>
  typeof of === 'object' &&
  of !== null &&
  'camera' in of &&
  typeof of.camera === 'string' &&
  isMark('stroke' in of ? of.stroke : 'region' in of ? of.region : null);

/** Names of what is kept of a part until it is sent: whoever signs in after another one sends none of his. */
export const unsent = {
  kind: (inspection: string, who = userHere()): string => `kind ${inspection} ${who}`,
  marks: (inspection: string, who = userHere()): string => `marks ${inspection} ${who}`,
};

interface Drawn {
  /** Null: nobody draws. */
  readonly boxes: readonly LabelMark[] | null;
  readonly set: (boxes: readonly LabelMark[] | null) => void;
}

export function Labels(props: {
  readonly inspection: string;
  readonly labels: Question<readonly Label[]>;
  /** Absent: there is no picture to draw on. */
  readonly drawn: Drawn | undefined;
}): JSX.Element {
  const path = () => labelsOf(props.inspection);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [kind, setKind] = typed(() => unsent.kind(props.inspection));
  const [busy, setBusy] = createSignal(false);
  /** What nobody has answered, by what it says: it may be on record already, and the same id again is the same label. */
  const unanswered = new Map<string, string>();
  const change = async (send: () => ReturnType<typeof ask>) => {
    if (busy()) return null;
    setBusy(true);
    const outcome = await send();
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    props.labels.again();
    return outcome;
  };
  const saidOf = (label: Label['label']) => {
    const boxes = props.drawn?.boxes ?? [];
    const named = kind().trim();
    return label !== 'bad' ? { label } : { label, ...(named === '' ? {} : { kind: named }), ...(boxes.length === 0 ? {} : { boxes }) };
  };
  const say = async (label: Label['label']) => {
    const said = saidOf(label);
    const { inspection } = props;
    const what = `${path()} ${JSON.stringify(said)}`;
    const id = unanswered.get(what) ?? crypto.randomUUID();
    unanswered.set(what, id);
    const outcome = await change(() => ask(path(), { method: 'POST', body: { id, ...said } }));
    if (outcome && (outcome.ok || outcome.problem.status !== 0)) unanswered.delete(what);
    if (outcome?.ok) clear(inspection, label);
  };
  /** What was said of a part need not be typed or drawn again. */
  const clear = (inspection: string, label: Label['label']) => {
    forget(unsent.marks(inspection));
    if (label === 'bad') forget(unsent.kind(inspection));
    // Another part may stand here by now: what is typed and drawn of that one stays.
    if (props.inspection !== inspection) return;
    if (label === 'bad') setKind('');
    props.drawn?.set(null);
  };
  return (
    <section class="panel stack" aria-label={words.labels.title}>
      <h2>{words.labels.title}</h2>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Known of={props.labels}>
        {(known) => (
          <Show when={known().length > 0} fallback={<p class="soft">{words.labels.none}</p>}>
            <ul class="list">
              <Each of={known()} by={({ id }) => id}>
                {(label) => (
                  <One
                    of={label()}
                    busy={busy()}
                    takeBack={() => void change(() => ask(`${path()}/${label().id}`, { method: 'DELETE' }))}
                  />
                )}
              </Each>
            </ul>
          </Show>
        )}
      </Known>
      <Show when={may('operator')} fallback={<p class="soft">{words.labels.signIn}</p>}>
        <div class="row">
          <For each={CHOICES}>
            {(label) => (
              <button type="button" class="act" disabled={busy()} onClick={() => void say(label)}>
                {words.labels.say[label]}
              </button>
            )}
          </For>
        </div>
        <div class="field">
          <label for="kind">{words.labels.kind}</label>
          <input id="kind" type="text" maxlength={64} value={kind()} onInput={(event) => setKind(event.currentTarget.value)} />
        </div>
        <Show when={props.drawn}>
          {(drawn) => (
            <button type="button" aria-pressed={drawn().boxes !== null} onClick={() => drawn().set(drawn().boxes === null ? [] : null)}>
              {drawn().boxes === null ? words.marks.draw : words.marks.leave}
            </button>
          )}
        </Show>
      </Show>
    </section>
  );
}

function One(props: { readonly of: Label; readonly busy: boolean; readonly takeBack: () => void }): JSX.Element {
  const isOwn = () => here()?.session?.user === props.of.who && may('operator');
  return (
    <li class="row" classList={{ undone: props.of.undone !== null }}>
      <b>{words.labels.say[props.of.label]}</b>
      <span>{props.of.kind}</span>
      <Show when={props.of.boxes.length > 0}>
        <span class="soft">{words.marks.marked(props.of.boxes.length)}</span>
      </Show>
      <span class="soft" title={utcOf(props.of.at)}>
        {props.of.who}, {momentOf(props.of.at)}
      </span>
      <Show
        when={props.of.undone}
        fallback={
          <Show when={isOwn()}>
            <button type="button" disabled={props.busy} onClick={() => props.takeBack()}>
              {words.labels.undo}
            </button>
          </Show>
        }
      >
        {(at) => <span class="soft">{words.labels.undone(momentOf(at()))}</span>}
      </Show>
    </li>
  );
}
