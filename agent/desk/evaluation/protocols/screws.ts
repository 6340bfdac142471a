/** A plate with four places for a screw: is it there. Each place is a region of its own, as four models of a station would see it. */
import { join } from 'node:path';
import type { Region } from '../../../contracts/index.ts';
import { defineProtocol } from '../protocol.ts';
import { readTable } from '../table.ts';

/** The plate moves a little under the camera, but no place ever leaves its quarter of the 600x789 pixels. In the order of the file name. */
const PLACES: readonly Region[] = [
  [0, 0, 300, 394],
  [300, 0, 300, 394],
  [0, 394, 300, 395],
  [300, 394, 300, 395],
];

interface Evidence {
  readonly missing: boolean;
  readonly called: boolean;
}

export const screws = defineProtocol({
  name: 'screws',
  summary: 'Screws of a plate, by place: right ones, and missing screws let through at the package’s own threshold; the test split.',
  set: 'screws',
  input: 'picture',
  forms: { accuracy: { better: 'higher', unit: 'share' }, missed: { better: 'lower', unit: 'count' } },
  baselineName: 'always present',
  exchangeable: true,
  async samples(folder) {
    const rows = await readTable(join(folder, 'split.csv'), ['file', 'present', 'split']);
    return rows
      .filter((row) => row['split'] === 'test')
      .flatMap(({ file = '', present = '' }) =>
        PLACES.map((region, place) => ({
          id: `${file} place ${place + 1}`,
          group: file,
          truth: present[place] === '0',
          input: { file: join(folder, file), region },
        })),
      );
  },
  weigh: (missing: boolean, { score }, { threshold }): Evidence => ({ missing, called: score >= threshold }),
  figures: (evidence) => ({
    accuracy: evidence.filter(({ missing, called }) => missing === called).length / evidence.length,
    missed: evidence.filter(({ missing, called }) => missing && !called).length,
  }),
  right: {
    means: 'called missing exactly when it is',
    of: (missing, { score }, { threshold }) => score >= threshold === missing,
  },
  baseline: (_, { good }) => ({ label: good, score: 0 }),
});
