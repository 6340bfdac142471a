/** Beside what judges, in its place, and out of it again. */
import { type JSX, Show } from 'solid-js';
import { may } from '../../api/session.ts';
import type { Lesson } from '../../api/types.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import type { Change } from './act.ts';
import { Differing } from './differing.tsx';

export function Beside(props: { readonly of: Lesson; readonly change: Change }): JSX.Element {
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
      <Show when={props.of.of === 'part' && !isIn() && props.of.shadow}>
        {(shadow) => <Differing of={props.of} differing={shadow().differing} />}
      </Show>
      <Show when={may('technician')}>
        <Show
          when={isIn()}
          fallback={
            <TwoTouches
              what={words.teach.promote}
              effect={words.teach.promoteEffect(props.of.package, props.of.judges ?? '')}
              confirm={words.teach.promoteSure}
              work={() => props.change('/promote')}
            />
          }
        >
          <TwoTouches
            what={words.teach.back}
            effect={words.teach.backEffect(props.of.package)}
            confirm={words.teach.backSure}
            work={() => props.change('/back')}
          />
        </Show>
      </Show>
    </section>
  );
}
