/** Simulated changes whose first bad sample is known, and what the list of a change makes of them. Seeded. */
import { randomBinomial, randomLcg, randomNormal } from 'd3-random';
import { p } from '../../agent/decisions/spc/attributes.ts';
import { changeIn, changeInShare } from '../../agent/decisions/spc/changepoint.ts';
import { cusum } from '../../agent/decisions/spc/remembering.ts';

export interface ListFigures {
  /** Share of the shifts whose first bad sample is in the list. */
  readonly held: number;
  /** Samples of the list, of those that it should have; the median. */
  readonly length: number;
}

interface List {
  readonly from: number;
  readonly first: number;
  readonly end: number;
}

function figuresOf(lists: readonly List[]): ListFigures {
  const lengths = lists.map(({ from, first, end }) => (end - from) / (end - first)).sort((a, b) => a - b);
  return {
    held: lists.filter(({ from, first }) => from <= first).length / lists.length,
    length: lengths[Math.floor(lengths.length / 2)] ?? Number.NaN,
  };
}

/** Lists of so many shifts that were heard; a false alarm before a shift begins anew. */
function heard(runs: number, one: () => List | null): ListFigures {
  const lists: List[] = [];
  while (lists.length < runs) {
    const list = one();
    if (list) lists.push(list);
  }
  return figuresOf(lists);
}

/** Single values that shift up by so many spreads after 150 to 250 of them, heard by a CUSUM as it is by default. */
export function afterShift(shift: number, runs: number): ListFigures {
  const random = randomLcg(0.31);
  const normal = randomNormal.source(random)(0, 1);
  return heard(runs, () => {
    const step = cusum.open({ center: 0, sigma: 1, size: 1, samples: 100 });
    const first = 150 + Math.floor(100 * random());
    const seen: number[] = [];
    for (let isOut = false; !isOut; ) {
      const value = normal() + (seen.length < first ? 0 : shift);
      seen.push(value);
      isOut = step([value]).above > 5;
    }
    return seen.length <= first ? null : { first, from: changeIn(seen, 'above')?.from ?? Number.NaN, end: seen.length };
  });
}

/** Samples of 50 parts whose share of bad ones becomes another after 30 to 50 of them, heard by a p chart. */
export function afterShare(rate: number, later: number, runs: number): ListFigures {
  const random = randomLcg(0.77);
  const size = 50;
  const [good, bad] = [randomBinomial.source(random)(size, rate), randomBinomial.source(random)(size, later)];
  const chart = p.open({ rate, size, samples: 100 });
  return heard(runs, () => {
    const first = 30 + Math.floor(20 * random());
    const seen: { readonly count: number; readonly size: number }[] = [];
    for (let isOut = false; !isOut; ) {
      const sample = { count: seen.length < first ? good() : bad(), size };
      seen.push(sample);
      const { statistic, upper } = chart(sample);
      isOut = statistic > upper;
    }
    return seen.length <= first ? null : { first, from: changeInShare(seen, rate, 'above')?.from ?? Number.NaN, end: seen.length };
  });
}
