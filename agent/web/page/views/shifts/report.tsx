/** The report of a shift: rows of queries as tables, each with its query, and pictures of the worst. Made to be printed. */
import { A, useParams } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import type { Report } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { dayOf, timeOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import './shifts.css';

type Name = Report['queries'][number]['name'];
type Row = Readonly<Record<string, string | number | null>>;
type Table = readonly (keyof typeof words.report.columns)[];

type Sheet = Name | 'worse' | 'quotes';
/** Quotations that are shown. */
const MOST_QUOTES = 20;
const TABLES: readonly (readonly [Sheet, Table])[] = [
  ['made', ['station', 'recipe', 'produced', 'good', 'scrap', 'rework', 'unknown', 'quality_ratio']],
  ['shifts', ['station', 'shift', 'good', 'known', 'quality_ratio']],
  ['worse', ['station', 'reason', 'parts', 'share', 'center', 'upper', 'since']],
  ['reasons', ['station', 'reason', 'parts', 'share']],
  ['charts', ['since', 'cleared', 'chart', 'text']],
  ['challenges', ['at', 'station', 'challenge', 'part', 'expected', 'verdict', 'outcome']],
  ['holds', ['at', 'station', 'action', 'reason', 'acknowledged']],
  ['alarms', ['minutes', 'times', 'code', 'subject', 'text']],
  ['notes', ['at', 'who', 'said', 'about']],
  ['quotes', ['times', 'texts', 'text', 'first', 'last']],
  ['lasting', ['since', 'code', 'text', 'next']],
  ['standing', ['since', 'machine', 'severity', 'text']],
  ['waiting', ['what', 'station', 'parts']],
  ['contained', ['since', 'station', 'why', 'subject', 'parts']],
];
/** What can be worked out from the others, or is looked for at a desk. */
const ASIDE: ReadonlySet<string> = new Set(['recipe', 'scrap', 'rework', 'unknown', 'center', 'upper', 'times', 'subject', 'known']);
const SHARES: ReadonlySet<string> = new Set(['quality_ratio', 'share', 'center', 'upper']);
const MOMENTS: ReadonlySet<string> = new Set(['at', 'since', 'cleared', 'acknowledged', 'first', 'last']);
const NUMBERS: ReadonlySet<string> = new Set([
  ...SHARES,
  'produced',
  'good',
  'scrap',
  'rework',
  'unknown',
  'known',
  'parts',
  'minutes',
  'times',
  'texts',
  'severity',
]);

export function ReportView(): JSX.Element {
  const params = useParams<{ day: string; name: string }>();
  const report = question<Report>(() => `/shifts/${params.day}/${encodeURIComponent(params.name)}/report`);
  return (
    <>
      <header>
        <h1>{words.report.title(`${params.day} ${params.name}`)}</h1>
        <A class="button unprinted" href="/shifts">
          {words.report.back}
        </A>
        <button type="button" class="unprinted" onClick={() => window.print()}>
          {words.report.print}
        </button>
      </header>
      <Known of={report}>{(known) => <Sheets of={known()} />}</Known>
    </>
  );
}

/** Worked out of the rows of queries, and no row itself. */
const isMade = (name: Sheet): name is 'worse' | 'quotes' => name === 'worse' || name === 'quotes';

const momentText = (at: number): string => `${dayOf(at)} ${timeOf(at).slice(0, 5)}`;

function Sheets(props: { readonly of: Report }): JSX.Element {
  const shift = () => props.of.shift;
  const query = (name: Name) => props.of.queries.find((one) => one.name === name);
  const rows = (name: Sheet): readonly Row[] => {
    if (name === 'quotes') return props.of.quotes.slice(0, MOST_QUOTES);
    return name === 'worse' ? props.of.worse : (query(name)?.rows ?? []);
  };
  const title = (name: Sheet) => (isMade(name) ? words.report[name] : (query(name)?.says ?? name));
  return (
    <>
      <p class="soft">
        {momentText(shift().from)} – {momentText(shift().to)}, {props.of.zone}
        <Show when={!shift().over}>, {words.report.soFar}</Show>
        <Show when={!props.of.complete}>. {words.shifts.doubts.not_counted}</Show>
      </p>
      <For each={TABLES}>
        {([name, columns]) => (
          <section class="panel scrolls report-table" tabindex="0" aria-label={title(name)}>
            <h2>{title(name)}</h2>
            <Show when={rows(name).length > 0} fallback={<p>{words.report.nothing}</p>}>
              <Cells columns={columns} rows={rows(name)} />
            </Show>
            <Show when={name === 'reasons'}>
              <Pictures of={props.of} rows={rows('pictures')} />
            </Show>
            <Show when={isMade(name) ? undefined : query(name)}>
              {(of) => (
                <details class="unprinted">
                  <summary>{words.report.query}</summary>
                  <pre class="mono">{of().sql}</pre>
                  <pre class="mono">{JSON.stringify(of().parameters)}</pre>
                </details>
              )}
            </Show>
          </section>
        )}
      </For>
    </>
  );
}

function Cells(props: { readonly columns: Table; readonly rows: readonly Row[] }): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <For each={props.columns}>
            {(column) => (
              <th scope="col" classList={{ number: NUMBERS.has(column), aside: ASIDE.has(column) }}>
                {words.report.columns[column]}
              </th>
            )}
          </For>
        </tr>
      </thead>
      <tbody>
        <For each={props.rows}>
          {(row) => (
            <tr>
              <For each={props.columns}>
                {(column) => <td classList={{ number: NUMBERS.has(column), aside: ASIDE.has(column) }}>{cellText(column, row[column])}</td>}
              </For>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}

function cellText(column: string, cell: string | number | null | undefined): string {
  if (cell === null || cell === undefined) return '–';
  if (typeof cell === 'string') return cell;
  if (MOMENTS.has(column)) return momentText(cell);
  if (SHARES.has(column)) return percent(cell);
  return Number.isInteger(cell) ? count(cell) : String(cell);
}

function Pictures(props: { readonly of: Report; readonly rows: readonly Row[] }): JSX.Element {
  const worst = () => {
    const reasons = props.of.queries.find(({ name }) => name === 'reasons')?.rows ?? [];
    return props.rows.filter((row) => reasons.some(({ station, reason }) => station === row['station'] && reason === row['reason']));
  };
  return (
    <div class="report-pictures">
      <For each={worst()}>
        {(row) => (
          <figure>
            <A href={`/inspection/${row['inspection']}`}>
              <img
                src={`${API}/inspections/${row['inspection']}/pictures/${row['picture']}`}
                alt={`${row['reason']}, ${row['part'] ?? '–'}`}
                loading="lazy"
              />
            </A>
            <figcaption>
              {row['reason']}, {momentText(Number(row['at']))}
            </figcaption>
          </figure>
        )}
      </For>
    </div>
  );
}
