/**
 * Teaches in a process of its own, with the least urgency: reads what is shown, has the backbone look at pictures, learns, writes the package
 * and proves it. Entry point of the child (platform/sandbox.ts); whoever started it may kill it at any moment.
 */
import type { Region } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { verifyPackage } from '../inference/verify.ts';
import { answerQuestions } from '../platform/sandboxed.ts';
import { storedStretch } from '../store/tag-history.ts';
import type { Lesson } from '../teaching/lesson.ts';
import type { Recording } from '../teaching/machine/recording.ts';
import { type TaughtMachine, teachMachine } from '../teaching/machine/teach.ts';
import { type PackageWish, writePackage } from '../teaching/package.ts';
import type { Field } from '../teaching/picture/registration.ts';
import { type PartWish, type TaughtPart, teachPart } from '../teaching/picture/teach.ts';
import type { Milliseconds } from '../time.ts';
import type { Learned, LookFigures } from '../web/teaching-port.ts';
import { ALL, maskOf, openEye, regionWithin, withinField } from './eye.ts';
import { namesOf, recordingIn } from './recordings.ts';
import { localTime, remarksOf, type Span } from './stretches.ts';

/** Where the package goes. */
export type TeachPlace = Omit<PackageWish, 'prove' | 'sources'>;

export interface PartOrder extends PartWish {
  readonly of: 'part';
  /** Folder of the backbone's package. */
  readonly backbone: string;
  /** Of every picture, in pixels; null: whole pictures. */
  readonly region: Region | null;
  /** Pictures are looked at closer, so that small faults count; what that changes is told. */
  readonly closer: boolean;
  /** The part moves: it is looked for around the region, or in whole pictures. */
  readonly registered: boolean;
  /** null: what would be learned is told, and nothing is written. */
  readonly into: TeachPlace | null;
}

export interface MachineOrder {
  readonly of: 'machine';
  /** Files of recordings, or stretches of what is stored. */
  readonly from: { readonly csv: readonly string[] } | StoredMachine;
  /** One good row in so many may alarm. */
  readonly oneIn: number;
  /** null: what would be learned is told, and nothing is written. */
  readonly into: TeachPlace | null;
}

/** A station's window. */
export interface TaughtWindow {
  /** With their servers. */
  readonly tags: readonly string[];
  /** What a package calls them. */
  readonly names: readonly string[];
  /** Of the grid, and the length of each. */
  readonly steps: number;
  readonly every: Milliseconds;
}

/** A station's own tags. */
export interface StoredMachine extends TaughtWindow {
  /** Folder of the journal. */
  readonly store: string;
  readonly station: string;
  readonly stretches: readonly Span[];
}

interface Cost {
  readonly kind: string;
  readonly variant: string;
  /** Most memory that it took, bytes. */
  readonly memory: number;
}
export type PartReply = Omit<TaughtPart, 'lesson'> &
  Cost &
  Pick<Learned, 'closer'> & {
    /** Part of every picture that the package takes, as the config has to say it; null: all of it. */
    readonly region: Region | null;
    readonly maps?: HeatMaps;
  };
/** By part, where heat maps were wished for. */
export interface HeatMaps {
  /** Heat maps as PNG files in base64, over what the package takes. */
  readonly masks: Readonly<Record<string, string>>;
  /** Where each is highest: that place of the map, in pixels of the picture. */
  readonly peaks: Readonly<Record<string, Region>>;
}
export type MachineReply = Omit<TaughtMachine, 'lesson'> & Cost;

/** How far it is: told while it goes on. */
export interface TeachStep {
  readonly doing: 'looking' | 'learning' | 'writing';
  /** Pictures looked at, of so many; 0 of 0 elsewhere. */
  readonly done: number;
  readonly total: number;
}

answerQuestions((order: PartOrder | MachineOrder, tell) => {
  const told = (step: TeachStep) => tell(step);
  return order.of === 'part' ? partOf(order, told) : machineOf(order, told);
});

async function partOf({ into, ...order }: PartOrder, tell: (step: TeachStep) => void): Promise<PartReply> {
  // Looked at closer, they are looked at twice: so many of all in all.
  const rounds = order.closer ? 2 : 1;
  const onLooked = (before: number) => (done: number, total: number) =>
    tell({ doing: done < total ? 'looking' : 'learning', done: before * total + done, total: rounds * total });
  const plain = order.closer ? await plainOf(order, onLooked(0)) : null;
  const { lesson, taught, figures, regions, field, area: region } = await taughtBy(order, onLooked(rounds - 1));
  if (into !== null) {
    tell({ doing: 'writing', done: 0, total: 0 });
    await writePackage(lesson, { ...into, prove });
  }
  const { held_out: judged, ...rest } = taught;
  const held_out = judged.map(({ heat: _, ...one }) => one);
  const closer = plain?.figures ? { plain: plain.figures, closer: figures } : null;
  const remarks = [...taught.remarks, ...(plain?.remarks ?? [])];
  const maps = order.heat ? { maps: await heatMapsOf(judged, regions, field) } : {};
  return { ...rest, remarks, held_out, ...costOf(lesson), closer, region, ...maps };
}

/** The same pictures as they are. What cannot be learned from them so may be learned closer: a part that moves is looked for at another scale. */
async function plainOf(order: Omit<PartOrder, 'into'>, onLooked: (done: number, total: number) => void) {
  try {
    return { figures: (await taughtBy({ ...order, closer: false, heat: false }, onLooked)).figures, remarks: [] };
  } catch (thrown) {
    if (!(thrown instanceof LinesideError) || thrown.code !== 'DATA_INVALID' || !order.registered) throw thrown;
    const why = String(thrown.details['why']);
    return {
      figures: null,
      remarks: [`what looking closer changes is not known: as they are nothing can be learned from the pictures (${why})`],
    };
  }
}

