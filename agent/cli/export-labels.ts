/** `lineside export labels`: what people said of parts, as a data set to train on. The agent may run. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { DataSetSummary, DataSetWish } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { writeDataSet } from '../store/data-set/data-set.ts';
import { openJournal } from '../store/read.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type JournalOptions, journalOf } from './export.ts';
import { out, outJson } from './print.ts';

interface Options extends JournalOptions, Omit<DataSetWish, 'to'> {
  readonly to: string;
  readonly toTime?: number;
  readonly json?: boolean;
}

/** Made beside its place and put there by a rename: whoever is interrupted leaves no half of a data set. */
export async function exportLabels(options: Options): Promise<ExitCode> {
  const { from, toTime, station, recipe, seed, json } = options;
  const target = resolve(options.to);
  checkPlace(target);
  const folder = await journalOf(options);
  const db = openJournal(folder);
  mkdirSync(dirname(target), { recursive: true });
  const staged = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    const summary = await writeDataSet(db, folder, { from, to: toTime, station, recipe, seed }, sinkIn(staged));
    rmSync(target, { recursive: true, force: true });
    renameSync(staged, target);
    if (json) outJson({ folder: target, ...summary });
    else out(textOf(target, summary));
    return EXIT.ok;
  } finally {
    db.close();
    rmSync(staged, { recursive: true, force: true });
  }
}

function checkPlace(target: string): void {
  let entries: readonly string[] = [];
  try {
    entries = readdirSync(target);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new LinesideError('USAGE', { why: `${target} is there already and no folder; name another one` }, { cause: thrown });
  }
  if (entries.length > 0) throw new LinesideError('USAGE', { why: `${target} is not empty; name a folder that is not there yet` });
}

const sinkIn = (folder: string) => ({
  add: async (path: string, content: Uint8Array | string) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  },
});

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
