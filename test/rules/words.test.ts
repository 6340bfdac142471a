import { describe, expect, it } from 'vitest';
import type { ExpressionSpec } from '#agent/config/targets.js';
import type { RuleInput } from '#agent/contracts/index.js';
import { checkExpressions, createJudge } from '#agent/rules/judge.js';
import { finding, input, reading, SCOPE } from './facts.ts';

type Told = readonly [start: number, end: number, text: string];
const told = (when: string, list: 'rules' | 'decisions' = 'rules', scope: ExpressionSpec = SCOPE): readonly Told[] =>
  checkExpressions({ ...scope, [list]: [{ when }] }).map(({ start, end, text }) => [start, end, text]);
const reasonOf = (when: string, facts: RuleInput = input()) => {
  const { verdict, reasons } = createJudge({ ...SCOPE, rules: [{ when, verdict: 'nok' }] }).judge(facts);
  return verdict === 'nok' ? reasons[0]?.text : null;
};

describe('what is told to somebody who never heard of CEL', () => {
  const NAMES = 'surface, process, ok_in_a_row, nok_in_a_row, review_in_a_row, since_changeover, tags, recipe, part';
  const FIELDS = 'score, threshold, margin, review_low, review_high, label, boxes, probabilities, contributions, text, confidence';
  const TAGS = 'die_temp, plc_die_temp, door_open, plc_door_open, zones, plc_zones, product, plc_product, plc_speed, robot_speed';
  const FUNCTIONS = 'rate, cpk, last, seen, size, has, contains, startsWith, endsWith, exists, all, string, double, int';

  it.each<readonly [string, ...Told]>([
    ['tags.zones[1 > 2', 16, 17, 'a closing ] is missing'],
    ["{'a': 1 > 2", 11, 12, 'a closing } is missing'],
    ['true ? 1', 8, 9, 'the : of a ? b : c is missing'],
    ['surface.score ? true : false', 8, 13, 'what stands before ? must be a condition'],
    ['tags.die_temp > 1 ?', 19, 20, 'the expression ends too early'],
    ['surface.score > > 1', 16, 17, '> is not expected here'],
    ['1 2', 2, 3, '2 is not expected here'],
    ['surface.score > 0.5 OR true', 20, 22, 'OR is not expected here'],
    ['#', 0, 1, '# is not expected here'],
    ['surface.score > 0.5 # and', 20, 21, '# is not expected here'],
    ['surface.score > 0.5 | tags.door_open', 20, 21, 'write || for or'],
    ['surface.score > 0.5 &&& true', 22, 23, 'write && for and'],
    ['surface.score > 0.5 && not  tags.door_open', 28, 32, 'write ! instead of not'],
    ['knot tags.door_open', 5, 9, 'tags is not expected here'],
    ['zzzzzz > 1', 0, 6, `there is no zzzzzz; there are: ${NAMES}`],
    ['surface.zzzzzzz > 1', 8, 15, `surface has no zzzzzzz; it has: ${FIELDS}`],
    ["surface['scor'] > 1", 0, 15, 'surface has no scor; did you mean score?'],
    ['surface.scor.foo > 1', 8, 12, 'surface has no scor; did you mean score?'],
    ['tags.zzzzzzzz > 1', 5, 13, `there is no tag zzzzzzzz; the tags are: ${TAGS}`],
    ["tags['die_tmp'] > 1", 0, 15, 'there is no tag die_tmp; did you mean die_temp?'],
    ["tags[ 'die_tmp' ] > 1", 0, 17, 'there is no tag die_tmp; did you mean die_temp?'],
    ["tags['speed'] > 1", 0, 13, 'several servers have a tag speed; write tags.plc_speed or tags.robot_speed'],
    ["tags['zones'][tags['foo']] > 1", 14, 25, `there is no tag foo; the tags are: ${TAGS}`],
    ['foofoo(1) > 1', 0, 9, `there is no function foofoo(); there are: ${FUNCTIONS}`],
    ['plc.speed > 1', 0, 3, 'here a tag of plc is written tags.plc_speed'],
    ['plc.zzz > 1', 0, 3, 'here a tag of plc is written tags.die_temp, tags.door_open or tags.zones'],
    ['2 > robot.zz', 4, 9, 'here a tag of robot is written tags.robot_speed'],
    ['size() > 1', 0, 6, 'size() does not take that'],
    ['size(tags) > 1', 0, 10, 'size() does not take all tags'],
    ['part.contains(1)', 0, 16, 'contains() does not take a number'],
    ['part.endsWith(true)', 0, 19, 'endsWith() does not take true or false'],
    ["part.startsWith(1, 'a')", 0, 23, 'startsWith() does not take a number and a text'],
    ['double(surface) > 1', 0, 15, 'double() does not take a whole finding'],
    ['string(tags) == part', 0, 12, 'string() does not take all tags'],
    ['[1] > 2', 0, 7, 'a list and a number do not go together with >'],
    ['surface.probabilities > 2', 0, 25, 'a map and a number do not go together with >'],
    ['1 > surface.probabilities', 0, 25, 'a number and a map do not go together with >'],
    ['surface.label in part', 0, 21, 'a text and a text do not go together with in'],
    ['(surface.score > 1) > 2', 1, 23, 'compare twice and join with &&: a < b && b < c'],
    ['true + 1 > 2', 0, 8, 'true or false and a number do not go together with +'],
    ['null > 1', 0, 8, 'null and a number do not go together with >'],
    ['tags > 1', 0, 8, 'all tags and a number do not go together with >'],
    ["timestamp('2020-01-01T00:00:00Z') > 1", 0, 37, 'a time and a number do not go together with >'],
    ["duration('1s') > 1", 0, 18, 'a duration and a number do not go together with >'],
    ["-'a' > 1", 0, 4, '- cannot stand before a text'],
    ['!1', 0, 2, '! cannot stand before a number'],
    ['true && 1 > part', 8, 16, 'a number and a text do not go together with >'],
    ['1 < 2 && 3 > part && 4 < 5', 9, 17, 'a number and a text do not go together with >'],
    ['1', 0, 1, 'this gives a number, not true or false; compare it with something'],
    ['part', 0, 4, 'this gives a text, not true or false; compare it with something'],
  ])('%s', (when, start, end, text) => {
    expect(told(when)).toEqual([[start, end, text]]);
  });

  it.each<readonly [string, ...Told]>([
    ["surface.probabilities['crak'] > 0.5", 0, 29, 'surface has no label crak; did you mean crack?'],
    ['surface.probabilities.zzzzzz > 0.5', 0, 28, 'surface has no label zzzzzz; its labels are: good, crack, two words'],
    ["surface.label != 'crak'", 0, 23, "surface.label is never 'crak'; did you mean crack?"],
    ["'crak' == surface.label", 0, 23, "surface.label is never 'crak'; did you mean crack?"],
    ["surface.label != 'zzzzz'", 0, 24, "surface.label is never 'zzzzz'; it is one of: good, crack, two words"],
    ["surface.label in ['crack', recipe, 'zzzzz']", 0, 43, "surface.label is never 'zzzzz'; it is one of: good, crack, two words"],
  ])('of literals that can never be met: %s', (when, start, end, text) => {
    expect(told(when)).toEqual([[start, end, text]]);
  });

  it.each(['all', 'exists', 'exists_one', 'map', 'filter'])('of a loop inside a loop: %s()', (loop) => {
    const text = 'a loop inside a loop could take longer than a part has; use one';
    const inner = `tags.zones.${loop}(y, y > 1)`;
    const condition = loop === 'map' || loop === 'filter' ? `size(${inner}) > 1` : inner;
    expect(told(`tags.zones.exists(x, ${condition})`).map(([, , said]) => said)).toEqual([text]);
    const outer = `tags.zones.${loop}(x, tags.zones.exists(y, y > x))`;
    expect(told(loop === 'map' || loop === 'filter' ? `size(${outer}) > 1` : outer).map(([, , said]) => said)).toEqual([text]);
    expect(told(condition)).toEqual([]);
  });

  it.each([
    "tags.zones.exists(x, part.contains('a'))",
    "size('abc') == 3",
    "double('3') > 2",
    'tags.zones.exists(z, z[0] > 1)',
    'surface.probabilities[recipe] > 0.5',
    'surface.probabilities[string(1)] > 0.5',
    'surface.contributions.crak > 0.5',
    "process.probabilities['crak'] > 0.5",
    "surface.text == 'crak'",
    "surface.label > 'crak'",
    'surface.label == recipe',
    'tags.product != null',
    "part == 'verdict'",
    "rate('nok', 1) > 0.5",
    "rate('nok', 1000) > 0.5",
    'rate(recipe, 20) > 0.5',
  ])('of a sound expression is nothing: %s', (when) => {
    expect(told(when)).toEqual([]);
  });

  it('of words is nothing where they are no label and no verdict', () => {
    expect(told("recipe == 'wide' && verdict != 'ok'", 'decisions')).toEqual([]);
    expect(told("verdict in ['ok', 'bad']", 'decisions').map(([, , text]) => text)).toEqual([
      "verdict is never 'bad'; it is one of: ok, nok, review",
    ]);
    const scope = { models: { surface: { labels: [] } }, tags: { 'plc.label': 'any' as const, 'plc.probabilities': 'any' as const } };
    for (const when of ["tags.label == 'x'", "surface.label == 'x'", 'surface.probabilities.x > 0.5', 'tags.probabilities.x > 0.5'])
      expect(told(when, 'rules', scope), when).toEqual([]);
  });
});

