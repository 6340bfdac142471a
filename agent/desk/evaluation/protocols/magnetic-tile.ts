/** Ferrite tiles: is it faulty, and how. Fold 0; one tile was photographed up to six times, so tiles are drawn, not pictures. */
import { join } from 'node:path';
import { auroc, macroF1 } from '../metrics.ts';
import { defineProtocol, plainLabel } from '../protocol.ts';
import { readTable } from '../table.ts';

const GOOD = 'Free';
const CLASSES = [GOOD, 'Blowhole', 'Break', 'Crack', 'Fray', 'Uneven'];
const FOLD = '0';

interface Evidence {
  readonly truth: string;
  readonly faulty: boolean;
  readonly score: number;
  /** null where the package does not know all classes. */
  readonly guess: string | null;
}

export const magneticTile = defineProtocol({
  name: 'magnetic-tile',
  summary: 'Surface of ferrite tiles: defect or not, and which of six classes; fold 0 of folds.csv, drawn by tile.',
  set: 'magnetic-tile',
  input: 'picture',
  forms: { auroc: { better: 'higher', unit: 'share' }, macro_f1: { better: 'higher', unit: 'share' } },
  baselineName: 'always good',
  exchangeable: true,
  async samples(folder) {
    const rows = await readTable(join(folder, 'folds.csv'), ['file', 'class', 'group', 'fold']);
    return rows
      .filter((row) => row['fold'] === FOLD)
      .map(({ file = '', class: truth = '', group = '' }) => ({
        id: file,
        group,
        truth,
        input: { file: join(folder, file) },
      }));
  },
  weigh(truth: string, { label, score }, { labels, good }): Evidence {
    const nameOf = (theirs: string) => plainLabel(theirs === GOOD ? (good ?? GOOD) : theirs);
    const known = new Set(labels.map(plainLabel));
    const complete = CLASSES.every((name) => known.has(nameOf(name)));
    return { truth: nameOf(truth), faulty: truth !== GOOD, score, guess: complete && label !== null ? plainLabel(label) : null };
  },
  figures(evidence) {
    const guesses = evidence.map(({ guess }) => guess);
    return {
      auroc: auroc(
        evidence.map(({ faulty }) => faulty),
        evidence.map(({ score }) => score),
      ),
      macro_f1: guesses.includes(null)
        ? Number.NaN
        : macroF1(
            evidence.map(({ truth }) => truth),
            guesses,
          ),
    };
  },
  right: {
    means: 'called faulty exactly when it is',
    of: (truth, { score }, { threshold }) => score >= threshold === (truth !== GOOD),
  },
  baseline: (_, { good }) => ({ label: good, score: 0 }),
});
