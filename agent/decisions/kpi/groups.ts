/** Figures by order and by recipe, over several shifts together (ISO 22400-2, clause 9). Pure. */
import type { GroupKpi, OrderCount, PartCount, ShiftCounts } from '../../contracts/index.ts';
import { Hours } from '../../time.ts';
import { qualityOf } from './indicators.ts';

/** Of each station, the one that began last first. Throughput rate = PQ / AOET: from the first part of the order to its last. */
export function orderKpis(counts: readonly OrderCount[]): readonly GroupKpi[] {
  return [...groupedBy(counts, ({ station, order }) => JSON.stringify([station, order])).values()]
    .map((parts): GroupKpi => {
      const { station, order } = parts[0] as OrderCount;
      const [from, to] = [Math.min(...parts.map(({ first }) => first)), Math.max(...parts.map(({ last }) => last))];
      const quality = qualityOf(parts);
      const rate = to > from ? (quality.quantities.produced * Hours(1)) / (to - from) : null;
      const recipes = [...new Set(parts.map(({ recipe }) => recipe))];
      return { station, name: order, recipes, from, to, throughput_rate: rate, ...quality };
    })
    .sort((a, b) => (b.from ?? 0) - (a.from ?? 0));
}

/** Of each station, most parts first. */
export function recipeKpis(counts: readonly ShiftCounts[]): readonly GroupKpi[] {
  const parts = counts.flatMap((one) => one.parts);
  return [...groupedBy(parts, ({ station, recipe }) => JSON.stringify([station, recipe])).values()]
    .map((of): GroupKpi => {
      const { station, recipe } = of[0] as PartCount;
      return { station, name: recipe, recipes: [recipe], from: null, to: null, throughput_rate: null, ...qualityOf(of) };
    })
    .sort((a, b) => b.quantities.produced - a.quantities.produced);
}

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const those = found.get(key);
    if (those) those.push(one);
    else found.set(key, [one]);
  }
  return found;
}
