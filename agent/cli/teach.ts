/** `lineside teach`. */
import { readdir } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { packagesFolder } from '../config/packages-folder.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { readManifest } from '../inference/manifest.ts';
import { verifyPackage } from '../inference/verify.ts';
import { entryUrl } from '../platform/entries.ts';
import { Sandbox } from '../platform/sandbox.ts';
import { LAST } from '../platform/yielding.ts';
import type { TeachOrder, TeachReply } from '../runtime/teacher.ts';
import { type TaughtMachine, teachMachine } from '../teaching/machine/teach.ts';
import { checkPlace, writePackage } from '../teaching/package.ts';
import type { Shown } from '../teaching/picture/teach.ts';
import { Minutes, systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type ModelsOptions, modelsFolder, packageFolder } from './models.ts';
import { out, outJson, painter } from './print.ts';
import { recordingIn } from './recordings.ts';

interface Options extends ModelsOptions {
  readonly to: string;
  readonly release?: string;
  readonly force?: boolean;
}

export async function teachMachineFrom(options: Options & { readonly csv: readonly string[]; readonly alarm: number }): Promise<ExitCode> {
  const began = performance.now();
  // The line judges meanwhile: whatever it wants comes first.
  setPriority(LAST);
  const { folder, version } = await placeOf(options);
  const named = await Promise.all(options.csv.map(recordingIn));
  const { lesson, ...taught } = teachMachine({ recordings: named.map(({ recording }) => recording), oneIn: options.alarm });
  const sources = Object.fromEntries(named.map(({ recording: { file }, sha256 }) => [file, sha256]));
  const force = options.force ?? false;
  const target = await writePackage(lesson, { folder, version, force, now: Date.now(), sources, prove });
  const cost = { teach_s: (performance.now() - began) / 1000, rss_mb: process.resourceUsage().maxRSS / 1024 };
  if (options.json) outJson({ package: basename(target), version, kind: lesson.kind, folder: target, ...taught, ...cost });
  else out(machineText(basename(target), version, target, taught));
  return EXIT.ok;
}

/** The next minor version of what is replaced, unless one is said. */
async function placeOf(options: Options): Promise<{ readonly folder: string; readonly version: string }> {
  const folder = packageFolder(options.to, modelsFolder(options));
  await checkPlace({ folder, force: options.force ?? false });
  const before = await readManifest(folder).catch(() => null);
  const [major = '0', minor = '0'] = before?.version.split('.') ?? [];
  return { folder, version: options.release ?? (before ? `${major}.${Number(minor) + 1}.0` : '0.1.0') };
}

/** As before any start, in a process that can be ended. */
async function prove(folder: string): Promise<void> {
  const { variants } = await verifyPackage(folder, { providers: ['cpu'], threads: 1, rounds: 1 });
  const refused = variants.find(({ ok }) => !ok);
  if (refused) throw new LinesideError('MODEL_INVALID', { model: basename(folder), why: refused.fault ?? 'it was refused' });
}

function machineText(
  name: string,
  version: string,
  folder: string,
  { tags, stretches, rows, promise, remarks }: Omit<TaughtMachine, 'lesson'>,
): string {
  const paint = painter(process.stdout.isTTY);
  const lost = tags.unusable.map(({ tag, why }) => `    ${tag}: ${why}`);
  return [
    `${paint('green', 'taught')} ${paint('bold', name)} ${version} from ${rows} rows in ${stretches.length} stretches`,
    `  ${folder}`,
    `  tags used: ${tags.used.join(', ') || 'none'}`,
    ...(tags.combined.length > 0 ? [`  combined, since each alone wanders: ${tags.combined.join(', ')}`] : []),
    ...(lost.length > 0 ? ['  not used:', ...lost] : []),
    paint(promise.promised ? 'green' : 'yellow', `  false alarms: ${promise.text}`),
    `  of the rows shown ${(100 * promise.held_out.alarms).toFixed(1)} % alarm where they were held out, in the worst stretch ${(100 * promise.held_out.worst_stretch).toFixed(1)} %`,
    ...remarks.map((remark) => paint('yellow', `  ${remark}`)),
  ].join('\n');
}

