/**
 * What would have changed a verdict: the rules are asked again with one thing changed at a time. Each number is followed outward, past every constant
 * that the rules compare anything with and over an even grid, and where the verdict changes the place is halved down to the last digits; what
 * lies between two places of the grid and is undone before the next is not seen. Pure, and bounded in evaluations.
 */
import type { RecordedRules, RuleInput, Side, Verdict, WhatIf, WhatIfChange } from '../contracts/index.ts';
import { surroundings } from './environment.ts';
import type { Facts } from './facts.ts';
import type { History } from './history.ts';
import { readsOf } from './reads.ts';
import { type NumberThing, thingsOf, type WordThing } from './things.ts';
import { compileRules, defaultRules, type RuleSet } from './verdict.ts';

export interface WhatIfQuestion {
  readonly rules: RecordedRules;
  readonly input: RuleInput;
  /** Before the part; EMPTY where no rule looks at it. */
  readonly history: History;
  readonly verdict: Verdict;
  /** Expression of the rule that spoke, where one did. */
  readonly rule: string | null;
}

/** What one question may cost, in models looked at: a second or two of a thread that nobody waits for. Thirty models are tried to the end. */
const MOST = 120_000;
/** Of a range, in each direction. */
const GRID = 16;
const HALVINGS = 60;

/** Never throws where the rules compile; what cannot be known of a change is no change. */
export function whatIf({ rules, input, history, verdict, rule }: WhatIfQuestion): WhatIf {
  const own = rules.rules ?? undefined;
  const set = compileRules(rules, own);
  const trial = new Trial(set, history, { verdict, cost: 1 + Object.keys(rules.models).length });
  const speaker = trial.speaker(input);
  const spoke = speaker === undefined ? undefined : (own ?? defaultRules(Object.keys(rules.models)))[speaker];
  const none = { verdict, changes: [], untried: [], complete: true };
  if (trial.verdict(input) !== verdict || (spoke?.when ?? null) !== rule) return { ...none, unknown: 'not_reproduced' };
  const expressions = (own ?? defaultRules(Object.keys(rules.models))).flatMap(({ when }) => when ?? []);
  const reads = readsOf(expressions, surroundings(rules, false, expressions));
  const { numbers, words, untried } = thingsOf(input, reads, rules);
  const changes = [...numbers.flatMap((thing) => trial.follow(thing)), ...words.flatMap((thing) => trial.exchange(thing))];
  const off = own && spoke && speaker !== undefined ? trial.without(input, speaker, spoke) : [];
  return { verdict, unknown: null, changes: [...changes.sort(nearestFirst), ...off], untried, complete: trial.left > 0 };
}

class Trial {
  left = MOST;
  private readonly set: RuleSet;
  private readonly history: History;
  private readonly given: Verdict;
  private readonly cost: number;

  /** `cost`: of one evaluation. */
  constructor(set: RuleSet, history: History, { verdict: given, cost }: { readonly verdict: Verdict; readonly cost: number }) {
    this.set = set;
    this.history = history;
    this.given = given;
    this.cost = cost;
  }

  speaker(input: RuleInput): number | undefined {
    return this.ask((facts) => this.set.speaker(facts), input);
  }

  /** Undefined: it cannot be known, a tag being bad or a finding missing, or nothing is left to ask with. */
  verdict(input: RuleInput, off?: number): Verdict | undefined {
    return this.ask((facts) => this.set.verdict(facts, off), input);
  }

  follow(thing: NumberThing): readonly WhatIfChange[] {
    return [-1, 1].flatMap((towards) => this.oneWay(thing, towards as -1 | 1));
  }

  exchange({ name, value, others, with: input }: WordThing): readonly WhatIfChange[] {
    const found = others.flatMap((to): WhatIfChange[] => {
      const verdict = this.verdict(input(to));
      return verdict === undefined || verdict === this.given ? [] : [{ kind: 'word', name, value, to, verdict }];
    });
    // Where anything else would do, that is said once.
    const anything = found.filter((change) => change.kind === 'word' && change.to === '');
    return anything.length > 0 && found.every(({ verdict }) => verdict === anything[0]?.verdict) ? anything : found;
  }

