/** The list of a recorded folder: which pictures, in which order, and what is known of the parts they show. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { LinesideError } from '../../errors.ts';
import { readRegular } from '../../platform/plain-file.ts';

export interface Recorded {
  /** Name relative to the folder. */
  readonly file: string;
  readonly part?: string;
  readonly truth?: string;
}

/** A million parts and their names. */
const LARGEST = 64e6;
const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff']);
const byName = new Intl.Collator('en', { numeric: true });

/**
 * Pictures of the folder: by name (`part2` before `part10`), or in the order of the CSV, which then is the list. Rejects with the file
 * system's own error when the folder cannot be read, with DATA_INVALID when the CSV cannot be.
 */
export async function listRecording(folder: string, csv: string | undefined, order: 'name' | 'csv'): Promise<readonly Recorded[]> {
  const labels = csv === undefined ? [] : readLabels(await readTable(csv));
  if (order === 'csv') return labels;
  const known = new Map(labels.map((label) => [label.file, label]));
  const files = (await readdir(folder)).filter((file) => PICTURES.has(extname(file).toLowerCase()));
  return files.sort(byName.compare).map((file) => known.get(file) ?? { file });
}

export const pathOf = (folder: string, { file }: Recorded): string => join(folder, file);

/** A CSV with a header line that names at least `file`; `part` and `truth` are taken when they are there. RFC 4180 quoting. */
export function readLabels(text: string): readonly Recorded[] {
  const [header = [], ...rows] = readCsv(text);
  const column = (name: string) => header.findIndex((title) => title.trim().toLowerCase() === name);
  const [file, part, truth] = [column('file'), column('part'), column('truth')];
  return rows
    .filter((row) => row[file])
    .map((row) => ({
      file: row[file] ?? '',
      ...(row[part] ? { part: row[part] } : {}),
      ...(row[truth] ? { truth: row[truth] } : {}),
    }));
}

/** One match a field: quoted with "" for a quote, or bare; then what ends it. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g;

function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [whole, quoted, bare = '', end] of text.replace(/^\uFEFF/, '').matchAll(FIELD)) {
    if (whole === '' && row.length === 0) break;
    row.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

async function readTable(csv: string): Promise<string> {
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: csv, why: `${csv} cannot be read: ${why}` });
  return (await readRegular(csv, { most: LARGEST, refuse })).toString('utf8');
}
