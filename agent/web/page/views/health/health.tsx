/** How the box is: what is wrong with its cause and next step, every part of the agent, queues, disk, certificates. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Health } from '../../api/types.ts';
import { Bar } from '../../pieces/bar.tsx';
import { Known } from '../../pieces/known.tsx';
import { count } from '../../pieces/numbers.ts';
import { momentOf, skewOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { Alarms } from './alarms.tsx';
import { Certificates } from './certificates.tsx';
import { Log } from './log.tsx';
import { filled, kindOf, nameOf, worst } from './parts.ts';
import { Refused } from './refused.tsx';
import { SaidNow } from './said.tsx';
import './health.css';

const EVERY = 5000;

export function HealthView(): JSX.Element {
  const health = question<Health>(() => '/health', EVERY);
  return (
    <>
      <h1>{words.views.health}</h1>
      <Alarms />
      <SaidNow />
      <Certificates />
      <Refused />
      <Known of={health}>
        {(known) => (
          <>
            <Parts of={known()} />
            <Box of={known()} />
            <Queues of={known()} />
          </>
        )}
      </Known>
      <Log />
      <Show when={may('technician')}>
        <SupportFile />
      </Show>
    </>
  );
}

/** No secret is in it, and no picture that nobody asked for. */
function SupportFile(): JSX.Element {
  const [pictures, setPictures] = createSignal(false);
  return (
    <section class="panel stack">
      <h2>{words.support.title}</h2>
      <p>{words.support.what}</p>
      <label class="row">
        <input type="checkbox" checked={pictures()} onChange={({ currentTarget }) => setPictures(currentTarget.checked)} />
        {words.support.pictures}
      </label>
      <p>
        <a class="button" href={`${API}/support?pictures=${pictures()}`} download="" rel="external">
          {words.support.get}
        </a>
      </p>
    </section>
  );
}

function Parts(props: { readonly of: Health }): JSX.Element {
  const all = () => Object.entries(props.of.parts).sort(worst);
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.health.parts}>
      <h2>{words.health.parts}</h2>
      <Show when={all().length > 0} fallback={<p>{words.health.noParts}</p>}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.health.part}</th>
              <th scope="col">{words.health.kind}</th>
              <th scope="col">{words.health.status}</th>
              <th scope="col" class="number">
                {words.health.restarts}
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={all()}>
              {([part, { status, code, restarts }]) => (
                <tr>
                  <th scope="row">{nameOf(part)}</th>
                  <td>{kindOf(part)}</td>
                  <td classList={{ bad: status === 'failed' || status === 'degraded' }}>
                    {words.health.statuses[status] ?? status} <Show when={code}>{(why) => <span class="mono">{why()}</span>}</Show>
                  </td>
                  <td class="number">{count(restarts)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}

function Box(props: { readonly of: Health }): JSX.Element {
  return (
    <section class="panel">
      <h2>{words.health.box}</h2>
      <dl class="facts">
        <dt>{words.health.version}</dt>
        <dd>{props.of.version}</dd>
        <dt>{words.health.uptime}</dt>
        <dd>{momentOf(props.of.at - props.of.uptime_s * 1000)}</dd>
        <dt>{words.health.memory}</dt>
        <dd>{count(props.of.rss_mb)} MB</dd>
        <dt>{words.health.disk}</dt>
        <dd>{props.of.disk_free_mb === null ? words.health.unknown : `${count(props.of.disk_free_mb)} MB`}</dd>
        <For each={Object.entries(props.of.certificate_days_left)}>
          {([name, days]) => (
            <>
              <dt>{words.health.certificate(name)}</dt>
              <dd classList={{ bad: days < 30 }}>{words.health.days(days)}</dd>
            </>
          )}
        </For>
        <For each={Object.entries(props.of.clock_skew_ms)}>
          {([server, ms]) => (
            <>
              <dt>{words.health.skew(server)}</dt>
              <dd>{skewOf(ms)}</dd>
            </>
          )}
        </For>
        <For each={Object.entries(props.of.publishers)}>
          {([publisher, counters]) => (
            <>
              <dt>{publisher}</dt>
              <dd>
                {Object.entries(counters)
                  .map(([name, value]) => `${name.replaceAll('_', ' ')} ${count(value)}`)
                  .join(' · ')}
              </dd>
            </>
          )}
        </For>
        <For each={Object.entries(props.of.shadows)}>
          {([model, { package: candidate, compared, differing }]) => (
            <>
              <dt>{words.health.shadow(model)}</dt>
              <dd>{words.health.agreed(candidate, count(compared - differing), count(compared))}</dd>
            </>
          )}
        </For>
      </dl>
    </section>
  );
}

function Queues(props: { readonly of: Health }): JSX.Element {
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.health.queues}>
      <h2>{words.health.queues}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.health.queue}</th>
            <th scope="col" class="number">
              {words.health.depth}
            </th>
            <th scope="col" class="aside">
              {words.health.full}
            </th>
            <th scope="col" class="number">
              {words.health.dropped}
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={Object.entries(props.of.queues)}>
            {([queue, { depth, bound, dropped }]) => (
              <tr>
                <th scope="row">{queue}</th>
                <td class="number">{filled(queue, { depth, bound })}</td>
                <td class="aside">
                  <Bar part={depth / bound} />
                </td>
                <td class="number" classList={{ bad: dropped > 0 }}>
                  {count(dropped)}
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}
