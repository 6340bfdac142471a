/** A station's calibration on the disk. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelSlot } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { readRegular } from '../platform/plain-file.ts';
import { type Calibration, doubtOf, type Plausible } from './calibration.ts';
import type { Manifest } from './manifest.ts';

/** What a calibration was learned for: with another network or other tags it means nothing. */
export interface CalibrationIdentity {
  readonly package: string;
  readonly version: string;
  readonly channels: readonly string[];
}

/** By place and package, so that a promotion and the way back find what was learned; the second is where one package alone had it. */
export function calibrationFiles(
  { id, beside = id, package: name }: Pick<ModelSlot, 'id' | 'beside' | 'package'>,
  folder: string,
): readonly [string, string] {
  const place = join(folder, beside.replaceAll('/', '.'));
  return [`${place}+${name}.json`, `${place}.json`];
}

/** A file holds some numbers a channel, and a matrix of them. */
const LARGEST = 16 * 2 ** 20;

/**
 * From the first of the files that has one for this; null where none has. Rejects with CALIBRATION_INVALID where a file cannot be read, is
 * not as it was written, or holds what no rows of a machine can have given.
 */
export async function recallCalibration(
  files: readonly string[],
  identity: CalibrationIdentity,
  plausible: Plausible,
): Promise<Calibration | null> {
  for (const file of files) {
    const found = await readCalibration(file, identity, plausible);
    if (found) return found;
  }
  return null;
}

/** As the package says; ranges of channels that it does not describe are not known. */
export const plausibleOf = ({ calibration, inputs }: Pick<Manifest, 'calibration' | 'inputs'>): Plausible => ({
  settings: calibration,
  ranges: (inputs.window?.channels ?? []).map((channel) => (typeof channel === 'string' ? null : (channel.range ?? null))),
});

interface Stored {
  readonly identity?: CalibrationIdentity;
  readonly calibration?: unknown;
  /** Of both, as JSON; absent in files of older agents. */
  readonly sha256?: string;
}

async function readCalibration(file: string, identity: CalibrationIdentity, plausible: Plausible): Promise<Calibration | null> {
  const refuse = (why: string) => new LinesideError('CALIBRATION_INVALID', { file, model: identity.package, why });
  if (!(await lstat(file).catch(() => null))) return null;
  const text = (await readRegular(file, { most: LARGEST, refuse })).toString('utf8');
  const stored = parsed(text);
  if (!stored) throw refuse('it is no calibration, or half of one');
  if (keyOf(stored.identity) !== keyOf(identity)) return null;
  const { calibration, sha256 } = stored;
  if (sha256 !== undefined && sha256 !== hashOf(identity, calibration))
    throw refuse('it is not as it was written: its checksum is another');
  const doubt = doubtOf(calibration, plausible);
  if (doubt !== null) throw refuse(doubt);
  return calibration as Calibration;
}

function parsed(text: string): Stored | null {
  try {
    const stored: unknown = JSON.parse(text);
    return typeof stored === 'object' && stored !== null && 'calibration' in stored ? (stored as Stored) : null;
  } catch {
    return null;
  }
}

/** Replaces the file whole: after a power cut there is the old one or the new one. One that was refused stays beside it, for whoever asks why. */
export async function writeCalibration(
  file: string,
  identity: CalibrationIdentity,
  calibration: Calibration,
  refused: string | null = null,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if (refused !== null) await rename(refused, `${refused}.refused`).catch(() => {});
  const draft = await open(`${file}.new`, 'w', 0o600);
  try {
    await draft.writeFile(`${JSON.stringify({ identity, calibration, sha256: hashOf(identity, calibration) })}\n`);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${file}.new`, file);
}

const hashOf = (identity: CalibrationIdentity, calibration: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([keyOf(identity), calibration]))
    .digest('hex');

const keyOf = (identity: CalibrationIdentity | undefined): string =>
  JSON.stringify([identity?.package, identity?.version, identity?.channels]);
