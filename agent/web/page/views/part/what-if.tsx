/** What would have changed the verdict, in sentences: one for each other verdict, the nearest way first. */
import { For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Verdict, WhatIf, WhatIfChange, WholeInspection } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { signed } from '../../pieces/numbers.ts';
import { words } from '../../words.ts';

const VERDICTS: readonly Verdict[] = ['ok', 'review', 'nok'];

export function WhatIfPanel(props: { readonly of: WholeInspection }): JSX.Element {
  const answer = question<WhatIf>(() => `/inspections/${encodeURIComponent(props.of.id)}/what-if`);
  return (
    <section class="panel stack" aria-label={words.whatIf.title}>
      <h2>{words.whatIf.title}</h2>
      <Known of={answer}>
        {(known) => (
          <Show when={known().unknown} fallback={<Sentences of={known()} />}>
            {(why) => <p>{words.whatIf.unknown[why()]}</p>}
          </Show>
        )}
      </Known>
    </section>
  );
}

function Sentences(props: { readonly of: WhatIf }): JSX.Element {
  const of = (verdict: Verdict) => props.of.changes.filter((change) => change.verdict === verdict);
  const rules = () => props.of.changes.flatMap((change) => (change.kind === 'rule_off' ? [change] : []));
  return (
    <>
      <For each={VERDICTS.filter((verdict) => of(verdict).length > 0)}>
        {(verdict) => <p>{words.whatIf.would(words.verdict[verdict], words.whatIf.or(of(verdict).map(wayOf)))}</p>}
      </For>
      <p>{restOf(props.of)}</p>
      <For each={rules()}>{({ rule, when }) => <p class="soft mono">{words.whatIf.rule(rule, when ?? words.whatIf.always)}</p>}</For>
    </>
  );
}

function wayOf(change: WhatIfChange): string {
  if (change.kind === 'rule_off') return words.whatIf.ruleOff(change.rule);
  if (change.kind === 'word')
    return change.to === '' ? words.whatIf.else(change.name, shown(change.value)) : words.whatIf.word(change.name, shown(change.to));
  const name = change.kind === 'score' ? change.name.replace(/\.score$/, '') : change.name;
  return words.whatIf.sides[change.side](name, figure(change.at)) + words.whatIf.by(signed(change.at - change.value));
}

/** That nothing else would do is said where everything was tried. */
function restOf({ changes, untried, complete }: WhatIf): string {
  if (!complete) return words.whatIf.incomplete;
  if (untried.length > 0) return words.whatIf.untried(untried.join(', '));
  return changes.length > 0 ? words.whatIf.nothingElse : words.whatIf.nothing;
}

const shown = (value: string | number | boolean): string => (typeof value === 'string' ? `“${value}”` : String(value));
const figure = (value: number): string => String(Number(value.toPrecision(4)));
