import { describe, expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Inspection, TagValue } from '#agent/contracts/index.js';
import { createJudge } from '#agent/rules/judge.js';
import { personIn, withoutPeople } from '#agent/runtime/people-on-record.js';
import { Unnamed } from '#agent/runtime/unnamed.js';

const people = { names: ['Müller'], code: (id: string) => `#${id}` };
const language = { assistant: false, names: ['Müller'], texts: [], mask: false, operators: [], audit: 'names' };
const unnamed = (of: object) => {
  const stations = {
    outlet: { part: 'plc.serial', recipe: { tag: 'plc.product' }, counter: 'plc.count', containment: { lot: 'plc.lot' } },
  };
  const routes = { destinations: { bin: { arrived: { part: 'plc.binned' } } } };
  const config = { language: { ...language, ...of }, stations, routes } as unknown as Config;
  return new Unnamed(
    () => config,
    () => people,
  );
};
const inspection = (tags: Record<string, TagValue>) =>
  ({
    tags: Object.fromEntries(Object.entries(tags).map(([tag, value]) => [tag, { value, status: 0, source: null }])),
  }) satisfies Pick<Inspection, 'tags'>;
const TAGS = {
  'plc.message': 'Hr. Schulze rufen',
  'plc.other': 'MUELLER war da',
  'plc.serial': 'Müller-17',
  'plc.product': 'Müller',
  'plc.lot': 'Müller 3',
  'plc.binned': 'MA 12345',
  'plc.badge': 4711,
  'plc.list': ['ok', 'Hr. Schulze'],
  'plc.temp': 20.5,
  'plc.gone': null,
};
const values = ({ tags }: Pick<Inspection, 'tags'>) => Object.fromEntries(Object.entries(tags).map(([tag, { value }]) => [tag, value]));

describe('records', () => {
  it('are left as they are where the config says nothing, without a look at them', () => {
    const one = inspection(TAGS);
    expect(unnamed({}).inspection(one)).toBe(one);
  });

  it('have no people in texts, and none in any string where the config says so, but for what parts are found by', () => {
    expect(values(unnamed({ texts: ['plc.message'] }).inspection(inspection(TAGS)))).toEqual({
      ...TAGS,
      'plc.message': 'Hr. <name> rufen',
    });
    expect(values(unnamed({ mask: true }).inspection(inspection(TAGS)))).toEqual({
      ...TAGS,
      'plc.message': 'Hr. <name> rufen',
      'plc.other': '<name> war da',
      'plc.list': ['ok', 'Hr. <name>'],
    });
  });

  it('say who was at the machine by a code, whatever the value is', () => {
    const one = unnamed({ operators: ['plc.badge', 'plc.other'] });
    expect(values(one.inspection(inspection({ 'plc.badge': 4711, 'plc.other': ' anna ' })))).toEqual({
      'plc.badge': '<person #4711>',
      'plc.other': '<person #anna>',
    });
    expect(values(one.inspection(inspection({ 'plc.badge': '' })))).toEqual({ 'plc.badge': '' });
  });

  it('have in reasons, decisions and routes what is kept of the value that a rule compared, long ones too, and numbers as they are', () => {
    const one = unnamed({ texts: ['plc.message'], operators: ['plc.badge'] });
    const long = `${'Pumpe '.repeat(8)}Hr. Schulze und Frau Kazmierczak`;
    const when = "tags.message != 'ok' && tags.badge > 0 && tags.temp > 0.412";
    const judge = createJudge({
      models: {},
      tags: { 'plc.message': 'any', 'plc.badge': 'any', 'plc.temp': 'any' },
      rules: [{ when, verdict: 'nok' }],
      decisions: [{ when, do: 'hold' }],
      told: (tags) => one.tags(tags),
    });
    const { tags } = inspection({ 'plc.message': long, 'plc.badge': 412, 'plc.temp': 0.4125 });
    const facts = { tags, findings: {}, recipe: '', part: null };
    const told = [...judge.judge(facts).reasons.map(({ text }) => text), ...judge.decide(facts, 'nok').map(({ reason }) => reason)];
    expect(told).toHaveLength(2);
    for (const text of told) {
      expect(text).not.toMatch(/Schulz|Kazm/);
      expect(text).toContain("'Pumpe Pumpe");
      expect(text).toContain("tags.badge '<person #412>' > 0");
      expect(text).toContain('0.4125 > 0.412');
    }
  });

  it('hold no more of a text than is read of it, and a model reads what is kept', () => {
    const one = unnamed({ texts: ['plc.message'] });
    expect(String(one.value('plc.message', 'a b '.repeat(1000)))).toHaveLength(1998);
    expect(one.text('plc.message', 'Hr. Schulze: Pumpe leckt')).toBe('Hr. <name>: Pumpe leckt');
    expect(one.text('plc.other', 'Hr. Schulze')).toBe('Hr. Schulze');
    expect(one.value('plc.temp', 20.5)).toBe(20.5);
  });
});

describe('the audit log', () => {
  it('says who by name or by code, and what was written without names', () => {
    expect([personIn('anna', people, 'names'), personIn('anna', people, 'codes'), personIn('', people, 'codes')]).toEqual([
      'anna',
      'person #anna',
      '',
    ]);
    const about = { user: 'bert', reason: 'Hr. Schulze inf.', alarm: 'X', n: 3 };
    expect(withoutPeople(about, people, 'names')).toEqual({ ...about, reason: 'Hr. <name> inf.' });
    expect(withoutPeople(about, people, 'codes')).toEqual({ ...about, user: 'person #bert', reason: 'Hr. <name> inf.' });
  });
});
