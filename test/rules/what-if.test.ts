import { describe, expect, it } from 'vitest';
import type { RecordedRules, RuleInput, WhatIfChange } from '#agent/contracts/index.js';
import { EMPTY, push } from '#agent/rules/history.js';
import { createJudge } from '#agent/rules/judge.js';
import { readsPast } from '#agent/rules/reads.js';
import { type WhatIfQuestion, whatIf } from '#agent/rules/what-if.js';
import { BAD, finding, input, reading, SCOPE } from './facts.ts';

const RULES: NonNullable<RecordedRules['rules']> = [
  { when: 'surface.score >= surface.threshold', verdict: 'nok', reason: 'surface defect' },
  { when: 'tags.die_temp > 320 && process.score > 0.2', verdict: 'review' },
];

/** As the judge judges it, and then asked. */
function asked(over: Partial<RecordedRules> = {}, of: RuleInput = input(), history = EMPTY) {
  const rules: RecordedRules = { ...SCOPE, ranges: {}, rules: RULES, ...over };
  const judge = createJudge({ ...rules, rules: rules.rules ?? undefined });
  judge.restore(JSON.stringify(history));
  const { verdict, reasons } = judge.judge(of);
  const question: WhatIfQuestion = { rules, input: of, history, verdict, rule: reasons[0]?.rule ?? null };
  return whatIf(question);
}
const at = (surface: number, process = 0.1) =>
  input({ findings: { surface: finding('surface', surface), process: finding('process', process, { threshold: 0.9, review: null }) } });
const only = (changes: readonly WhatIfChange[], name: string) =>
  changes.filter((change) => change.kind !== 'rule_off' && change.name === name);

