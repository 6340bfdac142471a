/** Certificates of OPC UA servers: the one that waits beside the one that was trusted until now. */
import { For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { questionOfAlarms } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Certificate, CertificatesKnown } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { Known } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';

export function Certificates(): JSX.Element {
  const known = questionOfAlarms<CertificatesKnown>(() => '/certificates');
  return (
    <Known of={known}>
      {(now) => (
        <Show when={now().rejected.length + now().trusted.length > 0}>
          <section class="panel stack" aria-label={words.certificates.title}>
            <h2>{words.certificates.title}</h2>
            {/* Alarms come and go meanwhile: the second touch stays where the first one has been. */}
            <Each of={now().rejected} by={({ server, fingerprint }) => `${server} ${fingerprint}`}>
              {(waiting) => (
                <Waiting of={waiting()} trusted={now().trusted.filter(({ server }) => server === waiting().server)} again={known.again} />
              )}
            </Each>
            <For each={now().trusted}>
              {(one) => (
                <div>
                  <p>
                    <b>{one.server}</b> {words.certificates.trusted}
                  </p>
                  <Shown of={one} />
                </div>
              )}
            </For>
          </section>
        </Show>
      )}
    </Known>
  );
}

function Waiting(props: { readonly of: Certificate; readonly trusted: readonly Certificate[]; readonly again: () => void }): JSX.Element {
  const body = () => ({ fingerprint: props.of.fingerprint, server: props.of.server });
  return (
    <div class="panel alarm-card stack">
      <p class="what">
        <span aria-hidden="true">▲ </span>
        {words.certificates.waits(props.of.server)}
      </p>
      <Shown of={props.of} />
      <For each={props.trusted}>
        {(before) => (
          <div>
            <p>{words.certificates.before}</p>
            <Shown of={before} />
          </div>
        )}
      </For>
      <Show when={may('technician')} fallback={<p class="soft">{words.certificates.signIn}</p>}>
        <TwoTouches
          what={words.certificates.trust}
          effect={words.certificates.effect(props.of.server)}
          confirm={words.certificates.sure}
          work={() => ask('/certificates/trust', { method: 'POST', body: body() })}
          done={props.again}
        />
      </Show>
    </div>
  );
}

function Shown(props: { readonly of: Certificate }): JSX.Element {
  return (
    <dl class="facts">
      <dt>{words.certificates.fingerprint}</dt>
      <dd class="mono fingerprint">{props.of.fingerprint}</dd>
      <dt>{words.certificates.subject}</dt>
      <dd>{props.of.subject}</dd>
      <dt>{words.certificates.valid}</dt>
      <dd>{words.certificates.span(momentOf(props.of.valid_from), momentOf(props.of.valid_to))}</dd>
    </dl>
  );
}
