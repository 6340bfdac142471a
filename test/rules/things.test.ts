/** What rules read, and what of it could have been otherwise on a part. */
import { describe, expect, it } from 'vitest';
import type { RuleInput } from '#agent/contracts/index.js';
import { surroundings } from '#agent/rules/environment.js';
import { readsOf, readsPast } from '#agent/rules/reads.js';
import { type Things, thingsOf } from '#agent/rules/things.js';
import { BAD, finding, input, reading, SCOPE } from './facts.ts';

const readsIn = (...expressions: readonly string[]) => readsOf(expressions, surroundings(SCOPE, false, expressions));

describe('what rules read', () => {
  it('are figures of findings, each once, however they are written', () => {
    const { findings } = readsIn(
      "surface.score > 0.5 && surface['score'] < process.score",
      "surface.probabilities.crack > 0.5 || surface['probabilities']['two words'] > 0.5",
    );
    expect(findings.map(({ model, field, key }) => `${model} ${field} ${key}`).sort()).toEqual([
      'process score null',
      'surface probabilities crack',
      'surface probabilities null',
      'surface probabilities two words',
      'surface score null',
    ]);
  });

  it('are tags by their names on the server, under either alias', () => {
    expect(readsIn('tags.die_temp > 1 && tags.plc_die_temp < 5 && tags.robot_speed == 2').tags).toEqual(['plc.die_temp', 'robot.speed']);
    expect(readsIn("tags['door_open']").tags).toEqual(['plc.door_open']);
    expect(readsIn('tags.zones[1] > 2').tags).toEqual(['plc.zones']);
    expect(readsIn('surface.score > 0.5')).toMatchObject({ tags: [], names: [], words: [] });
    // A figure of a finding is no tag of that name.
    const scope = { ...SCOPE, tags: { 'plc.score': 'number', 'plc.crack': 'number' } } as const;
    const expressions = ['surface.score > 0.5 && surface.probabilities.crack > 0.1'];
    expect(readsOf(expressions, surroundings(scope, false, expressions)).tags).toEqual([]);
  });

  it('are the recipe, the part, and what was before', () => {
    expect(readsIn("recipe == 'a' && part != 'b' && recipe != 'c'").names).toEqual(['recipe', 'part']);
    expect(readsIn("nok_in_a_row > 2 || rate('nok', 20) > 0.1 || since_changeover < 3").names).toEqual([
      'nok_in_a_row',
      'rate',
      'since_changeover',
    ]);
    expect(readsIn('size(tags.zones) > 1').names).toEqual([]);
  });

  it('are numbers with either sign, and words, each once', () => {
    expect(readsIn("surface.score > 0.5 && tags.die_temp > -3 && process.score > 0.5 && recipe == 'a' && part == 'a'")).toMatchObject({
      numbers: [0.5, -0.5, 3, -3],
      words: ['a'],
    });
    expect(readsIn('tags.door_open == true && tags.product != null')).toMatchObject({ numbers: [], words: [] });
  });

  it.each([
    ['ok_in_a_row > 3', true],
    ['since_changeover<5', true],
    ["rate('ok', 5) > 0.5", true],
    ['tags.crate > 1', false],
    ['surface.score > 0.5', false],
  ])('are of parts before it, or not: %s', (when, past) => {
    expect([readsPast([when]), readsPast([undefined, 'true', when])]).toEqual([past, past]);
  });

  it('are of no part before it where there are none', () => {
    expect([readsPast([]), readsPast([undefined]), readsPast([''])]).toEqual([false, false, false]);
  });
});

const things = (of: RuleInput, when: string, over: Partial<Parameters<typeof thingsOf>[2]> = {}): Things =>
  thingsOf(of, readsIn(when), { models: SCOPE.models, ranges: {}, ...over });
const numberIn = ({ numbers }: Things, name: string) => {
  const found = numbers.find((thing) => thing.name === name);
  if (!found) throw new Error(`no ${name} in ${numbers.map((thing) => thing.name)}`);
  return found;
};
const wordIn = ({ words }: Things, name: string) => {
  const found = words.find((thing) => thing.name === name);
  if (!found) throw new Error(`no ${name} in ${words.map((thing) => thing.name)}`);
  return found;
};

