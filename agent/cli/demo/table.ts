/** The demo as a person watches it: redrawn in place on a terminal, a line a part elsewhere. */
import { stripVTControlCharacters } from 'node:util';
import type { Finding, Inspection, Verdict } from '../../contracts/index.ts';
import { type Colour, painter, table } from '../print.ts';
import type { DemoResult, DemoSummary } from './scoreboard.ts';
import type { PassedPart } from './start.ts';

export type Paint = (colour: Colour, text: string) => string;
type Row = DemoSummary['recent'][number];

const HEADER = ['part', 'truth', 'verdict', 'why', 'score', 'driven by', 'ms'];
const NUMBERS = new Set([4, 6]);
const COLOURS: Readonly<Record<Verdict, Colour>> = { ok: 'green', nok: 'red', review: 'yellow' };

/** Where the demo can be looked at. */
export interface Views {
  /** Port of the broker on this box. */
  readonly mqtt: number;
  /** Address of the page; null where it is not served. */
  readonly page: string | null;
}

/** The whole picture as lines. Pure. */
export function render({ recent, result }: DemoSummary, { mqtt, page }: Views, paint: Paint): readonly string[] {
  return [
    paint('bold', 'Lineside demo: a die-casting press, judged part by part'),
    '',
    ...table(HEADER, recent.map(cellsOf(paint)), NUMBERS).split('\n'),
    '',
    ...figures(result, paint),
    '',
    ...(page === null ? [] : [`${paint('dim', 'look at the line:')} ${page}`]),
    `${paint('dim', 'see what the plant sees:')} mosquitto_sub -p ${mqtt} -t 'lineside/v1/#' -v`,
  ];
}

/** One part as a line of its own, for a pipe. Pure. */
export function line({ part, inspection }: Row): string {
  const [serial, truth, verdict, why, score, driver, ms] = cellsOf((_, text) => text)({ part, inspection });
  return [serial, `truth ${truth}`, `verdict ${verdict}`, why, score && `score ${score}`, driver, ms && `${ms} ms`]
    .filter(Boolean)
    .join('  ');
}

/** The last word. Pure. */
export function figures(result: DemoSummary['result'], paint: Paint): readonly string[] {
  const { parts, ok, nok, review, published, agreement, latency_ms, deadline_missed, rss_mb } = result;
  const judged = ok + nok + review;
  const counted = (verdict: Verdict, count: number) => `${paint(COLOURS[verdict], verdict)} ${count}`;
  return [
    [`parts ${parts}`, counted('ok', ok), counted('nok', nok), counted('review', review), `yield ${percent(ok, judged)}`]
      .concat(`agrees with the truth ${parts === 0 ? '-' : percent(agreement, 1)}`)
      .join('   '),
    [
      `trigger to verdict: p50 ${latency_ms.p50} ms, p95 ${latency_ms.p95} ms, p99 ${latency_ms.p99} ms`,
      `past the deadline ${deadline_missed}`,
    ]
      .concat(`waiting to be published ${Math.max(0, judged - published)}`, `${rss_mb} MB`)
      .join('   '),
  ];
}

const cellsOf =
  (paint: Paint) =>
  ({ part, inspection }: Row): readonly string[] => {
    const finding = inspection && decisive(inspection);
    return [
      part.serial,
      part.truth,
      verdictCell(part, paint),
      short(inspection?.reasons[0]?.text ?? ''),
      finding ? finding.score.toFixed(2) : '',
      finding ? driver(finding) : '',
      inspection ? inspection.timings.verdict.toFixed(1) : '',
    ];
  };

/** A reason without its figures, which stand in the next columns. */
const short = (reason: string): string => reason.replace(/ \(.*$/, '').slice(0, 48);

/** A verdict that is not the truth is marked. */
function verdictCell({ verdict, truth }: PassedPart, paint: Paint): string {
  if (verdict === null) return paint('red', 'none');
  return paint(COLOURS[verdict], verdict === truth ? verdict : `${verdict} ✗`);
}

/** The finding that went furthest towards nok. */
const decisive = ({ findings }: Inspection): Finding | undefined =>
  findings.reduce<Finding | undefined>((most, finding) => (most && most.margin >= finding.margin ? most : finding), undefined);

/** Which tag weighed most in it, or which model it was that looked. */
function driver({ model, contributions = {} }: Finding): string {
  const [top] = Object.entries(contributions).sort(([, a], [, b]) => b - a);
  return top ? `${top[0].slice(top[0].indexOf('.') + 1)} ${percent(top[1], 1, 0)}` : model;
}

const percent = (part: number, whole: number, digits = 1): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(digits)} %`);

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Draws over what it drew before; a pipe gets each part once. */
export class Table {
  private readonly screen: Screen | null;
  private readonly paint: Paint;
  private drawn = 0;
  private told = 0;

  constructor({ quiet, screen = process.stdout }: { readonly quiet: boolean; readonly screen?: Screen }) {
    this.screen = quiet ? null : screen;
    this.paint = painter(screen.isTTY === true);
  }

  /** Before the first part: the PLC alone takes seconds to come up. */
  say(text: string): void {
    this.screen?.write(`${text}\n`);
    this.drawn += this.screen?.isTTY ? 1 : 0;
  }

  draw(summary: DemoSummary, views: Views): void {
    if (!this.screen) return;
    if (this.screen.isTTY) return this.redraw(this.screen, render(summary, views, this.paint));
    for (const row of summary.recent) {
      if (row.part.number <= this.told) continue;
      // The verdict is at the PLC a moment before its record is handed over: the reasons are worth the wait.
      if (!row.inspection && row.part.verdict !== null) break;
      this.told = row.part.number;
      this.screen.write(`${line(row)}\n`);
    }
  }

  /** On a terminal the last picture stays and has said it all but what only the end can know. */
  end(result: DemoResult): void {
    const last = `stored ${result.stored}   published ${result.published}   missed ${result.missed}`;
    const lines = this.screen?.isTTY ? [last] : [...figures(result, this.paint), last];
    this.screen?.write(`${lines.join('\n')}\n`);
  }

  private redraw(screen: Screen, lines: readonly string[]): void {
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A\u001b[0J` : '';
    this.drawn = lines.length;
    screen.write(`${up}${lines.map((text) => clip(text, screen.columns || 80)).join('\n')}\n`);
  }
}

/** A line that wraps would be two: one too long loses its colours and its end. */
function clip(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length <= columns ? text : `${plain.slice(0, Math.max(1, columns - 1))}…`;
}
