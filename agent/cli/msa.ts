/** `lineside msa`: is the gauge fit for what it judges? Studies over a CSV file. */
import { type Agreement, agreement, BOUNDS, type Judgement } from '../decisions/gauge/agreement.ts';
import { type Repeatability, repeatability } from '../decisions/gauge/repeatability.ts';
import { type TypeOne, typeOne } from '../decisions/gauge/type-one.ts';
import type { Share } from '../decisions/statistics.ts';
import { numbersOf, wordsOf } from '../desk/studies/columns.ts';
import { LinesideError } from '../errors.ts';
import { tableOf } from '../runtime/recordings.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';

interface Told {
  readonly json?: boolean;
}

interface TypeOneOptions extends Told {
  readonly of: string;
  readonly reference: number;
  readonly tolerance: number;
  readonly percent: number;
  readonly spread: number;
  readonly least: number;
}

export async function studyTypeOne(file: string, { of, reference, tolerance, json, ...rules }: TypeOneOptions): Promise<ExitCode> {
  const values = numbersOf(await tableOf(file), of, file);
  const found = typeOne(values, reference, tolerance, rules);
  if (json) outJson(found);
  else out(typeOneText(found, rules));
  return EXIT.ok;
}

function typeOneText(of: TypeOne, { least }: Pick<TypeOneOptions, 'least'>): string {
  const rows = [
    ['Cg', of.cg.toFixed(2), `at least ${least}`],
    ['Cgk', of.cgk.toFixed(2), `at least ${least}`],
    ['bias', exact(of.bias), of.biased ? `more than luck (t ${of.t.toFixed(2)}, p ${of.p.toPrecision(2)})` : 'no more than luck'],
    ['standard deviation', exact(of.deviation), `of ${of.n} measurements`],
  ];
  return [grade(of.capable ? 'good' : 'unfit', 'The gauge'), table(['', 'value', ''], rows, new Set([1]))].join('\n\n');
}

interface RepeatabilityOptions extends Told {
  readonly of: string;
  readonly part: string;
  readonly appraiser: string;
  readonly tolerance?: number;
}

export async function studyRepeatability(file: string, { of, part, appraiser, tolerance, json }: RepeatabilityOptions): Promise<ExitCode> {
  const from = await tableOf(file);
  const [values, parts, appraisers] = [numbersOf(from, of, file), wordsOf(from, part, file), wordsOf(from, appraiser, file)];
  const found = repeatability(
    values.map((value, row) => ({ value, part: parts[row] ?? '', appraiser: appraisers[row] ?? '' })),
    tolerance,
  );
  if (json) outJson(found);
  else out(repeatabilityText(found));
  return EXIT.ok;
}

function repeatabilityText(of: Repeatability): string {
  const { percent, table: sources } = of;
  const shares = [
    ['gauge, R&R', percent.gauge],
    ['  repeatability', percent.repeatability],
    ['  reproducibility', percent.reproducibility],
    ['part to part', percent.part],
  ] as const;
  const analysis = Object.entries(sources).map(([name, { sumOfSquares, freedom, f, p }]) => [
    name,
    exact(sumOfSquares),
    `${freedom}`,
    f === null ? '' : f.toFixed(2),
    p === null ? '' : p.toFixed(4),
  ]);
  return [
    grade(of.judged, `The gauge, ${of.parts} parts by ${of.appraisers} appraisers, ${of.trials} times each,`),
    table(
      ['', '% of all spread'],
      shares.map(([name, share]) => [name, share.toFixed(1)]),
      new Set([1]),
    ),
    `It tells ${of.categories} kinds of parts apart; five are wanted.${of.ofTolerance === null ? '' : ` It takes ${of.ofTolerance.toFixed(1)} % of the tolerance.`}`,
    table(['source', 'sum of squares', 'df', 'F', 'p'], analysis, new Set([1, 2, 3, 4])),
    of.pooled
      ? 'Appraisers differ alike for all parts: their interaction counts as noise of the gauge.'
      : 'Appraisers differ more for some parts than for others.',
  ].join('\n\n');
}

interface AgreementOptions extends Told {
  readonly part: string;
  readonly appraiser: string;
  readonly said: string;
  readonly truth: string;
}

