/**
 * Patterns that hardly come by chance: Nelson's eight (Journal of Quality Technology 16, 1984) and the Western Electric rules (Statistical Quality Control
 * Handbook, 1956). Each looks at distances from the center in standard errors. A rule holds at a point where the pattern ends with it and the
 * point belongs to it; a value exactly on a line is not beyond it.
 */

/** What a rule looks for, in words of whoever stands before the chart. */
export const ZONE_RULES = {
  nelson_1: 'one point beyond three standard errors',
  nelson_2: 'nine points in a row on the same side of the center',
  nelson_3: 'six points in a row that only rise, or only fall',
  nelson_4: 'fourteen points in a row that rise and fall in turn',
  nelson_5: 'two of three points beyond two standard errors, on the same side',
  nelson_6: 'four of five points beyond one standard error, on the same side',
  nelson_7: 'fifteen points in a row within one standard error',
  nelson_8: 'eight points in a row beyond one standard error, on either side',
  western_electric_1: 'one point beyond three standard errors',
  western_electric_2: 'two of three points beyond two standard errors, on the same side',
  western_electric_3: 'four of five points beyond one standard error, on the same side',
  western_electric_4: 'eight points in a row on the same side of the center',
} as const;
export type ZoneRule = keyof typeof ZONE_RULES;

/** Points in a row of which something holds. */
class Run {
  length = 0;
  step(holds: boolean): void {
    this.length = holds ? this.length + 1 : 0;
  }
}

/** How many of the last points lie beyond a line, for each side; bits of a number, the newest lowest. */
class Beyond {
  above = 0;
  below = 0;
  private readonly line: number;
  private readonly mask: number;
  constructor(line: number, of: number) {
    this.line = line;
    this.mask = 2 ** of - 1;
  }
  step(z: number): void {
    this.above = ((this.above << 1) | Number(z > this.line)) & this.mask;
    this.below = ((this.below << 1) | Number(z < -this.line)) & this.mask;
  }
  /** So many on one side, the newest among them. */
  has(least: number): boolean {
    return (this.above % 2 === 1 && ones(this.above) >= least) || (this.below % 2 === 1 && ones(this.below) >= least);
  }
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left >>= 1) count += left & 1;
  return count;
}

/** Points of one chart, one after the other; what it remembers is a few numbers. */
export class ZoneWatch {
  private readonly rules: readonly ZoneRule[];
  private readonly upper = new Run();
  private readonly lower = new Run();
  private readonly rising = new Run();
  private readonly falling = new Run();
  private readonly turning = new Run();
  private readonly near = new Run();
  private readonly far = new Run();
  private readonly two = new Beyond(2, 3);
  private readonly one = new Beyond(1, 5);
  private before = Number.NaN;
  /** Sign of the last step. */
  private way = 0;

  /** `memory`: of a watch that goes on here; its numbers are good whatever the rules. */
  constructor(rules: readonly ZoneRule[], memory?: readonly number[]) {
    this.rules = rules;
    if (!memory) return;
    const { runs, beyond } = this;
    for (const [n, run] of runs.entries()) run.length = memory[n] ?? 0;
    for (const [n, line] of beyond.entries())
      [line.above, line.below] = [memory[runs.length + 2 * n] ?? 0, memory[runs.length + 2 * n + 1] ?? 0];
    [this.way = 0, this.before = Number.NaN] = memory.slice(runs.length + 2 * beyond.length);
  }

  /** A few plain numbers that a new watch goes on from. Before the first point the last of them is left out, being none. */
  memory(): readonly number[] {
    const { runs, beyond, before } = this;
    const known = [...runs.map(({ length }) => length), ...beyond.flatMap(({ above, below }) => [above, below]), this.way];
    return Number.isNaN(before) ? known : [...known, before];
  }

  private get runs(): readonly Run[] {
    return [this.upper, this.lower, this.rising, this.falling, this.turning, this.near, this.far];
  }
  private get beyond(): readonly Beyond[] {
    return [this.two, this.one];
  }

  /** The rules that hold at this point; the same empty list where none does. */
  step(distance: number): readonly ZoneRule[] {
    // What rounding leaves of a value on the center is on no side of it.
    const z = Math.abs(distance) < ROUNDING ? 0 : distance;
    this.see(z);
    let found: ZoneRule[] | null = null;
    for (const rule of this.rules) {
      if (!this.holds(rule, z)) continue;
      found ??= [];
      found.push(rule);
    }
    return found ?? NONE;
  }

  private see(z: number): void {
    const way = Math.sign(z - this.before);
    this.turning.step(way * this.way < 0);
    this.rising.step(way > 0);
    this.falling.step(way < 0);
    [this.before, this.way] = [z, Number.isNaN(way) ? 0 : way];
    this.upper.step(z > 0);
    this.lower.step(z < 0);
    this.near.step(Math.abs(z) <= 1);
    this.far.step(Math.abs(z) > 1);
    this.two.step(z);
    this.one.step(z);
  }

  private holds(rule: ZoneRule, z: number): boolean {
    switch (rule) {
      case 'nelson_1':
      case 'western_electric_1':
        return Math.abs(z) > 3;
      case 'nelson_2':
        return this.isOnOneSide(9);
      case 'western_electric_4':
        return this.isOnOneSide(8);
      case 'nelson_3':
        // Six points are five steps.
        return this.rising.length >= 5 || this.falling.length >= 5;
      case 'nelson_4':
        // Fourteen points are thirteen steps, of which twelve turn.
        return this.turning.length >= 12;
      case 'nelson_5':
      case 'western_electric_2':
        return this.two.has(2);
      case 'nelson_6':
      case 'western_electric_3':
        return this.one.has(4);
      case 'nelson_7':
        return this.near.length >= 15;
      case 'nelson_8':
        return this.far.length >= 8;
    }
  }

  private isOnOneSide(points: number): boolean {
    return this.upper.length >= points || this.lower.length >= points;
  }
}

const NONE: readonly ZoneRule[] = [];
const ROUNDING = 1e-9;
