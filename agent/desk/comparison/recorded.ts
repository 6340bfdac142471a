/** What a station recorded, out of its journal: kept pictures, windows and notes, as its models saw them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { ModelSlot, TagWindow } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { calibrationFiles, plausibleOf, recallCalibration } from '../../inference/calibration-file.ts';
import { Learner } from '../../inference/learner.ts';
import type { Manifest } from '../../inference/manifest.ts';
import type { Trial } from '../../inference/trial.ts';
import { withoutGaps } from '../../inference/window.ts';
import { exportInspections, latestInspections } from '../../store/read.ts';
import type { InputName, Inputs, Sample } from '../evaluation/protocol.ts';
import { plainLabel } from '../evaluation/protocol.ts';
import { type Material, OWN, some } from './material.ts';

export interface RecordedWish {
  /** Folder of the journal. */
  readonly store: string;
  readonly input: Exclude<InputName, 'recording'>;
  readonly station?: string | undefined;
  /** Wall time, ms since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Newest inspections that are looked through, where `from` does not say it. */
  readonly most: number;
  /** Whose camera, region, limits and calibration count; the whole picture and the manifests' own without it. */
  readonly slot?: ModelSlot | undefined;
}

/** The parts of an exported record that are used here. */
interface Stored {
  readonly id: string;
  readonly station: string;
  readonly part: string | null;
  readonly verdict: string;
  readonly frames: readonly { readonly camera: string; readonly truth?: string }[];
  readonly images: readonly { readonly path: string; readonly camera: string; readonly role: string }[];
  readonly findings: readonly { readonly model: string; readonly note?: { readonly text: string } | null }[];
  readonly window: (Omit<TagWindow, 'values' | 'quality' | 'endsAt' | 'everyMs'> & StoredWindow) | null;
}
interface StoredWindow {
  readonly ends_at: number;
  readonly every_ms: number;
  readonly values: readonly (number | null)[];
  readonly quality: readonly number[];
}

/** Rejects with STORE_MISSING, USAGE where it is not clear what is meant, or DATA_INVALID where there is nothing to compare on. */
export async function ofJournal(wish: RecordedWish): Promise<Material> {
  const records = await recordsOf<Stored>(wish);
  onlyOne('stations', new Set(records.map(({ station }) => station)), 'name one with --station');
  const found = FINDERS[wish.input](records, wish);
  const samples = some(found, join(wish.store, 'journal.db'));
  const known = samples.filter(({ truth }) => truth !== null).length;
  return {
    name: 'recorded',
    input: wish.input,
    samples,
    protocol: known > 0 ? OWN : null,
    limits: (manifest) => (wish.slot?.package === manifest.name ? limitsOf(wish.slot) : {}),
    calibrate: (trial) => calibrate(trial, records, wish),
    remarks: [
      ...(known > 0 && known < samples.length ? [`the truth is known of ${known} of ${samples.length} samples`] : []),
      ...(wish.input === 'picture' ? [KEPT] : []),
      ...(wish.slot === undefined && wish.input === 'picture' ? [WHOLE] : []),
    ],
  };
}
const KEPT = 'kept pictures are no fair sample of the line: parts that were not good are kept more often (`store.images`)';
const WHOLE =
  'whole pictures were judged, or the region that a package was taught on which looks for its part: with --config and --station the station’s region and limits count';

const limitsOf = ({ threshold, review }: ModelSlot) => ({
  ...(threshold === undefined ? {} : { threshold }),
  ...(review === undefined ? {} : { review }),
});

/** Everything that is exported of the newest inspections, or of those since `from`. */
export async function recordsOf<Record>({
  store,
  station,
  from,
  to,
  most,
}: Omit<RecordedWish, 'input' | 'slot'>): Promise<readonly Record[]> {
  const records: Record[] = [];
  const oldest = (await latestInspections(store, most, station)).at(-1);
  const since = from ?? (oldest && Date.parse(oldest.utc));
  const lines = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      for (const line of text.split('\n')) if (line !== '') records.push(JSON.parse(line) as Record);
      done();
    },
  });
  await exportInspections(store, { from: since, to, station, format: 'jsonl' }, lines);
  return records;
}

