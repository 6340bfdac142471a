/**
 * Labelled parts as a data set, one file after the other: pictures in a folder for each label, tables of pictures and labels, boxes. Pictures
 * are the bytes that are kept; pictures.csv says of each whether the camera sent them like that.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type Database from 'better-sqlite3';
import type { DataSetSummary, DataSetWish } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { version } from '../../platform/package-root.ts';
import { type CsvCell, csvOf } from '../csv.ts';
import { pictureFile } from '../picture-files.ts';
import { type Boxed, cocoOf, drawnOf, vocOf } from './boxes.ts';
import { type KeptPicture, type LabelledPart, labelledParts } from './labelled.ts';
import { maskOf, type Size } from './masks.ts';
import { SPLITS, type Split, splitOf } from './split.ts';

/** Takes one file after the other: all pictures first, then the tables, as one text each. */
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
] as const;
const LABEL_COLUMNS = [
  'inspection',
  'part',
  'station',
  'recipe',
  'utc',
  'label',
  'kind',
  'who',
  'when',
  'undone',
  'boxes',
  'agreed',
  'verdict',
  'outcome',
  'scores',
  'thresholds',
  'split',
  'files',
] as const;

/** Rejects with LABELS_NONE where no part has a label that people agree on, and with what the sink rejects with. */
export async function writeDataSet(db: Database.Database, folder: string, wish: DataSetWish, sink: DataSetSink): Promise<DataSetSummary> {
  const set = new DataSet(folder, wish, sink);
  for (const part of labelledParts(db, wish)) await set.add(part);
  return await set.end();
}

/** A part that people agree on. */
interface AgreedPart {
  readonly part: LabelledPart;
  /** By name, over all its inspections. */
  readonly name: string;
  readonly said: 'good' | 'bad';
  /** Of a bad one. */
  readonly kind: string | null;
  readonly split: Split;
}

class DataSet {
  private readonly folder: string;
  private readonly wish: DataSetWish;
  private readonly sink: DataSetSink;
  private readonly pictures: string[] = [csvOf(PICTURE_COLUMNS)];
  private readonly labels: string[] = [csvOf(LABEL_COLUMNS)];
  private readonly boxed: Readonly<Record<Split, Boxed[]>> = { train: [], validation: [], test: [] };
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
    if (part.labels.some(({ undone }) => undone === null)) this.counts[part.said]++;
    const files = await this.addPictures(part, name, split);
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

  /** Their files in the data set; none where people do not agree on the part. */
  private async addPictures(part: LabelledPart, name: string, split: Split): Promise<readonly string[]> {
    const { said } = part;
    if (said !== 'good' && said !== 'bad') return [];
    const agreed: AgreedPart = { part, name, said, kind: said === 'bad' ? (part.kind ?? UNNAMED) : null, split };
    const place = agreed.kind === null ? 'good' : `bad/${folderOf(agreed.kind)}`;
    const files: string[] = [];
    const ofCamera = new Map<string, number>();
    for (const picture of part.pictures) {
      const bytes = await this.bytesOf(picture);
      if (!bytes) {
        this.counts.missing++;
        continue;
      }
      const nth = (ofCamera.get(picture.camera) ?? 0) + 1;
      ofCamera.set(picture.camera, nth);
      const again = nth === 1 ? '' : `-${nth}`;
      const file = `${place}/${part.inspection}-${picture.camera}${again}${extname(picture.path)}`;
      await this.sink.add(file, bytes);
      files.push(file);
      await this.addMarks(agreed, picture, file);
      this.notePicture(agreed, picture, file);
    }
    if (files.length > 0) this.notePart(agreed);
    return files;
  }

