/** Whether a PLC's clock, and no camera or model, is why parts have no picture. Pure. */
import type { StationConfig } from '../config/schema.ts';
import type { ErrorCode } from '../errors.ts';
import { type Milliseconds, skewInWords } from '../time.ts';
import { serverOf } from './plant.ts';

/** Without a picture of the time that the PLC's clock says; behind: it is gone, ahead: it has not come yet. */
const EXPLAINED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['FRAME_MISSING', 'DEADLINE_MISSED']);

/**
 * The next step for parts that meet `code` at a station, where the skew of the server whose tag triggers it is more than the station's
 * tolerance for pictures; else null. `skews`: ms that each server's clock is ahead of this box's, those that have been measured. `now`: by this
 * box's clock.
 */
export function skewHint(
  { trigger, frame }: Pick<StationConfig, 'trigger' | 'frame'>,
  code: ErrorCode,
  skews: Readonly<Record<string, Milliseconds>>,
  now: number,
): string | null {
  if (!EXPLAINED.has(code) || !('tag' in trigger) || frame.clock !== 'source') return null;
  const server = serverOf(trigger.tag);
  const skew = skews[server] ?? 0;
  if (Math.abs(skew) <= frame.tolerance) return null;
  // Coarse, so that the alarm is the same from one part to the next.
  return `The clock of OPC UA server ${server} ${skewInWords(skew, now)}; pictures are chosen by it: set both by the same time server, or say \`frame: {clock: arrival}\` at the station.`;
}