function onlyOne(what: string, names: ReadonlySet<string>, how: string): void {
  if (names.size > 1) throw new LinesideError('USAGE', { why: `the records are of the ${what} ${[...names].sort().join(', ')}: ${how}` });
}

type Finder = (records: readonly Stored[], wish: RecordedWish) => readonly Sample[];
const FINDERS: Readonly<Record<RecordedWish['input'], Finder>> = { picture: pictures, window: windows, note: notes };

function pictures(records: readonly Stored[], { store, slot }: RecordedWish): readonly Sample[] {
  const kept = records.flatMap((record) => {
    const images = record.images.filter(({ role, camera }) => role === 'frame' && (slot?.camera ?? camera) === camera);
    return images.map((image) => ({ record, ...image, file: join(store, image.path) }));
  });
  onlyOne('cameras', new Set(kept.map(({ camera }) => camera)), 'say which with --config and --station');
  return kept
    .filter(({ file }) => existsSync(file))
    .map(({ record, camera, file }) => {
      const input: Inputs['picture'] = { file, ...placeOf(slot) };
      return sampleOf(record, input, record.frames.find((frame) => frame.camera === camera)?.truth);
    });
}

const placeOf = (slot: ModelSlot | undefined) => ({
  ...(slot?.region && { region: slot.region }),
  ...(slot?.format && { format: slot.format }),
});

/** Those that a network can be shown: in each, every tag was known at some time. */
function windows(records: readonly Stored[]): readonly Sample[] {
  return records.flatMap((record) => {
    const window = windowOf(record);
    if (!window || window.tags.some((_, i) => !known(window, i))) return [];
    const input: Inputs['window'] = { tags: window.tags.length, steps: window.steps, values: withoutGaps(window) };
    return [sampleOf(record, input, record.frames.find(({ truth }) => truth !== undefined)?.truth)];
  });
}

function known({ values, tags, steps }: TagWindow, tag: number): boolean {
  return Array.from({ length: steps }, (_, row) => values[row * tags.length + tag]).some(Number.isFinite);
}

function notes(records: readonly Stored[], { slot }: RecordedWish): readonly Sample[] {
  return records.flatMap((record) => {
    const read = record.findings.find(({ note, model }) => note && (slot?.name ?? model) === model)?.note;
    return read ? [sampleOf(record, { text: read.text, plain: false } satisfies Inputs['note'], undefined)] : [];
  });
}

const sampleOf = (record: Stored, input: Sample['input'], truth: string | undefined): Sample => ({
  id: record.part ?? record.id,
  group: record.part ?? record.id,
  input,
  truth: truth === undefined ? null : plainLabel(truth),
});

function windowOf({ window }: Stored): TagWindow | null {
  if (!window) return null;
  const { tags, steps, ends_at: endsAt, every_ms: everyMs, values, quality } = window;
  const numbers = Float32Array.from(values, (value) => value ?? Number.NaN);
  return { tags, steps, endsAt, everyMs, values: numbers, quality: Uint8Array.from(quality) };
}

/** What the station has learned, where it did so for this package; else what its accepted parts teach. */
async function calibrate(trial: Trial, records: readonly Stored[], { store, slot }: RecordedWish): Promise<void> {
  const { manifest } = trial;
  if (manifest.decode['method'] !== 'forecast') return;
  const files = slot && calibrationFiles({ id: slot.id, package: manifest.name }, join(store, 'calibration'));
  const stored = files && (await recallCalibration(files, identity(manifest, slot), plausibleOf(manifest)));
  if (stored) return trial.adopt(stored);
  const learner = new Learner(manifest.inputs.window?.steps ?? 0, manifest.calibration.rows);
  for (const record of records) {
    const window = record.verdict === 'ok' ? windowOf(record) : null;
    if (window && !learner.ready) learner.add(window);
  }
  const { have, need } = learner;
  if (!learner.ready) throw new LinesideError('MODEL_UNCALIBRATED', { model: manifest.name, have, need });
  await trial.learn(learner.stretch);
}

const identity = ({ name, version }: Manifest, { channels = [] }: ModelSlot) => ({ package: name, version, channels });
