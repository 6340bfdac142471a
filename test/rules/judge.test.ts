import { describe, expect, it } from 'vitest';
import type { RuleInput, Verdict } from '#agent/contracts/index.js';
import { createJudge, type JudgeSpec } from '#agent/rules/judge.js';
import { BAD, finding, input, reading, SCOPE } from './facts.ts';

const judgeOf = (spec: Partial<JudgeSpec>) => createJudge({ ...SCOPE, ...spec });
const scores = (surface: number, process = 0.1): RuleInput =>
  input({ findings: { surface: finding('surface', surface), process: finding('process', process, { threshold: 0.9, review: null }) } });
const reasonOf = (when: string, reason?: string, facts = input()) =>
  judgeOf({ rules: [{ when, verdict: 'nok', reason }] }).judge(facts).reasons[0]?.text;

describe('a verdict', () => {
  const judge = judgeOf({
    rules: [
      { when: 'surface.score >= surface.threshold', verdict: 'nok', reason: 'surface defect' },
      { when: 'process.score > 0.9 && tags.die_temp > 320', verdict: 'review' },
    ],
  });

  it.each([
    [
      0.45,
      'review',
      'no rule matched, and surface is from its review band on (surface.score 0.45, threshold 0.62, process.score 0.1, threshold 0.9)',
    ],
    [0.7, 'review', 'no rule matched, and surface is from its review band on'],
    [Number.NaN, 'review', 'no rule matched, and surface'],
    [0.4499, 'ok', 'no rule matched (surface.score 0.4499'],
  ] as const)('keeps the review band of a package where no rule speaks: %s is %s', (score, verdict, text) => {
    const judged = judgeOf({ rules: [{ when: 'process.score > 0.9', verdict: 'nok' }] }).judge(scores(score));
    expect(judged.verdict).toBe(verdict);
    expect(judged.reasons[0]?.text).toContain(text);
  });

  it('sends nothing to review by a band whose ends are the same, and nothing above its band where the station has no rules', () => {
    const limits = (score: number, review: readonly [number, number]) =>
      input({ findings: { surface: finding('surface', score, { review }), process: finding('process', 0.1, { review: null }) } });
    const own = judgeOf({ rules: [{ when: 'process.score > 0.9', verdict: 'nok' }] });
    const none = judgeOf({});
    expect([own, none].map((judge) => judge.judge(limits(0.3, [0, 0])).verdict)).toEqual(['ok', 'ok']);
    expect([own, none].map((judge) => judge.judge(limits(0.3, [0.2, 0.4])).verdict)).toEqual(['review', 'review']);
    expect([own, none].map((judge) => judge.judge(limits(0.5, [0.2, 0.4])).verdict)).toEqual(['review', 'ok']);
  });

  it('lets a rule say that such a part passes', () => {
    const judge = judgeOf({ rules: [{ when: 'surface.score < 0.6', verdict: 'ok' }] });
    expect(judge.judge(scores(0.5)).verdict).toBe('ok');
    expect(judge.judge(scores(0.61)).verdict).toBe('review');
  });

  it('is that of the first rule that holds, with its numbers', () => {
    expect(judge.judge(scores(0.83, 0.95))).toEqual({
      verdict: 'nok',
      reasons: [{ text: 'surface defect (surface.score 0.83 >= surface.threshold 0.62)', rule: 'surface.score >= surface.threshold' }],
    });
    expect(judge.judge(scores(0.1, 0.95))).toEqual({
      verdict: 'review',
      reasons: [{ text: 'process.score 0.95 > 0.9, tags.die_temp 330.5 > 320', rule: 'process.score > 0.9 && tags.die_temp > 320' }],
    });
  });

  it('is ok where none holds, and says how far it was', () => {
    expect(judge.judge(scores(0.1))).toEqual({
      verdict: 'ok',
      reasons: [{ text: 'no rule matched (surface.score 0.1, threshold 0.62, process.score 0.1, threshold 0.9)' }],
    });
  });

  it('is the last word of a rule without `when`', () => {
    const strict = judgeOf({ rules: [{ when: 'surface.score < 0.2', verdict: 'ok' }, { verdict: 'review' }, { verdict: 'ok' }] });
    expect(strict.judge(scores(0.5))).toEqual({ verdict: 'review', reasons: [{ text: 'the last rule, which always matches' }] });
    expect(strict.judge(scores(0.1)).verdict).toBe('ok');
  });

  it('is not guessed: a rule that cannot be known before the match fails the judgement', () => {
    const blind = { ...scores(0.1, 0.95), tags: { 'plc.die_temp': reading(330, BAD) } };
    expect(() => judge.judge(blind)).toThrow(
      '[RULE_FAILED] Rule process.score > 0.9 && tags.die_temp > 320 could not be evaluated: tag plc.die_temp',
    );
    expect(judge.judge({ ...blind, findings: scores(0.83).findings }).verdict).toBe('nok');
  });

  it('comes from the same facts each time, and leaves them as they are', () => {
    const facts = scores(0.7, 0.2);
    const before = structuredClone(facts);
    expect(judge.judge(facts)).toEqual(judge.judge(facts));
    expect(facts).toEqual(before);
  });

  it('cannot come from a rule that does not compile', () => {
    expect(() => judgeOf({ rules: [{ when: 'surfac.score > 1', verdict: 'nok' }] })).toThrow(
      '[RULE_FAILED] Rule surfac.score > 1 could not be evaluated: there is no surfac; did you mean surface?.',
    );
  });
});

