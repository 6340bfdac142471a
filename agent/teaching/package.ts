/**
 * Writes what was learned as a package. It is made in a folder beside its place, proved there, and put into its place by a rename: whoever
 * is killed on the way leaves the place as it was. All of it is on the disk before the rename: after a power cut the place holds the old package
 * or the new one.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { LinesideError, messageOf } from '../errors.ts';
import { version as software } from '../platform/package-root.ts';
import type { Lesson } from './lesson.ts';

export interface PackageWish {
  /** The package's folder; its name is the package's. */
  readonly folder: string;
  readonly version: string;
  /** Replaces what is there. */
  readonly force: boolean;
  /** When, ms since 1970. */
  readonly now: number;
  /** Files that it was learned from, with their sha256. */
  readonly sources?: Readonly<Record<string, string>>;
  /** Rejects where the package in that folder does not hold what it promises. */
  readonly prove: (folder: string) => Promise<void>;
}

export const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Rejects with USAGE where there is no room for it; before anything is learned. */
export async function checkPlace({ folder, force }: Pick<PackageWish, 'folder' | 'force'>): Promise<void> {
  const name = basename(resolve(folder));
  if (!NAME.test(name))
    throw new LinesideError('USAGE', { why: `a package cannot be named ${name}: small letters, digits, dots and dashes` });
  const found = await stat(folder).catch(() => null);
  if (!found) return;
  const isPackage = (await stat(join(folder, 'manifest.yaml')).catch(() => null)) !== null;
  if (!isPackage) throw new LinesideError('USAGE', { why: `${folder} is there already, and is no package` });
  if (!force) throw new LinesideError('USAGE', { why: `there is a package ${name} already; --force replaces it` });
}

/** Resolves with the package's folder, absolute. Rejects with what `prove` rejects with; nothing is left of it then. */
export async function writePackage(lesson: Lesson, wish: PackageWish): Promise<string> {
  const target = resolve(wish.folder);
  await mkdir(dirname(target), { recursive: true });
  await sweep(dirname(target));
  const beside = join(dirname(target), `${STAGE}${process.pid}`);
  const staged = join(beside, basename(target));
  try {
    await mkdir(join(staged, 'golden'), { recursive: true });
    const file = `model.${lesson.variant}.onnx`;
    await writeFile(join(staged, file), lesson.network);
    for (const { name, input } of lesson.cases)
      if (input instanceof Uint8Array) await writeFile(join(staged, 'golden', pictureOf(name)), input);
    for (const [name, content] of Object.entries(lesson.files ?? {})) await writeFile(join(staged, name), content);
    await writeFile(join(staged, 'golden', 'cases.json'), goldensOf(lesson));
    await writeFile(join(staged, 'manifest.yaml'), manifestOf(lesson, basename(target), file, wish));
    await wish.prove(staged);
    await settle(staged);
    await replace(staged, target, join(beside, 'before'));
    return target;
  } catch (thrown) {
    if (thrown instanceof LinesideError) throw thrown;
    throw new LinesideError('TEACHING_UNWRITTEN', { folder: target, why: messageOf(thrown) }, { cause: thrown });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** A package that is whole already, to another place: copied beside it, and put into it by a rename. Rejects with TEACHING_UNWRITTEN. */
export async function installPackage(from: string, to: string): Promise<void> {
  const target = resolve(to);
  const beside = join(dirname(target), `${STAGE}${process.pid}`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await sweep(dirname(target));
    const staged = join(beside, basename(target));
    await cp(from, staged, { recursive: true });
    await settle(staged);
    await replace(staged, target, join(beside, 'before'));
  } catch (thrown) {
    throw new LinesideError('TEACHING_UNWRITTEN', { folder: target, why: messageOf(thrown) }, { cause: thrown });
  } finally {
    await rm(beside, { recursive: true, force: true }).catch(() => {});
  }
}

/** No name of a package begins like this, and `models list` passes over it. */
const STAGE = '.lineside-teaching-';

/**
 * What one that was killed has left beside; those that live keep theirs. This process's own number is that of one before it: in a container
 * they begin anew, and a process writes one package at a time.
 */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(STAGE) ? Number(name.slice(STAGE.length)) : 0;
    if (pid > 0 && (pid === process.pid || !isAlive(pid))) await putBack(folder, name);
  }
}

/** Every file of a package, and the folders that name them. */
async function settle(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? settle(path) : toDisk(path));
  }
  await toDisk(folder);
}

async function toDisk(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Killed between the two renames of a replacement: the old package goes back to its place. */
async function putBack(folder: string, stage: string): Promise<void> {
  for (const name of await readdir(join(folder, stage, 'before')).catch(() => []))
    await rename(join(folder, stage, 'before', name), join(folder, name)).catch(() => {});
  await rm(join(folder, stage), { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Where the new one cannot go into its place, the old one, which waits in the folder `before`, goes back to it. */
export async function replace(staged: string, target: string, before: string): Promise<void> {
  const aside = join(before, basename(target));
  const there = await stat(target).catch(() => null);
  if (there) {
    await mkdir(before);
    await rename(target, aside);
  }
  try {
    await rename(staged, target);
  } catch (thrown) {
    if (there) await rename(aside, target);
    throw thrown;
  }
  await toDisk(dirname(target));
}

const pictureOf = (name: string): string => `${name.replaceAll(' ', '-')}.png`;

function goldensOf({ cases, variant, inputs }: Lesson): string {
  const [input = ''] = Object.keys(inputs);
  const stored = cases.map((one) => ({
    name: one.name,
    inputs: { [input]: one.input instanceof Uint8Array ? pictureOf(one.name) : one.input },
    ...(one.plain === undefined ? {} : { plain: one.plain }),
    outputs: { [variant]: one.outputs },
  }));
  return `{"cases": [\n${stored.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;
}

const sha256Of = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

function manifestOf(lesson: Lesson, name: string, file: string, { version, now, sources }: PackageWish): string {
  const { kind, summary, inputs, labels, good, threshold, tolerance, variant, quantization, network, figures, taught, pretrained } = lesson;
  const files = Object.fromEntries(Object.entries(lesson.files ?? {}).map(([file, content]) => [file, sha256Of(content)]));
  const manifest = {
    name,
    version,
    kind,
    summary,
    inputs,
    labels,
    good,
    thresholds: { score: threshold },
    decode: lesson.decode ?? {},
    golden: { tolerance },
    ...(lesson.tensors ? { tensors: lesson.tensors } : {}),
    ...(lesson.files ? { files } : {}),
    variants: { [variant]: { file, sha256: sha256Of(network), quantization, figures } },
    provenance: {
      ...(pretrained === undefined ? {} : { pretrained }),
      ...(lesson.baseline === undefined ? {} : { baseline: lesson.baseline }),
      taught: { ...taught, ...(sources ? { sources } : {}), on: new Date(now).toISOString(), software: `lineside ${software}` },
    },
  };
  return `# Written by \`lineside teach\`.\n${stringify(manifest, { lineWidth: 140 })}`;
}
