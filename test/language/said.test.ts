import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineText, TextChange } from '#agent/contracts/index.js';
import { Allowance, type Effects, MOST_ACTIVE, Said, type Saying } from '#agent/language/said.js';
import { cleaned, shortened } from '#agent/language/shown.js';

const saying = (over: Partial<Saying> = {}): Saying => ({
  key: 'e1',
  at: 1000,
  stamped: 900,
  source: 'alarm',
  origin: 'plc',
  name: 'Pump',
  station: null,
  severity: 500,
  condition: 'c1',
  acked: false,
  active: true,
  text: 'oil low',
  ...over,
});
const always = () => true;

/** The journal, as far as texts go: inserted once each; what is told once more stands, and what has ended stays so otherwise. */
class Kept {
  readonly rows = new Map<string, MachineText>();
  apply({ texts, changes }: Pick<Effects, 'texts' | 'changes'>): this {
    for (const text of texts) if (!this.rows.has(text.id) || text.state === 'active') this.rows.set(text.id, text);
    for (const change of changes) this.change(change);
    return this;
  }
  private change(change: TextChange): void {
    const row = this.rows.get(change.id);
    if (row && row.state !== 'ended') this.rows.set(change.id, { ...row, ...change });
  }
  get all(): readonly MachineText[] {
    return [...this.rows.values()];
  }
}

