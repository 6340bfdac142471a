/** What a gauge study says as tables, for the screen and for paper. Pure. */
import type { StudyFigures, StudyGrade, StudyReport, StudyShare } from '../contracts/index.ts';
import { BOUNDS } from '../decisions/gauge/agreement.ts';

export interface StudySection {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that are numbers. */
  readonly right: ReadonlySet<number>;
}

const GRADES: Readonly<Record<StudyGrade, string>> = {
  good: 'fit for it',
  conditional: 'may do where little hangs on it',
  unfit: 'not fit for it',
};

const utc = (at: number): string => new Date(at).toISOString();
const exact = (value: number): string => `${Number(value.toPrecision(6))}`;
const orDash = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits));
const gradeOf = (judged: StudyGrade | null): string => (judged === null ? 'no grade' : GRADES[judged]);
const share = ({ share: of, low, high, of: all }: StudyShare): string =>
  of === null || all === 0 ? '–' : `${(100 * of).toFixed(1)} % (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;

/** The grade of the agent, or why there is none. */
export function headlineOf({ figures, refused, study }: StudyReport): string {
  const name = `Study ${study.name} of station ${study.station}`;
  if (refused !== null) return `${name}: no grade, since ${refused}.`;
  return `${name}: the gauge is ${gradeOf(figures?.judged ?? null)}.`;
}

export function sectionsOf(report: StudyReport): readonly StudySection[] {
  return [aboutOf(report), ...figureSections(report.figures), ...conditionSection(report), showingSection(report)];
}

function aboutOf({ study }: StudyReport): StudySection {
  const { spec, gauge } = study;
  const rows: string[][] = [
    ['study', study.id],
    ['begun', `${utc(study.at)} by ${study.who}`],
    ['over', study.ended === null ? 'open' : `${utc(study.ended)}${study.why === '' ? '' : `, ${study.why}`}`],
    ['shown', `${study.shown} of ${study.of}`],
    ['recipe', gauge.recipe],
    ...Object.entries(gauge.packages).map(([slot, text]) => [`judges as ${slot}`, text]),
    ['config', study.configHash],
    ...(spec.of === undefined ? [] : [['measured', spec.of]]),
    ...(spec.reference === undefined ? [] : [['reference', exact(spec.reference)]]),
    ...(spec.tolerance === undefined ? [] : [['tolerance', exact(spec.tolerance)]]),
  ];
  return { title: 'Conditions', header: ['', ''], rows, right: new Set() };
}

function figureSections(figures: StudyFigures | null): readonly StudySection[] {
  if (figures === null) return [];
  if (figures.kind === 'attributes') return attributeSections(figures);
  return figures.kind === 'type_one' ? [typeOneSection(figures)] : repeatabilitySections(figures);
}

function attributeSections(of: Extract<StudyFigures, { readonly kind: 'attributes' }>): readonly StudySection[] {
  const percent = (bounds: readonly [number, number]) => bounds.map((bound) => Math.round(100 * bound)).join('/');
  const appraisers = of.appraisers.map((one) => [
    one.appraiser,
    share(one.effectiveness),
    share(one.misses),
    share(one.falseAlarms),
    share(one.repeats),
    orDash(one.kappa, 2),
    String(one.abstained),
    gradeOf(one.judged),
  ]);
  const bounds = [
    'bounds of AIAG',
    `${percent(BOUNDS.effectiveness)} %`,
    `${percent(BOUNDS.misses)} %`,
    `${percent(BOUNDS.falseAlarms)} %`,
    '',
    '',
    '',
    '',
  ];
  const main: StudySection = {
    title: `${of.parts} parts, ${of.good} good and ${of.bad} bad`,
    header: ['', 'effectiveness', 'misses', 'false alarms', 'says the same', 'kappa', 'abstained', ''],
    rows: [...appraisers, bounds],
    right: new Set([1, 2, 3, 4, 5, 6]),
  };
  const pairs = of.pairs.map(({ between: [one, other], both, kappa }) => [one, other, String(both), orDash(kappa, 2)]);
  const all = of.together === null ? [] : [['all trials together', 'Fleiss', '', of.together.toFixed(2)]];
  if (pairs.length + all.length === 0) return [main];
  return [main, { title: 'Beside each other', header: ['', '', 'both judged', 'kappa'], rows: [...pairs, ...all], right: new Set([2, 3]) }];
}

function typeOneSection(of: Extract<StudyFigures, { readonly kind: 'type_one' }>): StudySection {
  const rows = [
    ['Cg', of.cg.toFixed(2), `at least ${of.least}`],
    ['Cgk', of.cgk.toFixed(2), `at least ${of.least}`],
    ['mean', exact(of.mean), `of ${of.n} measurements`],
    ['bias', exact(of.bias), of.biased ? `more than luck (t ${of.t.toFixed(2)}, p ${of.p.toPrecision(2)})` : 'no more than luck'],
    ['standard deviation', exact(of.deviation), ''],
  ];
  return { title: 'Type 1', header: ['', 'value', ''], rows, right: new Set([1]) };
}

function repeatabilitySections(of: Extract<StudyFigures, { readonly kind: 'repeatability' }>): readonly StudySection[] {
  const { percent, ofTolerance } = of;
  const shares = [
    ['gauge, R&R', percent.gauge.toFixed(1)],
    ['repeatability', percent.repeatability.toFixed(1)],
    ['reproducibility', percent.reproducibility.toFixed(1)],
    ['part to part', percent.part.toFixed(1)],
    ...(ofTolerance === null ? [] : [['of the tolerance', ofTolerance.toFixed(1)]]),
    ['kinds of parts told apart', String(of.categories)],
  ];
  const sources = of.sources.map(({ source, sumOfSquares, freedom, f, p }) => [
    source,
    exact(sumOfSquares),
    String(freedom),
    orDash(f, 2),
    orDash(p, 4),
  ]);
  return [
    {
      title: `${of.parts} parts by ${of.appraisers} appraisers, ${of.trials} times each; 10 % good, 30 % at most, five kinds`,
      header: ['', '% of all spread'],
      rows: shares,
      right: new Set([1]),
    },
    {
      title: of.pooled
        ? 'Analysis of variance; the interaction counts as noise'
        : 'Analysis of variance; appraisers differ more for some parts',
      header: ['source', 'sum of squares', 'df', 'F', 'p'],
      rows: sources,
      right: new Set([1, 2, 3, 4]),
    },
  ];
}

const conditionSection = ({ conditions }: StudyReport): readonly StudySection[] =>
  conditions.length === 0
    ? []
    : [
        {
          title: 'Meanwhile',
          header: ['tag', 'least', 'most'],
          rows: conditions.map(({ tag, low, high }) => [tag, exact(low), exact(high)]),
          right: new Set([1, 2]),
        },
      ];

function showingSection({ showings, study: { spec } }: StudyReport): StudySection {
  const rows = showings.map(({ showing, at, part, appraiser, trial, said, value }) => [
    String(showing),
    utc(at),
    part,
    appraiser,
    String(trial),
    spec.truth?.[part] ?? '',
    said === null ? exact(value ?? Number.NaN) : said === 'none' ? 'abstained' : said,
  ]);
  return { title: 'Shown', header: ['', 'utc', 'part', 'appraiser', 'trial', 'truth', 'said'], rows, right: new Set([0, 4]) };
}
