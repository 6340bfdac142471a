/**
 * Is a milling tool worn? The label is one a run: 18 samples, however many rows. So few that a good figure may be luck, which is what
 * this set is for: an evaluation has to say so by itself.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import { balancedAccuracy, mean } from '../metrics.ts';
import { defineProtocol, type RecordingInput } from '../protocol.ts';
import { type Row, readTable } from '../table.ts';

const CONDITIONS = ['unworn', 'worn'] as const;
type Condition = (typeof CONDITIONS)[number];
interface Evidence {
  readonly truth: Condition;
  readonly guess: Condition;
}

const PROCESS = 'Machining_Process';
const CONDITION = 'tool_condition';
/** Steps of the process in which the tool cuts begin so. */
const CUTTING = 'Layer';

export const cncMill = defineProtocol({
  name: 'cnc-mill',
  summary: 'Worn or unworn tool, one verdict for each of 18 milling runs, held against shuffled labels.',
  set: 'cnc-mill',
  input: 'recording',
  forms: { balanced_accuracy: { better: 'higher', unit: 'share' } },
  baselineName: 'always worn',
  exchangeable: true,
  async samples(folder) {
    const files = await readdir(folder).catch((thrown: unknown) => {
      throw new LinesideError('DATA_INVALID', { file: folder, why: messageOf(thrown) });
    });
    const runs = files.filter((name) => /^experiment_\d+\.csv$/.test(name)).sort();
    return Promise.all(runs.map((name) => readRun(folder, name)));
  },
  // A run is called worn by the mean of what was said of its rows.
  weigh: (truth: Condition, rows, { threshold }): Evidence => ({
    truth,
    guess: mean(rows.map(({ score }) => score)) >= threshold ? 'worn' : 'unworn',
  }),
  figures: (evidence) => ({
    balanced_accuracy: balancedAccuracy(
      evidence.map(({ truth }) => truth),
      evidence.map(({ guess }) => guess),
    ),
  }),
  baseline: () => [core('worn')],
  outside: { labels: CONDITIONS, truth: conditionOf, answer: (label) => [core(conditionOf(label))] },
});

const core = (label: Condition): Core => ({ label, score: label === 'worn' ? 1 : 0 });

function conditionOf(text: string): Condition {
  const found = CONDITIONS.find((one) => one === text);
  if (found) return found;
  throw new LinesideError('USAGE', { why: `a tool is worn or unworn, not ${text}` });
}

/** What comes before the first cut is the machine's normal part. */
async function readRun(folder: string, name: string) {
  const file = join(folder, name);
  const rows = await readTable(file, [PROCESS, CONDITION]);
  const [first] = rows;
  if (!first) throw new LinesideError('DATA_INVALID', { file, why: 'it has no row' });
  const channels = Object.keys(first).filter((column) => column !== '' && column !== PROCESS && column !== CONDITION);
  const input: RecordingInput = { channels, values: valuesOf(rows, channels, file), normal: beforeCutting(rows) };
  const id = name.replace(/\.csv$/, '');
  return { id, group: id, truth: conditionOf(first[CONDITION] ?? ''), input };
}

function valuesOf(rows: readonly Row[], channels: readonly string[], file: string): Float32Array<ArrayBuffer> {
  const values = Float32Array.from(rows.flatMap((row) => channels.map((channel) => Number(row[channel]))));
  if (values.every(Number.isFinite)) return values;
  throw new LinesideError('DATA_INVALID', { file, why: 'a value is no number' });
}

function beforeCutting(rows: readonly Row[]): number {
  const first = rows.findIndex((row) => row[PROCESS]?.startsWith(CUTTING));
  return first < 0 ? rows.length : first;
}
