/** Steel strip: which of six defects, and where. Fold 0. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import { type Matched, match, meanAveragePrecision, type TrueBox } from '../boxes.ts';
import { accuracy } from '../metrics.ts';
import { defineProtocol, plainLabel } from '../protocol.ts';
import { readTable } from '../table.ts';

const FOLD = '0';
const IOU = 0.5;
/** The pictures were scaled up, the boxes in the XML files were not. */
const PIXELS_PER_UNIT = 416 / 200;

interface Truth {
  readonly label: string;
  /** Pixels of the picture. */
  readonly boxes: readonly TrueBox[];
}
interface Evidence {
  readonly truth: string;
  readonly guess: string | null;
  /** null: the package shows no boxes. */
  readonly matched: Matched | null;
}

export const neuDet = defineProtocol({
  name: 'neu-det',
  summary: 'Defects of hot-rolled steel: class of the strip, and boxes at an overlap of 0.5; fold 0 of folds.csv.',
  set: 'neu-det',
  input: 'picture',
  forms: { accuracy: { better: 'higher', unit: 'share' }, map50: { better: 'higher', unit: 'share' } },
  baselineName: 'always crazing, everywhere',
  // Average precision runs over all thresholds: what the package would not show counts too.
  decode: { detect: { min_score: 0.01 } },
  exchangeable: true,
  async samples(folder) {
    const rows = await readTable(join(folder, 'folds.csv'), ['file', 'annotation', 'class', 'fold']);
    const held = rows.filter((row) => row['fold'] === FOLD);
    return Promise.all(
      held.map(async ({ file = '', annotation = '', class: label = '' }) => ({
        id: file,
        group: file,
        truth: { label: plainLabel(label), boxes: await readBoxes(join(folder, annotation)) },
        input: { file: join(folder, file) },
      })),
    );
  },
  weigh(truth: Truth, answer: Core): Evidence {
    const found = answer.boxes?.map((box) => ({ ...box, label: plainLabel(box.label) }));
    return { truth: truth.label, guess: guessOf(answer), matched: found ? match(truth.boxes, found, IOU) : null };
  },
  figures(evidence) {
    const matched = evidence.flatMap((one) => one.matched ?? []);
    return {
      accuracy: accuracy(
        evidence.map(({ truth }) => truth),
        evidence.map(({ guess }) => guess),
      ),
      map50: matched.length === evidence.length ? meanAveragePrecision(matched) : Number.NaN,
    };
  },
  right: { means: 'called by the right class', of: ({ label }, answer) => guessOf(answer) === label },
  baseline: () => ({ label: 'crazing', score: 1, boxes: [{ label: 'crazing', score: 1, region: [0, 0, 416, 416] as const }] }),
});

/** A network that says a class beside its boxes means that; else the surest box has the word. */
function guessOf({ probabilities, label }: Core): string | null {
  const [surest] = Object.entries(probabilities ?? {}).sort(([, a], [, b]) => b - a);
  const guess = surest?.[0] ?? label;
  return guess === null ? null : plainLabel(guess);
}

async function readBoxes(file: string): Promise<readonly TrueBox[]> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  });
  const boxes = [...text.matchAll(/<object>([\s\S]*?)<\/object>/g)].map(([, object = '']) => boxOf(object));
  if (boxes.length === 0) throw new LinesideError('DATA_INVALID', { file, why: 'it holds no box' });
  return boxes;
}

function boxOf(object: string): TrueBox {
  const value = (tag: string) => new RegExp(`<${tag}>([^<]*)<`).exec(object)?.[1] ?? '';
  const [left = 0, top = 0, right = 0, bottom = 0] = ['xmin', 'ymin', 'xmax', 'ymax'].map((tag) => Number(value(tag)) * PIXELS_PER_UNIT);
  return { label: plainLabel(value('name')), region: [left, top, right - left, bottom - top] };
}
