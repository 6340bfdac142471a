/**
 * Labelled parts as a data set, one file after the other: pictures in a folder for each label, tables of pictures and labels, boxes. Pictures
 * are the bytes that are kept; pictures.csv says of each whether the camera sent them like that.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import type Database from 'better-sqlite3';
import type { DataSetSummary, DataSetWish } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { version } from '../../platform/package-root.ts';
import { csvOf } from '../csv.ts';
import { pictureFile } from '../picture-files.ts';
import { type Boxed, cocoOf, vocOf } from './boxes.ts';
import { type KeptPicture, type LabelledPart, labelledParts } from './labelled.ts';
import { SPLITS, type Split, splitOf } from './split.ts';

/** Takes one file after the other. */
export interface DataSetSink {
  add(path: string, content: Uint8Array | string): Promise<void>;
}

/** What a camera may send, and more. */
const LARGEST_PICTURE = 64e6;
/** Without a name: what people called bad and nothing more. */
const UNNAMED = 'unnamed';

const PICTURE_COLUMNS = [
  'file',
  'label',
  'kind',
  'split',
  'part',
  'station',
  'camera',
  'inspection',
  'utc',
  'width',
  'height',
  'bytes',
  'sha256',
];
const LABEL_COLUMNS = [
  ...['inspection', 'part', 'station', 'recipe', 'utc', 'label', 'kind', 'who', 'when', 'undone', 'boxes'],
  ...['agreed', 'verdict', 'outcome', 'scores', 'thresholds', 'split', 'files'],
];

/** Rejects with LABELS_NONE where no part has a label that people agree on, and with what the sink rejects with. */
export async function writeDataSet(db: Database.Database, folder: string, wish: DataSetWish, sink: DataSetSink): Promise<DataSetSummary> {
  const set = new DataSet(folder, wish, sink);
  for (const part of labelledParts(db, wish)) await set.add(part);
  return await set.end();
}

class DataSet {
  private readonly folder: string;
  private readonly wish: DataSetWish;
  private readonly sink: DataSetSink;
  private readonly pictures: string[] = [csvOf(PICTURE_COLUMNS)];
  private readonly labels: string[] = [csvOf(LABEL_COLUMNS)];
  private readonly boxed: Readonly<Record<Split, Boxed[]>> = { train: [], validation: [], test: [] };
  /** Parts by name, over all their inspections. */
  private readonly parts: Readonly<Record<Split, Set<string>>> = { train: new Set(), validation: new Set(), test: new Set() };
  private readonly kinds = new Map<string, number>();
  private readonly counts = { good: 0, bad: 0, unsure: 0, disputed: 0, pictures: 0, encoded: 0, unknown: 0, missing: 0, boxes: 0 };

  constructor(folder: string, wish: DataSetWish, sink: DataSetSink) {
    this.folder = folder;
    this.wish = wish;
    this.sink = sink;
  }

  async add(part: LabelledPart): Promise<void> {
    const name = part.part ?? part.inspection;
    const split = splitOf(name, this.wish.seed);
    const files = isSure(part.said) ? await this.addPictures(part, part.said, split) : [];
    if (part.labels.some(({ undone }) => undone === null)) this.counts[part.said]++;
    if (files.length > 0) {
      this.parts[split].add(name);
      if (part.said === 'bad') this.kinds.set(part.kind ?? UNNAMED, (this.kinds.get(part.kind ?? UNNAMED) ?? 0) + 1);
    }
    this.addLabels(part, split, files);
  }

  async end(): Promise<DataSetSummary> {
    const { counts, kinds, wish } = this;
    if (counts.good + counts.bad === 0) throw new LinesideError('LABELS_NONE', { unsure: counts.unsure, disputed: counts.disputed });
    if (counts.pictures === 0) throw new LinesideError('LABELS_WITHOUT_PICTURES', { parts: counts.good + counts.bad });
    await this.sink.add('pictures.csv', this.pictures.join(''));
    await this.sink.add('labels.csv', this.labels.join(''));
    if (counts.boxes > 0) await this.addBoxes();
    const { pictures, encoded, unknown, missing, boxes, ...parts } = counts;
    const summary: DataSetSummary = {
      ...parts,
      kinds: Object.fromEntries([...kinds].sort(([a], [b]) => (a < b ? -1 : 1))),
      pictures,
      encoded,
      unknown,
      missing,
      boxes,
      splits: { train: this.parts.train.size, validation: this.parts.validation.size, test: this.parts.test.size },
      seed: wish.seed,
      software: `lineside ${version}`,
    };
    await this.sink.add('data-set.json', `${JSON.stringify({ ...summary, about: ABOUT }, null, 2)}\n`);
    return summary;
  }

