/** The child that decodes pictures nobody can vouch for; untrusted.ts asks it. Entry point of the process. */
import { writeSync } from 'node:fs';
import sharp from 'sharp';
import { LinesideError } from '../../errors.ts';
import { OUTPUT } from '../../platform/sandbox.ts';
import { answerQuestions } from '../../platform/sandboxed.ts';
import { type OpenedPicture, openPicture } from './picture.ts';
import { type PictureQuestion, type PictureShape, PREAMBLE } from './untrusted.ts';

sharp.cache(false);
sharp.concurrency(1);
// libvips reads much that no camera sends, some of it as programs.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadTiffBuffer'] });

let opened: OpenedPicture | null = null;

answerQuestions(async (question: PictureQuestion) => {
  if (question.do === 'open') {
    opened = await openPicture(question.camera, question.bytes, question.format);
    const { width, height, format } = opened;
    return { width, height, format } satisfies PictureShape;
  }
  if (!opened) throw new LinesideError('INTERNAL', { why: 'a picture was read before it was opened' });
  const pixels = await opened.read();
  opened = null;
  write(Buffer.alloc(PREAMBLE));
  write(pixels);
  return null;
});

/** The pipe blocks while the parent is busy. */
function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += writeSync(OUTPUT, bytes, at);
}
