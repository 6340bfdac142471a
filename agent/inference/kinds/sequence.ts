/** Tags over time: classes, a score, or the surprise of a forecast. */
import { distance, shares } from '../calibration.ts';
import { failed } from '../faults.ts';
import type { Core, DecodeContext, Output, Outputs } from './kind.ts';
import { classes, defineKind, labelOf, need, scalar } from './kind.ts';

export const sequence = defineKind({
  name: 'sequence',
  summary: 'A window of tags: class probabilities, a score, or a forecast whose residual is judged against normal rows of this machine.',
  input: 'window',
  options: {
    type: 'object',
    properties: {
      method: { enum: ['forecast'], description: 'forecast: the network gives a residual, calibrated on the box.' },
      tail: { type: 'integer', minimum: 1, description: 'forecast: rows that are forecast.' },
      smooth: { type: 'integer', minimum: 1, description: 'forecast: rows that the residual is smoothed over.' },
    },
    additionalProperties: false,
  },
  needsGood: () => false,
  outputs: (options) => (options.method === 'forecast' ? ['residual'] : []),
  decode(outputs, options, context) {
    if (options.method === 'forecast') return forecast(need(outputs, 'residual', context), context);
    return withContributions(
      outputs,
      outputs['probabilities'] ? classes(outputs['probabilities'], context) : scored(outputs, context),
      context,
    );
  },
});

function scored(outputs: Outputs, context: DecodeContext): Core {
  const score = scalar(outputs, 'score', context);
  return { score, label: labelOf(score, context) };
}

/** score = d / (d + limit), d the Mahalanobis distance: 0.5 is the alarm limit on every machine. */
function forecast(residual: Output, context: DecodeContext): Core {
  const { calibration } = context;
  if (!calibration) throw failed(context.model, 'a forecast needs a calibration');
  if (residual.data.length !== calibration.mean.length) {
    throw failed(context.model, `a residual of ${residual.data.length} channels, calibrated for ${calibration.mean.length}`);
  }
  const d = distance(residual.data, calibration);
  const score = d / (d + calibration.limit);
  return { score, label: labelOf(score, context), contributions: named(shares(residual.data, calibration), context) };
}

function withContributions(outputs: Outputs, core: Core, context: DecodeContext): Core {
  const contribution = outputs['contribution'];
  return contribution ? { ...core, contributions: named(contribution.data, context) } : core;
}

/** Shares by tag, adding up to 1; a contribution below zero speaks against a fault and counts as none. */
function named(values: ArrayLike<number>, context: DecodeContext): Readonly<Record<string, number>> {
  const positive = Array.from(values, (value) => Math.max(0, value));
  const sum = positive.reduce((a, b) => a + b, 0);
  return Object.fromEntries(context.channels.map((tag, i) => [tag, sum > 0 ? (positive[i] ?? 0) / sum : 0]));
}
