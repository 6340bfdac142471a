/** Tags over time: classes, a score, or the surprise of a forecast. */
import { distance, pull, shares } from '../calibration.ts';
import { failed } from '../faults.ts';
import type { Core, DecodeContext, Output, Outputs } from './kind.ts';
import { classes, defineKind, explained, labelOf, need, scalar } from './kind.ts';

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
    if (options.method === 'forecast') return forecast(outputs, context);
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
function forecast(outputs: Outputs, context: DecodeContext): Core {
  const { calibration } = context;
  const residual = need(outputs, 'residual', context);
  if (!calibration) throw failed(context.model, 'a forecast needs a calibration');
  if (residual.data.length !== calibration.mean.length) {
    throw failed(context.model, `a residual of ${residual.data.length} channels, calibrated for ${calibration.mean.length}`);
  }
  const d = distance(residual.data, calibration);
  const score = d / (d + calibration.limit);
  return explained({ score, label: labelOf(score, context) }, context, () => ({
    contributions: named(shares(residual.data, calibration), context),
    ...(outputs['steps'] ? { rowContributions: byRow(outputs['steps'], pull(residual.data, calibration)) } : {}),
  }));
}

/** What each row adds to the residual, times how the residual's channels pull at the distance: that row's share of it. */
function byRow({ data }: Output, pulls: readonly number[]): readonly number[] {
  const channels = pulls.length;
  return shared(
    Array.from({ length: data.length / channels }, (_, row) =>
      pulls.reduce((sum, strength, channel) => sum + strength * (data[row * channels + channel] ?? 0), 0),
    ),
  );
}

function withContributions(outputs: Outputs, core: Core, context: DecodeContext): Core {
  const { contribution, row_contribution: rows } = outputs;
  return explained(core, context, () => ({
    ...(contribution ? { contributions: named(contribution.data, context) } : {}),
    ...(rows ? { rowContributions: shared(rows.data) } : {}),
  }));
}

function named(values: ArrayLike<number>, context: DecodeContext): Readonly<Record<string, number>> {
  const shares = shared(values);
  return Object.fromEntries(context.channels.map((tag, i) => [tag, shares[i] ?? 0]));
}

/** Shares that add up to 1; a contribution below zero speaks against a fault and counts as none. */
function shared(values: ArrayLike<number>): readonly number[] {
  const positive = Array.from(values, (value) => Math.max(0, value));
  const sum = positive.reduce((a, b) => a + b, 0);
  return positive.map((value) => (sum > 0 ? value / sum : 0));
}
