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
import { type PartWish, type TaughtPart, teachPart } from '../teaching/picture/teach.ts';
import { maskOf, openEye } from './eye.ts';
import { namesOf, recordingIn } from './recordings.ts';

/** Where the package goes. */
export type TeachPlace = Omit<PackageWish, 'prove' | 'sources'>;

export interface PartOrder extends PartWish {
  readonly of: 'part';
  /** Folder of the backbone's package. */
  readonly backbone: string;
  /** Of every picture, in pixels; null: whole pictures. */
  readonly region: Region | null;
  /** null: what would be learned is told, and nothing is written. */
  readonly into: TeachPlace | null;
}

export interface MachineOrder {
  readonly of: 'machine';
  /** Files of recordings, or stretches of what is stored. */
  readonly from: { readonly csv: readonly string[] } | StoredMachine;
  /** One good row in so many may alarm. */
  readonly oneIn: number;
  readonly into: TeachPlace;
}

/** A station's own tags. */
export interface StoredMachine {
  /** Folder of the journal. */
  readonly store: string;
  readonly station: string;
  readonly stretches: readonly { readonly from: number; readonly to: number }[];
  /** Its window: the tags with their servers, what a package calls them, grid steps and their length, ms. */
  readonly tags: readonly string[];
  readonly names: readonly string[];
  readonly steps: number;
  readonly every: number;
}

interface Cost {
  readonly kind: string;
  readonly variant: string;
  /** Most memory that it took, bytes. */
  readonly memory: number;
}
export type PartReply = Omit<TaughtPart, 'lesson'> & Cost & { readonly masks?: Masks };
/** Heat maps as PNG files in base64, by part. */
export type Masks = Readonly<Record<string, string>>;
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

async function partOf({ backbone, region, into, ...wish }: PartOrder, tell: (step: TeachStep) => void): Promise<PartReply> {
  const eye = await openEye(backbone, region);
  try {
    const { lesson, ...taught } = await teachPart(wish, eye, (done, total) =>
      tell({ doing: done < total ? 'looking' : 'learning', done, total }),
    );
    if (into !== null) {
      tell({ doing: 'writing', done: 0, total: 0 });
      await writePackage(lesson, { ...into, prove });
    }
    const { held_out: judged, ...rest } = taught;
    const plain = judged.map(({ heat: _, ...one }) => one);
    return { ...rest, held_out: plain, ...costOf(lesson), ...(wish.heat ? { masks: await masksOf(judged) } : {}) };
  } finally {
    await eye.close();
  }
}

async function masksOf(judged: TaughtPart['held_out']): Promise<Masks> {
  const masks: Record<string, string> = {};
  for (const { part, heat = [] } of judged) masks[part] = (await maskOf(heat, Math.sqrt(heat.length))).toString('base64');
  return masks;
}

async function machineOf({ from, oneIn, into }: MachineOrder, tell: (step: TeachStep) => void): Promise<MachineReply> {
  const { recordings, sources, window } = 'csv' in from ? await namedIn(from.csv) : storedIn(from);
  tell({ doing: 'learning', done: 0, total: 0 });
  const { lesson, ...taught } = teachMachine({ recordings, oneIn, ...(window ? { window } : {}) });
  tell({ doing: 'writing', done: 0, total: 0 });
  await writePackage(lesson, { ...into, ...(sources ? { sources } : {}), prove });
  return { ...taught, ...costOf(lesson) };
}

interface Material {
  readonly recordings: readonly Recording[];
  readonly sources?: Readonly<Record<string, string>>;
  readonly window?: { readonly tags: readonly string[]; readonly steps: number };
}

async function namedIn(csv: readonly string[]): Promise<Material> {
  const names = namesOf(csv);
  const named = [];
  for (const [i, path] of csv.entries()) named.push(await recordingIn(path, [], names[i]));
  const sources = Object.fromEntries(named.map(({ recording: { file }, sha256 }) => [file, sha256]));
  return { recordings: named.map(({ recording }) => recording), sources };
}

function storedIn({ store, station, stretches, tags, names, steps, every }: StoredMachine): Material {
  const recordings = stretches.map(({ from, to }): Recording => {
    const { times, values } = storedStretch(store, { station, from, to, tags, every });
    // A sentence names it by when it was.
    return { file: new Date(from).toISOString(), tags: names, values, rows: times.length, times, others: [] };
  });
  return { recordings, window: { tags: names, steps } };
}

const costOf = ({ kind, variant }: Lesson): Cost => ({ kind, variant, memory: process.resourceUsage().maxRSS * 1024 });

/** As before any start, in a process that can be ended. */
async function prove(folder: string): Promise<void> {
  const { package: name, variants } = await verifyPackage(folder, { providers: ['cpu'], threads: 1, rounds: 1 });
  const refused = variants.find(({ ok }) => !ok);
  if (refused) throw new LinesideError('MODEL_INVALID', { model: name, why: refused.fault ?? 'it was refused' });
}
