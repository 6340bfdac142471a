/** `lineside teach bench`. */
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { packagesFolder } from '../config/packages-folder.ts';
import { benchMachine, benchPictures, LESSONS, type MachineRow, type PictureRow, type PromiseRow } from '../desk/teaching/bench.ts';
import { LAST } from '../platform/yielding.ts';
import { dataFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, table } from './print.ts';
import { progress } from './progress.ts';

interface Options {
  readonly data?: string;
  readonly draws: number;
  readonly promises: number;
  readonly json?: boolean;
}

export async function benchTeaching(options: Options): Promise<ExitCode> {
  setPriority(LAST);
  const { draws, promises } = options;
  const bar = progress('teaching', LESSONS.length + 1);
  const backbone = join(packagesFolder({ config: {}, base: '' }), 'backbone');
  try {
    const data = dataFolder(options);
    const pictures = await benchPictures({ data, backbone, draws, promises, onRow: ({ set }) => bar.step(set) });
    const rows = [...pictures, await benchMachine(data)];
    bar.stop();
    if (options.json) outJson(rows);
    else out(table(['set', 'good', 'bad', 'figures', 'teach s', 'MB'], rows.map(cells), new Set([1, 2, 4, 5])));
  } finally {
    bar.stop();
  }
  return EXIT.ok;
}

type Row = PictureRow | PromiseRow | MachineRow;

function cells(row: Row): string[] {
  if ('lessons' in row) {
    const { broken, lessons, one_in, rejected } = row;
    const text = `promise of 1 in ${one_in} broken ${broken} times of ${lessons}; refused ${percent(rejected.mean)}, at most ${percent(rejected.most)}`;
    return [row.set, `${row.good}`, '', text, '', ''];
  }
  const ranks = `AUROC ${row.auroc.mean} ± ${row.auroc.sd}`;
  const text =
    'f1' in row
      ? `${ranks}, F1 ${row.f1}, FAR ${percent(row.far)}, MAR ${percent(row.mar)}`
      : `${ranks}, refused ${percent(row.rejected.mean)}`;
  return [row.set, `${row.good}`, `${row.bad}`, text, row.teach_s.toFixed(2), `${row.rss_mb}`];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
