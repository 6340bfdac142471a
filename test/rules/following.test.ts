/** `part.last('press')`: what was said of a part at another station, as rules, decisions and rows of a table of routes ask it. */
import { describe, expect, it } from 'vitest';
import type { PartPast, Said } from '#agent/contracts/index.js';
import { checkExpressions, createJudge, type JudgeSpec } from '#agent/rules/judge.js';
import { finding, input, reading, SCOPE } from './facts.ts';

const askable = { press: { models: ['surface'] }, oven: { models: [] }, outlet: { models: [], why: 'outlet is this station itself' } };
const SAID: Said = { verdict: 'nok', reasons: ['crack', 'late'], recipe: 'coarse', at: 1000, scores: { surface: 0.83 }, passes: 2 };
const knows =
  (said: Said | null) =>
  (part: string | null): PartPast => ({ now: 61_000, last: (station) => (station === 'press' && part === 'P-17' ? said : null) });
const judgeOf = (when: string, more: Partial<JudgeSpec> = {}) =>
  createJudge({ ...SCOPE, askable, past: knows(SAID), rules: [{ when, verdict: 'nok' }, { verdict: 'ok' }], ...more });
const holds = (when: string, said: Said | null = SAID, part: string | null = 'P-17') =>
  judgeOf(when, { past: knows(said) }).judge(input({ part })).verdict === 'nok';
const faultOf = (when: string) => checkExpressions({ ...SCOPE, askable, rules: [{ when }] })[0]?.text;

describe('what another station has said of a part', () => {
  it.each([
    "part.last('press').verdict == 'nok'",
    "part.last('press').reason == 'crack'",
    "'late' in part.last('press').reasons",
    "part.last('press').recipe == 'coarse'",
    "part.last('press').age > 59 && part.last('press').age < 61",
    "part.last('press').passes == 2",
    "part.last('press').score('surface') > 0.8",
    "part.seen('press') && !part.seen('oven')",
  ])('is a fact: %s', (when) => expect(holds(when)).toBe(true));

  it('is empty where nothing is known, of a part without an id too; a number that nobody knows is none', () => {
    for (const part of ['P-18', null]) {
      expect(
        holds("part.last('press').verdict == '' && part.last('press').reason == '' && part.last('press').passes == 0", SAID, part),
      ).toBe(true);
      expect(holds("part.seen('press') && part.last('press').age > 0", SAID, part)).toBe(false);
      expect(() => holds("part.last('press').age > 0", SAID, part)).toThrow('nothing is known of this part from there');
      expect(() => holds("part.last('press').score('surface') > 0", SAID, part)).toThrow('nothing is known of this part from there');
    }
    expect(() => holds("part.last('press').score('surface') > 0", { ...SAID, scores: {} })).toThrow('found nothing on this part');
  });

  it('stands among the evidence, in decisions too', () => {
    const when = "part.last('press').verdict == 'nok' && part.last('press').age > 50";
    const judge = judgeOf(when, { decisions: [{ when, do: 'rework' }] });
    expect(judge.judge(input()).reasons[0]?.text).toBe('part.last("press").verdict == "nok", part.last("press").age 60 > 50');
    expect(judge.decide(input(), 'nok')).toMatchObject([{ action: 'rework' }]);
    expect(judge.needsName).toBe(true);
    expect(judgeOf('surface.score > 0.5').needsName).toBe(false);
  });

  it('is not known any more to whoever judges a part again', () => {
    expect(() => judgeOf("part.seen('press')", { past: undefined }).judge(input())).toThrow('is not known any more');
  });

  it.each<[string, string]>([
    ["part.last('pres').verdict == 'nok'", 'there is no station pres; did you mean press?'],
    ["part.seen('outlet')", 'outlet is this station itself'],
    ["part.last('press').verdikt == 'nok'", 'part.last() has no verdikt; did you mean verdict?'],
    ["part.last('press').verdict == 'bad'", "part.last('press').verdict is never 'bad'; it is one of: ok, nok, review"],
    ["part.last('press').score('surfce') > 0.5", 'station press has no model surfce; did you mean surface?'],
    ["recipe.seen('press')", "seen() is asked of the part at hand: part.seen('press')"],
    ["part.last(recipe).verdict == 'ok'", "the station is named as it stands: part.last('press')"],
    ["part.last('press') == 'ok'", 'all that a station said and a text do not go together with =='],
    ["part.last('press')", 'this gives all that a station said, not true or false; compare it with something'],
    ["(part).last('press').verdict == 'nok'", "write it as it stands here: part.last('press')"],
    ["(part.last('press')).score('surface') > 0.5", "write it as it stands here: part.last('press').score(…)"],
    [
      "(part.seen('press') ? part.last('press') : part.last('oven')).score('surface') > 0.5",
      "score() is asked of what a station said: part.last('press').score('surface')",
    ],
    ['part.seen(3)', "seen() is asked of the part, with a station: part.seen('press')"],
  ])('%s is told before it runs', (when, text) => expect(faultOf(when)).toBe(text));
});

