/** A machine of six tags, the same in any language: 0 and 1 move together, 3 and 4 wander together, 5 stands still. */
import { Matrix } from 'ml-matrix';

export const TAGS = ['load', 'speed', 'oil', 'inlet', 'outlet', 'mode'] as const;

/** About normal, of spread 1: four draws of a linear congruential generator. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32;
    }
    return (sum - 2) * 1.7320508;
  };
}

/** Rows in single precision. `phase`: where the wandering pair begins. */
export function machine(rows: number, seed: number, phase = 0): number[][] {
  const next = noise(seed);
  let slow = 0;
  return Array.from({ length: rows }, (_, row) => {
    const e = Array.from({ length: 6 }, next) as [number, number, number, number, number, number];
    slow = 0.9 * slow + 0.3 * e[0];
    const away = Math.sin((row / rows + phase) * 4) * 3;
    const tags = [
      20 + 2 * slow + 0.1 * e[1],
      5 - slow + 0.1 * e[2],
      100 + 10 * e[3],
      50 + 8 * away + 0.2 * e[4],
      30 + 4 * away + 0.2 * e[5],
      7,
    ];
    return tags.map(Math.fround);
  });
}

/** Its first tag is off by 1.5 from row 80 on, and no longer goes with the second. */
export function faulty(): number[][] {
  return machine(120, 9, 0.3).map((row, i) => row.map((value, tag) => (tag === 0 && i >= 80 ? Math.fround(value + 1.5) : value)));
}

export const stretch = (rows: readonly (readonly number[])[]): Matrix => new Matrix(rows.map((row) => [...row]));

/** As a spreadsheet has it. */
export function csv(rows: readonly (readonly number[])[], { separator = ',', comma = false, times = false } = {}): string {
  const text = (value: number) => (comma ? String(value).replace('.', ',') : String(value));
  const time = (row: number) =>
    times ? [`2026-03-02 06:${String(Math.floor(row / 60)).padStart(2, '0')}:${String(row % 60).padStart(2, '0')}`] : [];
  const header = [...(times ? ['time'] : []), ...TAGS].join(separator);
  return `${[header, ...rows.map((row, i) => [...time(i), ...row.map(text)].join(separator))].join('\n')}\n`;
}