export async function studyAgreement(file: string, options: AgreementOptions): Promise<ExitCode> {
  const from = await tableOf(file);
  const parts = wordsOf(from, options.part, file);
  const appraisers = wordsOf(from, options.appraiser, file);
  const said = wordsOf(from, options.said, file);
  const truth = truthsIn(parts, wordsOf(from, options.truth, file), options.truth, file);
  const judged = parts.map((part, row): Judgement => {
    const word = said[row] ?? '';
    const is = NONE.test(word) ? 'none' : judgementIn(word, { row, column: options.said, file });
    return { part, appraiser: appraisers[row] ?? '', said: is };
  });
  const found = { ...agreement(judged, truth), abstained: judged.filter((one) => one.said === 'none').length };
  if (options.json) outJson(found);
  else out(agreementText(found));
  return EXIT.ok;
}

const GOOD = /^(good|ok|io|i\.o\.|pass|1|true|gut)$/i;
const BAD = /^(bad|nok|nio|n\.i\.o\.|fail|0|false|schlecht)$/i;
/** What the agent or somebody abstains from. */
const NONE = /^(review|unsure|abstain|unsicher)$/i;

interface Where {
  readonly row: number;
  readonly column: string;
  readonly file: string;
}

function judgementIn(word: string, { row, column, file }: Where): 'good' | 'bad' {
  if (GOOD.test(word)) return 'good';
  if (BAD.test(word)) return 'bad';
  throw new LinesideError('DATA_INVALID', {
    file,
    why: `row ${row + 1} below the header says ${word.slice(0, 40)} in ${column}; it is good or bad (ok and nok, pass and fail, 1 and 0 are taken too)`,
  });
}

export function truthsIn(
  parts: readonly string[],
  words: readonly string[],
  column: string,
  file: string,
): ReadonlyMap<string, 'good' | 'bad'> {
  const truth = new Map<string, 'good' | 'bad'>();
  for (const [row, part] of parts.entries()) {
    const one = judgementIn(words[row] ?? '', { row, column, file });
    if ((truth.get(part) ?? one) !== one)
      throw new LinesideError('DATA_INVALID', { file, why: `part ${part} is both good and bad in ${column}` });
    truth.set(part, one);
  }
  return truth;
}

function agreementText(of: Agreement & { readonly abstained: number }): string {
  const rows = of.appraisers.map((one) => [
    one.appraiser,
    share(one.effectiveness),
    share(one.misses),
    share(one.falseAlarms),
    share(one.repeats),
    one.kappa === null ? '' : one.kappa.toFixed(2),
    one.judged ?? 'cannot be said',
  ]);
  const percent = (bounds: readonly [number, number]) => bounds.map((bound) => Math.round(100 * bound)).join('/');
  return [
    `${of.parts} parts, ${of.good} good and ${of.bad} bad; in brackets what luck leaves open, 95 %`,
    ...(of.abstained > 0
      ? [
          `${of.abstained} judgements are neither good nor bad: their parts count as not right and not repeated, and nothing of them is missed or a false alarm.`,
        ]
      : []),
    ...(of.appraisers.some(({ judged }) => judged === null)
      ? ['To be judged it takes ten parts or more, good ones and bad ones, and a word on some of each.']
      : []),
    table(['appraiser', 'effectiveness', 'misses', 'false alarms', 'says the same', 'kappa', 'judged'], rows, new Set([1, 2, 3, 4, 5])),
    `Bounds of AIAG, good/conditional: effectiveness ${percent(BOUNDS.effectiveness)} %, misses ${percent(BOUNDS.misses)} %, false alarms ${percent(BOUNDS.falseAlarms)} %.`,
    ...of.pairs.map(
      ({ between: [one, other], kappa }) => `${one} and ${other}: kappa ${kappa === null ? 'cannot be said' : kappa.toFixed(2)}`,
    ),
    ...(of.together === null ? [] : [`All trials together: Fleiss' kappa ${of.together.toFixed(2)}`]),
  ].join('\n');
}

const share = ({ share: of, low, high, of: all }: Share): string =>
  all === 0 ? '' : `${(100 * of).toFixed(1)} % (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;

const exact = (value: number): string => `${Number(value.toPrecision(6))}`;

function grade(judged: 'good' | 'conditional' | 'unfit', what: string): string {
  const paint = painter(process.stdout.isTTY);
  if (judged === 'good') return paint('green', `${what} is fit for it.`);
  return judged === 'conditional'
    ? paint('yellow', `${what} may do where little hangs on it.`)
    : paint('red', `${what} is not fit for it.`);
}
