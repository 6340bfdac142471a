/** The charts that somebody may ask for. */

/** What a chart takes: values one by one or in subgroups, counts of a size, or several numbers of one part. */
export const CHARTS = {
  individuals: 'values',
  xbar_r: 'values',
  xbar_s: 'values',
  ewma: 'values',
  cusum: 'values',
  p: 'counts',
  np: 'counts',
  c: 'counts',
  u: 'counts',
  t2: 'rows',
} as const;
export type ChartName = keyof typeof CHARTS;
