/** The picture thread: encodes what is not encoded yet, writes, and flushes file and folder before it says that a picture is there. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { yieldToVerdicts } from '../yielding.ts';
import type { PictureFile, PictureJob, PictureResults } from './pictures.ts';

const QUALITY = 90;
const folder = String(workerData);

async function writeAll(jobs: readonly PictureJob[]): Promise<PictureResults> {
  const results: (PictureFile | string)[] = [];
  for (const job of jobs) results.push(await write(job).catch(messageOf));
  const folders = new Set(results.flatMap((result) => (typeof result === 'object' ? [dirname(join(folder, result.path))] : [])));
  try {
    for (const of of folders) flush(of);
    return results;
  } catch (thrown) {
    return results.map(() => messageOf(thrown));
  }
}

async function write(job: PictureJob): Promise<PictureFile> {
  const { bytes, ending } = await encode(job);
  const path = `${job.path}.${ending}`;
  const file = join(folder, path);
  makeFolder(dirname(file));
  const handle = openSync(file, 'w');
  try {
    writeFileSync(handle, bytes);
    fsyncSync(handle);
  } catch (thrown) {
    rmSync(file, { force: true });
    throw thrown;
  } finally {
    closeSync(handle);
  }
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function encode({ original, pixels, width, height, format, role }: PictureJob): Promise<{ bytes: Uint8Array; ending: string }> {
  if (original) return { bytes: original.bytes, ending: original.type === 'image/png' ? 'png' : 'jpg' };
  // Loaded when the first raw picture comes: cameras that send JPEG never need it.
  const { default: sharp } = await import('sharp');
  // A copy out of the shared memory: native code refuses to read from there.
  const own = Uint8Array.from(pixels ?? []);
  const raw = { width, height, channels: format === 'rgb8' ? 3 : 1 } as const;
  if (format === 'mono16') {
    const picture = sharp(new Uint16Array(own.buffer), { raw }).toColourspace('grey16').png({ compressionLevel: 3 });
    return { bytes: await picture.toBuffer(), ending: 'png' };
  }
  const picture = sharp(own, { raw }).toColourspace(format === 'rgb8' ? 'srgb' : 'b-w');
  if (role === 'heatmap') return { bytes: await picture.png().toBuffer(), ending: 'png' };
  return { bytes: await picture.jpeg({ quality: QUALITY }).toBuffer(), ending: 'jpg' };
}

/** Folders that are new are flushed into the one above, up to the first that was there. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) flush(dirname(at));
}

function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

yieldToVerdicts();
parentPort?.on('message', async (jobs: readonly PictureJob[]) => parentPort?.postMessage(await writeAll(jobs)));
