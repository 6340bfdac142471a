/** Stored parts beside live ones: those of the station whose pictures are kept, said good or bad with one touch. */
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { API, ask, type Problem } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import type { Inspection, InspectionPage, Lesson, Verdict } from '../../api/types.ts';
import { Known, Nothing, Trouble } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

const SHOWN = 24;
const SAID = ['good', 'bad'] as const;
const VERDICTS: readonly Verdict[] = ['nok', 'review', 'ok'];

export function StoredParts(props: { readonly of: Lesson; readonly again: () => void }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <section class="panel stack">
      <h2>{words.teach.storedTitle}</h2>
      <Show
        when={open()}
        fallback={
          <p>
            <button type="button" onClick={() => setOpen(true)}>
              {words.teach.storedOpen}
            </button>
          </p>
        }
      >
        <Choose of={props.of} again={props.again} />
      </Show>
    </section>
  );
}

function Choose(props: { readonly of: Lesson; readonly again: () => void }): JSX.Element {
  const [verdict, setVerdict] = createSignal<Verdict>('nok');
  const [problem, setProblem] = createSignal<Problem | null>(null);
  /** Whose picture is not kept any more, or was not kept of the camera that is taught. */
  const [missing, setMissing] = createSignal<number | null>(null);
  // The lesson is told anew every second, and these only when other ones are wanted.
  const path = createMemo(
    () => `/inspections?limit=100&station=${encodeURIComponent(props.of.station)}&verdict=${verdict()}&outcome=judged`,
  );
  const stored = question<InspectionPage>(path);
  const fresh = ({ items }: InspectionPage) => {
    const taken = new Set(props.of.pictures.map(({ inspection }) => inspection));
    return items.filter(({ id, pictures }) => pictures > 0 && !taken.has(id)).slice(0, SHOWN);
  };
  const add = async ({ id, at }: Inspection, said: (typeof SAID)[number]) => {
    const outcome = await ask<{ missing: readonly string[] }>('/teach/pictures', { method: 'POST', body: { inspections: [id], said } });
    setProblem(outcome.ok ? null : outcome.problem);
    setMissing(outcome.ok && outcome.value.missing.length > 0 ? at : null);
    props.again();
  };
  return (
    <>
      <div class="touches">
        <For each={VERDICTS}>
          {(one) => (
            <button type="button" aria-pressed={verdict() === one} onClick={() => setVerdict(one)}>
              {words.verdict[one]}
            </button>
          )}
        </For>
      </div>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Show when={missing()}>{(at) => <p role="alert">{words.teach.storedMissing(momentOf(at()))}</p>}</Show>
      <Known of={stored}>
        {(known) => (
          <Show when={fresh(known()).length > 0} fallback={<Nothing what={words.teach.storedNone} next={words.teach.storedNoneNext} />}>
            <ul class="lesson-pictures">
              <For each={fresh(known())}>
                {(one) => (
                  <li>
                    <img src={`${API}/inspections/${one.id}/pictures/0`} loading="lazy" alt={words.teach.pictureOf(momentOf(one.at))} />
                    <fieldset class="touches" aria-label={words.teach.pictureOf(momentOf(one.at))}>
                      <For each={SAID}>
                        {(said) => (
                          <button type="button" onClick={() => void add(one, said)}>
                            {words.teach.addAs[said]}
                          </button>
                        )}
                      </For>
                    </fieldset>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Known>
    </>
  );
}
