/** The open sets that teaching is measured on: which pictures may be shown, and which are judged. */
import { join } from 'node:path';
import { readTable } from '../evaluation/table.ts';

export interface Piece {
  /** Absolute. */
  readonly file: string;
  readonly part: string;
  readonly bad: boolean;
  /** Where it is bad, as a mask of its size; absent: nobody knows. */
  readonly mask?: string;
}

export interface PictureSet {
  readonly name: string;
  /** What lessons are drawn from, and what they are judged on. No part is in both. */
  readonly shown: readonly Piece[];
  readonly judged: readonly Piece[];
}

/** One tile was photographed up to six times: tiles of fold 0 are judged, and no other of their pictures is shown. */
export async function tiles(data: string): Promise<PictureSet> {
  const folder = join(data, 'magnetic-tile');
  const rows = await readTable(join(folder, 'folds.csv'), ['file', 'class', 'group', 'fold']);
  const pieces = rows.map(({ file = '', group = '', class: truth, fold }) => ({
    file: join(folder, file),
    part: group,
    bad: truth !== 'Free',
    ...(truth === 'Free' ? {} : { mask: join(folder, file.replace(/\.jpg$/, '.png')) }),
    fold,
  }));
  return { name: 'tiles', shown: pieces.filter(({ fold }) => fold !== '0'), judged: pieces.filter(({ fold }) => fold === '0') };
}

/** A plate with four screws is good where all are there. */
export async function screws(data: string): Promise<PictureSet> {
  const folder = join(data, 'screws');
  const rows = await readTable(join(folder, 'split.csv'), ['file', 'present', 'split']);
  const pieces = rows.map(({ file = '', present, split }) => ({ file: join(folder, file), part: file, bad: present !== '1111', split }));
  return { name: 'screws', shown: pieces.filter(({ split }) => split === 'train'), judged: pieces.filter(({ split }) => split === 'test') };
}
