/**
 * Codes on parts: are all characters of a strip right. Rendered strips that come with the package, on sheets of equal strips one below
 * the other; codes.csv says what stands on them. Fonts were never trained on, so that intervals draw them whole.
 */
import { join } from 'node:path';
import { LinesideError } from '../../errors.ts';
import type { Core } from '../../inference/kinds/kind.ts';
import { defineProtocol } from '../protocol.ts';
import { type Row, readTable } from '../table.ts';

/** Pixels of a strip on a sheet. */
const [WIDTH, HEIGHT] = [256, 32];
const STYLES = ['printed', 'laser', 'dot_matrix', 'hard'] as const;

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
    'Rendered lot codes in fonts and dot designs never trained on: share of strips that are read without any fault, by way of marking, and of all three where light and lens are bad.',
  set: null,
  input: 'picture',
  forms: { printed: share, laser: share, dot_matrix: share, hard: share },
  baselineName: 'the code that comes most often',
  exchangeable: true,
  async samples(folder) {
    const rows = await readTable(join(folder, 'codes.csv'), ['file', 'row', 'style', 'code', 'font']);
    return rows.map((row) => sampleOf(folder, row));
  },
  weigh: ({ style, code }: Truth, answer): Evidence => ({ style, exact: textOf(answer) === code }),
  right: { means: 'read without any fault', of: ({ code }, answer) => textOf(answer) === code },
  figures(evidence) {
    const of = (style: string) => evidence.filter((each) => each.style === style);
    const exact = (all: readonly Evidence[]) => (all.length === 0 ? Number.NaN : all.filter((each) => each.exact).length / all.length);
    return Object.fromEntries(STYLES.map((style) => [style, exact(of(style))]));
  },
  baseline(_, __, all) {
    const counts = new Map<string, number>();
    for (const { truth } of all) counts.set(truth.code, (counts.get(truth.code) ?? 0) + 1);
    const [commonest = ''] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0] as const);
    return { label: commonest, score: 0, reading: { text: commonest, confidence: 1, characters: [] } };
  },
});

const textOf = ({ reading, label }: Core): string | null => reading?.text ?? label;

function sampleOf(folder: string, { file = '', row = '', style = '', code = '', font = '' }: Row) {
  const place = Number(row);
  if (!Number.isInteger(place) || place < 0 || !(STYLES as readonly string[]).includes(style)) {
    throw new LinesideError('DATA_INVALID', { file: join(folder, 'codes.csv'), why: `row ${row} of ${file}, style ${style}` });
  }
  return {
    id: `${file}:${row}`,
    group: `${style}/${font}`,
    truth: { style, code },
    input: { file: join(folder, file), format: 'mono8' as const, region: [0, place * HEIGHT, WIDTH, HEIGHT] as const },
  };
}
