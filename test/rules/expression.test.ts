import { describe, expect, it } from 'vitest';
import { RESERVED_NAMES } from '#agent/config/targets.js';
import { checkExpressions, createJudge } from '#agent/rules/judge.js';
import { BAD, finding, input, reading, SCOPE, UNCERTAIN } from './facts.ts';

const faults = (when: string, list: 'rules' | 'decisions' = 'rules') => checkExpressions({ ...SCOPE, [list]: [{ when }] });
const holds = (when: string, facts = input()): boolean | string => {
  try {
    return createJudge({ ...SCOPE, rules: [{ when, verdict: 'nok' }] }).judge(facts).verdict === 'nok';
  } catch (thrown) {
    return (thrown as Error).message;
  }
};
const failed = (rule: string, why: string) => `[RULE_FAILED] Rule ${rule} could not be evaluated: ${why}.`;

describe('an expression', () => {
  it.each([
    ['surface.score > 0.5', true],
    ['surface.score >= 1', false],
    ['surface.score >= surface.threshold', true],
    ['surface.margin > 0.2', true],
    ['surface.score >= surface.review_low && surface.score < surface.review_high', false],
    ['process.review_low == process.threshold && process.review_high == 0.9', true],
    ["surface.label == 'crack'", true],
    ["surface.label in ['good', 'crack']", true],
    ['surface.boxes == 0', true],
    ['surface.probabilities.crack > 0.7', true],
    ["surface.probabilities['two words'] < 0.1", true],
    ['process.contributions.die_temp > 0.5', true],
    ['tags.die_temp > 320', true],
    ['tags.plc_die_temp > 320', true],
    ["tags['die_temp'] > 320", true],
    ['tags.die_temp == 330.5', true],
    ['tags.door_open', true],
    ['!tags.door_open', false],
    ["tags.product == 'coarse'", true],
    ['tags.plc_speed < tags.robot_speed', true],
    ['tags.zones[2] == 330', true],
    ['tags.zones.exists(t, t > 320)', true],
    ['tags.zones.all(t, t > 305)', false],
    ['size(tags.zones) == 3', true],
    ["recipe == 'standard'", true],
    ["part.startsWith('P-')", true],
    ['ok_in_a_row == 0 && nok_in_a_row < 1 && review_in_a_row <= 0 && since_changeover == 0', true],
    ["rate('ok', 20) == 1", true],
    ["rate('nok', 10 * 2) > 0", false],
    ['true', true],
  ] as const)('%s is %s', (when, value) => {
    expect(faults(when)).toEqual([]);
    expect(holds(when)).toBe(value);
  });

  it.each([
    ["surface.text == 'L24-7' && surface.confidence > 0.9", true],
    ['surface.text != tags.product', false],
    ['surface.label == surface.text', true],
    ["surface.text.startsWith('L24-') && size(surface.text) == 5", true],
  ] as const)('about a code, %s is %s', (when, value) => {
    const read = { text: 'L24-7', confidence: 0.96, characters: [1, 1, 0.96, 1, 1] };
    const code = finding('surface', 0.04, { kind: 'read', label: 'L24-7', reading: read });
    expect(faults(when)).toEqual([]);
    expect(holds(when, input({ findings: { surface: code }, tags: { 'plc.product': reading('L24-7') } }))).toBe(value);
  });

  // CEL alone refuses most of these: an integer is no double there.
  it.each([
    ['surface.score + 1 > 1.5'],
    ['surface.score * 2 > 1'],
    ['1 / 20 == 0.05'],
    ['7 / 2 == 3.5'],
    ['tags.die_temp % 10 == 0.5'],
    ['tags.die_temp - 30 > 300'],
    ['-3 < surface.score'],
    ['surface.score > -3'],
    ['tags.plc_speed in [1, 2, 3]'],
    ['size(tags.zones) / 2 == 1.5'],
    ['size(tags.zones) + 0.5 > 3'],
    ['int(tags.die_temp) == 330'],
    ['0x10 == 16'],
    ['(tags.plc_speed == 1 ? 2 : 3) == 2'],
    ['tags.zones[1 + 1] == 330'],
  ])('counts as everybody does: %s', (when) => {
    expect(faults(when)).toEqual([]);
    expect(holds(when)).toBe(true);
  });

  it.each([
    ['surface.scor > 1', 8, 12, 'surface has no scor; did you mean score?'],
    ['surfac.score > 1', 0, 6, 'there is no surfac; did you mean surface?'],
    ['3 < 20 && surfac.score > 1', 10, 16, 'there is no surfac; did you mean surface?'],
    ['tags.die_tmp > 3', 5, 12, 'there is no tag die_tmp; did you mean die_temp?'],
    ['die_temp > 3', 0, 8, 'die_temp is a tag; write tags.die_temp'],
    ['plc.die_temp > 3', 0, 3, 'here a tag of plc is written tags.die_temp'],
    ['tags.plc.die_temp > 3', 5, 8, 'here a tag of plc is written tags.die_temp'],
    ['tags.robot.speed > 3', 5, 10, 'here a tag of robot is written tags.robot_speed'],
    ['tags.speed > 1', 5, 10, 'several servers have a tag speed; write tags.plc_speed or tags.robot_speed'],
    ['surface.score', 0, 13, 'this gives a number, not true or false; compare it with something'],
    ['surface > 0.5', 0, 13, 'a whole finding and a number do not go together with >'],
    ["surface.score > 'a'", 0, 19, 'a number and a text do not go together with >'],
    ["tags.die_temp == 'hot'", 0, 22, 'a number and a text do not go together with =='],
    ['surface.score > 0.5 and tags.door_open', 20, 23, 'write && instead of and'],
    ['surface.score > 0.5 or tags.door_open', 20, 22, 'write || instead of or'],
    ['surface.score > 0.5 & tags.door_open', 20, 21, 'write && for and'],
    ['not tags.door_open', 4, 8, 'write ! instead of not'],
    ['surface.score = 1', 14, 15, 'write == to compare'],
    ['surface.score is 1', 14, 16, 'write == to compare'],
    ['surface.score > ', 16, 17, 'the expression ends too early'],
    ['surface.score > 50%', 19, 20, 'write 0.5 for 50 %'],
    ['surface.score > 0,5', 17, 18, 'write 0.5 instead of 0,5'],
    ['surface.score > .5', 16, 17, 'write 0.5 instead of .5'],
    ['surface.score \u2265 0.5', 14, 15, 'write >= instead of \u2265'],
    ['part == \u2018x\u2019', 8, 9, "type a plain quote ' at either end of a text"],
    ['surface.sc\u043ere > 0.5', 10, 11, '\u043e (\\u043e, a letter of another alphabet) is not expected here'],
    ['surface.score >\u00a00.5', 15, 16, 'an invisible character (\\u00a0) is not expected here'],
    ['(surface.score > 1', 18, 19, 'a closing ) is missing'],
    ["surface.label == 'crack", 17, 23, 'the text has no closing quote'],
    ['0.2 < surface.score < 0.9', 0, 25, 'compare twice and join with &&: a < b && b < c'],
    ['surface.score && true', 0, 21, '&& and || join conditions, and one side is a number; compare it with something'],
    ['!surface.score', 0, 14, '! cannot stand before a number'],
    ["surface.label == 'crak'", 0, 23, "surface.label is never 'crak'; did you mean crack?"],
    ["surface.label in ['crack', 'goood']", 0, 35, "surface.label is never 'goood'; did you mean good?"],
    ['surface.probabilities.crak > 0.5', 0, 26, 'surface has no label crak; did you mean crack?'],
    ["rate('nk', 20) > 0.5", 0, 14, "rate() counts 'ok', 'nok' or 'review', not 'nk'"],
    ["rate('nok', 5000) > 0.5", 0, 17, 'rate() looks back 1 to 1000 parts, not 5000'],
    ["rate('nok', 0) > 0.5", 0, 14, 'rate() looks back 1 to 1000 parts, not 0'],
    ["rate('nok', 1.5) > 0.5", 0, 16, 'rate() looks back 1 to 1000 parts, not 1.5'],
    ["rate('nok') > 1", 0, 11, "rate() takes a verdict and a number of parts: rate('nok', 20)"],
    ["rat('nok', 20) > 1", 0, 14, 'there is no function rat(); did you mean rate?'],
    ['size(surface.score) > 1', 0, 19, 'size() does not take a number'],
    ["part.matches('(a+)+$')", 0, 22, 'matches() has no bound on its time; use contains(), startsWith() or endsWith()'],
    ['tags[part] > 1', 0, 10, "a tag is named as it stands: tags.die_temp or tags['die_temp']"],
    ["verdict == 'nok'", 0, 7, 'verdict is known to decisions only; a rule is what makes it'],
  ])('%s is told', (when, start, end, text) => {
    expect(faults(when)).toEqual([{ list: 'rules', index: 0, start, end, text }]);
  });

  it('knows the verdict in decisions, and which there are', () => {
    expect(faults("verdict == 'nok'", 'decisions')).toEqual([]);
    expect(faults("verdict == 'nock'", 'decisions')).toMatchObject([{ text: "verdict is never 'nock'; did you mean nok?" }]);
  });

  it('takes any label where nobody knows the labels', () => {
    expect(faults("process.label == 'anything'")).toEqual([]);
  });

  it('tells of every fault of a station', () => {
    const found = checkExpressions({
      ...SCOPE,
      rules: [{ when: 'surfac.score > 1' }, {}, { when: '1' }],
      decisions: [{ when: 'true' }, { when: '(' }],
    });
    expect(found.map(({ list, index }) => [list, index])).toEqual([
      ['rules', 0],
      ['rules', 2],
      ['decisions', 1],
    ]);
  });

  it('survives rubbish', () => {
    for (const when of [
      '',
      ' ',
      '\u0000',
      '((((',
      '"',
      '\\',
      '${x}',
      '[]',
      '{}',
      '.',
      'a.b.c',
      'in',
      'for',
      '__proto__',
      'constructor.x',
      "tags['constructor']",
      '🙂',
      'x'.repeat(1e4),
    ]) {
      expect(faults(when), when).toHaveLength(1);
    }
  });

  it('can have no model of a reserved name, and every other', () => {
    const works = (name: string) => {
      try {
        return checkExpressions({ models: { [name]: {} }, tags: {}, rules: [{ when: `${name}.score > 0.5` }] }).length === 0;
      } catch {
        return false;
      }
    };
    for (const name of ['surface', 'constructor', 'to_string', 'x1']) expect(works(name), name).toBe(true);
    for (const name of ['true', 'in', 'for', 'int', 'string', 'tags', 'recipe', 'part', 'nok_in_a_row']) {
      expect(works(name), name).toBe(false);
      expect(RESERVED_NAMES.has(name), name).toBe(true);
    }
  });
});

