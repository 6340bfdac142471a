/** Rules: mutated expressions through the check, and what passes it through a judge. */

import type { Finding, RuleInput, TagValue } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { checkExpressions, createJudge } from '../../agent/rules/judge.ts';
import type { Door } from './door.ts';
import { below, mutatedText, oddNumber, pick, type Random, reworded } from './mutate.ts';

const EXPRESSIONS = [
  'surface.score >= surface.threshold && tags.die_temp > 320',
  "surface.label in ['crack', 'break'] || tags.zones.exists(z, z > 320)",
  "rate('nok', 20) > 0.1 && nok_in_a_row >= 3",
  "recipe == 'coarse' ? surface.score > 0.9 : surface.margin > -0.1",
  'surface.probabilities.crack > 0.5 && size(part) > 3',
  "part.startsWith('P-') && !(tags.door_open) && since_changeover > 10 % 3",
] as const;
const SCOPE = {
  models: { surface: { labels: ['good', 'crack'] } },
  tags: { 'plc.die_temp': 'number', 'plc.door_open': 'any', 'plc.zones': 'any' },
} as const;

export const cel: Door = {
  name: 'cel',
  summary: 'Rules and conditions of decisions, changed and made up: a fault with its place, or a verdict; never anything else, never long.',
  inputs: { full: 450_000, quick: 1000 },
  meets: [/^taken$/, /^refused$/, /^RULE_FAILED$/],
  open: async () => ({ try: tryOne }),
};

async function tryOne(random: Random): Promise<string> {
  const when = expression(random);
  const isRule = random() < 0.7;
  const spec = {
    ...SCOPE,
    ...(isRule ? { rules: [{ when, verdict: 'nok' as const }] } : { decisions: [{ when, do: 'reject' as const }] }),
  };
  const faults = checkExpressions(spec);
  for (const { start, end, text } of faults) {
    if (!(start >= 0 && start <= when.length && end > start && text !== ''))
      throw new RangeError(`${start}..${end} of ${when.length}: ${text}`);
  }
  if (faults.length > 0) return 'refused';
  const judge = createJudge(spec);
  judge.push('nok');
  try {
    const input = part(random);
    judge.judge(input);
    judge.decide(input, 'nok');
    return 'taken';
  } catch (thrown) {
    // What a tag does not tell is a fault of the table, with the rule named.
    if (thrown instanceof LinesideError && thrown.code !== 'RULE_FAILED') throw new RangeError(`judged with ${thrown.code}`);
    throw thrown;
  }
}

function expression(random: Random): string {
  const how = random();
  if (how < 0.25) return mutatedText(random, pick(random, EXPRESSIONS));
  return how < 0.6 ? reworded(random, pick(random, EXPRESSIONS), ATOMS) : condition(random, 4);
}

const ATOMS = [
  'surface.score',
  'surface.label',
  'surface.probabilities.crack',
  'surface.probabilities',
  'tags.die_temp',
  'tags.zones',
  'tags.door_open',
  'nok_in_a_row',
  'since_changeover',
  'recipe',
  'part',
  'verdict',
  'size(part)',
  "rate('nok', 20)",
  "rate('ok', 100000)",
  'true',
  'null',
  "'crack'",
  "'\\u0000'",
  "b'x'",
  '[]',
  '{}',
  '0x10',
  '1u',
  '9223372036854775807',
  '-9223372036854775808',
] as const;

/** Something that may be true, of what the grammar has, `deep` levels at most. */
function condition(random: Random, deep: number): string {
  if (deep === 0) return `${operand(random, 0)} ${pick(random, ['==', '!=', '<', '>='])} ${operand(random, 0)}`;
  const more = () => condition(random, deep - 1);
  const value = () => operand(random, deep - 1);
  return pick<() => string>(random, [
    () => `${value()} ${pick(random, ['==', '!=', '<', '<=', '>', '>=', 'in'])} ${value()}`,
    () => `(${more()} ${pick(random, ['&&', '||'])} ${more()})`,
    () => `!(${more()})`,
    () => `${more()} ? ${more()} : ${more()}`,
    () => `tags.zones.${pick(random, ['exists', 'all', 'exists_one'])}(z, z > ${value()})`,
    () => `has(surface.${pick(random, ['score', 'label', 'nothing'])})`,
    () =>
      `${pick(random, ['part', 'surface.label', 'recipe'])}.${pick(random, ['startsWith', 'contains', 'endsWith', 'matches'])}(${value()})`,
    more,
  ])();
}

function operand(random: Random, deep: number): string {
  if (deep === 0 || random() < 0.4) return random() < 0.3 ? String(oddNumber(random)) : pick(random, ATOMS);
  const more = () => operand(random, deep - 1);
  return pick<() => string>(random, [
    () => `(${more()} ${pick(random, ['+', '-', '*', '/', '%'])} ${more()})`,
    () => `-${more()}`,
    () => `[${more()}, ${more()}]`,
    () => `${pick(random, ['double', 'int', 'string', 'size', 'uint', 'type'])}(${more()})`,
    () => `${more()}[${more()}]`,
    () => `(${condition(random, deep - 1)} ? ${more()} : ${more()})`,
  ])();
}

/** A hole is an odd number. */
const VALUES: readonly (TagValue | undefined)[] = [undefined, 'text', true, null, [300, 310], []];

function part(random: Random): RuleInput {
  const value = (): TagValue => VALUES[below(random, VALUES.length)] ?? oddNumber(random);
  const reading = () => ({ value: value(), status: pick(random, [0, 0x80320000]), source: 0 });
  const finding = {
    model: 'surface',
    label: 'crack',
    score: oddNumber(random),
    threshold: 0.6,
    review: [0.4, 0.6],
    margin: 0,
    probabilities: { crack: 0.5 },
  };
  return {
    findings: { surface: finding as unknown as Finding },
    tags: { 'plc.die_temp': reading(), 'plc.door_open': reading(), 'plc.zones': reading() },
    recipe: 'standard',
    part: below(random, 2) === 0 ? null : 'P-17',
  };
}
