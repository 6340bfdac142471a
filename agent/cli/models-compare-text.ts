/** How a comparison reads in a terminal. */
import type { FigureDifference, Rightness } from '../desk/comparison/agreement.ts';
import type { Comparison, Difference } from '../desk/comparison/compare.ts';
import type { Said } from '../desk/comparison/said.ts';
import { type Colour, painter, table } from './print.ts';

export function comparisonText(comparison: Comparison): string {
  const { on, a, b, remarks } = comparison;
  const paint = painter(process.stdout.isTTY);
  const of = on.judged === on.samples ? `${on.samples} samples` : `${on.judged} rows of ${on.samples} recordings`;
  const title = [
    `A ${paint('bold', `${a.package}@${a.variant}`)} ${a.version}`,
    `B ${paint('bold', `${b.package}@${b.variant}`)} ${b.version}`,
    `on ${on.name}: ${of} in ${on.groups} groups`,
  ].join('\n');
  return [
    title,
    agreementText(comparison),
    verdictsText(comparison),
    ...truthText(comparison),
    ...remarks.map((r) => paint('yellow', r)),
  ].join('\n\n');
}

function agreementText({ on, agreement: { verdict, says, kappa }, scores }: Comparison): string {
  const share = ({ same, share: part, low, high }: typeof verdict) => [
    `${same} of ${on.judged}`,
    percent(part),
    `${percent(low)} to ${percent(high)}`,
  ];
  const rows = [
    ['same verdict', ...share(verdict)],
    ['same class or text', ...share(says)],
    ['beyond chance (kappa)', number(kappa), '', ''],
    ['score B - A, mean', number(scores.mean), '', ''],
    ['score, half differ by less than', number(scores.p50), '', ''],
    ['score, 95 % differ by less than', number(scores.p95), '', ''],
    ['score, most', number(scores.max), '', ''],
  ];
  return table(['agreement', 'value', 'share', '95 %'], rows, new Set([1, 2, 3]));
}

function verdictsText({ agreement: { verdicts, changes } }: Comparison): string {
  const names = ['ok', 'review', 'nok'] as const;
  const rows = names.map((a) => [`A ${a}`, ...names.map((b) => `${verdicts[a][b]}`)]);
  const crossed = table(['verdicts', ...names.map((name) => `B ${name}`)], rows, new Set([1, 2, 3]));
  if (changes.length === 0) return crossed;
  const most = changes.slice(0, CHANGES).map(({ a, b, count }) => [a, b, `${count}`]);
  return `${crossed}\n\n${table(
    ['A says', 'B says', 'times'],
    most.map(([a = '', b = '', n = '']) => [short(a), short(b), n]),
    new Set([2]),
  )}`;
}
const CHANGES = 10;
const short = (words: string): string => (words.length > 56 ? `${words.slice(0, 55)}…` : words);

function truthText({ truth }: Comparison): readonly string[] {
  if (!truth) return [];
  const figures = Object.entries(truth.figures).map(([name, figure]) => figureRow(name, figure));
  return [
    ...(truth.right ? [rightText(truth.right, truth.known)] : []),
    ...(figures.length > 0 ? [table(['figure', 'A', 'B', 'B - A', '95 %'], figures, new Set([1, 2, 3, 4]))] : []),
  ];
}

function rightText({ means, both, onlyA, onlyB, neither, difference, low, high, p }: Rightness, known: number): string {
  const rows = [
    ['both', `${both}`],
    ['only A', `${onlyA}`],
    ['only B', `${onlyB}`],
    ['neither', `${neither}`],
    ['B - A, share', `${number(difference)} (${number(low)} to ${number(high)})`],
    ['McNemar p', number(p)],
  ];
  return `right: ${means}, of ${known}\n${table(['right', 'samples'], rows, new Set([1]))}`;
}

const figureRow = (name: string, { a, b, difference, low, high }: FigureDifference): string[] => [
  name,
  number(a),
  number(b),
  number(difference),
  `${number(low)} to ${number(high)}`,
];

const VERDICT: Readonly<Record<Said['verdict'], Colour>> = { ok: 'green', review: 'yellow', nok: 'red' };

export function differencesText(shown: readonly Difference[]): readonly string[] {
  if (shown.length === 0) return [];
  const paint = painter(process.stdout.isTTY);
  const words = ({ verdict, says, score }: Said) => [paint(VERDICT[verdict], verdict), score.toFixed(3), short(says)];
  const rows = shown.map(({ sample, row, a, b }, i) => [
    `${i + 1}`,
    row === null ? sample.id : `${sample.id} row ${row + 1}`,
    truthOf(sample.truth),
    ...words(a),
    ...words(b),
  ]);
  return [table(['most different', 'sample', 'truth', 'A', 'score', 'A says', 'B', 'score', 'B says'], rows, new Set([4, 7]))];
}

const truthOf = (truth: unknown): string => (typeof truth === 'string' ? truth : '');
const percent = (share: number): string => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '-');
const number = (value: number): string => (Number.isFinite(value) ? String(Math.round(value * 1e4) / 1e4) : '-');
