/**
 * Writes where on the pictures of `demo-set` the defects lie, so that a network can be told the place and not only the part.
 *
 *   node dist/scripts/train/demo-places.js --out DIR [--seeds 1-40] [--parts 300] [--period 210ms]     the same as demo-set was given
 *
 * DIR/places.csv   seed, part, kind, size (mm), x, y (pixels of a picture 320 wide, to within the part's turn: 5 pixels at the edge)
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { durationMs } from '../../agent/config/units.ts';
import { partAt } from '../../agent/desk/simulation/parts.ts';

/** Pixels in a mm, and the middle of the picture; see the studio in drawing.ts. */
const SCALE = 2;
const MIDDLE = [160, 120] as const;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    seeds: { type: 'string', default: '1-40' },
    parts: { type: 'string', default: '300' },
    period: { type: 'string', default: '210ms' },
  },
});
if (values.out === undefined) throw new TypeError('say where to write: --out DIR');

const [first = 1, last = first] = values.seeds.split('-').map(Number);
const period = durationMs(values.period);
const lines = ['seed,part,kind,size,x,y'];
for (let seed = first; seed <= last; seed++) {
  for (let number = 1; number <= Number(values.parts); number++) {
    const { defects, shift } = partAt(seed, number, Math.round(number * period));
    for (const { kind, size, x, y } of defects) {
      const [across, down] = [MIDDLE[0] + SCALE * (x + shift[0]), MIDDLE[1] + SCALE * (y + shift[1])];
      lines.push([seed, number, kind, size.toFixed(2), across.toFixed(1), down.toFixed(1)].join(','));
    }
  }
}
await writeFile(join(values.out, 'places.csv'), `${lines.join('\n')}\n`);
