/** Both packages' scores over the rows of the recordings, or over the parts, that they see most differently. */
import type { Pair } from './agreement.ts';
import { text } from './sheet.ts';

export interface ChartTrack {
  readonly name: string;
  readonly pairs: readonly Pair[];
}

/** Pixels. */
const WIDTH = 1400;
const TRACK = 200;
const SIDE = 50;
const HEAD = 56;
const COLOURS = { a: '#0969da', b: '#bc4c00' } as const;

/** As PNG: a line each, and grey where their verdicts differ. */
export async function drawChart(tracks: readonly ChartTrack[], names: { title: string; a: string; b: string }): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const height = HEAD + tracks.length * (TRACK + 40);
  const body = tracks.map((track, i) => trackOf(track, HEAD + i * (TRACK + 40) + 20)).join('');
  const head = [
    text(12, 22, names.title, 16),
    text(12, 44, `${names.a} (blue)`, 13, COLOURS.a),
    text(WIDTH / 2, 44, `${names.b} (orange)`, 13, COLOURS.b),
  ].join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${head}${body}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

function trackOf({ name, pairs }: ChartTrack, top: number): string {
  const x = (i: number) => (SIDE + (i * (WIDTH - 2 * SIDE)) / Math.max(1, pairs.length - 1)).toFixed(1);
  const y = (score: number) => (top + TRACK * (1 - score)).toFixed(1);
  const line = (of: 'a' | 'b') => {
    const points = pairs.map((pair, i) => `${x(i)},${y(pair[of].score)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOURS[of]}" stroke-width="1.5"/>`;
  };
  const changed = pairs.flatMap(({ a, b }, i) =>
    a.verdict === b.verdict ? [] : [`<rect x="${x(i)}" y="${top}" width="1.5" height="${TRACK}" fill="#d0d7de"/>`],
  );
  const frame = `<rect x="${SIDE}" y="${top}" width="${WIDTH - 2 * SIDE}" height="${TRACK}" fill="none" stroke="#8c959f"/>`;
  return [
    text(SIDE, top - 5, name, 13),
    text(12, top + 10, '1', 12),
    text(12, top + TRACK, '0', 12),
    ...changed,
    frame,
    line('a'),
    line('b'),
  ].join('');
}
