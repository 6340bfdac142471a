/** `lineside kpi`: figures of shifts out of the journal, whether an agent runs or not. */
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type Calendar, type GroupKpi, lastShifts, type Ratio, type Shift, type ShiftKpi, shiftOf } from '../contracts/index.ts';
import { orderKpis, recipeKpis } from '../decisions/kpi/groups.ts';
import { countsWish, shiftKpis } from '../decisions/kpi/shifts.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { factsOf, orderTagsOf } from '../runtime/shifts/desk.ts';
import { orderCounts } from '../store/order-counts.ts';
import { shiftCounts } from '../store/shift-counts.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { MOST_UNCOUNTED, onJournal } from './on-journal.ts';
import { out, outJson, table } from './print.ts';

export interface ShiftOptions {
  readonly config: string;
  readonly store?: string;
  readonly shift?: string;
  readonly json?: boolean;
}

/** The journal's folder, the config, and its calendar. */
export async function calendarOf({ config: file, store }: ShiftOptions) {
  const loaded = await loadConfig(file, LENIENT);
  const { config, base } = loaded;
  const { calendar } = config;
  if (!calendar || Object.keys(calendar.shifts).length === 0)
    throw new LinesideError('USAGE', { why: `${file} has no shifts; name them under \`calendar\`, docs/shifts.md shows how` });
  return { config, calendar, folder: store === undefined ? resolve(base, config.store.path) : resolve(store) };
}

/** `last`: the newest that has ended; `now`: the one that runs; else by its id. */
export function wantedShift(calendar: Calendar, wanted: string, now: number): Shift {
  const recent = lastShifts(calendar, now, 2);
  const found =
    wanted === 'last'
      ? recent.find(({ to }) => to <= now)
      : wanted === 'now'
        ? recent.find(({ to }) => to > now)
        : shiftOf(calendar, wanted);
  if (found) return found;
  const known = Object.keys(calendar.shifts).join(', ');
  const example = lastShifts(calendar, now, 1)[0]?.id ?? '2026-12-01/early';
  throw new LinesideError('USAGE', {
    why: `the calendar has no shift ${wanted}; name one such as ${example}, last or now (shifts: ${known})`,
  });
}

interface KpiOptions extends ShiftOptions {
  readonly last: number;
  readonly by: 'shift' | 'recipe' | 'order';
}

export async function kpi(options: KpiOptions): Promise<ExitCode> {
  const { config, calendar, folder } = await calendarOf(options);
  const now = systemClock.now();
  const shifts = options.shift === undefined ? lastShifts(calendar, now, options.last) : [wantedShift(calendar, options.shift, now)];
  if (options.by !== 'shift') return groups(options, { folder, config, calendar, shifts, now });
  const figures = await kpisIn(folder, config, calendar, shifts, now);
  if (options.json) outJson(figures);
  else out(textOf(figures));
  return EXIT.ok;
}

interface Asked {
  readonly folder: string;
  readonly config: Config;
  readonly calendar: Calendar;
  readonly shifts: readonly Shift[];
  readonly now: number;
}

/** Over the shifts together. */
async function groups({ by, json }: KpiOptions, asked: Asked): Promise<ExitCode> {
  const { items, complete } = by === 'order' ? await ordersIn(asked) : await recipesIn(asked);
  if (json) outJson({ by, complete, items });
  else {
    out(groupsText(items, by === 'order' ? 'order' : 'recipe'));
    if (!complete) out('\nsome records are not in it: they are more than are counted at once, or are not counted yet');
  }
  return EXIT.ok;
}

async function recipesIn({ folder, calendar, shifts, now }: Asked) {
  const wishes = shifts.map((shift) => countsWish(calendar, shift, now));
  const counts = await onJournal(folder, (db) => shiftCounts(db, wishes, MOST_UNCOUNTED));
  return { items: recipeKpis(counts), complete: counts.every((one) => one.complete) };
}

