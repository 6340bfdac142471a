/** Recordings of tags as people have them, or nearly: what `teach machine` reads of them, and learns. */
import { Matrix } from 'ml-matrix';
import { readRecording } from '../../agent/teaching/machine/recording.ts';
import { scoresOf } from '../../agent/teaching/machine/rule.ts';
import { learnMachine } from '../../agent/teaching/machine/teach.ts';
import type { Door } from './door.ts';
import { below, mutated, nudged, oddNumber, pick, type Random } from './mutate.ts';

export const recordings: Door = {
  name: 'recordings',
  summary: 'A CSV file of tags as `teach machine` reads it, and what is learned of it: every score of its rows is a number.',
  inputs: { full: 6_000, quick: 60 },
  meets: [/^taken$/, /^DATA_INVALID$/],
  async open() {
    return {
      async try(random) {
        const whole = Buffer.from(table(random));
        const file = random() < 0.5 ? whole : (random() < 0.5 ? mutated : nudged)(random, whole);
        const recording = readRecording(file.toString('utf8'), 'fuzz.csv');
        const { rule, rows } = learnMachine([recording]);
        const scores = scoresOf(rule, Matrix.rowVector(rows[0]?.getRow(0) ?? []));
        if (!scores.every(Number.isFinite)) throw new RangeError('a score is no number');
        return 'taken';
      },
    };
  },
};

/** Some tags that live, stand still, wander, repeat each other, or are missing now and then; in one country's way of writing. */
function table(random: Random): string {
  const separator = pick(random, [',', ';', '\t']);
  const kinds = Array.from({ length: 1 + below(random, 5) }, () =>
    pick(random, ['noise', 'noise', 'still', 'walk', 'copy', 'holes', 'huge', 'odd']),
  );
  const walks = kinds.map(() => 0);
  const lines = Array.from({ length: 125 + below(random, 40) }, () => {
    const shared = random();
    return kinds.map((kind, i) => cell(kind, i, { random, walks, shared })).join(separator);
  });
  return [kinds.map((kind, i) => `${kind}_${i}`).join(separator), ...lines].join(pick(random, ['\n', '\r\n']));
}

function cell(kind: string, i: number, { random, walks, shared }: { random: Random; walks: number[]; shared: number }): string {
  walks[i] = (walks[i] ?? 0) + random() - 0.5;
  if (kind === 'still') return '7';
  if (kind === 'walk') return String(walks[i]);
  if (kind === 'copy') return String(shared);
  if (kind === 'holes') return random() < 0.1 ? '' : String(random());
  if (kind === 'huge') return String(random() * 1e38);
  return String(kind === 'odd' && random() < 0.05 ? oddNumber(random) : random());
}