describe('an expression over what is not known', () => {
  it.each([
    ['no reading at all', undefined, 'tag plc.die_temp has no value yet'],
    ['null', reading(null), 'tag plc.die_temp has no value yet'],
    ['bad status', reading(330, BAD), 'tag plc.die_temp has status 0x80320000'],
    [
      'a server that is away',
      reading(330, 0x80310000),
      'nothing is heard of tag plc.die_temp: its server, or the device behind it, is away',
    ],
    ['not a number', reading(Number.NaN), 'tag plc.die_temp is not a number'],
    ['a text', reading('hot'), 'tag plc.die_temp is a text, not a number'],
    ['true', reading(true), 'tag plc.die_temp is true, not a number'],
  ])('fails and names the tag: %s', (_, value, why) => {
    const tags = { ...input().tags };
    if (value) tags['plc.die_temp'] = value;
    else delete tags['plc.die_temp'];
    expect(holds('tags.die_temp > 320', { ...input(), tags })).toBe(failed('tags.die_temp > 320', why));
  });

  it('takes an uncertain value, and an Int64 that came as text', () => {
    expect(holds('tags.die_temp > 320', input({ tags: { 'plc.die_temp': reading(330, UNCERTAIN) } }))).toBe(true);
    expect(holds('tags.die_temp > 320', input({ tags: { 'plc.die_temp': reading('9007199254740993') } }))).toBe(true);
  });

  it('fails where the type is another than the expression needs', () => {
    expect(holds('tags.product > 3')).toBe(failed('tags.product > 3', 'a text and a number do not go together with >'));
    expect(holds('tags.product')).toBe(failed('tags.product', 'it gave coarse, not true or false'));
  });

  it('does not guess: what depends on it fails, what does not is what it is', () => {
    const blind = input({ tags: { 'plc.die_temp': reading(330, BAD) } });
    expect(holds('surface.score > 0.5 || tags.die_temp > 320', blind)).toBe(true);
    expect(holds('tags.die_temp > 320 || surface.score > 0.5', blind)).toBe(true);
    expect(holds('tags.die_temp > 320 && surface.score > 0.9', blind)).toBe(false);
    expect(holds('tags.die_temp > 320 && surface.score > 0.5', blind)).toMatch(/RULE_FAILED.*plc\.die_temp/);
    expect(holds('!(tags.die_temp > 320)', blind)).toMatch(/RULE_FAILED/);
  });

  it('fails where a model found nothing or nonsense', () => {
    expect(holds("surface.text == ''")).toBe(failed("surface.text == ''", 'model surface reads no text'));
    expect(holds('surface.score > 0.5', input({ findings: {} }))).toBe(failed('surface.score > 0.5', 'model surface found nothing'));
    const nonsense = input({ findings: { surface: finding('surface', Number.NaN) } });
    expect(holds('surface.score > 0.5', nonsense)).toBe(failed('surface.score > 0.5', 'surface.score is not a number'));
  });

  it('fails on a label that this model does not have', () => {
    expect(holds('process.probabilities.odd > 0.5')).toBe(failed('process.probabilities.odd > 0.5', 'probabilities has no odd'));
  });
});

