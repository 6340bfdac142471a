/** What is drawn of each chart of values: where the process is, and how far it is spread. The desk and the line draw the same. */
import type { ChartName } from './chart-names.ts';
import type { ChartKind, Subgroup } from './charts.ts';
import { cusum, ewma } from './remembering.ts';
import { deviation, individuals, movingRange, type Normal, range, xbarByDeviation, xbarByRange } from './variables.ts';
import type { ZoneRule } from './zone-rules.ts';

export interface PanelWish {
  readonly chart: ChartName;
  /** Of ewma. */
  readonly lambda?: number | undefined;
  readonly width?: number | undefined;
  /** Of cusum. */
  readonly h?: number | undefined;
  readonly shift?: number | undefined;
}

export interface NamedPanel {
  readonly name: string;
  readonly kind: ChartKind<Subgroup, Normal>;
}

/** The first says where the process is; what it learns holds for the other as well. Of a chart of counts or rows: those of values one by one. */
export function valuePanels({ chart, lambda, width, h, shift }: PanelWish): readonly [NamedPanel, ...NamedPanel[]] {
  switch (chart) {
    case 'ewma':
      return [{ name: 'ewma', kind: { ...ewma, open: (of, _, memory) => ewma.open(of, known({ lambda, width }), memory) } }];
    case 'cusum':
      return [{ name: 'cusum', kind: { ...cusum, open: (of, _, memory) => cusum.open(of, known({ h, shift }), memory) } }];
    case 'xbar_s':
      return [
        { name: 'xbar', kind: xbarByDeviation },
        { name: 's', kind: deviation },
      ];
    case 'xbar_r':
      return [
        { name: 'xbar', kind: xbarByRange },
        { name: 'r', kind: range },
      ];
    default:
      return [
        { name: 'individuals', kind: individuals },
        { name: 'moving_range', kind: movingRange },
      ];
  }
}

/** Without what nobody named. */
const known = <Wish extends object>(wish: Wish) =>
  Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as { [Key in keyof Wish]?: NonNullable<Wish[Key]> };

/** Charts of spread: their statistic is not normal, so that zone rules would hold by themselves. */
export const SPREAD: ReadonlySet<string> = new Set(['r', 's', 'moving_range']);

/** Patterns that say that the mean has moved, and where to; the others say that values are spread or mixed in another way. */
export const MOVED: ReadonlySet<ZoneRule> = new Set<ZoneRule>([
  'nelson_1',
  'nelson_2',
  'nelson_5',
  'nelson_6',
  'western_electric_1',
  'western_electric_2',
  'western_electric_3',
  'western_electric_4',
]);

/** Of a point of a process in control: beyond three standard errors; in one of the other patterns, about. */
const LIMIT_CHANCE = 0.0027;
const PATTERN_CHANCE = 0.004;
const isOfLimits = (rule: ZoneRule): boolean => rule === 'nelson_1' || rule === 'western_electric_1';

/** How many signals chance alone gives, on the average, in so many points of a process in control. */
export const chanceOf = (points: number, rules: readonly ZoneRule[]): number =>
  points * rules.reduce((sum, rule) => sum + (isOfLimits(rule) ? 0 : PATTERN_CHANCE), LIMIT_CHANCE);