describe('a station without rules', () => {
  const judge = judgeOf({});
  it.each([
    [0.62, 0.1, 'nok', 'surface.score 0.62 >= surface.threshold 0.62'],
    [0.61999, 0.1, 'review', 'surface.score 0.62 >= surface.review_low 0.45, surface.score 0.61999 < surface.review_high 0.62'],
    [0.45, 0.1, 'review', 'surface.score 0.45 >= surface.review_low 0.45, surface.score 0.45 < surface.review_high 0.62'],
    [0.44, 0.1, 'ok', 'no rule matched (surface.score 0.44, threshold 0.62, process.score 0.1, threshold 0.9)'],
    [0.1, 0.95, 'nok', 'process.score 0.95 >= process.threshold 0.9'],
    [0.5, 0.95, 'nok', 'process.score 0.95 >= process.threshold 0.9'],
    [0.7, 0.95, 'nok', 'surface.score 0.7 >= surface.threshold 0.62, process.score 0.95 >= process.threshold 0.9'],
  ] as const)('judges surface %d, process %d as %s', (surface, process, verdict, text) => {
    const judgement = judge.judge(scores(surface, process));
    expect([judgement.verdict, judgement.reasons[0]?.text]).toEqual([verdict, text]);
  });

  it('agrees with the thresholds everywhere', () => {
    for (let surface = 0; surface <= 1; surface += 0.03) {
      for (let process = 0; process <= 1; process += 0.1) {
        const wanted: Verdict = surface >= 0.62 || process >= 0.9 ? 'nok' : surface >= 0.45 ? 'review' : 'ok';
        expect(judge.judge(scores(surface, process)).verdict).toBe(wanted);
      }
    }
  });

  it('needs every finding', () => {
    expect(() => judge.judge(input({ findings: { surface: finding('surface', 0.1) } }))).toThrow('model process found nothing');
  });

  it('judges a station without models as ok, and one with thirty', () => {
    expect(createJudge({ models: {}, tags: {} }).judge(input({ findings: {} }))).toEqual({
      verdict: 'ok',
      reasons: [{ text: 'no rule matched' }],
    });
    const names = Array.from({ length: 30 }, (_, i) => `m${i}`);
    const many = createJudge({ models: Object.fromEntries(names.map((name) => [name, {}])), tags: {} });
    const findings = Object.fromEntries(names.map((name) => [name, finding(name, name === 'm29' ? 0.9 : 0.1)]));
    expect(many.judge(input({ findings }))).toMatchObject({ verdict: 'nok', reasons: [{ text: 'm29.score 0.9 >= m29.threshold 0.62' }] });
  });
});