async function taughtBy(
  { backbone, region, closer, registered, ...wish }: Omit<PartOrder, 'into'>,
  onLooked: (done: number, total: number) => void,
) {
  const eye = await openEye({ backbone, region, closer, moves: registered ? (wish.good[0]?.file ?? null) : null });
  try {
    const took: number[] = [];
    const timed = async (pixels: Uint8Array) => {
      // Its own time: with the least urgency the clock tells how busy the box is.
      const before = process.cpuUsage();
      const maps = await eye.look(pixels);
      const { user, system } = process.cpuUsage(before);
      took.push((user + system) / 1000);
      return maps;
    };
    const { lesson, ...taught } = await teachPart(wish, { ...eye, look: timed }, onLooked);
    const figures: LookFigures = {
      one_in: taught.promise.one_in,
      auroc: taught.with_bad?.auroc ?? null,
      found: taught.with_bad?.found ?? null,
      look_ms: medianOf(took),
      bytes: lesson.network.length,
    };
    const regions = new Map(taught.held_out.map(({ file }) => [file, eye.regionOf(file)]));
    return { lesson, taught, figures, regions, field: eye.field, area: eye.area };
  } finally {
    await eye.close();
  }
}

const medianOf = (times: readonly number[]): number => Math.round(10 * ([...times].sort((a, b) => a - b)[times.length >> 1] ?? 0)) / 10;

/** `regions`: what was read of each picture. Of a part that moves a map lies where it was found in that. */
async function heatMapsOf(judged: TaughtPart['held_out'], regions: ReadonlyMap<string, Region>, field: Field | null): Promise<HeatMaps> {
  const masks: Record<string, string> = {};
  const peaks: Record<string, Region> = {};
  for (const { file, part, heat = [], found } of judged) {
    // Of one in which no part was found there is none.
    if (heat.length === 0) continue;
    const side = Math.sqrt(heat.length);
    const within = field && found ? withinField(field, found) : ALL;
    const bytes = Uint8Array.from(heat, (value) => Math.round(255 * value));
    masks[part] = (await maskOf(bytes, side, within)).toString('base64');
    const region = regions.get(file);
    if (region) peaks[part] = peakOf(heat, side, regionWithin(region, within));
  }
  return { masks, peaks };
}

/** The highest place of a map [side, side] that lies over `region`. */
function peakOf(heat: readonly number[], side: number, [x, y, width, height]: Region): Region {
  let peak = 0;
  for (let i = 1; i < heat.length; i++) if ((heat[i] ?? 0) > (heat[peak] ?? 0)) peak = i;
  const [wide, high] = [width / side, height / side];
  return [x + (peak % side) * wide, y + Math.floor(peak / side) * high, wide, high];
}

async function machineOf({ from, oneIn, into }: MachineOrder, tell: (step: TeachStep) => void): Promise<MachineReply> {
  const { recordings, sources, window, remarks = [] } = 'csv' in from ? await namedIn(from.csv) : storedIn(from);
  tell({ doing: 'learning', done: 0, total: 0 });
  const { lesson, ...taught } = teachMachine({ recordings, oneIn, ...(window ? { window } : {}) });
  if (into !== null) {
    tell({ doing: 'writing', done: 0, total: 0 });
    await writePackage(lesson, { ...into, ...(sources ? { sources } : {}), prove });
  }
  return { ...taught, remarks: [...taught.remarks, ...remarks], ...costOf(lesson) };
}

interface Material {
  readonly recordings: readonly Recording[];
  readonly sources?: Readonly<Record<string, string>>;
  readonly window?: { readonly tags: readonly string[]; readonly steps: number };
  readonly remarks?: readonly string[];
}

async function namedIn(csv: readonly string[]): Promise<Material> {
  const names = namesOf(csv);
  const named = [];
  for (const [i, path] of csv.entries()) named.push(await recordingIn(path, [], names[i]));
  const sources = Object.fromEntries(named.map(({ recording: { file }, sha256 }) => [file, sha256]));
  return { recordings: named.map(({ recording }) => recording), sources };
}

function storedIn({ store, station, stretches, tags, names, steps, every }: StoredMachine): Material {
  const found = stretches.map(({ from, to }) => storedStretch(store, { station, from, to, tags, every }));
  const [first] = stretches;
  if (first && found.every(({ times }) => times.length === 0)) {
    const why = `no part of ${station} with a window of its tags as the config has them, every ${every} ms, is stored of that time`;
    throw new LinesideError('DATA_INVALID', { file: localTime(first.from), why });
  }
  const recordings = stretches.map(({ from }, i): Recording => {
    const { times, values } = found[i] ?? { times: [], values: new Float32Array() };
    // A sentence names it by when it was.
    return { file: new Date(from).toISOString(), tags: names, values, rows: times.length, times, others: [] };
  });
  const remarks = remarksOf(
    stretches,
    found.map(({ times }) => times),
  );
  return { recordings, window: { tags: names, steps }, remarks };
}

const costOf = ({ kind, variant }: Lesson): Cost => ({ kind, variant, memory: process.resourceUsage().maxRSS * 1024 });

/** As before any start, in a process that can be ended. */
async function prove(folder: string): Promise<void> {
  const { package: name, variants } = await verifyPackage(folder, { providers: ['cpu'], threads: 1, rounds: 1 });
  const refused = variants.find(({ ok }) => !ok);
  if (refused) throw new LinesideError('MODEL_INVALID', { model: name, why: refused.fault ?? 'it was refused' });
}
