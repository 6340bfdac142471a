/** Kinds of picture by their first bytes: what a sender says of them counts for nothing. Pure. */
export type PictureType = 'jpeg' | 'png' | 'bmp' | 'tiff';

const MAGIC: readonly (readonly [name: string, type: PictureType | undefined, starts: RegExp])[] = [
  ['JPEG', 'jpeg', /^\xff\xd8\xff/],
  ['PNG', 'png', /^\x89PNG\r\n/],
  ['BMP', 'bmp', /^BM/],
  ['TIFF', 'tiff', /^(II[*+]\0|MM\0[*+])/],
  // Named, so that the technician knows what the address gives instead.
  ['GIF', undefined, /^GIF8/],
  ['WebP', undefined, /^RIFF....WEBP/s],
  ['HEIF or AVIF', undefined, /^....ftyp/s],
  ['JPEG 2000', undefined, /^(....jP {2}|\xff\x4f\xff\x51)/s],
  ['JPEG XL', undefined, /^(....JXL |\xff\n)/s],
  ['SVG', undefined, /^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg/is],
  ['a web page', undefined, /^\s*(<!doctype html|<(html|head|body|meta|title|script|frameset|center|h1)\b)/i],
  ['XML', undefined, /^\s*</],
  ['JSON', undefined, /^\s*[{[]/],
  ['a PDF', undefined, /^%PDF/],
  ['packed (gzip)', undefined, /^[^ -\xff]\x8b/],
];

const NAMES: Readonly<Record<PictureType, string>> = { jpeg: 'JPEG', png: 'PNG', bmp: 'BMP', tiff: 'TIFF' };

const startOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 256));

/** undefined for what no camera sends. */
export const typeOf = (bytes: Uint8Array): PictureType | undefined => {
  const start = startOf(bytes);
  return MAGIC.find(([, , starts]) => starts.test(start))?.[1];
};

const nameOf = (bytes: Uint8Array): string | undefined => {
  const start = startOf(bytes);
  return MAGIC.find(([, , starts]) => starts.test(start))?.[0];
};

/** What somebody is to read in place of a picture, by its name; undefined where it is nothing to read. */
export function textIn(bytes: Uint8Array): string | undefined {
  const isText = bytes.byteLength > 0 && typeOf(bytes) === undefined && !/[^\t-\r -\xff]/.test(startOf(bytes));
  return isText ? (nameOf(bytes) ?? 'text') : undefined;
}

/** Why these bytes are not taken, for the end of a sentence. */
export function whyNotTaken(bytes: Uint8Array, taken: readonly PictureType[]): string {
  if (bytes.byteLength === 0) return 'it is empty';
  const found = nameOf(bytes) ?? 'of no known kind';
  return `it is ${found}, and only ${taken.map((type) => NAMES[type]).join(', ')} is taken`;
}