describe('a value', () => {
  it.each([
    ["part.substring(0, 2) == 'P-'"],
    ["part.split('-', 2)[1] == '17'"],
    ['tags.zones[1] == 310'],
    ['tags.product != null'],
    ['size(tags.zones) - 0.5 == 2.5'],
    ['size(tags.zones) * 0.5 == 1.5'],
    ['size(tags.zones) % 2.0 == 1.0'],
    ['7.0 % size(tags.zones) == 1.0'],
    ['int(tags.die_temp) != 331.0'],
    ['surface.boxes == 0 && process.boxes == 0'],
  ])('is what everybody expects: %s', (when) => {
    expect([told(when), reasonOf(when)]).toEqual([[], expect.any(String)]);
  });

  it('of a list is known up to a thousand elements, and of a text that is a number', () => {
    const zones = (length: number) => input({ tags: { 'plc.zones': reading(Array(length).fill(1)) } });
    expect(reasonOf('tags.zones.all(t, t > 0)', zones(1000))).not.toBeNull();
    expect(() => reasonOf('tags.zones.all(t, t > 0)', zones(1001))).toThrow('1001 elements, of 1000 allowed');
    for (const text of ['', '  ', 'x'])
      expect(() => reasonOf('tags.die_temp < 320', input({ tags: { 'plc.die_temp': reading(text) } }))).toThrow('not a number');
    expect(() => reasonOf('surface.margin > 0', input({ findings: { surface: finding('surface', 0.5, { margin: Number.NaN }) } }))).toThrow(
      'surface.margin is not a number',
    );
  });

  it('of rate() is asked for with sound arguments only, known as late as they may be', () => {
    const rated = (recipe: string) => reasonOf('rate(recipe, 20) > 0.5', input({ recipe }));
    expect(rated('ok')).toBe('rate(recipe, 20) 1 > 0.5');
    expect(() => rated('bad')).toThrow("rate() counts 'ok', 'nok' or 'review', not 'bad'");
  });
});

