/** `lineside teach bench`. */
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { packagesFolder } from '../config/packages-folder.ts';
import {
  benchMachine,
  benchPictures,
  drawsOf,
  LESSONS,
  type Lesson,
  type MachineRow,
  type PictureRow,
  type PromiseRow,
} from '../desk/teaching/bench.ts';
import { LinesideError } from '../errors.ts';
import { LAST } from '../platform/yielding.ts';
import { dataFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, table } from './print.ts';
import { progress } from './progress.ts';

interface Options {
  readonly data?: string;
  readonly draws: number;
  readonly promises: number;
  /** Names of sets, or of their lessons; null: all. */
  readonly sets?: readonly string[];
  readonly smallFaults?: boolean;
  /** Percent of the part. */
  readonly moved?: number;
  readonly registered?: boolean;
  readonly marked?: boolean;
  readonly json?: boolean;
}

export async function benchTeaching(options: Options): Promise<ExitCode> {
  setPriority(LAST);
  const { draws, promises, sets = [...SETS] } = options;
  const lessons = LESSONS.filter((lesson) => sets.some((name) => name === lesson.set || name === nameOf(lesson)));
  const unknown = sets.find((name) => !SETS.has(name) && !LESSONS.some((lesson) => name === nameOf(lesson)));
  if (unknown !== undefined)
    throw new LinesideError('USAGE', { why: `${unknown} is no set: ${[...SETS, ...LESSONS.map(nameOf)].join(', ')}` });
  if (options.marked && (options.moved !== undefined || options.registered))
    throw new LinesideError('USAGE', { why: '--marked is of whole pictures: leave --moved and --registered out' });
  const bar = progress('teaching', drawsOf({ draws, promises, lessons }) + 1);
  const backbone = join(packagesFolder({ config: {}, base: '' }), 'backbone');
  try {
    const data = dataFolder(options);
    const rows: Row[] = [];
    const take = (row: Row) => {
      rows.push(row);
      // Minutes lie between two rows: whoever watches a log sees each as it comes.
      if (!process.stderr.isTTY) process.stderr.write(`${JSON.stringify(row)}\n`);
    };
    const onDraw = (lesson: Lesson, draw: number) => bar.step(`${nameOf(lesson)}, draw ${draw + 1}`);
    if (lessons.length > 0)
      await benchPictures({
        data,
        backbone,
        draws,
        promises,
        lessons,
        closer: options.smallFaults ?? false,
        registered: options.registered ?? false,
        marked: options.marked ?? false,
        ...(options.moved === undefined ? {} : { moved: options.moved / 100 }),
        onDraw,
        onRow: take,
      });
    if (sets.includes(MACHINE)) take(await benchMachine(data));
    bar.stop();
    if (options.json) outJson(rows);
    else out(table(['set', 'good', 'bad', 'figures', 'teach s', 'MB'], rows.map(cells), new Set([1, 2, 4, 5])));
  } finally {
    bar.stop();
  }
  return EXIT.ok;
}

const MACHINE = 'skab';
const SETS: ReadonlySet<string> = new Set([...LESSONS.map(({ set }) => set), MACHINE]);
const nameOf = ({ set, good, bad }: Lesson): string => `${set}:${good}${bad > 0 ? `+${bad}` : ''}`;

type Row = PictureRow | PromiseRow | MachineRow;

function cells(row: Row): string[] {
  if ('lessons' in row) {
    const { broken, lessons, one_in, rejected } = row;
    const text = `promise of 1 in ${one_in.least} to ${one_in.most} broken ${broken} times of ${lessons}; parts refused ${percent(rejected.mean)}, at most ${percent(rejected.most)}`;
    return [row.set, `${row.good}`, '', text, '', ''];
  }
  const ranks = `AUROC ${row.auroc.mean} ± ${row.auroc.sd}`;
  const text =
    'f1' in row
      ? `${ranks}, F1 ${row.f1}, FAR ${percent(row.far)}, MAR ${percent(row.mar)}`
      : `${ranks}, parts refused ${percent(row.rejected.mean)}`;
  return [row.set, `${row.good}`, `${row.bad}`, text, row.teach_s.toFixed(2), `${row.rss_mb}`];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
