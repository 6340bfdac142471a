/** The beat of the press: which part passes the camera when. Camera and PLC each hold one and agree without a word. */
import type { Milliseconds } from '../../time.ts';
import type { Course } from './faults.ts';
import { type Part, partAt } from './parts.ts';

export interface PressOptions {
  readonly seed: number;
  /** From part to part. */
  readonly period: Milliseconds;
  /** Wall time, ms, at which part 0 would have passed; its physics count from here. */
  readonly epoch: number;
  /** Default: `faults`. */
  readonly course?: Course;
}

/** Wall time, ms, at which a part passes. */
export const timeOf = ({ epoch, period }: PressOptions, number: number): number => Math.round(epoch + number * period);

/** The first part that passes at or after `time`, never before part 1. */
export const firstAfter = ({ epoch, period }: PressOptions, time: number): number => Math.max(1, Math.ceil((time - epoch) / period));

export const partOf = ({ seed, period, course }: PressOptions, number: number): Part => partAt(seed, number, number * period, course);
