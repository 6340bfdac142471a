/** The newest samples of a chart, in a block of numbers that is made once. */

/** Numbers of a row before its values. */
const HEAD = 5;

export interface Row {
  readonly sequence: number;
  readonly at: number;
  /** Of why the point is out of control; 0: it is not. */
  readonly code: number;
  /** Of the panels; 0 where there is no second, or no limits were known. */
  readonly statistics: readonly [number, number];
  readonly values: readonly number[];
}

export class Ring {
  /** All samples that ever came. */
  total = 0;
  private readonly cells: Float64Array;
  private readonly width: number;
  private readonly capacity: number;

  /** `values`: of one sample. */
  constructor(capacity: number, values: number) {
    this.capacity = capacity;
    this.width = HEAD + values;
    this.cells = new Float64Array(capacity * this.width);
  }

  get size(): number {
    return Math.min(this.total, this.capacity);
  }

  push({ sequence, at, code, statistics, values }: Row): void {
    const from = (this.total % this.capacity) * this.width;
    this.cells[from] = sequence;
    this.cells[from + 1] = at;
    this.cells[from + 2] = code;
    this.cells.set(statistics, from + 3);
    this.cells.set(values, from + HEAD);
    this.total += 1;
  }

  /** What is now known of the n-th newest, from 0. */
  mark(back: number, code: number, statistics: readonly [number, number]): void {
    const from = this.place(back);
    this.cells[from + 2] = code;
    this.cells.set(statistics, from + 3);
  }

  /** The newest `count`, or as many as there are; oldest first. */
  newest(count: number): readonly Row[] {
    const rows: Row[] = [];
    for (let back = Math.min(count, this.size) - 1; back >= 0; back--) {
      const from = this.place(back);
      const [sequence = 0, at = 0, code = 0, main = 0, other = 0] = this.cells.subarray(from, from + HEAD);
      rows.push({ sequence, at, code, statistics: [main, other], values: [...this.cells.subarray(from + HEAD, from + this.width)] });
    }
    return rows;
  }

  /** The k-th value of the n-th newest sample, without making anything. */
  value(back: number, k: number): number {
    return this.cells[this.place(back) + HEAD + k] ?? Number.NaN;
  }

  private place(back: number): number {
    return ((((this.total - 1 - back) % this.capacity) + this.capacity) % this.capacity) * this.width;
  }
}