interface PartOptions extends Options {
  readonly good: string;
  readonly bad?: string;
  readonly reject: number;
  readonly byPart?: boolean;
  readonly look?: boolean;
  readonly memory: number;
}

export async function teachPartFrom(options: PartOptions): Promise<ExitCode> {
  const began = performance.now();
  const { folder, version } = await placeOf(options);
  const order: TeachOrder = {
    good: await picturesIn(options.good, options.byPart),
    bad: options.bad === undefined ? [] : await picturesIn(options.bad),
    oneIn: options.reject,
    backbone: join(packagesFolder({ config: {}, base: '' }), 'backbone'),
    into: options.look ? null : { folder, version, force: options.force ?? false, now: Date.now() },
  };
  const reply = await teachApart(order, options.memory * 1e6);
  const { memory, ...taught } = reply;
  const cost = { teach_s: (performance.now() - began) / 1000, rss_mb: Math.round(memory / 1e6) };
  const name = basename(folder);
  if (options.json) outJson({ package: name, version, folder: options.look ? null : folder, ...taught, ...cost });
  else out(partText(name, version, options.look ? null : folder, reply));
  return EXIT.ok;
}

/** In a process of its own, which is ended with this one. */
async function teachApart(order: TeachOrder, memory: number): Promise<TeachReply> {
  const sandbox = new Sandbox({ what: 'Teaching', entry: entryUrl('runtime/teacher'), clock: systemClock, memory, niceness: LAST });
  try {
    return await sandbox.ask<TeachReply>(order, { timeout: PATIENCE });
  } finally {
    await sandbox.stop();
  }
}

/** A thousand pictures on a slow box that does other things first. */
const PATIENCE = Minutes(180);

const PICTURE = /\.(png|jpe?g|tiff?|bmp)$/i;

/** Those of a folder and of folders within, each of a part of its own, or with `byPart` all in one folder within of one. */
async function picturesIn(folder: string, byPart = false): Promise<readonly Shown[]> {
  const home = resolve(folder);
  const entries = await readdir(home, { recursive: true, withFileTypes: true }).catch((thrown: unknown) => {
    throw new LinesideError('DATA_INVALID', { file: folder, why: messageOf(thrown) });
  });
  const files = entries.filter((entry) => entry.isFile() && PICTURE.test(entry.name) && !entry.name.startsWith('.'));
  if (files.length === 0) throw new LinesideError('DATA_INVALID', { file: folder, why: 'it holds no picture (png, jpg, tif, bmp)' });
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((file) => {
      const within = relative(home, dirname(file));
      const name = `${basename(home)}/${relative(home, file)}`;
      return { file, name, part: byPart && within !== '' ? within : file, kind: within || null };
    });
}

function partText(
  name: string,
  version: string,
  folder: string | null,
  { good, bad, odd, repeated, promise, with_bad: figures, remarks }: TeachReply,
): string {
  const paint = painter(process.stdout.isTTY);
  const percent = ({ value, low, high }: { readonly value: number; readonly low: number; readonly high: number }) =>
    `${(100 * value).toFixed(0)} % (95 %: ${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;
  return [
    ...odd.map(({ file, away }) => paint('yellow', `is this one good? ${file} does not fit the others (${away} spreads away)`)),
    ...repeated.map((file) => paint('yellow', `not counted: ${file} shows what another one shows`)),
    folder === null
      ? `${paint('bold', name)} would be taught from ${good} good and ${bad} bad pictures; nothing is written`
      : `${paint('green', 'taught')} ${paint('bold', name)} ${version} from ${good} good and ${bad} bad pictures`,
    ...(folder === null ? [] : [`  ${folder}`]),
    `  promise: ${promise.text}`,
    ...(figures === null
      ? []
      : [
          `  of the bad ones ${percent(figures.found)} are found where they were held out; AUROC ${figures.auroc.value} (${figures.auroc.low} to ${figures.auroc.high})`,
        ]),
    ...Object.entries(figures?.kinds ?? {}).map(([kind, found]) => `    ${kind}: ${percent(found)}`),
    ...(figures?.missed ?? []).map((file) => `    comes through: ${file}`),
    ...remarks.map((remark) => paint('yellow', `  ${remark}`)),
  ].join('\n');
}