  private notePart({ name, kind, split }: AgreedPart): void {
    this.parts[split].add(name);
    if (kind !== null) this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  private notePicture({ part, name, said, kind, split }: AgreedPart, picture: KeptPicture, file: string): void {
    const { camera, width, height, sha256, original } = picture;
    this.counts.pictures++;
    if (original === 0) this.counts.encoded++;
    if (original === null) this.counts.unknown++;
    this.pictures.push(
      lineOf(PICTURE_COLUMNS, {
        file,
        label: said,
        kind,
        split,
        part: name,
        station: part.station,
        camera,
        inspection: part.inspection,
        utc: utcOf(part.at),
        width,
        height,
        bytes: originOf(picture),
        sha256,
      }),
    );
  }

  /** `kind`: of each mark its own, where it has one. */
  private async addMarks({ part, kind, split }: AgreedPart, { camera, width, height }: KeptPicture, file: string): Promise<void> {
    const drawn = kind === null ? [] : part.boxes.filter((box) => box.camera === camera);
    const size = { width, height };
    const boxes = drawnOf(
      drawn.map((box) => ({ ...box, kind: box.kind ?? kind ?? UNNAMED })),
      size,
    );
    this.counts.boxes += boxes.length;
    this.boxed[split].push({ file, ...size, boxes });
    if (drawn.length === 0) return;
    const mask = maskOf(
      drawn.map(({ region, stroke }) => stroke ?? region),
      size,
    );
    await this.sink.add(maskFileOf(file), await pngOf(mask, size));
  }

  private addLabels(part: LabelledPart, split: Split, files: readonly string[]): void {
    const ofPart = {
      inspection: part.inspection,
      part: part.part,
      station: part.station,
      recipe: part.recipe,
      utc: utcOf(part.at),
      agreed: part.said,
      verdict: part.verdict,
      outcome: part.outcome,
      scores: part.scores.map(({ model, score }) => `${model}=${score ?? ''}`).join(';'),
      thresholds: part.scores.map(({ model, threshold }) => `${model}=${threshold ?? ''}`).join(';'),
      split: files.length > 0 ? split : null,
      files: files.join(';'),
    };
    for (const { at, who, label, kind, undone, boxes } of part.labels)
      this.labels.push(
        lineOf(LABEL_COLUMNS, {
          ...ofPart,
          label,
          kind,
          who,
          when: utcOf(at),
          undone: undone === null ? null : utcOf(undone),
          boxes: boxes.length === 0 ? null : JSON.stringify(boxes),
        }),
      );
  }

  /** A picture of a bad part on which nobody drew anything says nothing about where: it is left out of these. */
  private async addBoxes(): Promise<void> {
    const all = SPLITS.flatMap((split) => this.boxed[split].flatMap(({ boxes }) => boxes));
    const kinds = [...new Set(all.map(({ kind }) => kind))].sort();
    for (const split of SPLITS) {
      const known = this.boxed[split].filter(({ file, boxes }) => boxes.length > 0 || file.startsWith('good/'));
      await this.sink.add(`boxes/coco-${split}.json`, cocoOf(known, kinds));
      for (const picture of known.filter(({ boxes }) => boxes.length > 0))
        await this.sink.add(`boxes/voc/${basename(picture.file, extname(picture.file))}.xml`, vocOf(picture));
    }
  }

  /** Null: deleted for its space, also while this goes on. */
  private async bytesOf({ path }: KeptPicture): Promise<Uint8Array | null> {
    const file = pictureFile(this.folder, path);
    if (file === null) return null;
    try {
      const { size } = await stat(file);
      return size > LARGEST_PICTURE ? null : await readFile(file);
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
  'boxes/':
    'Where people marked that a part is bad: COCO for each split, what was painted as segmentation in run lengths, and Pascal VOC. Regions in pixels of the picture.',
  'boxes/masks/<kind>/':
    'The same as a mask of each marked picture of bad/<kind>/, by its name and _mask.png: as large as it, 255 where it is bad. `lineside teach part --bad bad --masks boxes/masks` takes them.',
} as const;

const lineOf = <Column extends string>(columns: readonly Column[], row: Readonly<Record<Column, CsvCell>>): string =>
  csvOf(columns.map((column) => row[column]));

const utcOf = (at: number): string => new Date(at).toISOString();

/** As data sets of faults have it (MVTec AD, "ground_truth"). */
const maskFileOf = (file: string): string => file.replace(/^bad/, 'boxes/masks').replace(/\.\w+$/, '_mask.png');

async function pngOf(mask: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  // Where nobody marked anything it is not loaded.
  const { default: sharp } = await import('sharp');
  return sharp(mask, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** Whose bytes they are. */
function originOf({ original }: KeptPicture): string {
  if (original === null) return 'not known';
  return original === 1 ? 'as the camera sent them' : 'encoded by the agent';
}

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
