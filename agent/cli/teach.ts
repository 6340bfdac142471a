/** `lineside teach`. */
import { setPriority } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { packagesFolder } from '../config/packages-folder.ts';
import type { Region } from '../contracts/index.ts';
import { picturesIn } from '../desk/pictures-in.ts';
import { LinesideError } from '../errors.ts';
import { readManifest } from '../inference/manifest.ts';
import { LAST } from '../platform/yielding.ts';
import type { Span } from '../runtime/stretches.ts';
import type { MachineOrder, MachineReply, PartOrder, PartReply } from '../runtime/teacher.ts';
import { teach } from '../runtime/teaching.ts';
import { checkPlace } from '../teaching/package.ts';
import type { Shown } from '../teaching/picture/teach.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type Masked, maskedIn } from './masks.ts';
import { onRecord } from './on-record.ts';
import { out, outJson, painter, table } from './print.ts';
import { type ModelsOptions, shelfOf } from './shelf.ts';
import { type StoredFrom, storedFrom } from './teach-stored.ts';

interface Options extends ModelsOptions {
  readonly to: string;
  readonly release?: string;
  readonly force?: boolean;
  /** MB */
  readonly memory: number;
}

interface MachineOptions extends Options {
  readonly csv?: readonly string[];
  /** Of what this box has stored itself. */
  readonly good?: readonly Span[];
  readonly config: string;
  readonly station?: string;
  readonly alarm: number;
  readonly look?: boolean;
}

export async function teachMachineFrom(options: MachineOptions): Promise<ExitCode> {
  const began = performance.now();
  // The line judges meanwhile: whatever it wants comes first.
  setPriority(LAST);
  const { from, stored } = await shownIn(options);
  const { folder, version } = await placeOf(options, stored?.folder);
  const into = options.look ? null : { folder, version, force: options.force ?? false, now: Date.now() };
  const { reply } = teach({ of: 'machine', from, oneIn: options.alarm, into }, { clock: systemClock, memory: options.memory * 1e6 });
  const { memory, variant: _, ...taught } = await (stored ? reply.catch(inHours) : reply);
  const name = basename(folder);
  const cost = { teach_s: (performance.now() - began) / 1000, rss_mb: memory / 1e6 };
  const next = stored && into ? taughtHere(stored, name, version) : [];
  if (options.json) outJson({ package: name, version, folder: into && folder, ...taught, ...cost });
  else out([machineText(name, version, into && folder, taught), ...next].join('\n'));
  return EXIT.ok;
}

/** Recordings, or what this box has stored. */
async function shownIn({
  csv,
  good,
  ...options
}: MachineOptions): Promise<{ readonly from: MachineOrder['from']; readonly stored?: StoredFrom }> {
  if (csv && good) throw new LinesideError('USAGE', { why: '--csv and --good are two ways to show good production; which one is it' });
  if (csv) return { from: { csv: csv.map((path) => resolve(path)) } };
  if (!good)
    throw new LinesideError('USAGE', {
      why: 'good production has to be shown: --csv FILE, or --good BEGIN/END of what this box has stored itself',
    });
  const stored = await storedFrom({ ...options, good });
  return { from: stored.from, stored };
}

/** Put on record. As on the page it runs beside what judges before it judges. */
function taughtHere({ from, places }: StoredFrom, name: string, version: string): readonly string[] {
  onRecord(from.store, { verb: 'teach', detail: { station: from.station, package: name, version, stretches: from.stretches } });
  return places.map((place) => `  it judges nothing yet: \`lineside models shadow ${place} ${name}\` runs it beside what judges there`);
}

/** Teaching looks at no file here: what it says of one is of a stretch. */
function inHours(thrown: unknown): never {
  if (!(thrown instanceof LinesideError) || thrown.code !== 'DATA_INVALID') throw thrown;
  const { file, why } = thrown.details;
  throw new LinesideError('MACHINE_UNUSABLE', { why: `${file}: ${why}` }, { cause: thrown });
}