  without(input: RuleInput, speaker: number, { when, reason }: Spoke): readonly WhatIfChange[] {
    const verdict = this.verdict(input, speaker);
    if (verdict === undefined || verdict === this.given) return [];
    return [{ kind: 'rule_off', rule: speaker + 1, when: when ?? null, reason: reason ?? null, verdict }];
  }

  /** The first place of each other verdict. */
  private oneWay(thing: NumberThing, towards: -1 | 1): readonly WhatIfChange[] {
    const changes: WhatIfChange[] = [];
    const seen = new Set<Verdict | undefined>([this.given, undefined]);
    let before = thing.value;
    for (const place of placesOf(thing, towards)) {
      const verdict = this.verdict(thing.with(place));
      if (!seen.has(verdict) && verdict !== undefined) {
        seen.add(verdict);
        changes.push({ kind: thing.kind, name: thing.name, value: thing.value, verdict, ...this.edge(thing, before, place, verdict) });
      }
      before = place;
    }
    return changes;
  }

  private narrowed(thing: NumberThing, without: number, has: number, verdict: Verdict): readonly [number, number] {
    let [a, b] = [without, has];
    for (let i = 0; i < HALVINGS && Math.abs(b - a) > (thing.whole ? 1 : 2 * grain(b)); i++) {
      const middle = thing.whole ? Math.round((a + b) / 2) : (a + b) / 2;
      if (this.verdict(thing.with(middle)) === verdict) b = middle;
      else a = middle;
    }
    return [a, b];
  }

  /** Between a place without this verdict and one with it. */
  private edge(thing: NumberThing, without: number, has: number, verdict: Verdict): { at: number; side: Side } {
    const [a, b] = this.narrowed(thing, without, has, verdict);
    const towards = b < a ? 'down' : 'up';
    // The edge is a constant of the rules wherever there is one; the last place that has the verdict lies a grain beside it.
    const exact = thing.places.find((place) => place === a);
    if (exact !== undefined && !thing.whole) return { at: exact, side: towards === 'down' ? 'below' : 'above' };
    return { at: thing.places.find((place) => Math.abs(place - b) <= grain(b)) ?? b, side: towards === 'down' ? 'at_most' : 'at_least' };
  }

  private ask<T>(question: (facts: Facts) => T, input: RuleInput): T | undefined {
    if (this.left <= 0) return undefined;
    this.left -= this.cost;
    try {
      return question({ ...input, history: this.history });
    } catch {
      return undefined;
    }
  }
}

type Spoke = { readonly when?: string | undefined; readonly reason?: string | undefined };

/** As near as two different numbers are told apart here. */
const grain = (value: number): number => 1e-9 * Math.max(1, Math.abs(value));

/** Outward from the value. */
function placesOf({ value, range: [low, high], whole, places }: NumberThing, towards: -1 | 1): readonly number[] {
  const end = towards < 0 ? low : high;
  const grid = Array.from({ length: GRID }, (_, i) => value + ((end - value) * (i + 1)) / GRID);
  const step = (place: number) => (whole ? 1 : grain(place));
  const all = [...grid.map((place) => (whole ? Math.round(place) : place)), ...places.flatMap((p) => [p - step(p), p, p + step(p)])];
  const outward = all.filter((place) => (place - value) * towards > 0 && place >= low && place <= high);
  return [...new Set(outward)].sort((a, b) => (a - b) * towards);
}

const distanceOf = (change: WhatIfChange): number =>
  change.kind === 'score' || change.kind === 'number' ? Math.abs(change.at - change.value) / Math.max(1, Math.abs(change.value)) : 1;
const ORDER: Readonly<Record<WhatIfChange['kind'], number>> = { score: 0, number: 1, word: 2, rule_off: 3 };
const nearestFirst = (a: WhatIfChange, b: WhatIfChange): number => ORDER[a.kind] - ORDER[b.kind] || distanceOf(a) - distanceOf(b);
