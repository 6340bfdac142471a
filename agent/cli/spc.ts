/** `lineside spc`: a control chart over a CSV file. */
import type { Capability, Index, Judged, Tolerance } from '../decisions/spc/capability.ts';
import { CHARTS, type ChartName } from '../decisions/spc/chart-names.ts';
import { ZONE_RULES, type ZoneRule } from '../decisions/spc/zone-rules.ts';
import { type Began, type ChartStudy, type ChartWish, countsStudy, isOut, rowsStudy, valuesStudy } from '../desk/studies/chart-study.ts';
import { numbersOf, wordsOf } from '../desk/studies/columns.ts';
import { LinesideError } from '../errors.ts';
import { tableOf } from '../runtime/recordings.ts';
import type { Table } from '../teaching/machine/table.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';

interface Options {
  readonly of: readonly string[];
  readonly chart: ChartName;
  readonly subgroup?: number;
  readonly by?: string;
  readonly size?: string;
  readonly phaseOne?: number;
  readonly rules?: readonly ZoneRule[];
  readonly lower?: number;
  readonly upper?: number;
  readonly target?: number;
  readonly lambda?: number;
  readonly width?: number;
  readonly h?: number;
  readonly shift?: number;
  readonly json?: boolean;
}

export async function chartOf(file: string, options: Options): Promise<ExitCode> {
  const from = await tableOf(file);
  const study = studyOf(from, file, options);
  const leftOut = (from.columns[0]?.length ?? 0) % (options.subgroup ?? 1);
  if (options.json) outJson(asJson(study, leftOut));
  else out([...(leftOut > 0 ? [`left out: the last ${leftOut} rows, which are no whole subgroup`] : []), textOf(study)].join('\n'));
  return EXIT.ok;
}

function studyOf(of: Table, file: string, options: Options): ChartStudy {
  const { chart, rules = ['nelson_1'], phaseOne, lambda, width, h, shift, lower, upper, target } = options;
  refuseUnused(options);
  const tolerance: Tolerance | undefined = lower === undefined && upper === undefined ? undefined : { lower, upper, target };
  const wish: ChartWish = { chart, rules, phaseOne, tolerance, lambda, width, h, shift };
  const columns = options.of.map((name) => numbersOf(of, name, file));
  switch (CHARTS[chart]) {
    case 'counts':
      return countsStudy(countsIn(of, file, options), wish);
    case 'rows':
      return rowsStudy(across(columns), wish);
    default:
      return valuesStudy(subgroupsIn(of, file, columns, options), wish);
  }
}

/** Their points hang together, or are no distances from a center. */
const WITHOUT_ZONES: ReadonlySet<ChartName> = new Set<ChartName>(['ewma', 'cusum', 't2']);

/** What would be read and count for nothing. */
function refuseUnused({ of, chart, by, subgroup, rules, lower, upper }: Options): void {
  const kind = CHARTS[chart];
  const no = (why: string) => new LinesideError('USAGE', { why });
  if (kind === 'counts' && of.length > 1) throw no(`${chart} counts one column; ${of.length} are named`);
  if (kind !== 'values' && (lower !== undefined || upper !== undefined)) throw no(`capability is of measured values; ${chart} has none`);
  if ((by !== undefined || subgroup !== undefined) && (kind !== 'values' || of.length > 1))
    throw no('--by and --subgroup make subgroups of one column of values; several columns are one already');
  if (rules !== undefined && WITHOUT_ZONES.has(chart))
    throw no(`points of ${chart} have no zones that --rules could look at; its limits alone count`);
  if (lower !== undefined && upper !== undefined && lower >= upper)
    throw no(`the lower limit ${lower} is not below the upper one, ${upper}`);
}

const across = (columns: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? Number.NaN));

/** Several columns: a subgroup a row. One column: so many rows in a row, or those of one lot; a last one that is not whole is left out. */
function subgroupsIn(of: Table, file: string, columns: readonly (readonly number[])[], { by, subgroup = 1 }: Options) {
  const [values = []] = columns;
  if (columns.length > 1) return across(columns);
  if (by !== undefined) return byLot(values, wordsOf(of, by, file));
  const whole = Math.floor(values.length / subgroup);
  return Array.from({ length: whole }, (_, n) => values.slice(n * subgroup, (n + 1) * subgroup));
}

