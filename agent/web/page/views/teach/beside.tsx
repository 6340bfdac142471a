/** Beside what judges, in its place, and out of it again. */
import { type JSX, Show } from 'solid-js';
import { may } from '../../api/session.ts';
import type { Lesson } from '../../api/types.ts';
import { words } from '../../words.ts';
import type { Act } from './act.ts';
import { Twice } from './twice.tsx';

export function Beside(props: { readonly of: Lesson; readonly act: Act }): JSX.Element {
  const isIn = () => props.of.phase === 'promoted';
  return (
    <section class="panel stack" aria-live="polite">
      <h2>{isIn() ? words.teach.promotedTitle : words.teach.shadowTitle}</h2>
      <p>{isIn() ? words.teach.judgesNow(props.of.package) : words.teach.judgesStill(props.of.judges ?? '')}</p>
      <Show when={!isIn()}>
        <Show when={props.of.shadow} fallback={<p class="soft">{words.teach.shadowStarts}</p>}>
          {(shadow) => (
            <>
              <p class="count">{words.teach.agreed(shadow().compared - shadow().differing, shadow().compared)}</p>
              <p class="soft">{words.teach.skipped(shadow().skipped, shadow().failed)}</p>
            </>
          )}
        </Show>
      </Show>
      <Show when={may('technician')}>
        <Show
          when={isIn()}
          fallback={
            <Twice
              name={words.teach.promote}
              effect={words.teach.promoteEffect(props.of.package, props.of.judges ?? '')}
              sure={words.teach.promoteSure}
              go={() => props.act('/promote')}
            />
          }
        >
          <Twice
            name={words.teach.back}
            effect={words.teach.backEffect(props.of.package)}
            sure={words.teach.backSure}
            go={() => props.act('/back')}
          />
        </Show>
      </Show>
    </section>
  );
}
