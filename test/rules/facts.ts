/** A station for rules to look at. */

import type { ExpressionSpec } from '#agent/config/targets.js';
import type { Finding, RuleInput, TagReading, TagValue } from '#agent/contracts/index.js';

export const SCOPE = {
  models: { surface: { labels: ['good', 'crack', 'two words'] }, process: {} },
  tags: {
    'plc.die_temp': 'number',
    'plc.door_open': 'any',
    'plc.zones': 'any',
    'plc.product': 'any',
    'plc.speed': 'any',
    'robot.speed': 'any',
  },
} satisfies ExpressionSpec;

export const finding = (model: string, score: number, over: Partial<Finding> = {}): Finding => ({
  model,
  package: `${model}-package`,
  version: '1.0.0',
  variant: 'fp32',
  provider: 'cpu',
  sha256: '',
  kind: 'classify',
  label: 'crack',
  score,
  threshold: 0.62,
  review: [0.45, 0.62],
  margin: score - 0.62,
  queueMs: 0,
  runMs: 1,
  ...over,
});

export const reading = (value: TagValue, status = 0): TagReading => ({ value, status, source: 0 });

export const BAD = 0x80320000;
export const UNCERTAIN = 0x40920000;

const TAGS: Readonly<Record<string, TagReading>> = {
  'plc.die_temp': reading(330.5),
  'plc.door_open': reading(true),
  'plc.zones': reading([300, 310, 330]),
  'plc.product': reading('coarse'),
  'plc.speed': reading(1),
  'robot.speed': reading(2),
};

export const input = (
  over: { findings?: RuleInput['findings']; tags?: RuleInput['tags']; recipe?: string; part?: string | null } = {},
): RuleInput => ({
  findings: over.findings ?? {
    surface: finding('surface', 0.83, { probabilities: { good: 0.17, crack: 0.8, 'two words': 0.03 }, boxes: [] }),
    process: finding('process', 0.3, { threshold: 0.9, review: null, contributions: { die_temp: 0.75, pressure: 0.25 } }),
  },
  tags: { ...TAGS, ...over.tags },
  recipe: over.recipe ?? 'standard',
  part: over.part === undefined ? 'P-17' : over.part,
});
