/** Parts and the truth about them. A part is known by seed, number and the time at which it passes the camera. */
import { randomNormal, randomUniform } from 'd3-random';
import type { Milliseconds } from '../../time.ts';
import type { Course, ProcessFault } from './faults.ts';
import { faultAt } from './physics.ts';
import { pick, stream } from './random.ts';
import { isFlawed } from './shift.ts';

export type DefectKind = 'scratch' | 'pore' | 'flash' | 'cold_shut';
export interface Defect {
  readonly kind: DefectKind;
  /** mm from the middle of the part. */
  readonly x: number;
  readonly y: number;
  /** mm: length of a scratch or cold shut, diameter of a pore, height of a flash. */
  readonly size: number;
  /** Degrees, clockwise from the x axis. */
  readonly angle: number;
}

export type Cause = ProcessFault | 'random';
export interface Part {
  readonly number: number;
  readonly serial: string;
  readonly product: string;
  /** nok: a defect above its limit can be seen, or the process was out of bounds when it was cast (porosity inside, not to be seen). */
  readonly truth: 'ok' | 'nok';
  readonly visible: boolean;
  readonly cause: Cause | null;
  readonly defects: readonly Defect[];
  /** How it lies under the camera: mm, and which of the studio's poses. */
  readonly shift: readonly [x: number, y: number];
  readonly pose: number;
  /** Brightness of the lamp, 1 on average. */
  readonly light: number;
}

export const PRODUCT = 'bearing-cover';
/** From the die to the camera: a part that triggers now was cast this long ago. */
export const TRAVEL: Milliseconds = 600;
export const POSES = 6;

/** mm. Nothing lies between `blemish` and `defect`: the limit is never a matter of taste. */
export const SIZES: Readonly<
  Record<DefectKind, { readonly blemish?: readonly [number, number]; readonly limit: number; readonly defect: readonly [number, number] }>
> = {
  pore: { blemish: [0.5, 0.9], limit: 1.6, defect: [2.6, 4.6] },
  scratch: { blemish: [2, 3.5], limit: 7, defect: [14, 30] },
  flash: { limit: 1, defect: [2.2, 4.2] },
  cold_shut: { limit: 5, defect: [12, 24] },
};
/** What a cause looks like, when it can be seen. */
const LOOKS: Readonly<Record<Cause, readonly [DefectKind, ...DefectKind[]]>> = {
  overheating: ['flash', 'pore'],
  'pressure-drift': ['cold_shut', 'pore'],
  random: ['scratch', 'scratch', 'pore'],
};
const SHOWS: Readonly<Record<ProcessFault, number>> = { overheating: 0.6, 'pressure-drift': 0.6 };
const RANDOM_DEFECT = 0.03;
const BLEMISH = 0.15;

/** Part `number`, which passes the camera at `time` (ms since the epoch of the press). */
export function partAt(seed: number, number: number, time: Milliseconds, course: Course = 'faults'): Part {
  const source = stream(seed, 'part', number);
  const fault = faultAt(seed, time - TRAVEL, course);
  const chance = source();
  const flawed = course === 'shift' ? isFlawed(number) : chance < RANDOM_DEFECT;
  const visible = fault ? chance < SHOWS[fault] : flawed;
  const cause = fault ?? (visible ? 'random' : null);
  const defects = [...(source() < BLEMISH ? [blemish(source)] : []), ...(visible && cause ? [defect(cause, source)] : [])];
  const place = randomNormal.source(source)(0, 0.8);
  return {
    number,
    serial: `BC-${String(number).padStart(6, '0')}`,
    product: PRODUCT,
    truth: cause ? 'nok' : 'ok',
    visible,
    cause,
    defects,
    shift: [clamp(place(), 2.5), clamp(place(), 2.5)],
    pose: Math.floor(source() * POSES),
    light: randomUniform.source(source)(0.92, 1.06)(),
  };
}

function defect(cause: Cause, source: () => number): Defect {
  const kind = pick(LOOKS[cause], source);
  return place(kind, SIZES[kind].defect, source);
}
function blemish(source: () => number): Defect {
  const kind = pick<DefectKind>(['pore', 'scratch'], source);
  return place(kind, SIZES[kind].blemish ?? SIZES[kind].defect, source);
}

function place(kind: DefectKind, [least, most]: readonly [number, number], source: () => number): Defect {
  const between = randomUniform.source(source);
  const size = between(least, most)();
  const side = source() < 0.5 ? -1 : 1;
  // Flash stands on the parting line at the upper or lower edge; the rest lies on the plain fields beside the bore.
  if (kind === 'flash') return { kind, x: between(-36, 36)(), y: side * EDGE, size, angle: side < 0 ? 0 : 180 };
  return {
    kind,
    x: side * between(36, 50)(),
    y: between(-22, 22)(),
    size,
    angle: kind === 'cold_shut' ? between(60, 120)() : between(0, 180)(),
  };
}

/** mm from the middle of the part to its upper and lower edge; see the outline in casting.ts. */
export const EDGE = 42;

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