describe('the numbers in a reason', () => {
  it.each([
    ['surface.score > 0.5', undefined, 'surface.score 0.83 > 0.5'],
    ['surface.score > 0.5', 'defect', 'defect (surface.score 0.83 > 0.5)'],
    ["surface.label == 'crack'", undefined, 'surface.label == "crack"'],
    ["surface.label != 'good'", undefined, 'surface.label \'crack\' != "good"'],
    ['tags.door_open', undefined, 'tags.door_open is true'],
    ['!(surface.score < 0.5)', undefined, '!(surface.score < 0.5)'],
    ['surface.score > 0.9 || tags.die_temp > 320', undefined, 'tags.die_temp 330.5 > 320'],
    ['tags.die_temp > 400 || (surface.score > 0.5 && process.score < 0.5)', undefined, 'surface.score 0.83 > 0.5, process.score 0.3 < 0.5'],
    ['(tags.die_temp - 300) * 2 > 60', undefined, '(tags.die_temp - 300) * 2 61 > 60'],
    ['surface.score in [0.83, 2]', undefined, 'surface.score 0.83 in [0.83, 2]'],
    ['tags.zones.exists(t, t > 320)', 'too hot', 'too hot'],
    ['tags.zones.exists(t, t > 320)', undefined, 'tags.zones.exists(t, t > 320)'],
  ])('%s', (when, reason, text) => expect(reasonOf(when, reason)).toBe(text));

  it('tell the two sides apart', () => {
    const facts = input({ findings: { surface: finding('surface', 0.6200004) } });
    expect(reasonOf('surface.score > surface.threshold', undefined, facts)).toBe('surface.score 0.6200004 > surface.threshold 0.62');
  });

  it('are not too many', () => {
    const when = Array.from({ length: 20 }, (_, i) => `surface.score > 0.${i + 10}`).join(' && ');
    expect(reasonOf(when)?.split(', ')).toHaveLength(6);
  });

  it('leave out what could not be known', () => {
    const blind = input({ tags: { 'plc.die_temp': reading(null) } });
    expect(reasonOf('tags.die_temp > 320 || surface.score > 0.5', undefined, blind)).toBe('surface.score 0.83 > 0.5');
  });
});

describe('decisions', () => {
  const judge = () =>
    judgeOf({
      decisions: [
        { when: "verdict == 'nok'", do: 'reject', write: { 'plc.reject': true, 'plc.code': 7 } },
        { when: 'nok_in_a_row >= 3', do: 'stop', reason: 'three in a row' },
        { when: "rate('nok', 20) > 0.1 && since_changeover > 2", do: 'hold' },
      ],
    });

  it('are all that hold, in order, with what they write and whether they stay', () => {
    const station = judge();
    const following = (verdict: Verdict) => {
      station.push(verdict);
      return station.decide(input(), verdict);
    };
    expect(following('ok')).toEqual([]);
    expect(following('nok')).toEqual([
      {
        action: 'reject',
        reason: 'verdict == "nok"',
        rule: "verdict == 'nok'",
        latched: false,
        writes: [
          { tag: 'plc.reject', value: true },
          { tag: 'plc.code', value: 7 },
        ],
      },
    ]);
    expect(following('nok').map(({ action }) => action)).toEqual(['reject']);
    expect(following('nok')).toMatchObject([
      { action: 'reject' },
      { action: 'stop', reason: 'three in a row (nok_in_a_row 3 >= 3)', latched: true, writes: [] },
      { action: 'hold', reason: 'rate("nok", 20) 0.15 > 0.1, since_changeover 4 > 2', latched: true },
    ]);
    expect(following('review')).toMatchObject([{ action: 'hold' }]);
  });

  it('are not lost with one that cannot be known', () => {
    const station = judgeOf({
      decisions: [
        { when: 'tags.die_temp > 320', do: 'slow_down' },
        { when: "verdict == 'nok'", do: 'reject' },
      ],
    });
    const blind = input({ tags: { 'plc.die_temp': reading(1, BAD) } });
    expect(station.decide(blind, 'nok')).toMatchObject([
      {
        action: 'notify',
        rule: 'tags.die_temp > 320',
        reason:
          'slow_down was not decided: [RULE_FAILED] Rule tags.die_temp > 320 could not be evaluated: tag plc.die_temp has status 0x80320000.',
        writes: [],
        latched: false,
      },
      { action: 'reject' },
    ]);
  });

  it('about a model that found nothing are not taken: the verdict says why', () => {
    const station = judgeOf({
      decisions: [
        { when: 'surface.score > 0.5', do: 'notify' },
        { when: "verdict == 'nok'", do: 'reject' },
      ],
    });
    expect(station.decide(input({ findings: {} }), 'nok').map(({ action }) => action)).toEqual(['reject']);
  });

  it('change nothing by being asked', () => {
    const station = judge();
    for (let i = 0; i < 5; i++) station.decide(input(), 'nok');
    station.judge(input());
    expect(JSON.parse(station.save())).toMatchObject({ recent: '' });
  });
});

