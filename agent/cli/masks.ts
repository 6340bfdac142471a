/** Masks beside pictures, as data sets of faults have them: NAME_mask.png (MVTec AD), or NAME.png in a folder of masks (VOC, COCO-Stuff). */
import { dirname, join, relative, resolve } from 'node:path';
import { picturesIn } from '../desk/pictures-in.ts';
import { LinesideError } from '../errors.ts';

/** What loses nothing: what a JPEG says between black and white is noise. */
const MASK = /\.(png|bmp|tiff?)$/i;
const OWN = /_mask\.(png|bmp|tiff?)$/i;
const stemOf = (path: string): string => path.replace(/\.\w+$/, '');

export interface MaskedPicture {
  readonly file: string;
  readonly mask: string | null;
}

export interface Masked {
  readonly pictures: readonly MaskedPicture[];
  /** Masks by their names, of which there is no picture: a black picture with a white spot would be taught as one of a bad part. */
  readonly orphans: readonly string[];
  /** Masks in the folder of masks, as they are called there, that no picture has: it may be what was marked that is not learned. */
  readonly unused: readonly string[];
}

/** The pictures of a folder, each with its mask where it has one; `masks`: where those lie, in folders like the pictures'. Rejects with DATA_INVALID where there are none. */
export async function maskedIn(folder: string, masks: string | undefined): Promise<Masked> {
  const files = await picturesIn(folder);
  const apart = masks === undefined ? [] : (await picturesIn(masks)).filter((file) => MASK.test(file));
  const known = new Map(apart.map((file) => [stemOf(relative(resolve(masks ?? ''), file)).replace(/_mask$/i, ''), file]));
  const beside = new Map(files.filter((file) => OWN.test(file)).map((file) => [stemOf(file).replace(/_mask$/i, ''), file]));
  const maskOf = (file: string): string | null => {
    const found = known.get(stemOf(relative(resolve(folder), file))) ?? beside.get(stemOf(file)) ?? null;
    return found === file ? null : found;
  };
  const found = files.map((file) => ({ file, mask: maskOf(file) }));
  const used = new Set(found.flatMap(({ mask }) => mask ?? []));
  if (masks !== undefined && used.size === 0)
    throw new LinesideError('DATA_INVALID', {
      file: masks,
      why: `no mask in it has the name of a picture in ${folder}: ${wantedFor(folder, files)}`,
    });
  const rest = found.filter(({ file }) => !used.has(file));
  const isOrphan = ({ file, mask }: MaskedPicture) => mask === null && OWN.test(file);
  const pictures = rest.filter((one) => !isOrphan(one));
  if (pictures.length === 0)
    throw new LinesideError('DATA_INVALID', {
      file: folder,
      why: 'it holds masks alone (NAME_mask.png), and no picture of those names; a picture needs another name',
    });
  const shown = new Set(files);
  const unused = apart.filter((file) => !used.has(file) && !shown.has(file)).map((file) => relative(resolve(masks ?? ''), file));
  return { pictures, orphans: rest.filter(isOrphan).map(({ file }) => file), unused };
}

function wantedFor(folder: string, files: readonly string[]): string {
  const [first = ''] = files;
  const name = relative(resolve(folder), first);
  return `for ${name} it is ${join(dirname(name), `${stemOf(name).split('/').at(-1)}_mask.png`)}`;
}
