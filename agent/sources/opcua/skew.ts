/**
 * How far the clock behind the source times is off, from the samples themselves: arrival less source time is the way from the source to
 * here plus the difference of the clocks. The least of many is nearly the difference alone; the median over the tags passes by a device
 * whose own clock is lost. Pure.
 */
export class ClockSkew {
  /** By client handle, Infinity where nothing came. */
  private readonly least: Float64Array;
  private readonly slacks: Float64Array;
  /** A tag's first value of a life may be as old as it likes. */
  private readonly begun: Uint8Array;
  private heard = 0;

  constructor(tags: number) {
    this.least = new Float64Array(tags).fill(Number.POSITIVE_INFINITY);
    this.slacks = new Float64Array(tags);
    this.begun = new Uint8Array(tags);
  }

  /** ms that a change of this tag may wait at the server before it is sent. */
  slack(handle: number, ms: number): void {
    this.slacks[handle] = ms;
  }

  /** `late`: ms from the source's time to the arrival here. Hot. */
  take(handle: number, late: number): void {
    if (this.begun[handle] === 0) {
      this.begun[handle] = 1;
      // What lies ahead has not happened yet: that is the clock at once.
      if (late > 0) return;
    }
    this.heard++;
    if (late < (this.least[handle] ?? 0)) this.least[handle] = late;
  }

  /** ms that the source's clock is ahead of this box's, since the last conclusion; null where nothing changed. */
  conclude(): number | null {
    if (this.heard === 0) return null;
    const offs: number[] = [];
    this.least.forEach((late, handle) => {
      if (late === Number.POSITIVE_INFINITY) return;
      offs.push(late < 0 ? -late : -Math.max(0, late - (this.slacks[handle] ?? 0)));
    });
    this.least.fill(Number.POSITIVE_INFINITY);
    this.heard = 0;
    offs.sort((a, b) => a - b);
    return offs[offs.length >> 1] ?? null;
  }
}
