/** `lineside language`: what people write on the shop floor, read, sorted and found again. At a desk; the agent may run. */
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { askTexts } from '../desk/language/ask.ts';
import { type HeadFigures, languageFigures, type SimilarFigures } from '../desk/language/bench.ts';
import { Cases } from '../desk/language/cases.ts';
import { knownWords } from '../desk/language/known.ts';
import { plainReading, wordsOf } from '../desk/language/reading.ts';
import { type Trained, train, writeHead } from '../desk/language/train.ts';
import { wordsOf as cellsOf } from '../desk/studies/columns.ts';
import { LinesideError } from '../errors.ts';
import { readManifest } from '../inference/manifest.ts';
import type { Share } from '../language/judge.ts';
import { recordOf } from '../language/record.ts';
import { tableOf } from '../runtime/recordings.ts';
import { checkPlace } from '../teaching/package.ts';
import { dataFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';
import { type ModelsOptions, shelfOf } from './shelf.ts';

interface Texts {
  readonly text?: string;
  readonly csv?: string;
  readonly column?: string;
}

interface TrainOptions extends ModelsOptions {
  readonly csv: string;
  readonly text?: string;
  readonly label?: string;
  readonly to: string;
  readonly sure: number;
  readonly release?: string;
  readonly force?: boolean;
}

/** The package whose tables read English shorthand, and whose network gives vectors. */
const TEXT_PACKAGE = 'maintenance-text';

export async function trainHead(options: TrainOptions): Promise<ExitCode> {
  // The line judges meanwhile: it has nine tenths of the processor where both want it.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const { folderOf } = shelfOf(options);
  const folder = folderOf(options.to);
  const force = options.force ?? false;
  await checkPlace({ folder, force });
  const from = await tableOf(options.csv);
  const [text = 'text', label = 'label'] = columnsOf(from.header, options);
  const labels = from.columns[from.header.indexOf(label)];
  if (!labels) throw new LinesideError('DATA_INVALID', { file: options.csv, why: `it has no column ${label}` });
  const trained = await train(
    { texts: cellsOf(from, text, options.csv), labels },
    { wanted: options.sure / 100, textPackage: folderOf(TEXT_PACKAGE) },
  );
  const version = options.release ?? (await nextVersion(folder));
  await writeHead(trained.lesson, { folder, version, force, now: Date.now() });
  const { lesson: _, ...told } = trained;
  if (options.json) outJson({ package: basename(folder), version, folder, ...told });
  else out(trainedText(trained, basename(folder), version));
  return EXIT.ok;
}

/** The two that there are, in their order, unless they are named. */
function columnsOf(header: readonly string[], { text, label, csv }: TrainOptions): readonly string[] {
  if (text !== undefined && label !== undefined) return [text, label];
  const rest = header.filter((name) => name !== text && name !== label);
  if (header.length !== 2)
    throw new LinesideError('USAGE', { why: `${csv} has ${header.length} columns: --text and --label say which two` });
  return [text ?? rest[0] ?? '', label ?? (text === undefined ? rest[1] : rest[0]) ?? ''];
}

async function nextVersion(folder: string): Promise<string> {
  const before = await readManifest(folder).catch(() => null);
  const [major = '0', minor = '0'] = before?.version.split('.') ?? [];
  return before ? `${major}.${Number(minor) + 1}.0` : '0.1.0';
}

function trainedText(of: Trained, name: string, version: string): string {
  const paint = painter(process.stdout.isTTY);
  const chosen = of.candidates.find((one) => one.name === of.chosen);
  const tried = of.candidates.map((one) => [
    one.name === of.chosen ? '>' : '',
    one.name,
    percent(one.held.right),
    one.held.macro_f1.toFixed(3),
    one.held.log_loss.toFixed(3),
  ]);
  return [
    `${paint('green', 'trained')} ${paint('bold', name)} ${version} on ${of.rows} texts; each figure is of texts that were held out, in brackets 95 %`,
    table(['', 'read as', 'right', 'macro F1', 'log loss'], tried, new Set([3, 4])),
    `  without learning: the most frequent kind ${percent(of.baseline.majority)}, that of the nearest text ${percent(of.baseline.nearest)}`,
    `  it abstains below ${of.certain.from.toFixed(3)}: ${chosen ? `answers ${percent(chosen.held.answered)} of all, of these right ${percent(chosen.held.right_of_answered)}` : ''}`,
    ...(of.certain.proven
      ? []
      : [paint('yellow', `  that ${100 * of.certain.wanted} % of its answers are right is not proven by so few texts`)]),
    table(
      ['kind', 'texts', 'found'],
      of.kinds.map(({ label, rows, found }) => [label, String(rows), percent(found)]),
      new Set([1]),
    ),
    ...of.left_out.map(({ label, rows }) => paint('yellow', `  left out: ${label}, ${rows} texts are too few`)),
  ].join('\n');
}

const percent = ({ share, low, high, of }: Share): string =>
  of === 0 ? 'none' : `${(100 * share).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

export async function classifyTexts(name: string, options: Texts & ModelsOptions): Promise<ExitCode> {
  const texts = await textsOf(options);
  const { manifest, said } = await askTexts(shelfOf(options).folderOf(name), texts);
  if (manifest.kind !== 'text-class')
    throw new LinesideError('USAGE', {
      why: `${name} is of kind ${manifest.kind}; \`lineside language train\` makes packages that tell kinds of texts apart`,
    });
  const answers = said.map(({ label, probabilities = {}, note }, i) => ({
    text: texts[i] ?? '',
    plain: note?.words.map(({ plain }) => plain).join(' ') ?? '',
    // Null: it abstains. none: of none of the kinds.
    label,
    certain: Math.max(...Object.values(probabilities)),
    probabilities,
  }));
  if (options.json) outJson({ package: manifest.name, version: manifest.version, answers });
  else
    out(
      table(
        ['kind', 'certain', 'text'],
        answers.map((one) => [one.label ?? '(abstains)', one.certain.toFixed(3), one.text.slice(0, 100)]),
        new Set([1]),
      ),
    );
  return EXIT.ok;
}