  private async addPictures(part: LabelledPart, said: 'good' | 'bad', split: Split): Promise<readonly string[]> {
    const place = said === 'good' ? 'good' : `bad/${folderOf(part.kind ?? UNNAMED)}`;
    const files: string[] = [];
    for (const picture of part.pictures) {
      const bytes = this.bytesOf(picture);
      if (!bytes) {
        this.counts.missing++;
        continue;
      }
      const again = files.filter((file) => file.includes(`-${picture.camera}`)).length;
      const file = `${place}/${part.inspection}-${picture.camera}${again > 0 ? `-${again + 1}` : ''}${extname(picture.path)}`;
      await this.sink.add(file, bytes);
      files.push(file);
      this.count(part, { picture, file, split, said });
    }
    return files;
  }

  private count(
    part: LabelledPart,
    { picture, file, split, said }: { picture: KeptPicture; file: string; split: Split; said: 'good' | 'bad' },
  ) {
    const { camera, width, height, sha256, original } = picture;
    const kind = said === 'bad' ? (part.kind ?? UNNAMED) : null;
    const name = part.part ?? part.inspection;
    this.counts.pictures++;
    if (original === 0) this.counts.encoded++;
    if (original === null) this.counts.unknown++;
    this.pictures.push(
      csvOf([
        ...[file, said, kind, split, name, part.station, camera, part.inspection, utcOf(part.at)],
        ...[width, height, original === 1 ? 'as the camera sent them' : original === 0 ? 'encoded by the agent' : 'not known', sha256],
      ]),
    );
    const boxes = said === 'bad' ? part.boxes.filter((box) => box.camera === camera) : [];
    this.counts.boxes += boxes.length;
    this.boxed[split].push({ file, width, height, boxes: boxes.map((box) => ({ ...box, kind: box.kind ?? kind ?? UNNAMED })) });
  }

  private addLabels(part: LabelledPart, split: Split, files: readonly string[]): void {
    const scores = part.scores.map(({ model, score }) => `${model}=${score ?? ''}`).join(';');
    const thresholds = part.scores.map(({ model, threshold }) => `${model}=${threshold ?? ''}`).join(';');
    for (const { at, who, label, kind, undone, boxes } of part.labels)
      this.labels.push(
        csvOf([
          ...[part.inspection, part.part, part.station, part.recipe, utcOf(part.at), label, kind, who, utcOf(at)],
          ...[undone === null ? null : utcOf(undone), boxes.length === 0 ? null : JSON.stringify(boxes)],
          ...[part.said, part.verdict, part.outcome, scores, thresholds, files.length > 0 ? split : null, files.join(';')],
        ]),
      );
  }

  /** A picture of a bad part on which nobody drew anything says nothing about where: it is left out of these. */
  private async addBoxes(): Promise<void> {
    const kinds = [...new Set(SPLITS.flatMap((split) => this.boxed[split].flatMap(({ boxes }) => boxes.map(({ kind }) => kind))))].sort();
    for (const split of SPLITS) {
      const known = this.boxed[split].filter(({ file, boxes }) => boxes.length > 0 || file.startsWith('good/'));
      await this.sink.add(`boxes/coco-${split}.json`, cocoOf(known, kinds));
      for (const one of known)
        if (one.boxes.length > 0)
          await this.sink.add(
            `boxes/voc/${one.file
              .split('/')
              .at(-1)
              ?.replace(/\.\w+$/, '')}.xml`,
            vocOf(one),
          );
    }
  }

  /** Null: deleted for its space, also while this goes on. */
  private bytesOf({ path }: KeptPicture): Uint8Array | null {
    const file = pictureFile(this.folder, path);
    try {
      return file === null || statSync(file).size > LARGEST_PICTURE ? null : readFileSync(file);
    } catch {
      return null;
    }
  }
}

const ABOUT = {
  'good/, bad/<kind>/': 'Pictures by what people agree on. Parts that people disagree on, or are unsure of, are in labels.csv alone.',
  'pictures.csv':
    'One line a picture. split: all pictures of a part are on one side, drawn by the part’s name and the seed alone, so that it stays there as parts come. bytes: whether the file is what the camera sent, or was encoded by the agent.',
  'labels.csv': 'One line a label, those that were taken back too (undone), beside what the agent said.',
  'boxes/': 'Where people drew boxes: COCO for each split, and Pascal VOC. Regions in pixels of the picture.',
} as const;

const isSure = (said: LabelledPart['said']): said is 'good' | 'bad' => said === 'good' || said === 'bad';
const utcOf = (at: number): string => new Date(at).toISOString();

/** Of a kind, which somebody typed. Two kinds have two folders, also where letters do not count: what is left out is told by four signs of its hash. */
function folderOf(kind: string): string {
  const plain = kind
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}_-]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  if (plain === kind) return kind;
  const hash = createHash('sha256').update(kind).digest('hex').slice(0, 4);
  return plain === '' ? `kind-${hash}` : `${plain}-${hash}`;
}
