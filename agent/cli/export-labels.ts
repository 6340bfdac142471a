/** `lineside export labels`: what people said of parts, as a data set to train on. The agent may run. */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { DataSetSummary, DataSetWish } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type DataSetSink, writeDataSet } from '../store/data-set/data-set.ts';
import { openJournal } from '../store/read.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type JournalOptions, journalOf } from './export.ts';
import { out, outJson } from './print.ts';
import { tidyOnSignal } from './signals.ts';

interface Options extends JournalOptions, Omit<DataSetWish, 'to'> {
  readonly to: string;
  readonly toTime?: number;
  readonly json?: boolean;
}

export async function exportLabels(options: Options): Promise<ExitCode> {
  const { from, toTime, station, recipe, seed, json } = options;
  const target = resolve(options.to);
  await checkPlace(target);
  const folder = await journalOf(options);
  const db = openJournal(folder);
  try {
    const staging = await Staging.beside(target);
    const stopListening = tidyOnSignal(() => staging.discard());
    try {
      const summary = await writeDataSet(db, folder, { from, to: toTime, station, recipe, seed }, staging);
      await staging.moveTo(target);
      if (json) outJson({ folder: target, ...summary });
      else out(textOf(target, summary));
      return EXIT.ok;
    } finally {
      await staging.discard();
      stopListening();
    }
  } finally {
    db.close();
  }
}

async function checkPlace(target: string): Promise<void> {
  const entries = await readdir(target).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw isTaken(target, thrown.code, thrown);
  });
  if (entries.length > 0) throw isTaken(target, 'ENOTEMPTY');
}

/** `code`: of what looked at the place, or moved a folder there. */
function isTaken(target: string, code: string | undefined, cause?: unknown): LinesideError {
  return new LinesideError('USAGE', { why: whyTaken(target, code) }, { cause });
}

function whyTaken(target: string, code: string | undefined): string {
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return `${target} is not empty; name a folder that is not there yet`;
  if (code === 'ENOTDIR') return `${target} is there already and no folder; name another one`;
  return `nothing can be put at ${target} (${code}); name another folder`;
}

/** A data set in the making, beside its place and put there by a rename: whoever is interrupted leaves no half of one. */
class Staging implements DataSetSink {
  /** Its maker's alone, as mkdtemp() makes it; the data set lies within, with the permissions that any new folder has. */
  private readonly scratch: string;
  private readonly folder: string;
  private step: Promise<void> = Promise.resolve();
  private isDiscarded = false;

  private constructor(scratch: string, name: string) {
    this.scratch = scratch;
    this.folder = join(scratch, name);
  }

  static async beside(target: string): Promise<Staging> {
    await mkdir(dirname(target), { recursive: true });
    return new Staging(await mkdtemp(join(dirname(target), `.${basename(target)}-`)), basename(target));
  }

  add(path: string, content: Uint8Array | string): Promise<void> {
    return this.next(async () => {
      const file = join(this.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    });
  }

  /** Onto nothing or an empty folder: what somebody has put there meanwhile stays, and the data set goes. */
  moveTo(target: string): Promise<void> {
    return this.next(() =>
      rename(this.folder, target).catch((thrown: NodeJS.ErrnoException) => {
        throw isTaken(target, thrown.code, thrown);
      }),
    );
  }

  /** After the step that is under way, and no other comes after it: a file that is written while its folder is deleted would stay. */
  async discard(): Promise<void> {
    this.isDiscarded = true;
    await this.step.catch(() => {});
    await rm(this.scratch, { recursive: true, force: true });
  }

  /** Once it is discarded by a signal nothing more happens: the process ends. */
  private next(work: () => Promise<void>): Promise<void> {
    if (this.isDiscarded) return new Promise(() => {});
    this.step = work();
    return this.step;
  }
}

function textOf(target: string, { good, bad, unsure, disputed, kinds, pictures, encoded, missing, boxes, splits }: DataSetSummary): string {
  const named = Object.entries(kinds).map(([kind, parts]) => `${kind} ${parts}`);
  return [
    `${pictures} pictures of ${good} good and ${bad} bad parts in ${target}`,
    ...(named.length > 0 ? [`  bad: ${named.join(', ')}`] : []),
    `  parts to learn from ${splits.train}, to choose by ${splits.validation}, to judge by ${splits.test}`,
    ...(boxes > 0 ? [`  ${boxes} boxes`] : []),
    ...(encoded > 0 ? [`  ${encoded} pictures are not the camera’s own bytes, but what the agent encoded; pictures.csv says which`] : []),
    ...(missing > 0 ? [`  ${missing} pictures were deleted for their space, and are missing`] : []),
    ...(unsure + disputed > 0 ? [`  in labels.csv alone: ${unsure} unsure, ${disputed} disputed`] : []),
  ].join('\n');
}
