/** Defects as boxes. */
import type { Static } from 'typebox';
import type { Box, Region } from '../../contracts/index.ts';
import { failed } from '../faults.ts';
import type { Core, DecodeContext, Output } from './kind.ts';
import { clamp, classes, defineKind, need } from './kind.ts';

const options = {
  type: 'object',
  properties: {
    iou: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Of two boxes of one label that overlap more than this, the better stays.',
    },
    min_score: { type: 'number', minimum: 0, maximum: 1, default: 0.25, description: 'Boxes below are dropped.' },
    max: { type: 'integer', minimum: 1, maximum: 1000, default: 100, description: 'Boxes kept, at most.' },
  },
  required: ['iou', 'min_score', 'max'],
  additionalProperties: false,
} as const;
type Options = Static<typeof options>;

/** Corners in 0..1 of the input. */
interface Candidate {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly score: number;
  readonly label: string;
}

/** What suppression looks at, at most: it is quadratic, and a network that shouts everywhere must not stall the line. */
const CANDIDATES = 2000;

export const detect = defineKind({
  name: 'detect',
  summary: 'Boxes with labels; the score is that of the surest faulty box.',
  input: 'image',
  options,
  needsGood: () => false,
  outputs: () => ['boxes', 'scores'],
  decode(outputs, options, context) {
    const found = candidates(need(outputs, 'boxes', context), need(outputs, 'scores', context), options.min_score, context);
    const kept = suppress(found, options);
    const worst = kept.find((box) => box.label !== context.good);
    const boxes = kept.map((box): Box => ({ label: box.label, score: box.score, region: onFrame(box, context.region) }));
    const core = { label: worst?.label ?? context.good, score: worst?.score ?? 0, boxes };
    // What the picture as a whole shows is another question than where its surest box is: the network may answer both.
    return outputs['probabilities'] ? { ...core, ...picture(outputs['probabilities'], context) } : core;
  },
});

/** Class of the whole picture, where the network says it: its label stands for the finding's own. */
function picture(output: Output, context: DecodeContext): Pick<Core, 'label' | 'probabilities'> {
  const { label, probabilities } = classes(output, { ...context, good: context.good ?? context.labels[0] ?? null });
  return { label, probabilities };
}

/** The best label of every box that reaches `least`, best first. */
function candidates(boxes: Output, scores: Output, least: number, context: DecodeContext): Candidate[] {
  const { labels } = context;
  const count = boxes.data.length / 4;
  if (scores.data.length !== count * labels.length) {
    throw failed(context.model, `${scores.data.length} scores for ${count} boxes and ${labels.length} labels`);
  }
  const found: Candidate[] = [];
  for (let i = 0; i < count; i++) {
    const row = scores.data.subarray(i * labels.length, (i + 1) * labels.length);
    const best = row.reduce((top, value, k) => (value > (row[top] ?? 0) ? k : top), 0);
    const score = clamp(row[best] ?? 0);
    if (score >= least) found.push(candidate(boxes.data.subarray(i * 4, i * 4 + 4), score, labels[best] ?? ''));
  }
  return found.sort((a, b) => b.score - a.score).slice(0, CANDIDATES);
}

function candidate([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: Float32Array, score: number, label: string): Candidate {
  return { x1: clamp(x1), y1: clamp(y1), x2: clamp(x2), y2: clamp(y2), score, label };
}

/** Non-maximum suppression among boxes of one label; `found` is best first, and so is what stays. */
function suppress(found: readonly Candidate[], { iou, max }: Options): Candidate[] {
  const kept: Candidate[] = [];
  for (const box of found) {
    if (kept.length === max) break;
    if (!kept.some((better) => better.label === box.label && overlap(better, box) > iou)) kept.push(box);
  }
  return kept;
}

const area = (box: Candidate): number => Math.max(0, box.x2 - box.x1) * Math.max(0, box.y2 - box.y1);

/** Intersection over union, 0..1. */
function overlap(a: Candidate, b: Candidate): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (area(a) + area(b) - width * height);
}

/** Corners of the input -> whole pixels of the frame. */
function onFrame(box: Candidate, region: Region | null): Region {
  const [x, y, width, height] = region ?? [0, 0, 1, 1];
  const left = Math.round(x + box.x1 * width);
  const top = Math.round(y + box.y1 * height);
  return [left, top, Math.round(x + box.x2 * width) - left, Math.round(y + box.y2 * height) - top];
}
