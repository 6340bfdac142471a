/** One number of a part, out of what is known of it; NaN where it is not there. Pure. */
import type { Figure, Series } from '../../../config/charts.ts';
import { type Box, type ChartedPart, isBad, type Reason, type TagReading } from '../../../contracts/index.ts';

export function numberOf(series: Series, reason: string | undefined, part: ChartedPart): number {
  switch (series.kind) {
    case 'figure':
      return figureOf(series.figure, findingOf(series.model, part));
    case 'probability':
      return findingOf(series.model, part)?.probabilities?.[series.label] ?? Number.NaN;
    case 'tag':
      return readingOf(part.tags[series.tag]);
    case 'latency':
      return part.timings?.[series.stage] ?? Number.NaN;
    case 'verdict':
      return part.verdict === undefined ? Number.NaN : Number(part.verdict === series.verdict && hasReason(part.reasons, reason));
  }
}

type Finding = ChartedPart['findings'][number];

const findingOf = (model: string, { findings }: ChartedPart): Finding | undefined => findings.find((finding) => finding.model === model);

function figureOf(figure: Figure, finding: Finding | undefined): number {
  if (!finding) return Number.NaN;
  switch (figure) {
    case 'score':
      return finding.score;
    case 'boxes':
      return finding.boxes?.length ?? Number.NaN;
    case 'confidence':
      return finding.reading?.confidence ?? Number.NaN;
    case 'reading':
      return numberIn(finding.reading?.text ?? '');
    default:
      return sizeOf(figure, surest(finding.boxes));
  }
}

function surest(boxes: readonly Box[] | undefined): Box | undefined {
  let best: Box | undefined;
  for (const box of boxes ?? []) if (!best || box.score > best.score) best = box;
  return best;
}

function sizeOf(figure: 'x' | 'y' | 'width' | 'height' | 'area', box: Box | undefined): number {
  if (!box) return Number.NaN;
  const [x, y, width, height] = box.region;
  return { x: x + width / 2, y: y + height / 2, width, height, area: width * height }[figure];
}

/** As displays write them: with a comma too. */
const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.')));

function readingOf(reading: TagReading | undefined): number {
  if (!reading || isBad(reading.status)) return Number.NaN;
  const { value } = reading;
  if (typeof value === 'number') return value;
  // An Int64 beyond 2^53 comes as text.
  return typeof value === 'string' ? numberIn(value) : Number.NaN;
}

/** By its code, its words without the figures in brackets behind them, or its expression: as the list of parts finds reasons. */
function hasReason(reasons: readonly Reason[] | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return (
    reasons?.some(({ code, rule, text }) => code === wanted || rule === wanted || text === wanted || text.startsWith(`${wanted} (`)) ??
    false
  );
}
