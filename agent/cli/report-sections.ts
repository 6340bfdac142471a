/** The report of a shift as tables: figures, quotations and texts of rules alone. Every number stands in a row of the query that is named beside it. */
import type { ReportCell, ReportQueryName, ReportRow, ShiftReport } from '../contracts/index.ts';
import { rowsIn } from '../decisions/kpi/report.ts';

export interface Section {
  readonly title: string;
  /** Whose rows these are; of what got worse those that it was worked out of. */
  readonly queries: readonly ReportQueryName[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that are numbers. */
  readonly right: ReadonlySet<number>;
}

/** Quotations that are shown. */
const MOST_QUOTES = 20;

type Form = 'text' | 'number' | 'share' | 'moment';
type Column = readonly [name: string, title: string, form: Form];

const TABLES: readonly (readonly [ReportQueryName, readonly Column[]])[] = [
  [
    'made',
    [
      ['station', 'station', 'text'],
      ['recipe', 'recipe', 'text'],
      ['produced', 'produced', 'number'],
      ['good', 'good', 'number'],
      ['scrap', 'scrap', 'number'],
      ['rework', 'rework', 'number'],
      ['unknown', 'unknown', 'number'],
      ['quality_ratio', 'quality ratio', 'share'],
    ],
  ],
  [
    'shifts',
    [
      ['station', 'station', 'text'],
      ['shift', 'shift', 'text'],
      ['good', 'good', 'number'],
      ['known', 'of', 'number'],
      ['quality_ratio', 'quality ratio', 'share'],
    ],
  ],
  [
    'reasons',
    [
      ['station', 'station', 'text'],
      ['reason', 'reason', 'text'],
      ['parts', 'parts', 'number'],
      ['share', 'of all', 'share'],
    ],
  ],
  [
    'charts',
    [
      ['since', 'since', 'moment'],
      ['cleared', 'until', 'moment'],
      ['chart', 'chart', 'text'],
      ['text', 'what it said', 'text'],
    ],
  ],
  [
    'challenges',
    [
      ['at', 'at', 'moment'],
      ['station', 'station', 'text'],
      ['challenge', 'challenge', 'text'],
      ['part', 'part', 'text'],
      ['expected', 'must get', 'text'],
      ['verdict', 'got', 'text'],
      ['outcome', 'outcome', 'text'],
    ],
  ],
  [
    'holds',
    [
      ['at', 'at', 'moment'],
      ['station', 'station', 'text'],
      ['action', 'action', 'text'],
      ['reason', 'reason', 'text'],
      ['acknowledged', 'acknowledged', 'moment'],
    ],
  ],
  [
    'alarms',
    [
      ['minutes', 'minutes', 'number'],
      ['times', 'times', 'number'],
      ['code', 'alarm', 'text'],
      ['subject', 'of', 'text'],
      ['text', 'what it said', 'text'],
    ],
  ],
  [
    'notes',
    [
      ['at', 'at', 'moment'],
      ['who', 'who', 'text'],
      ['said', 'said', 'text'],
      ['about', 'about', 'text'],
    ],
  ],
  [
    'lasting',
    [
      ['since', 'since', 'moment'],
      ['code', 'alarm', 'text'],
      ['text', 'what it says', 'text'],
      ['next', 'what to do', 'text'],
    ],
  ],
  [
    'standing',
    [
      ['at', 'since', 'moment'],
      ['machine', 'machine', 'text'],
      ['severity', 'severity', 'number'],
      ['text', 'what it says', 'text'],
    ],
  ],
  [
    'waiting',
    [
      ['what', 'for', 'text'],
      ['station', 'station', 'text'],
      ['parts', 'parts', 'number'],
    ],
  ],
  [
    'contained',
    [
      ['at', 'since', 'moment'],
      ['station', 'station', 'text'],
      ['why', 'why', 'text'],
      ['subject', 'of', 'text'],
      ['parts', 'parts', 'number'],
    ],
  ],
];

/** In the order in which they are read: what got worse stands behind the yield. Empty ones too: nothing is a figure as well. */
export function sectionsOf(report: ShiftReport): readonly Section[] {
  const clock = clockOf(report.zone);
  const sections = TABLES.map(([name, columns]) => tableOf(report, name, columns, clock));
  const behindNotes = TABLES.findIndex(([name]) => name === 'notes') + 1;
  return [
    ...sections.slice(0, 2),
    worseOf(report, clock),
    ...sections.slice(2, behindNotes),
    quotesOf(report, clock),
    ...sections.slice(behindNotes),
  ];
}

function tableOf(report: ShiftReport, name: ReportQueryName, columns: readonly Column[], clock: Clock): Section {
  const says = report.queries.find((query) => query.name === name)?.says ?? name;
  return {
    title: says,
    queries: [name],
    header: columns.map(([, title]) => title),
    rows: rowsIn(report.queries, name).map((row) => columns.map(([column, , form]) => cellText(row[column] ?? null, form, clock))),
    right: rightOf(columns),
  };
}

const WORSE: readonly Column[] = [
  ['station', 'station', 'text'],
  ['reason', 'reason', 'text'],
  ['parts', 'parts', 'number'],
  ['of', 'of', 'number'],
  ['share', 'share', 'share'],
  ['center', 'usual', 'share'],
  ['upper', 'limit', 'share'],
  ['since', 'since about', 'moment'],
];

function worseOf({ worse }: ShiftReport, clock: Clock): Section {
  return {
    title: 'What got worse: shares above the upper limit of the shifts before (p chart)',
    queries: ['reason_shifts', 'shifts', 'reason_hours'],
    header: WORSE.map(([, title]) => title),
    rows: worse.map((one) => WORSE.map(([column, , form]) => cellText((one as unknown as ReportRow)[column] ?? null, form, clock))),
    right: rightOf(WORSE),
  };
}

const QUOTES: readonly Column[] = [
  ['times', 'times', 'number'],
  ['texts', 'texts', 'number'],
  ['text', 'most central of them', 'text'],
  ['first', 'first', 'moment'],
  ['last', 'last', 'moment'],
];

function quotesOf({ quotes }: ShiftReport, clock: Clock): Section {
  return {
    title: 'What people wrote and machines said: texts with most words in common together, the most central quoted',
    queries: ['said'],
    header: QUOTES.map(([, title]) => title),
    rows: quotes
      .slice(0, MOST_QUOTES)
      .map((one) => QUOTES.map(([column, , form]) => cellText((one as unknown as ReportRow)[column] ?? null, form, clock))),
    right: rightOf(QUOTES),
  };
}

const rightOf = (columns: readonly Column[]): ReadonlySet<number> =>
  new Set(columns.flatMap(([, , form], i) => (form === 'number' || form === 'share' ? [i] : [])));

type Clock = (at: number) => string;
export function clockOf(zone: string): Clock {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' });
  return (at) => format.format(at).replace(',', '');
}

function cellText(cell: ReportCell, form: Form, clock: Clock): string {
  if (cell === null) return '–';
  if (form === 'moment') return clock(Number(cell));
  return form === 'share' ? `${(Number(cell) * 100).toFixed(1)} %` : String(cell);
}