async function ordersIn({ folder, config, shifts, now }: Asked) {
  const tags = orderTagsOf(config);
  if (Object.keys(tags).length === 0)
    throw new LinesideError('USAGE', { why: 'no station has a tag that names the order of a part; name it under `containment.order`' });
  const [from, to] = [Math.min(...shifts.map((one) => one.from)), Math.min(now, Math.max(...shifts.map((one) => one.to)))];
  const { parts, complete } = await onJournal(folder, (db) => orderCounts(db, { from, to, tags }, MOST_UNCOUNTED));
  return { items: orderKpis(parts), complete };
}

function groupsText(items: readonly GroupKpi[], by: 'order' | 'recipe'): string {
  const moment = (at: number | null) => (at === null ? '' : new Date(at).toISOString().slice(0, 16));
  const rows = items.map(({ station, name, recipes, from, to, quantities, ...of }) => [
    station,
    name,
    ...(by === 'order' ? [recipes.join(', '), moment(from), moment(to)] : []),
    ...[quantities.produced, quantities.good, quantities.scrap, quantities.rework].map(String),
    String(Object.values(quantities.unknown).reduce((sum, parts) => sum + parts, 0)),
    percent(of.quality_ratio),
    percent(of.first_pass_yield),
    ...(by === 'order' ? [of.throughput_rate === null ? '–' : of.throughput_rate.toFixed(1)] : []),
  ]);
  const about = by === 'order' ? ['recipe', 'first part', 'last part'] : [];
  const header = [
    'station',
    by,
    ...about,
    'produced',
    'good',
    'scrap',
    'rework',
    'unknown',
    'quality',
    'first pass',
    ...(by === 'order' ? ['1/h'] : []),
  ];
  return table(header, rows, new Set(header.flatMap((_, n) => (n >= 2 + about.length ? [n] : []))));
}

async function kpisIn(
  folder: string,
  { stations }: Config,
  calendar: Calendar,
  shifts: readonly Shift[],
  now: number,
): Promise<readonly ShiftKpi[]> {
  const wishes = shifts.map((shift) => countsWish(calendar, shift, now));
  const counts = await onJournal(folder, (db) => shiftCounts(db, wishes, MOST_UNCOUNTED));
  const facts = Object.entries(stations).map(([name, { machine }]) => factsOf(name, machine));
  return shifts.flatMap((shift, i) => {
    const [wish, count] = [wishes[i], counts[i]];
    return wish && count ? shiftKpis(shift, wish, count, facts) : [];
  });
}

function textOf(figures: readonly ShiftKpi[]): string {
  const header = [
    'shift',
    'station',
    'produced',
    'good',
    'scrap',
    'rework',
    'unknown',
    'quality',
    'first pass',
    '1/h',
    'availability',
    'effect.',
    'OEE',
    '',
  ];
  const rows = figures.map((one) => {
    const { produced, good, scrap, rework, unknown } = one.quantities;
    return [
      `${one.shift.id}${one.over ? '' : ' (runs)'}`,
      one.station,
      ...[produced, good, scrap, rework, unknown.review + unknown.failed + unknown.missed + unknown.unrecorded].map(String),
      ...[one.quality_ratio, one.first_pass_yield].map(percent),
      one.throughput_rate === null ? '–' : one.throughput_rate.toFixed(1),
      ...[one.availability, one.effectiveness, one.oee].map(percent),
      one.doubts.map((doubt) => DOUBTS[doubt]).join('; '),
    ];
  });
  return table(header, rows, new Set([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
}

const DOUBTS: Readonly<Record<ShiftKpi['doubts'][number], string>> = {
  agent_off: 'the agent was not there all the time',
  machine_unknown: 'the state of the machine was not always known',
  parts_unknown: 'of some parts nobody knows whether they are good',
  parts_without_id: 'parts without an id are in no first pass yield',
  not_counted: 'some records are not counted yet',
};

const percent = ({ value }: Ratio): string => (value === null ? '–' : `${(value * 100).toFixed(1)} %`);
