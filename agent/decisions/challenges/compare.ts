/** Which challenge a part is of, and whether it got what it must get. Pure. */
import { type ChallengeResult, fits, type Inspection, reasonWords, type Verdict } from '../../contracts/index.ts';

export interface Expected {
  /** Id of the part; `*` stands for any characters, `?` for one. */
  readonly part: string;
  readonly expect: Verdict;
  readonly reason?: string | undefined;
}

/** Of several that fit the first one; an id that is named as it is goes before a pattern. */
export function recognise(challenges: Readonly<Record<string, Expected>>, part: string | null): string | null {
  if (part === null) return null;
  const all = Object.entries(challenges);
  const named = all.find(([, { part: id }]) => id === part) ?? all.find(([, { part: pattern }]) => fits(pattern, part));
  return named?.[0] ?? null;
}

type Judged = Pick<Inspection, 'outcome' | 'verdict' | 'reasons' | 'findings'>;

/** A verdict that `on_failure` gave proves nothing, whatever it is. */
export function compare(name: string, { expect, reason }: Expected, judged: Judged): ChallengeResult {
  const isRight = judged.outcome === 'judged' && judged.verdict === expect && (reason === undefined || names(judged, reason));
  return { name, expect, reason: reason ?? null, passed: isRight };
}

/** Among the reasons, or what a model says that it sees: a part that is thrown out for something else was not seen as what it is. */
const names = ({ reasons, findings }: Judged, wanted: string): boolean =>
  reasons.some((reason) => [reason.text, reasonWords(reason), reason.rule, reason.code].includes(wanted)) ||
  findings.some(({ label }) => label === wanted);