describe('what machines have said', () => {
  it('is one text from when an alarm is active until it is over, however often it is told', () => {
    const said = new Said([]);
    const kept = new Kept();
    kept.apply(said.say(saying(), always));
    kept.apply(said.say(saying(), always));
    kept.apply(said.say(saying({ key: 'e2', acked: true, severity: 700 }), always));
    expect(kept.all).toMatchObject([{ text: 'oil low', state: 'active', acked: true, severity: 700, ended: null }]);
    kept.apply(said.say(saying({ key: 'e3', active: false, at: 2000, text: 'oil ok' }), always));
    kept.apply(said.say(saying({ key: 'e3', active: false, at: 2500 }), always));
    expect(kept.all).toMatchObject([{ text: 'oil low', state: 'ended', ended: 2000 }]);
    // It comes again: another moment, another text.
    kept.apply(said.say(saying({ key: 'e4', stamped: 3000, at: 3000 }), always));
    expect(kept.all.map(({ state }) => state)).toEqual(['ended', 'active']);
  });

  it('of a tag is over when the tag says nothing, or something else', () => {
    const said = new Said([]);
    const tag = (text: string, at: number) =>
      saying({ source: 'tag', origin: 'plc.message', condition: '', stamped: null, key: String(at), at, text, active: text !== '' });
    const kept = new Kept();
    for (const [n, text] of ['tool 7', 'tool 7', 'tool 8', ''].entries()) kept.apply(said.say(tag(text, n), always));
    expect(kept.all.map(({ text, state, ended }) => [text, state, ended])).toEqual([
      ['tool 7', 'ended', 2],
      ['tool 8', 'ended', 3],
    ]);
  });

  it('begins another text where the alarm says something else, or became active again unseen', () => {
    const said = new Said([]);
    const kept = new Kept().apply(said.say(saying(), always));
    kept.apply(said.say(saying({ key: 'e2', text: 'oil very low', at: 1500 }), always));
    kept.apply(said.say(saying({ key: 'e3', text: 'oil very low', stamped: 1700, at: 1700 }), always));
    expect(kept.all.map(({ text, state, ended }) => [text, state, ended])).toEqual([
      ['oil low', 'ended', 1500],
      ['oil very low', 'ended', 1700],
      ['oil very low', 'active', null],
    ]);
  });

  it('has no doubles after a kill: what the journal has as active is told again, and what is not told is over', () => {
    const kept = new Kept().apply(new Said([]).say(saying(), always));
    kept.apply(new Said([]).say(saying(), always));
    expect(kept.all).toHaveLength(1);
    const said = new Said([...kept.all, { ...saying({ condition: 'c2' }), id: 'x', state: 'active', ended: null }]);
    said.telling('plc');
    // Acknowledged meanwhile: another event of the same alarm.
    kept.apply(said.say(saying({ key: 'e9', acked: true }), always));
    const changes = said.toldAll('plc', true, 5000);
    expect(kept.all).toMatchObject([{ state: 'active', acked: true }]);
    expect(changes).toMatchObject([{ id: 'x', state: 'ended', ended: 5000 }]);
  });

  it('is unknown where a server cannot say what is active, and active again when it is heard of', () => {
    const said = new Said([]);
    const kept = new Kept().apply(said.say(saying(), always));
    said.telling('plc');
    kept.apply({ texts: [], changes: said.toldAll('plc', false, 4000) });
    expect(kept.all).toMatchObject([{ state: 'unknown', ended: 4000 }]);
    expect(said.toldAll('plc', false, 5000)).toEqual([]);
    kept.apply(said.say(saying({ key: 'e2' }), always));
    expect(kept.all).toMatchObject([{ state: 'active', ended: null }]);
    kept.apply({ texts: [], changes: said.forget('plc', 6000) });
    expect(kept.all).toMatchObject([{ state: 'unknown', ended: 6000 }]);
  });

  it('keeps an event that is no condition once, and drops what may not be kept without losing what it ends', () => {
    const said = new Said([]);
    const event = saying({ condition: null, source: 'event' });
    expect(new Kept().apply(said.say(event, always)).apply(said.say(event, always)).all).toMatchObject([{ state: null }]);
    said.say(saying(), always);
    expect(said.say(saying({ key: 'e5', text: 'other', at: 3000 }), () => false)).toMatchObject({
      texts: [],
      changes: [{ state: 'ended', ended: 3000 }],
      dropped: true,
    });
    for (let i = 0; i < MOST_ACTIVE; i++) said.say(saying({ condition: `n${i}`, key: `k${i}` }), always);
    expect(said.say(saying({ condition: 'one more', key: 'm' }), always).dropped).toBe(true);
    expect(said.active('plc')).toBe(MOST_ACTIVE);
  });

  it('stands again where it was taken for over and is told with the same event', () => {
    const said = new Said([]);
    const kept = new Kept().apply(said.say(saying(), always));
    said.telling('plc');
    kept.apply({ texts: [], changes: said.toldAll('plc', true, 2000) });
    expect(kept.all).toMatchObject([{ state: 'ended' }]);
    expect(kept.apply(said.say(saying(), always)).all).toMatchObject([{ state: 'active', ended: null }]);
  });

  it('costs the allowance for a change too, and not for what is active again', () => {
    const said = new Said([]);
    said.say(saying(), always);
    expect(said.say(saying({ acked: true }), () => false)).toEqual({ texts: [], changes: [], dropped: true });
    said.telling('plc');
    said.toldAll('plc', false, 2000);
    expect(said.say(saying(), () => false).changes).toMatchObject([{ state: 'active' }]);
  });

  it('holds one active text for each active alarm at most, whatever comes in whatever order, and across kills', () => {
    const step = fc.record({
      condition: fc.constantFrom('a', 'b'),
      active: fc.boolean(),
      text: fc.constantFrom('x', 'y'),
      stamped: fc.constantFrom(null, 1, 2),
      kill: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const kept = new Kept();
        let said = new Said([]);
        steps.forEach(({ kill, ...one }, n) => {
          if (kill) said = new Said(kept.all.filter(({ state }) => state === 'active'));
          kept.apply(said.say(saying({ ...one, key: String(n), at: n }), always));
          const open = kept.all.filter(({ state, condition }) => state === 'active' && condition === one.condition);
          expect(open.map(({ text }) => text)).toEqual(one.active ? [one.text] : []);
        });
      }),
    );
  });
});

it('lets so many through at once, and one a while after that', () => {
  const allowance = new Allowance(3, 1000);
  const taken = (now: number) => [1, 2, 3, 4, 5].filter(() => allowance.take(now)).length;
  expect([taken(0), taken(500), taken(1000), taken(3500), taken(1e9)]).toEqual([3, 0, 1, 2, 3]);
});

it('cuts a text before the word that would be cut in two, and takes out what no screen shows', () => {
  expect(shortened('Ventil klemmt, Müller holt', 22)).toBe('Ventil klemmt,…');
  expect(shortened('kurz', 4)).toBe('kurz');
  expect(shortened('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(shortened(`a ${'x'.repeat(5000)}`, 2000)).toHaveLength(2000);
  expect(cleaned('Tür\u0000\u0000 offen \u0007')).toBe('Tür  offen');
  expect(cleaned('a\u009b31m\u202eb\u2028')).toBe('a 31m b');
});