describe('what would have changed a verdict', () => {
  it('is the threshold, to the digit, on both sides of a band, and the rule that spoke', () => {
    // Below 0.62 no rule speaks but the second one: die_temp is above 320, and process has 0.3.
    expect(asked()).toEqual({
      verdict: 'nok',
      unknown: null,
      changes: [
        { kind: 'score', name: 'surface.score', value: 0.83, at: 0.62, side: 'below', verdict: 'review' },
        { kind: 'rule_off', rule: 1, when: RULES[0]?.when, reason: 'surface defect', verdict: 'review' },
      ],
      untried: [],
      complete: true,
    });
    const good = asked({}, at(0.3));
    expect(good.verdict).toBe('ok');
    expect(only(good.changes, 'surface.score')).toEqual([
      { kind: 'score', name: 'surface.score', value: 0.3, at: 0.45, side: 'at_least', verdict: 'review' },
      { kind: 'score', name: 'surface.score', value: 0.3, at: 0.62, side: 'at_least', verdict: 'nok' },
    ]);
    expect(only(good.changes, 'process.score')).toEqual([
      { kind: 'score', name: 'process.score', value: 0.1, at: 0.2, side: 'above', verdict: 'review' },
    ]);
    // No rule spoke, so none can be off; the temperature alone would not have done it.
    expect(good.changes.filter(({ kind }) => kind === 'rule_off')).toEqual([]);
    expect(only(good.changes, 'plc.die_temp')).toEqual([]);
  });

  it('goes by the limits of the models where a station has no rules, and none of those can be off', () => {
    const { changes } = asked({ rules: null }, at(0.83));
    expect(changes).toEqual([
      { kind: 'score', name: 'surface.score', value: 0.83, at: 0.62, side: 'below', verdict: 'review' },
      { kind: 'score', name: 'surface.score', value: 0.83, at: 0.45, side: 'below', verdict: 'ok' },
    ]);
  });

  it('finds what a tag would have had to be, by the range that the config has or past what it is compared with', () => {
    const { changes } = asked({}, at(0.3, 0.3));
    expect(only(changes, 'plc.die_temp')).toEqual([
      { kind: 'number', name: 'plc.die_temp', value: 330.5, at: 320, side: 'at_most', verdict: 'ok' },
    ]);
    const rules = [{ when: 'tags.die_temp * 2 - 40 >= 700', verdict: 'nok' as const }];
    const far = asked({ rules }, at(0.3));
    const [found] = only(far.changes, 'plc.die_temp');
    expect(found).toMatchObject({ side: 'at_least', verdict: 'nok', at: expect.closeTo(370, 6) });
    // Not within what the config calls possible.
    expect(only(asked({ rules, ranges: { 'plc.die_temp': [0, 360] } }, at(0.3)).changes, 'plc.die_temp')).toEqual([]);
  });

  it('turns truth values, exchanges words, counts boxes', () => {
    const door = asked({ rules: [{ when: 'tags.door_open', verdict: 'review' }] }, at(0.3));
    expect(only(door.changes, 'plc.door_open')).toEqual([{ kind: 'word', name: 'plc.door_open', value: true, to: false, verdict: 'ok' }]);
    const recipe = asked({ rules: [{ when: "recipe == 'standard' && tags.product == 'coarse'", verdict: 'nok' }] }, at(0.3));
    expect(recipe.changes).toMatchObject([
      { name: 'plc.product', to: '', verdict: 'ok' },
      { name: 'recipe', to: '', verdict: 'ok' },
      { kind: 'rule_off' },
    ]);
    const label = asked({ rules: [{ when: "surface.label == 'crack'", verdict: 'nok' }] }, at(0.3));
    expect(only(label.changes, 'surface.label').map((change) => change.kind === 'word' && change.to)).toEqual(['good', 'two words']);
    const box = { label: 'hole', score: 0.9, region: [0, 0, 1, 1] } as const;
    const three = input({ findings: { surface: finding('surface', 0.1, { boxes: [box, box, box] }), process: finding('process', 0.1) } });
    expect(only(asked({ rules: [{ when: 'surface.boxes >= 2', verdict: 'nok' }] }, three).changes, 'surface.boxes')).toEqual([
      { kind: 'number', name: 'surface.boxes', value: 3, at: 1, side: 'at_most', verdict: 'ok' },
    ]);
    const share = asked({ rules: [{ when: 'surface.probabilities.crack > 0.5', verdict: 'nok' }] });
    expect(only(share.changes, 'surface.probabilities.crack')).toMatchObject([{ at: 0.5, side: 'at_most', verdict: 'review' }]);
  });

  it('says what it has not tried: lists, and what was before', () => {
    const rules = [
      { when: 'tags.zones.exists(z, z > 300)', verdict: 'nok' as const },
      { when: "nok_in_a_row >= 2 || rate('nok', 20) > 0.5", verdict: 'review' as const },
    ];
    expect(asked({ rules }).untried).toEqual(['plc.zones', 'nok_in_a_row', 'rate']);
    expect([readsPast(rules.map(({ when }) => when)), readsPast(['surface.score > 0.5', undefined])]).toEqual([true, false]);
  });

  it('goes by the verdicts before the part where a rule looks back', () => {
    const rules = [{ when: 'nok_in_a_row >= 2 && surface.score > 0.2', verdict: 'nok' as const }];
    const before = push(push(EMPTY, 'nok'), 'nok');
    expect(only(asked({ rules }, at(0.3), before).changes, 'surface.score')).toMatchObject(
      [
        { at: 0.2, side: 'at_most', verdict: 'ok' },
        { at: 0.45, side: 'at_least' },
      ].slice(0, 1),
    );
    const question: WhatIfQuestion = {
      rules: { ...SCOPE, ranges: {}, rules },
      input: at(0.3),
      history: EMPTY,
      verdict: 'nok',
      rule: rules[0]?.when ?? null,
    };
    expect(whatIf(question)).toEqual({ verdict: 'nok', unknown: 'not_reproduced', changes: [], untried: [], complete: true });
  });

  it('guesses nothing of a rule that cannot be known: without the one that spoke the next would have failed', () => {
    const rules = [
      { when: 'surface.score > 0.5', verdict: 'nok' as const },
      { when: 'tags.die_temp > 320', verdict: 'review' as const },
    ];
    const of = input({ tags: { 'plc.die_temp': reading(0, BAD) } });
    expect(asked({ rules }, of).changes).toEqual([]);
  });

  it('tries everything of thirty models, and says where it could not', () => {
    const station = (size: number) => {
      const names = Array.from({ length: size }, (_, i) => `m${i}`);
      const findings = Object.fromEntries(names.map((name, i) => [name, finding(name, i / 100, { threshold: 0.7 + i / 1000 })]));
      const rules: RecordedRules = { models: Object.fromEntries(names.map((name) => [name, {}])), tags: {}, ranges: {}, rules: null };
      const of = { findings, tags: {}, recipe: 'standard', part: null };
      const { verdict, reasons } = createJudge({ ...rules, rules: undefined }).judge(of);
      return whatIf({ rules, input: of, history: EMPTY, verdict, rule: reasons[0]?.rule ?? null });
    };
    expect(station(30).complete).toBe(true);
    const said = station(60);
    expect([said.unknown, said.complete]).toEqual([null, false]);
    // What was tried before is true all the same.
    expect(said.changes.length).toBeGreaterThan(0);
  });

  it('is told nearest first: scores, then numbers by how far they are for their size, then words, then the rule', () => {
    const when = 'tags.plc_speed > 1.5 || tags.die_temp > 340 || surface.score > 0.9 || process.score > 0.4 || !tags.door_open';
    const { changes } = asked({ rules: [{ when, verdict: 'nok' }] }, at(0.3, 0.35));
    expect(changes.map((change) => change.kind !== 'rule_off' && [change.kind, change.name, change.verdict])).toEqual([
      ['score', 'process.score', 'nok'],
      ['score', 'surface.score', 'review'],
      ['score', 'surface.score', 'nok'],
      ['number', 'plc.die_temp', 'nok'],
      ['number', 'plc.speed', 'nok'],
      ['word', 'plc.door_open', 'nok'],
    ]);
    const { changes: all } = asked({ rules: [{ when: "recipe == 'standard' && surface.score < 0.5", verdict: 'nok' }] }, at(0.3));
    expect(all.map(({ kind }) => kind)).toEqual(['score', 'word', 'rule_off']);
  });

  it('is not known where the rules do not say now what was said then', () => {
    const rules: RecordedRules = { ...SCOPE, ranges: {}, rules: RULES };
    const said = (over: Partial<WhatIfQuestion>) =>
      whatIf({ rules, input: at(0.9), history: EMPTY, verdict: 'nok', rule: RULES[0]?.when ?? null, ...over });
    expect(said({}).unknown).toBeNull();
    for (const over of [{ verdict: 'review' }, { rule: 'another' }, { rule: null }] as const)
      expect(said(over)).toEqual({
        verdict: over.verdict ?? 'nok',
        unknown: 'not_reproduced',
        changes: [],
        untried: [],
        complete: true,
      });
  });

  it('names each word that would have led elsewhere, and none of which nobody can tell', () => {
    const rules = [
      { when: "recipe == 'wide'", verdict: 'nok' as const },
      { when: "recipe != 'standard'", verdict: 'review' as const },
    ];
    expect(only(asked({ rules }, at(0.3)).changes, 'recipe')).toMatchObject([
      { to: 'wide', verdict: 'nok' },
      { to: '', verdict: 'review' },
    ]);
    const unknown = [{ when: 'rate(recipe, 20) > 5.0', verdict: 'nok' as const }];
    const of = { ...at(0.3), recipe: 'ok' };
    expect(asked({ rules: unknown }, of)).toMatchObject({ verdict: 'ok', unknown: null });
    expect(only(asked({ rules: unknown }, of).changes, 'recipe')).toEqual([]);
    // A word that changes nothing is no change.
    expect(only(asked({ rules: [{ when: "recipe == 'a' && recipe == 'b'", verdict: 'nok' }] }, at(0.3)).changes, 'recipe')).toEqual([]);
  });

  it('is not the rule that spoke where the next one says the same', () => {
    const rules = [
      { when: 'surface.score > 0.5', verdict: 'nok' as const },
      { when: 'surface.score > 0.2', verdict: 'nok' as const },
    ];
    expect(asked({ rules }, at(0.9)).changes.filter(({ kind }) => kind === 'rule_off')).toEqual([]);
  });

  it('is found between the constants of the rules too, up and down, and no further than the range', () => {
    const temperature = (when: string, from = 330.5) => {
      const of = input({ findings: at(0.3).findings, tags: { 'plc.die_temp': reading(from) } });
      return only(asked({ rules: [{ when, verdict: 'nok' }], ranges: { 'plc.die_temp': [0, 400] } }, of).changes, 'plc.die_temp');
    };
    const near = (value: number) => expect.closeTo(value, 5);
    expect(temperature('tags.die_temp * 2.0 - 40.0 < 100.0')).toMatchObject([{ at: near(70), side: 'at_most', verdict: 'nok' }]);
    // Outward on either side.
    expect(temperature('tags.die_temp * tags.die_temp > 150000.0 || tags.die_temp * 4.0 < 900.0')).toMatchObject([
      { at: near(Math.sqrt(150_000)), side: 'at_least' },
      { at: near(225), side: 'at_most' },
    ]);
    // A stretch between two places of the grid, of which the near end is told.
    expect(temperature('tags.die_temp * 2.0 > 740.0 && tags.die_temp * 2.0 < 790.0')).toMatchObject([{ at: near(370), side: 'at_least' }]);
    expect(temperature('tags.die_temp * 2.0 - 40.0 < -100.0')).toEqual([]);
    expect(temperature('tags.die_temp * 2.0 > 801.0')).toEqual([]);
  });

  it('is a whole number where boxes are counted', () => {
    const boxes = (count: number, when: string) => {
      const box = { label: 'hole', score: 0.9, region: [0, 0, 1, 1] } as const;
      const findings = { surface: finding('surface', 0.1, { boxes: Array(count).fill(box) }), process: finding('process', 0.1) };
      return only(asked({ rules: [{ when, verdict: 'nok' }] }, input({ findings })).changes, 'surface.boxes');
    };
    expect(boxes(0, 'surface.boxes >= 2')).toMatchObject([{ value: 0, at: 2, side: 'at_least', verdict: 'nok' }]);
    expect(boxes(3, 'surface.boxes * 2.0 > 51.0')).toMatchObject([{ at: 26, side: 'at_least' }]);
    expect(boxes(40, 'surface.boxes * 2.0 > 51.0')).toMatchObject([{ at: 25, side: 'at_most', verdict: 'ok' }]);
  });
});
