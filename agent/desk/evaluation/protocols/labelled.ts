/** Anybody's own pictures: a folder with a subfolder for each label, or a CSV file with the columns `file`, `label` and, if wanted, `group`. */
import { basename, dirname, join, resolve, sep } from 'node:path';
import { LinesideError } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import { picturesIn } from '../../pictures-in.ts';
import { accuracy, auroc, macroF1 } from '../metrics.ts';
import { defineProtocol, type Facts, type PictureInput, plainLabel, type Sample } from '../protocol.ts';
import { readTable } from '../table.ts';

interface Evidence {
  readonly truth: string;
  readonly faulty: boolean;
  readonly score: number;
  readonly called: boolean;
  /** null where the package does not know the label that is true. */
  readonly guess: string | null;
}
type Labelled = Sample<'picture', string>;

/** What people call a good part who do not know how the package calls it. */
const GOOD = ['good', 'ok'];
const isFine = (truth: string, good: string | null): boolean => [...GOOD, plainLabel(good ?? '')].includes(truth);

export const labelled = defineProtocol({
  name: 'labelled',
  summary: 'Labelled pictures: faulty or not by score and by the package’s threshold, and by label where the package knows them all.',
  set: '',
  input: 'picture',
  forms: {
    auroc: { better: 'higher', unit: 'share' },
    accuracy: { better: 'higher', unit: 'share' },
    macro_f1: { better: 'higher', unit: 'share' },
    missed: { better: 'lower', unit: 'count' },
    false_alarms: { better: 'lower', unit: 'count' },
  },
  baselineName: 'always good',
  exchangeable: true,
  samples: (path) => (path.endsWith('.csv') ? listed(path) : sorted(path)),
  weigh(truth: string, { label, score }: Core, { labels, good, threshold }: Facts): Evidence {
    const fine = isFine(truth, good);
    const name = fine ? plainLabel(good ?? '') : truth;
    const known = labels.map(plainLabel).includes(name);
    return { truth: name, faulty: !fine, score, called: score >= threshold, guess: known ? plainLabel(label ?? '') : null };
  },
  figures(evidence) {
    const truths = evidence.map(({ truth }) => truth);
    const guesses = evidence.map(({ guess }) => guess);
    const named = !guesses.includes(null);
    return {
      auroc: auroc(
        evidence.map(({ faulty }) => faulty),
        evidence.map(({ score }) => score),
      ),
      accuracy: named ? accuracy(truths, guesses) : Number.NaN,
      macro_f1: named ? macroF1(truths, guesses) : Number.NaN,
      missed: evidence.filter(({ faulty, called }) => faulty && !called).length,
      false_alarms: evidence.filter(({ faulty, called }) => !faulty && called).length,
    };
  },
  right: {
    means: 'called faulty exactly when it is',
    of: (truth, { score }, { good, threshold }) => score >= threshold !== isFine(truth, good),
  },
  baseline: (_, { good }) => ({ label: good, score: 0 }),
});

async function listed(file: string): Promise<readonly Labelled[]> {
  const rows = await readTable(file, ['file', 'label']);
  return rows.map(({ file: name = '', label = '', group = name }) => sample(resolve(dirname(file), name), label, group));
}

async function sorted(folder: string): Promise<readonly Labelled[]> {
  // Masks of bad pictures lie there, as `export labels` writes them.
  const files = (await picturesIn(folder)).filter((file) => !file.startsWith(join(resolve(folder), 'boxes', sep)));
  const loose = files.find((file) => dirname(file) === resolve(folder));
  if (loose) throw new LinesideError('DATA_INVALID', { file: loose, why: 'pictures must lie in a folder named by their label' });
  return files.map((file) => sample(file, basename(dirname(file)), file));
}

const sample = (file: string, label: string, group: string): Labelled => ({
  id: file,
  group,
  truth: plainLabel(label),
  input: { file } satisfies PictureInput,
});
