/** A station's calibration on the disk. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelSlot } from '../contracts.ts';
import type { Calibration } from './calibration.ts';

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

/** From the first of the files that has it. */
export async function recallCalibration(files: readonly string[], identity: CalibrationIdentity): Promise<Calibration | null> {
  for (const file of files) {
    const found = await readCalibration(file, identity);
    if (found) return found;
  }
  return null;
}

/** The calibration in `file`, or null when there is none, it was learned for something else, or it cannot be read. */
async function readCalibration(file: string, identity: CalibrationIdentity): Promise<Calibration | null> {
  try {
    const stored = JSON.parse(await readFile(file, 'utf8')) as { identity?: CalibrationIdentity; calibration?: Calibration };
    return keyOf(stored.identity) === keyOf(identity) && stored.calibration ? stored.calibration : null;
  } catch {
    return null;
  }
}

/** Replaces the file whole: after a power cut there is the old one or the new one. */
export async function writeCalibration(file: string, identity: CalibrationIdentity, calibration: Calibration): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = await open(`${file}.new`, 'w');
  try {
    await draft.writeFile(`${JSON.stringify({ identity, calibration })}\n`);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${file}.new`, file);
}

const keyOf = (identity: CalibrationIdentity | undefined): string =>
  JSON.stringify([identity?.package, identity?.version, identity?.channels]);
