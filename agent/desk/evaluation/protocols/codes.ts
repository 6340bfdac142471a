/**
 * Codes on parts: are all characters of a strip right. Rendered strips that come with the package, on sheets of equal strips one below
 * the other; codes.csv says what stands on them. Fonts were never trained on, so that intervals draw them whole. Strips whose `format` is
 * known are read once more by it, as a station that has one reads them.
 */
import { join } from 'node:path';
import { LinesideError } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import { defineProtocol } from '../protocol.ts';
import { type Row, readTable } from '../table.ts';

/** Pixels of a strip on a sheet. */
const [WIDTH, HEIGHT] = [256, 32];
const STYLES = ['printed', 'laser', 'dot_matrix', 'hard'] as const;
/** The figure of those that are read by their format. */
const byFormat = <Style extends string>(style: Style) => `${style}_format` as const;

interface Truth {
  readonly style: string;
  readonly code: string;
}
interface Evidence {
  readonly style: string;
  readonly exact: boolean;
}

const share = { better: 'higher', unit: 'share' } as const;

export const codes = defineProtocol({
  name: 'codes',
  summary:
    'Rendered lot codes in fonts and dot designs never trained on: share of strips that are read without any fault, by way of marking, and of all three where light and lens are bad; *_format of those whose format is known and told.',
  set: null,
  input: 'picture',
  forms: Object.fromEntries([...STYLES, ...STYLES.map(byFormat)].map((figure) => [figure, share])),
  baselineName: 'the code that comes most often',
  exchangeable: true,
  async samples(folder) {
    const rows = await readTable(join(folder, 'codes.csv'), ['file', 'row', 'style', 'code', 'font']);
    const all = rows.map((row) => sampleOf(folder, row));
    return [...all, ...all.flatMap((sample, i) => formatted(sample, rows[i]?.['format'] ?? ''))];
  },
  weigh: ({ style, code }: Truth, answer): Evidence => ({ style, exact: textOf(answer) === code }),
  right: { means: 'read without any fault', of: ({ code }, answer) => textOf(answer) === code },
  figures(evidence) {
    const of = (style: string) => evidence.filter((each) => each.style === style);
    const exact = (all: readonly Evidence[]) => (all.length === 0 ? Number.NaN : all.filter((each) => each.exact).length / all.length);
    return Object.fromEntries([...STYLES, ...STYLES.map(byFormat)].map((style) => [style, exact(of(style))]));
  },
  baseline(_, __, all) {
    const counts = new Map<string, number>();
    for (const { truth } of all) counts.set(truth.code, (counts.get(truth.code) ?? 0) + 1);
    const [commonest = ''] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0] as const);
    return { label: commonest, score: 0, reading: { text: commonest, confidence: 1, characters: [] } };
  },
});

type Strip = ReturnType<typeof sampleOf>;

/** The same strip, read by its format. */
function formatted(sample: Strip, format: string) {
  if (format === '') return [];
  const truth = { ...sample.truth, style: byFormat(sample.truth.style) };
  return [{ ...sample, id: `${sample.id}:format`, truth, input: { ...sample.input, format } }];
}

/** Without a label, `text` only tells what stands there that is nothing of the format. */
const textOf = ({ reading, label }: Core): string | null => (label === null ? null : (reading?.text ?? label));

function sampleOf(folder: string, { file = '', row = '', style = '', code = '', font = '' }: Row) {
  const place = Number(row);
  if (!Number.isInteger(place) || place < 0 || !(STYLES as readonly string[]).includes(style)) {
    throw new LinesideError('DATA_INVALID', { file: join(folder, 'codes.csv'), why: `row ${row} of ${file}, style ${style}` });
  }
  return {
    id: `${file}:${row}`,
    group: `${style}/${font}`,
    truth: { style, code },
    input: { file: join(folder, file), region: [0, place * HEIGHT, WIDTH, HEIGHT] as const },
  };
}