export async function extractRecords(options: Texts & ModelsOptions): Promise<ExitCode> {
  const texts = await textsOf(options);
  const { manifest, said } = await askTexts(shelfOf(options).folderOf(TEXT_PACKAGE), texts);
  const records = said.map(({ note, entities = [] }, i) => ({
    text: texts[i] ?? '',
    plain: note?.words.map(({ plain }) => plain).join(' ') ?? '',
    ...recordOf(entities),
  }));
  if (options.json) outJson({ package: manifest.name, version: manifest.version, records });
  else
    out(
      table(
        ['asset', 'fault', 'action', 'plain words'],
        records.map(({ assets, faults, actions, plain }) => [assets.join(', '), faults.join(', '), actions.join(', '), plain.slice(0, 80)]),
      ),
    );
  return EXIT.ok;
}

export async function similarCases(
  options: ModelsOptions & { readonly csv: string; readonly text: string; readonly column?: string; readonly count: number },
): Promise<ExitCode> {
  const from = await tableOf(options.csv);
  const column = options.column ?? from.header[0] ?? '';
  const texts = cellsOf(from, column, options.csv);
  const { reader } = await plainReading(shelfOf(options).folderOf(TEXT_PACKAGE));
  const plain = (text: string) => wordsOf(reader.read(text)).join(' ');
  const cases = new Cases(texts.map(plain));
  const found = cases.like(plain(options.text), options.count);
  cases.close();
  const rows = found.map(({ row, score }) => ({
    row: row + 1,
    score: Number(score.toFixed(3)),
    ...Object.fromEntries(from.header.map((name, i) => [name, from.columns[i]?.[row] ?? ''])),
  }));
  if (options.json) outJson({ text: options.text, plain: plain(options.text), similar: rows });
  else if (rows.length === 0) out('Nothing like it was written.');
  else
    out(
      table(
        ['row', 'score', ...from.header],
        rows.map((row) => Object.values(row).map((cell) => String(cell).slice(0, 80))),
        new Set([0, 1]),
      ),
    );
  return EXIT.ok;
}

export async function wordsKnown(options: Texts & ModelsOptions): Promise<ExitCode> {
  const found = knownWords(await textsOf(options), await plainReading(shelfOf(options).folderOf(TEXT_PACKAGE)));
  if (options.json) outJson(found);
  else
    out(
      [
        `The tables of ${TEXT_PACKAGE} know ${percent(found.known)} of ${found.known.of} words.`,
        `Most frequent of those that they do not: ${found.unknown.map(([word, times]) => `${word} ${times}`).join(', ') || 'none'}`,
      ].join('\n'),
    );
  return EXIT.ok;
}

async function textsOf({ text, csv, column }: Texts): Promise<readonly string[]> {
  if ((text === undefined) === (csv === undefined))
    throw new LinesideError('USAGE', { why: 'Say --text, or --csv with the texts in a column.' });
  if (text !== undefined) return [text];
  const from = await tableOf(csv ?? '');
  return cellsOf(from, column ?? from.header[0] ?? '', csv ?? '');
}

export async function benchLanguage(options: ModelsOptions & { readonly data?: string; readonly seed: number }): Promise<ExitCode> {
  const figures = await languageFigures(dataFolder(options), shelfOf(options).folderOf(TEXT_PACKAGE), options.seed);
  if (options.json) {
    outJson(figures);
    return EXIT.ok;
  }
  const casesIn = (prefix: string, { by }: SimilarFigures) =>
    Object.entries(by).map(([name, { precision_at_3, any_of_3 }]) => [prefix + name, precision_at_3.toFixed(3), percent(any_of_3)]);
  const head = (name: string, { test, chosen }: HeadFigures) => [
    name,
    chosen,
    percent(test.right),
    test.macro_f1.toFixed(3),
    percent(test.answered),
    percent(test.right_of_answered),
    percent(test.majority),
    percent(test.nearest),
  ];
  out(
    [
      table(
        ['texts', 'read as', 'right', 'macro F1', 'answered', 'right of these', 'most frequent', 'nearest text'],
        [
          head('failure, MaintIE', figures.failure),
          head('work, MaintIE', figures.work),
          head('failure, German', figures.german.head),
          head('the same, new phrases', figures.german.new_phrases),
        ],
        new Set([3]),
      ),
      table(
        ['similar cases', 'precision at 3', 'any of 3'],
        [...casesIn('', figures.similar), ...casesIn('typed: ', figures.similar_typed)],
        new Set([1]),
      ),
      table(
        ['people in notes', 'taken out'],
        [...Object.entries(figures.people.gone), ['words of nobody', figures.people.taken_wrongly] as const].map(([form, share]) => [
          form,
          percent(share),
        ]),
      ),
      `German shorthand: the English tables know ${percent(figures.german.words.known)} of its words.`,
    ].join('\n\n'),
  );
  return EXIT.ok;
}
