/** Which line, whether it runs, what is wrong, what time it is there, and the field for a part. */
import { A, useNavigate } from '@solidjs/router';
import { createSignal, type JSX, Show } from 'solid-js';
import { lostSince, shown } from '../api/live.ts';
import { mayLook } from '../api/session.ts';
import { now, timeOf, utcOf } from '../pieces/times.ts';
import { words } from '../words.ts';

export function Head(): JSX.Element {
  const alarms = () => shown.line?.alarms.length ?? 0;
  return (
    <header class="head">
      <span class="name">
        <A href="/">
          {shown.line?.line['line'] ?? words.product}{' '}
          <small>{[shown.line?.line['area'], shown.line?.line['site']].filter((name) => name).join(' · ')}</small>
        </A>
      </span>
      <State />
      <Show when={shown.line}>
        <A href="/health" class="live alarms" classList={{ some: alarms() > 0 }}>
          <Show when={alarms() > 0}>
            <span aria-hidden="true">▲&nbsp;</span>
          </Show>
          {words.frame.alarms(alarms())}
        </A>
      </Show>
      <span class="gap" />
      <time class="live" datetime={new Date(now()).toISOString()} title={utcOf(now())}>
        {timeOf(now())}
      </time>
      <Scan />
    </header>
  );
}

function State(): JSX.Element {
  const text = () => {
    if (!mayLook()) return words.frame.nobody;
    if (lostSince() !== null) return words.frame.lost;
    if (!shown.line) return words.frame.unknown;
    return shown.line.ready ? words.frame.running : words.frame.notReady(shown.line.waiting.length);
  };
  const isWell = () => !mayLook() || (lostSince() === null && shown.line?.ready !== false);
  return (
    <span class="state" classList={{ bad: !isWell() }} title={shown.line?.waiting.join(', ')}>
      <Show when={mayLook()}>
        <span aria-hidden="true">{isWell() ? '● ' : '✕ '}</span>
      </Show>
      {text()}
    </span>
  );
}

function Scan(): JSX.Element {
  const navigate = useNavigate();
  const [part, setPart] = createSignal('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (part().trim() === '') return;
        navigate(`/part/${encodeURIComponent(part().trim())}`);
        setPart('');
      }}
    >
      <input
        class="scan"
        type="search"
        enterkeyhint="go"
        autocomplete="off"
        aria-label={words.frame.scan}
        placeholder={words.frame.scan}
        value={part()}
        onInput={(event) => setPart(event.currentTarget.value)}
      />
    </form>
  );
}
