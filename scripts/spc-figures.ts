/**
 * The simulated figures of docs/quality.md: how often the first bad part is in the list of a change, and how long the list is. Some seconds; the same
 * figures every time. test/decisions repeats a part of it.
 *
 *   node dist/scripts/spc-figures.js
 */
import { afterShare, afterShift, type ListFigures } from './spc/changes.ts';

const RUNS = 5000;
const SHIFTS = [0.5, 0.75, 1, 1.5, 2, 3];
const SHARES = [
  { rate: 0.02, later: 0.06 },
  { rate: 0.02, later: 0.1 },
  { rate: 0.02, later: 0.2 },
  { rate: 0.1, later: 0.25 },
];

const row = (what: string, { held, length }: ListFigures): string => `| ${what} | ${(100 * held).toFixed(1)} % | ${length.toFixed(2)} |`;

const rows = [
  ...SHIFTS.map((shift) => row(`a shift of ${shift} spreads`, afterShift(shift, RUNS))),
  ...SHARES.map(({ rate, later }) => row(`${100 * rate} % bad became ${Math.round(100 * later)} %`, afterShare(rate, later, RUNS))),
];
process.stdout.write(`| change | first bad one in the list | length, of the true one |\n|---|--:|--:|\n${rows.join('\n')}\n`);