describe('the work of an expression is bounded', () => {
  it('in length and depth', () => {
    expect(faults(Array(400).fill('surface.score > 1').join(' || '))).toMatchObject([
      { text: 'this is too long for a rule; split it into several' },
    ]);
    expect(faults(`${'('.repeat(100)}true${')'.repeat(100)}`)).toHaveLength(1);
  });
  it('in loops', () => {
    const nested = 'tags.zones.exists(x, tags.zones.exists(y, y > x))';
    expect(faults(nested)).toMatchObject([{ text: 'a loop inside a loop could take longer than a part has; use one' }]);
    expect(faults('tags.zones.map(x, x * 2).exists(y, y > 1)')).toHaveLength(1);
    const long = input({ tags: { 'plc.zones': reading(Array(1001).fill(1)) } });
    expect(holds('tags.zones.exists(t, t > 3)', long)).toMatch(/1001 elements, of 1000 allowed/);
  });
});

describe('the tags of a judge', () => {
  it('are those that its expressions read', () => {
    const judge = createJudge({
      ...SCOPE,
      rules: [{ when: "tags.die_temp > 1 && tags['robot_speed'] > 2", verdict: 'nok' }, { verdict: 'ok' }],
      decisions: [{ when: 'tags.plc_die_temp > 3 || tags.zones.exists(t, t > 3)', do: 'notify' }],
    });
    expect([...judge.tags].sort()).toEqual(['plc.die_temp', 'plc.zones', 'robot.speed']);
  });
});