describe('a table that says where parts go', () => {
  const table = [
    { when: "part.last('press').reason == 'crack'", verdict: 'nok', to: 'scrap' },
    { reason: ['scratch', 'crack'], to: 'rework' },
    { recipe: 'coarse', verdict: ['ok', 'review'], to: 'coarse_box' },
    { when: 'tags.die_temp > 300', verdict: 'review', to: 'hold' },
    { to: 'packing' },
  ] as const satisfies JudgeSpec['route'];
  const judge = createJudge({ ...SCOPE, askable, past: knows(SAID), route: table });
  const goes = (verdict: 'ok' | 'nok' | 'review', reason: string, over: Parameters<typeof input>[0] = {}) =>
    judge.row?.(input({ part: 'P-18', ...over }), { verdict, reasons: [{ text: reason }] });

  it('the first row that fits says it, by verdict, reason, label, recipe and expression', () => {
    const plain = { findings: {} };
    expect(goes('nok', 'dent', { ...plain, part: 'P-17' })).toMatchObject({ index: 0, to: 'scrap' });
    expect(goes('nok', 'scratch (surface.score 0.9 > 0.6)', plain)).toMatchObject({ index: 1, to: 'rework' });
    expect(goes('nok', 'dent', { findings: { surface: finding('surface', 0.9, { label: 'crack' }) } })).toMatchObject({ to: 'rework' });
    expect(goes('ok', 'fine', { ...plain, recipe: 'coarse' })).toMatchObject({ to: 'coarse_box' });
    expect(goes('review', 'unsure', plain)).toMatchObject({ to: 'hold', reason: 'review: unsure; tags.die_temp 330.5 > 300' });
    expect(goes('ok', 'fine', plain)).toEqual({ index: 4, to: 'packing', reason: 'ok: fine', rule: 'all others → packing', unsure: null });
    expect(goes('nok', 'scratch', plain)?.rule).toBe('reason scratch or crack → rework');
  });

  it('a row that cannot be known does not fit, and the one that does says why', () => {
    const tags = { 'plc.die_temp': reading(0, 0x80000000) };
    const found = goes('review', 'unsure', { findings: {}, tags });
    expect(found).toMatchObject({ index: 4, to: 'packing' });
    expect(found?.reason).toContain('not known: ');
    expect(found?.unsure).toContain('plc.die_temp');
    expect(found?.reason).toContain('plc.die_temp');
  });

  it('a row that cannot be known leads where the table says of such parts', () => {
    const careful = createJudge({ ...SCOPE, askable, past: knows(SAID), route: table, unknownTo: 'hold' });
    const bad = { findings: {}, tags: { 'plc.die_temp': reading(0, 0x80000000) } };
    const goesTo = (verdict: 'ok' | 'review', over: object) =>
      careful.row?.(input({ ...over }), { verdict, reasons: [{ text: 'unsure' }] });
    expect(goesTo('review', bad)).toMatchObject({ index: 3, to: 'hold', rule: 'not known → hold' });
    // Nobody asked that row: the part is not for review.
    expect(goesTo('ok', bad)).toMatchObject({ to: 'packing', unsure: null });
  });

  it('its expressions are checked with the others', () => {
    const [fault] = checkExpressions({ ...SCOPE, askable, route: [{ when: "part.seen('pres')" }] });
    expect(fault).toMatchObject({ list: 'route', index: 0, text: 'there is no station pres; did you mean press?' });
  });
});