describe('the memory of a judge', () => {
  it('is saved, restored, and forgets at a changeover only what began with the recipe', () => {
    const spec = { decisions: [{ when: 'nok_in_a_row >= 2 && since_changeover >= 2', do: 'stop' as const }] };
    const before = judgeOf(spec);
    before.push('nok');
    before.push('nok');
    const restored = judgeOf(spec);
    restored.restore(before.save());
    expect(restored.decide(input(), 'nok')).toHaveLength(1);
    restored.changeover();
    expect(restored.decide(input(), 'nok')).toHaveLength(0);
    restored.push('nok');
    restored.push('nok');
    expect(restored.decide(input(), 'nok')).toHaveLength(1);
  });

  it('is a judge’s own', () => {
    const [a, b] = [judgeOf({}), judgeOf({})];
    a.push('nok');
    expect(b.save()).not.toBe(a.save());
  });
});

describe('control charts in rules', () => {
  const charts = { width: { capable: true }, bad: { capable: false } };
  const fact = (out: boolean) => ({ out, rule: out ? 'nelson_2' : '', phase: 'watching' as const });
  const says = (known: number) => () => ({ facts: { width: fact(true), bad: fact(false) }, cpk: () => known });
  const verdictOf = (when: string, known = Number.NaN) =>
    judgeOf({ charts, says: says(known), rules: [{ when, verdict: 'nok' }, { verdict: 'ok' }] }).judge(input());

  it('say what the chart says with the part at hand, and which pattern', () => {
    expect(verdictOf("spc.width.out && !spc.bad.out && spc.width.rule.startsWith('nelson')")).toMatchObject({ verdict: 'nok' });
    expect(verdictOf("spc.width.rule == 'nelson_2'").reasons[0]?.text).toBe('spc.width.rule == "nelson_2"');
  });

  it('have no capability before there are enough parts: neither side of a comparison speaks', () => {
    expect(["cpk('width', 200) < 1.33", "cpk('width', 200) >= 1.33"].map((when) => verdictOf(when).verdict)).toEqual(['ok', 'ok']);
    expect(verdictOf("cpk('width', 200) < 1.33", 1.2).reasons[0]?.text).toBe('cpk("width", 200) 1.2 < 1.33');
  });

  it('are asked only where a rule looks at them, and are not known where nobody charts', () => {
    const asked: RuleInput[] = [];
    const counting = (one: RuleInput) => {
      asked.push(one);
      return says(2)();
    };
    judgeOf({ charts, says: counting, rules: [{ when: 'surface.score > 0.5', verdict: 'nok' }] }).judge(input());
    expect(asked).toEqual([]);
    const later = judgeOf({ charts, says: counting, rules: [{ when: 'spc.width.out', verdict: 'nok' }] }).asNow(input({ part: 'now' }));
    expect([later(input({ part: 'later' })).verdict, asked.map(({ part }) => part)]).toEqual(['nok', ['now']]);
    expect(() => judgeOf({ charts, rules: [{ when: 'spc.width.out', verdict: 'nok' }] }).judge(input())).toThrow('not known any more');
  });
});