/** The next minor version of what is replaced, unless one is said. `taught`: where what is taught on this box lies. */
async function placeOf(options: Options, taught?: string): Promise<{ readonly folder: string; readonly version: string }> {
  const isPath = /[/\\]/.test(options.to);
  const folder =
    taught !== undefined && options.models === undefined && !isPath ? join(taught, options.to) : shelfOf(options).folderOf(options.to);
  await checkPlace({ folder, force: options.force ?? false });
  const before = await readManifest(folder).catch(() => null);
  const [major = '0', minor = '0'] = before?.version.split('.') ?? [];
  return { folder, version: options.release ?? (before ? `${major}.${Number(minor) + 1}.0` : '0.1.0') };
}

function machineText(
  name: string,
  version: string,
  folder: string | null,
  { tags, stretches, rows, promise, remarks }: Pick<MachineReply, 'tags' | 'stretches' | 'rows' | 'promise' | 'remarks'>,
): string {
  const paint = painter(process.stdout.isTTY);
  const lost = tags.unusable.map(({ tag, why }) => `    ${tag}: ${why}`);
  return [
    folder === null
      ? `${paint('bold', name)} would be taught from ${rows} rows in ${stretches.length} stretches; nothing is written`
      : `${paint('green', 'taught')} ${paint('bold', name)} ${version} from ${rows} rows in ${stretches.length} stretches`,
    ...(folder === null ? [] : [`  ${folder}`]),
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
  readonly masks?: string;
  readonly reject: number;
  readonly byPart?: boolean;
  readonly look?: boolean;
  readonly smallFaults?: boolean;
  readonly registered?: boolean;
  readonly region?: Region;
}

export async function teachPartFrom(options: PartOptions): Promise<ExitCode> {
  const began = performance.now();
  const { folder, version } = await placeOf(options);
  const { bad, orphans, unused } = await badIn(options);
  const order: PartOrder = {
    of: 'part',
    region: options.region ?? null,
    good: await goodIn(options.good, options.byPart ?? false),
    bad,
    oneIn: options.reject,
    closer: options.smallFaults ?? false,
    registered: options.registered ?? false,
    backbone: join(packagesFolder({ config: {}, base: '' }), 'backbone'),
    into: options.look ? null : { folder, version, force: options.force ?? false, now: Date.now() },
  };
  const reply = await teach(order, { clock: systemClock, memory: options.memory * 1e6 }).reply;
  const { memory, ...taught } = reply;
  const cost = { teach_s: (performance.now() - began) / 1000, rss_mb: Math.round(memory / 1e6) };
  const name = basename(folder);
  const unused_masks = { count: unused.length, first: unused[0] ?? null };
  if (options.json)
    outJson({ package: name, version, folder: options.look ? null : folder, left_out: orphans, unused_masks, ...taught, ...cost });
  else out([...orphans.map(orphanText), ...unusedText(unused), partText(name, version, options.look ? null : folder, reply)].join('\n'));
  return EXIT.ok;
}

/** Each of a part of its own, or with `byPart` all in one folder within of one. */
async function goodIn(folder: string, byPart: boolean): Promise<readonly Shown[]> {
  const files = await picturesIn(folder);
  return files.map((file) => ({
    ...shownOf(folder, file),
    part: byPart && within(folder, file) !== '' ? dirname(file) : file,
    kind: null,
  }));
}

interface Bad extends Pick<Masked, 'orphans' | 'unused'> {
  readonly bad: readonly Shown[];
}

/** In a folder for each kind, or as they are. With `byPart` all in one folder within a kind's are of one part. */
async function badIn({ bad: folder, masks, byPart = false }: PartOptions): Promise<Bad> {
  if (masks !== undefined && folder === undefined)
    throw new LinesideError('USAGE', { why: '--masks says where pictures of --bad are bad: name those too' });
  if (folder === undefined) return { bad: [], orphans: [], unused: [] };
  const { pictures, orphans, unused } = await maskedIn(folder, masks);
  const bad = pictures.map(({ file, mask }) => {
    const [kind = '', ...deeper] = within(folder, file).split(sep);
    const name = byPart ? kind : within(folder, file);
    const part = byPart && deeper.length > 0 ? dirname(file) : file;
    return { ...shownOf(folder, file), part, kind: name || null, ...(mask === null ? {} : { where: { mask } }) };
  });
  return { bad, orphans: orphans.map((file) => shownOf(folder, file).name), unused };
}

const orphanText = (file: string): string =>
  painter(process.stdout.isTTY)(
    'yellow',
    `left out: ${file} is a mask by its name, and there is no picture of that name beside it; if it is a picture, give it another name`,
  );

/** All of them would fill the screen where somebody teaches some kinds of a large set. */
function unusedText([first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  const which = others.length === 0 ? `the mask ${first} has` : `${others.length + 1} masks, the first of them ${first}, have`;
  return [painter(process.stdout.isTTY)('yellow', `not used: ${which} the name of no picture in --bad`)];
}

/** Folders between the one that was named and the picture; empty where there is none. */
const within = (folder: string, file: string): string => relative(resolve(folder), dirname(file));
const shownOf = (folder: string, file: string) => ({ file, name: `${basename(resolve(folder))}/${relative(resolve(folder), file)}` });

function partText(
  name: string,
  version: string,
  folder: string | null,
  { good, bad, marked, odd, repeated, promise, with_bad: figures, remarks, closer, registered, region }: PartReply,
): string {
  const paint = painter(process.stdout.isTTY);
  return [
    ...odd.map(({ file, away }) => paint('yellow', `is this one good? ${file} does not fit the others (${away} spreads away)`)),
    ...repeated.map((file) => paint('yellow', `not counted: ${file} shows what another one shows`)),
    folder === null
      ? `${paint('bold', name)} would be taught from ${good} good and ${bad} bad pictures; nothing is written`
      : `${paint('green', 'taught')} ${paint('bold', name)} ${version} from ${good} good and ${bad} bad pictures`,
    ...(folder === null ? [] : [`  ${folder}`]),
    ...(region === null ? [] : [`  region: [${region.join(', ')}]: the config has to say it of the model`]),
    ...(registered === null ? [] : [registeredText(registered)]),
    ...(registered?.unfound ?? []).map((file) => `    no part is found in ${file}`),
    `  promise: ${promise.text}`,
    ...(marked > 0 ? [`  marked where they are bad: ${marked} of the ${bad}`] : []),
    ...(figures === null
      ? []
      : [
          `  of the bad ones ${percent(figures.found)} are found where they were held out; AUROC ${figures.auroc.value} (${figures.auroc.low} to ${figures.auroc.high})`,
        ]),
    ...Object.entries(figures?.kinds ?? {}).map(([kind, found]) => `    ${kind}: ${percent(found)}`),
    ...(figures?.missed ?? []).map((file) => `    comes through: ${file}`),
    ...(closer === null ? [] : comparedText(closer)),
    ...remarks.map((remark) => paint('yellow', `  ${remark}`)),
  ].join('\n');
}

function registeredText({ reference, moved, range, likeness, least }: NonNullable<PartReply['registered']>): string {
  const shares = `${(100 * moved).toFixed(1)} % of the region away from it, and ${(100 * range).toFixed(1)} % are looked through`;
  const likes = `their likeness to it is ${likeness.middle.toFixed(2)}, at least ${likeness.least.toFixed(2)}; below ${least.toFixed(2)} no part is found`;
  return `  the part moves: all are held against ${reference}; they lie up to ${shares}; ${likes}`;
}

interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
const percent = ({ value, low, high }: Share): string =>
  `${(100 * value).toFixed(0)} % (95 %: ${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;

/** What a closer look changes; which is better can be told by bad ones alone. */
function comparedText({ plain, closer }: NonNullable<PartReply['closer']>): readonly string[] {
  const ways = [
    ['as they are', plain],
    ['closer (taken)', closer],
  ] as const;
  const rows = ways.map(([name, { one_in, auroc, found, look_ms, bytes }]) => [
    name,
    found === null ? '-' : percent(found),
    auroc === null ? '-' : `${auroc.value} (${auroc.low} to ${auroc.high})`,
    `1 in ${one_in}`,
    look_ms.toFixed(1),
    (bytes / 1e6).toFixed(1),
  ]);
  const compared = table(['looked at', 'bad ones found', 'AUROC', 'good refused', 'CPU ms a picture', 'MB'], rows, new Set([4, 5]));
  const unknown = closer.found === null ? ['  without bad ones nobody can tell which of the two finds more: show some'] : [];
  return [compared.replaceAll(/^/gm, '  '), ...unknown];
}