describe('the numbers of a reason', () => {
  it.each([
    ['surface.score <= 0.9', 'surface.score 0.83 <= 0.9'],
    ['surface.score > -3', 'surface.score 0.83 > -3'],
    ['tags.door_open && surface.score > 0.5', 'tags.door_open is true, surface.score 0.83 > 0.5'],
    ['surface.label == tags.product || surface.score != process.score', 'surface.score 0.83 != process.score 0.3'],
    ['part != recipe', "part 'P-17' != recipe 'standard'"],
    ['tags.door_open != false', 'tags.door_open true != false'],
    ['size(tags.zones) > 2', 'size(tags.zones) 3 > 2'],
    ['tags.plc_speed == process.boxes + 1', 'tags.plc_speed 1 == process.boxes + 1 1'],
    // Beside a part that did not hold nothing of it is said.
    ['((surface.score > 0.9 || tags.die_temp > 400) && process.score > 0.1) || surface.score > 0.5', 'surface.score 0.83 > 0.5'],
    ['(!tags.door_open && surface.score > 0.1) || process.score < 0.5', 'process.score 0.3 < 0.5'],
  ])('%s: %s', (when, text) => {
    expect(reasonOf(when)).toBe(text);
  });

  it('have as many digits as tell a score from the limit that is written', () => {
    const near = input({ findings: { surface: finding('surface', 0.6200004) } });
    expect(reasonOf('surface.score > 0.62', near)).toBe('surface.score 0.6200004 > 0.62');
  });

  it('show no more of a text than its beginning', () => {
    const long = input({ tags: { 'plc.product': reading('x'.repeat(100)) } });
    expect(reasonOf("tags.product != 'a'", long)).toBe(`tags.product '${'x'.repeat(60)}' != "a"`);
  });

  it('are those of six models where no rule speaks', () => {
    const names = Array.from({ length: 8 }, (_, i) => `m${i}`);
    const judge = createJudge({
      models: Object.fromEntries(names.map((name) => [name, {}])),
      tags: {},
      rules: [{ when: 'm0.score > 0.9', verdict: 'nok' }],
    });
    const findings = Object.fromEntries(names.map((name) => [name, finding(name, 0.1)]));
    expect(judge.judge(input({ findings })).reasons[0]?.text.split('threshold')).toHaveLength(7);
  });
});

describe('the memory of a judge', () => {
  it('is what save() wrote, and zeros are sound', () => {
    const judge = createJudge(SCOPE);
    const saved = judge.save();
    judge.restore(saved);
    expect(judge.save()).toBe(saved);
    judge.push('nok');
    judge.changeover();
    const later = judge.save();
    const other = createJudge(SCOPE);
    other.restore(later);
    expect(other.save()).toBe(later);
    expect(JSON.parse(later)).toEqual({ recent: 'n', run: 1, sinceChangeover: 0 });
    other.restore('{"recent":5,"run":1,"sinceChangeover":1}');
    expect(JSON.parse(other.save())).toEqual({ recent: '', run: 0, sinceChangeover: 0 });
  });
});
