/** What a station does about its challenge parts: they are judged and answered like any other, and what follows is about them alone. */
import type {
  Anchor,
  ChallengeEffect,
  ChallengeResult,
  Challenges,
  Containment,
  Decision,
  DecisionIntent,
  Inspection,
  TagScalar,
  TagWrite,
} from '../contracts/index.ts';
import type { StationSpec } from './ports.ts';

/** A red rabbit is thrown out like any bad part; nothing that is meant for the line follows from it. */
const ABOUT_THE_PART: ReadonlySet<DecisionIntent['action']> = new Set(['reject', 'rework'] as const);

/** Of a master part: the others are meant for the line. */
export const aboutThePart = (intents: readonly DecisionIntent[]): readonly DecisionIntent[] =>
  intents.filter(({ action }) => ABOUT_THE_PART.has(action));

export const ruleOf = (challenge: string): string => `challenge ${challenge}`;

/** What follows from a challenge part at once, with its answer. */
export function followsFrom(intents: readonly DecisionIntent[], result: ChallengeResult, of: Following): readonly DecisionIntent[] {
  const own = aboutThePart(intents);
  if (result.passed) return own;
  const held = of.challenges.holds(result.name);
  const hold = held ? [holdFor(result.name, held)] : [];
  return [...own, ...hold, quarantineFor(of.spec, result.name, 'failed')];
}

interface Following {
  readonly challenges: Challenges;
  readonly spec: StationSpec;
}

export const holdFor = (name: string, { why, writes }: Pick<ChallengeEffect, 'why' | 'writes'>): DecisionIntent => ({
  action: 'hold',
  reason: why,
  rule: ruleOf(name),
  writes,
  latched: true,
});

const KINDS = { failed: 'failed', missed: 'was missed', passed: 'passed again' } as const;

export const quarantineFor = ({ config }: StationSpec, name: string, kind: ChallengeEffect['kind']): DecisionIntent => ({
  action: 'quarantine',
  reason: `challenge ${name} ${KINDS[kind]}: the parts since it last passed are not proven`,
  rule: ruleOf(name),
  // When it passes again the stretch ends, and the PLC has been told of it.
  writes: kind === 'passed' ? [] : writesOf(config.containment?.write),
  latched: false,
});

const writesOf = (write: Readonly<Record<string, TagScalar>> = {}): readonly TagWrite[] =>
  Object.entries(write).map(([tag, value]) => ({ tag, value }));

/** The stretch of parts that a challenge opens, or ends; null where it does neither. */
export function containmentOf(
  station: string,
  { name, why, after, until, parts, containment }: ChallengeEffect,
  at: number,
): Containment | null {
  return containment === null ? null : { id: containment, station, at, cause: 'challenge', subject: name, why, after, until, parts };
}

/** A quarantine says which parts. */
export const withParts = (decision: Decision, { id: containment, after, until, parts }: Containment): Decision =>
  decision.action === 'quarantine' ? { ...decision, quarantine: { containment, after, until, parts } } : decision;

export const anchorOf = ({ id, sequence, at, part }: Inspection): Anchor => ({ inspection: id, sequence, at, part });
