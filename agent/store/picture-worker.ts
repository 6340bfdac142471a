/** The picture thread: encodes what is not encoded yet, writes and says so, flushes file and folder and says that as well. */
import { createHash } from 'node:crypto';
import { closeSync, fsync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { yieldToVerdicts } from '../platform/yielding.ts';
import { flushFolder } from './ownership.ts';
import type { PictureFile, PictureJob, PictureNews } from './pictures.ts';

const QUALITY = 90;
const folder = String(workerData);

/** Written and not yet flushed; on a disk that flushes slowly there may be many, so they are held by name. */
interface Written {
  readonly number: number;
  readonly path: string;
}
const unflushed: Written[] = [];
/** Beyond, the oldest stay unflushed: their records have them as owed, and the next start looks whether they are whole. */
const UNFLUSHED = 2000;
/** Flushed with one flush of their folder. */
const ROUND = 64;
/** Of the four threads that the process has for files: cameras and the config need the others. */
const AT_ONCE = 2;
let flushing = false;

/** Says of each picture that it is written as soon as it is: its record waits for that, and for no flush. */
async function writeAll(jobs: readonly PictureJob[]): Promise<void> {
  for (const job of jobs) {
    try {
      const file = await write(job);
      unflushed.push({ number: job.number, path: file.path });
      say({ type: 'written', number: job.number, file });
    } catch (thrown) {
      say({ type: 'written', number: job.number, file: messageOf(thrown) });
    }
  }
  const late = unflushed.splice(0, Math.max(0, unflushed.length - UNFLUSHED));
  for (const { number } of late) say({ type: 'safe', number, why: 'the disk flushes more slowly than pictures come' });
  void flushAll();
}

/** Beside the writing, on the pool's threads, one round at a time: the next round flushes what came meanwhile. */
async function flushAll(): Promise<void> {
  if (flushing) return;
  flushing = true;
  for (let round = unflushed.splice(0, ROUND); round.length > 0; round = unflushed.splice(0, ROUND)) {
    const failed = new Map<number, string>();
    const left = [...round];
    await Promise.all(Array.from({ length: AT_ONCE }, () => flushLane(left, failed)));
    const why = flushFolders(new Set(round.map(({ path }) => dirname(join(folder, path)))));
    for (const { number } of round) say({ type: 'safe', number, why: failed.get(number) ?? why });
  }
  flushing = false;
}

async function flushLane(left: Written[], failed: Map<number, string>): Promise<void> {
  for (let next = left.shift(); next; next = left.shift()) {
    try {
      await flushed(join(folder, next.path));
    } catch (thrown) {
      failed.set(next.number, messageOf(thrown));
    }
  }
}

function flushFolders(folders: ReadonlySet<string>): string | null {
  try {
    for (const of of folders) flushFolder(of);
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

async function flushed(file: string): Promise<void> {
  const handle = openSync(file, 'r');
  try {
    await new Promise<void>((resolve, reject) => {
      fsync(handle, (thrown) => (thrown ? reject(thrown) : resolve()));
    });
  } finally {
    closeSync(handle);
  }
}

async function write(job: PictureJob): Promise<PictureFile> {
  const { bytes, ending } = await encode(job);
  const path = `${job.path}.${ending}`;
  const file = join(folder, path);
  makeFolder(dirname(file));
  const handle = openSync(file, 'w', 0o600);
  try {
    writeFileSync(handle, bytes);
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
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) flushFolder(dirname(at));
}

const say = (news: PictureNews): void => parentPort?.postMessage(news);

yieldToVerdicts();
parentPort?.on('message', (jobs: readonly PictureJob[]) => void writeAll(jobs));