describe('what could have been otherwise', () => {
  it('is each score of a model of the rules, whether they read it or not, from 0 to 1 or past it where it was', () => {
    const of = input({
      findings: {
        surface: finding('surface', 0.3),
        process: finding('process', 1.5, { review: null, threshold: 0.9 }),
        gone: finding('gone', 0.5),
      },
    });
    const { numbers } = things(of, 'true');
    expect(numbers.map(({ kind, name, value, range, whole }) => [kind, name, value, range, whole])).toEqual([
      ['score', 'surface.score', 0.3, [0, 1], false],
      ['score', 'process.score', 1.5, [0, 1.5], false],
    ]);
    const changed = numberIn({ numbers, words: [], untried: [] }, 'surface.score').with(0.7);
    expect(changed.findings['surface']).toEqual(finding('surface', 0.7));
    expect([changed.findings['process'], of.findings['surface']?.score]).toEqual([of.findings['process'], 0.3]);
  });

  it('is no score that is no number', () => {
    const of = input({ findings: { surface: finding('surface', Number.NaN), process: finding('process', 0.1, { review: null }) } });
    expect(things(of, 'true').numbers.map(({ name }) => name)).toEqual(['process.score']);
  });

  it('is tried at every limit of its own and at the nearest others, as far as they are within', () => {
    const many = Array.from({ length: 30 }, (_, i) => `tags.die_temp > 0.${i + 10}`).join(' || ');
    const of = input({ findings: { surface: finding('surface', 0.2, { threshold: 0.9, review: [0.8, 0.95] }) } });
    const { places } = numberIn(things(of, `${many} || surface.score > 7.0`), 'surface.score');
    expect(places).toEqual(expect.arrayContaining([0.9, 0.8, 0.95, 0.2, 0.19, 0.21]));
    // Three of its own, and twelve.
    expect(places).toHaveLength(15);
    expect(places.some((place) => place > 1 || place < 0)).toBe(false);
    expect(new Set(places).size).toBe(places.length);
    // The limits of the other models are places for it too: a rule may compare two.
    const both = input({
      findings: { surface: finding('surface', 0.2), process: finding('process', 0.33, { threshold: 0.77, review: null }) },
    });
    expect(numberIn(things(both, 'true'), 'surface.score').places).toEqual(expect.arrayContaining([0.62, 0.45, 0.2, 0.33, 0.77]));
    // As is what a tag has now.
    const tag = input({ tags: { 'plc.die_temp': reading(0.123) } });
    expect(numberIn(things(tag, 'surface.score > tags.die_temp'), 'surface.score').places).toContain(0.123);
  });

  it('is a count of boxes that a rule reads, as far as twice of them or what it is compared with', () => {
    const box = { label: 'hole', score: 0.9, region: [0, 0, 1, 1] } as const;
    const of = (count: number) => input({ findings: { surface: finding('surface', 0.1, { boxes: Array(count).fill(box) }) } });
    const at = (count: number, when: string) => numberIn(things(of(count), when), 'surface.boxes');
    expect(at(3, 'surface.boxes >= 2')).toMatchObject({ kind: 'number', value: 3, range: [0, 7], whole: true });
    expect(at(0, 'surface.boxes > 0')).toMatchObject({ value: 0, range: [0, 2] });
    expect(at(1, 'surface.boxes > 40')).toMatchObject({ range: [0, 41] });
    expect(at(1, 'surface.boxes > 4000')).toMatchObject({ range: [0, 1000] });
    expect(at(1, 'surface.boxes > 2.5').places.every(Number.isInteger)).toBe(true);
    const changed = at(1, 'surface.boxes > 2').with(3).findings['surface']?.boxes;
    expect([changed?.length, changed?.[0]]).toEqual([3, box]);
    const none = input({ findings: { surface: finding('surface', 0.1) } });
    expect(numberIn(things(none, 'surface.boxes > 0'), 'surface.boxes').value).toBe(0);
    expect(things(none, 'surface.score > 0').numbers).toHaveLength(1);
  });

  it('is a share of a label or of a tag that the finding has', () => {
    const probability = numberIn(things(input(), 'surface.probabilities.crack > 0.5'), 'surface.probabilities.crack');
    expect(probability).toMatchObject({ kind: 'number', value: 0.8, range: [0, 1], whole: false });
    expect(probability.places).toContain(0.5);
    expect(probability.with(0.1).findings['surface']?.probabilities).toEqual({ good: 0.17, crack: 0.1, 'two words': 0.03 });
    const contribution = numberIn(things(input(), 'process.contributions.pressure > 0.5'), 'process.contributions.pressure');
    expect([contribution.value, contribution.with(1).findings['process']?.contributions]).toEqual([0.25, { die_temp: 0.75, pressure: 1 }]);
    const scores = ['surface.score', 'process.score'];
    for (const when of [
      'surface.contributions.crack > 0.5',
      'surface.probabilities.gone > 0.5',
      'size(surface.probabilities) > 1',
      'surface.threshold > 0.5',
      'surface.margin > 0.5',
    ])
      expect([when, things(input(), when).numbers.map(({ name }) => name)]).toEqual([when, scores]);
    // Nor one of a model that found nothing.
    expect(things(input({ findings: {} }), 'surface.probabilities.crack > 0.5 && surface.boxes > 1').numbers).toEqual([]);
  });

  it('is what was read, and how surely', () => {
    const text = { text: 'L24', confidence: 0.9, characters: [0.9] };
    const of = input({ findings: { surface: finding('surface', 0.1, { reading: text }) } });
    const all = things(of, "surface.text != 'L25' && surface.confidence > 0.5");
    const sure = numberIn(all, 'surface.confidence');
    expect([sure.value, sure.range, sure.with(0.2).findings['surface']?.reading]).toEqual([0.9, [0, 1], { ...text, confidence: 0.2 }]);
    const read = wordIn(all, 'surface.text');
    expect([read.value, read.others, read.with('L25').findings['surface']?.reading]).toEqual([
      'L24',
      ['L25', ''],
      { ...text, text: 'L25' },
    ]);
    const nothing = things(input(), "surface.text != 'L25' && surface.confidence > 0.5");
    expect([nothing.words, nothing.numbers.length]).toEqual([[], 2]);
  });

  it('is a label among those of the model, or the words of the rules where they are not known', () => {
    const known = wordIn(things(input(), "surface.label == 'crack'"), 'surface.label');
    expect([known.value, known.others, known.with('good').findings['surface']?.label]).toEqual(['crack', ['good', 'two words'], 'good']);
    const unknown = wordIn(things(input(), "process.label == 'dent' || process.label == 'crack'"), 'process.label');
    expect(unknown.others).toEqual(['dent']);
    const none = input({ findings: { surface: finding('surface', 0.1, { label: null }) } });
    expect(wordIn(things(none, "surface.label == 'crack'"), 'surface.label')).toMatchObject({
      value: '',
      others: ['good', 'crack', 'two words'],
    });
    expect(things(input({ findings: {} }), "surface.label == 'crack'").words).toEqual([]);
  });

  it('is the recipe and the part, by the words of the rules', () => {
    const all = things(input({ part: null }), "recipe == 'wide' || part == 'P-1'");
    const [recipe, part] = [wordIn(all, 'recipe'), wordIn(all, 'part')];
    expect([recipe.value, recipe.others, recipe.with('wide').recipe]).toEqual(['standard', ['wide', 'P-1', ''], 'wide']);
    expect([part.value, part.others, part.with('P-1').part]).toEqual(['', ['wide', 'P-1'], 'P-1']);
    expect(all.untried).toEqual([]);
  });

  it('is a number of a tag, within its range, or twice as far as what it is compared with', () => {
    const at = (value: number, when = 'tags.die_temp > 320', ranges = {}) =>
      numberIn(things(input({ findings: {}, tags: { 'plc.die_temp': reading(value) } }), when, { ranges }), 'plc.die_temp');
    expect(at(330, undefined, { 'plc.die_temp': [0, 400] })).toMatchObject({ kind: 'number', value: 330, range: [0, 400], whole: false });
    expect(at(500, undefined, { 'plc.die_temp': [0, 400] }).range).toEqual([0, 500]);
    // 320 and -320 are what it is compared with: as wide again on both sides.
    expect(at(330).range).toEqual([-320 - 650, 330 + 650]);
    expect(at(0, 'tags.die_temp == tags.die_temp').range).toEqual([-1, 1]);
    expect(at(7, 'tags.die_temp == tags.die_temp').range).toEqual([0, 14]);
    const changed = at(330).with(100).tags;
    expect(changed['plc.die_temp']).toEqual({ ...reading(330), value: 100 });
    expect(changed['plc.product']).toEqual(reading('coarse'));
  });

  it('is a truth value turned, a word exchanged', () => {
    const door = wordIn(things(input(), 'tags.door_open'), 'plc.door_open');
    expect([door.value, door.others, door.with(false).tags['plc.door_open']?.value]).toEqual([true, [false], false]);
    const product = wordIn(things(input(), "tags.product == 'fine' || tags.product == 'coarse'"), 'plc.product');
    expect([product.value, product.others, product.with('fine').tags['plc.product']?.value]).toEqual(['coarse', ['fine', ''], 'fine']);
  });

  it('is nothing of lists, of what is bad or missing, and of what was before: that is told', () => {
    const of = input({ tags: { 'plc.die_temp': reading(5, BAD), 'plc.speed': reading(null) } });
    const when = "tags.zones[0] > 1 && tags.die_temp > 1 && tags.plc_speed > 1 && nok_in_a_row > 1 && rate('ok', 3) > 0.5 && recipe == 'a'";
    expect(things(of, when)).toMatchObject({ untried: ['plc.zones', 'plc.die_temp', 'plc.speed', 'nok_in_a_row', 'rate'] });
    const { numbers, words } = things(of, when);
    expect([numbers.map(({ name }) => name), words.map(({ name }) => name)]).toEqual([['surface.score', 'process.score'], ['recipe']]);
  });

  it('is a hundred words at most', () => {
    const when = Array.from({ length: 150 }, (_, i) => `recipe == 'r${i}'`);
    const reads = readsIn(...when);
    expect(reads.words).toHaveLength(150);
    const { words } = thingsOf(input(), reads, { models: SCOPE.models, ranges: {} });
    expect(words[0]?.others).toHaveLength(100);
  });
});