function byLot(values: readonly number[], lots: readonly string[]): readonly (readonly number[])[] {
  const found = new Map<string, number[]>();
  for (const [row, value] of values.entries()) {
    const lot = lots[row] ?? '';
    const before = found.get(lot);
    if (before) before.push(value);
    else found.set(lot, [value]);
  }
  return [...found.values()];
}

function countsIn(of: Table, file: string, { of: [name = ''], size, chart }: Options) {
  const counts = numbersOf(of, name, file);
  const fixed = Number(size);
  if (size === undefined && chart !== 'c')
    throw new LinesideError('USAGE', { why: `${chart} needs --size: how many parts each count is of, as a number or a column` });
  const sizes = size === undefined ? [] : fixed > 0 ? counts.map(() => fixed) : numbersOf(of, size, file);
  return counts.map((count, row) => ({ count, size: sizes[row] ?? 1 }));
}

const asJson = ({ phaseOne, ...study }: ChartStudy, leftOut: number) => ({ ...study, phase_one: phaseOne, left_out: leftOut });

function textOf(study: ChartStudy): string {
  const paint = painter(process.stdout.isTTY);
  const title = `${study.samples} samples, limits from the first ${study.phaseOne}; ${study.out.length === 0 ? 'none is' : `${study.out.length} are`} out of control`;
  const limits = study.panels.map(({ name, points }) => {
    const last = points.at(-1);
    return [name, ...[last?.lower, last?.center, last?.upper].map((value) => shown(value ?? Number.NaN))];
  });
  const signals = study.panels.flatMap(({ name, points }) =>
    points
      .filter(isOut)
      .map(({ sample, statistic, beyond, rules }) => [
        `${sample}`,
        name,
        shown(statistic),
        [...(beyond ? ['beyond a limit'] : []), ...rules.map((rule) => `${rule}: ${ZONE_RULES[rule]}`)].join('; '),
      ]),
  );
  return [
    paint(study.out.length === 0 ? 'green' : 'yellow', title),
    table(['panel', 'lower', 'center', 'upper'], limits, new Set([1, 2, 3])),
    ...(signals.length === 0 ? [] : [table(['sample', 'panel', 'value', 'why'], signals.slice(0, SHOWN), new Set([0, 2]))]),
    ...(signals.length > SHOWN ? [`and ${signals.length - SHOWN} more; --json has them all`] : []),
    ...(study.began === null ? [] : [beganText(study.began)]),
    ...(study.capability === null ? [] : [capabilityText(study.capability)]),
  ].join('\n\n');
}

const beganText = ({ signal, likely, from }: Began): string =>
  `The first signal of a mean that has moved is at sample ${signal}; it most likely moved at ${likely}. Look at all that came since ${from}.`;

const SHOWN = 40;
const shown = (value: number): string => (Number.isFinite(value) ? `${Number(value.toPrecision(6))}` : '');

const INDICES: readonly (readonly [keyof Capability, string])[] = [
  ['cp', 'Cp'],
  ['cpk', 'Cpk'],
  ['cpm', 'Cpm'],
  ['pp', 'Pp'],
  ['ppk', 'Ppk'],
];

function capabilityText(judged: Judged): string {
  if (judged.ok) return indexTable(judged.capability);
  const offered = judged.offered;
  return [
    `No capability: ${judged.refused} ${judged.next}`,
    ...(offered === null ? [] : [`Of the values bent by the power ${shown(offered.lambda)}:`, indexTable(offered.capability)]),
  ].join('\n');
}

const indexTable = (capability: Capability): string =>
  table(
    ['index', 'value', '95 % from', 'to'],
    INDICES.flatMap(([key, name]) => {
      const index: Index | null = capability[key];
      return index === null ? [] : [[name, index.value.toFixed(3), index.low.toFixed(3), index.high.toFixed(3)]];
    }),
    new Set([1, 2, 3]),
  );
