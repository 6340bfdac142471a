import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inspection, StudySpec, Verdict } from '#agent/contracts/index.js';
import { countOf, showingsOf } from '#agent/decisions/gauge/showings.js';
import { StudyBook, type StudyConfig } from '#agent/decisions/gauge/study-book.js';
import { Hours, Minutes } from '#agent/time.js';
import { inspection } from '../../publishers/samples.ts';

const masters: StudySpec = {
  kind: 'attributes',
  parts: ['M-1', 'M-2', 'M-3'],
  by: 'id',
  appraisers: ['agent'],
  repeats: 2,
  truth: { 'M-1': 'good', 'M-2': 'bad', 'M-3': 'good' },
};
const width: StudySpec = {
  kind: 'type_one',
  parts: ['1'],
  by: 'order',
  appraisers: ['agent'],
  repeats: 3,
  of: 'plc.width',
  reference: 1,
  tolerance: 1,
};
const STUDIES: Readonly<Record<string, StudyConfig>> = {
  masters: { spec: masters, series: null, conditions: ['plc.hall'], within: Hours(8) },
  width: { spec: width, series: { kind: 'tag', tag: 'plc.width' }, conditions: [], within: Hours(1) },
};
const GAUGE = { config: 'c1', packages: { surface: 'surface-defect 1.0.0 ab' } };

/** A book and its clocks: what is lived, and what the agent's own time says. */
function station(studies = STUDIES, gauge: Parameters<StudyBook['judgedBy']>[0] = GAUGE) {
  const now = { wall: 1000, elapsed: 50, own: 1_000_000 };
  const of = (config: Readonly<Record<string, StudyConfig>>) =>
    new StudyBook({ station: 'outlet', studies: config, now: () => now.wall, elapsed: () => now.elapsed, own: () => now.own });
  let book = of(studies);
  book.judgedBy(gauge);
  let sequence = 0;
  return {
    now,
    get book() {
      return book;
    },
    begin: (name = 'masters', seed = 7) => book.begin(name, { id: 's1', who: 'meyer', recipe: 'standard', configHash: 'h', seed }),
    asked: () => book.open?.asked.part ?? null,
    show(part: string | null, verdict: Verdict = 'ok', more: Partial<Inspection> = {}) {
      const record = inspection(++sequence, { part, verdict, ...more });
      const member = book.member(part, book.take());
      return member ? book.shown(member, record) : null;
    },
    live(ms: number) {
      now.elapsed += ms;
      now.own += ms;
      return book.look();
    },
    /** Killed, and started again after that long by the agent's own time. */
    again(away = 0, { config = studies, judged = gauge } = {}) {
      const saved = book.save();
      now.own += away;
      now.elapsed = 7;
      book = of(config);
      book.restore(saved);
      book.judgedBy(judged);
    },
  };
}
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    return String(thrown);
  }
  return 'it was taken';
};
const tag = (value: number, status = 0) => ({ tags: { 'plc.width': { value, status, source: null } } });

describe('the order in which parts are asked for', () => {
  it('has each part as often as each appraiser shows it, each round of its own', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 2 ** 28 - 1 }),
        (parts, repeats, people, seed) => {
          const appraisers = Array.from({ length: people }, (_, n) => `a${n}`);
          const spec = { ...masters, parts, repeats, appraisers };
          const asked = showingsOf(spec, seed);
          expect(asked).toHaveLength(countOf(spec));
          expect(asked.map(({ showing }) => showing)).toEqual(asked.map((_, n) => n + 1));
          expect(asked.map(({ appraiser }) => appraiser)).toEqual(appraisers.flatMap((one) => Array(parts.length * repeats).fill(one)));
          for (let from = 0; from < asked.length; from += parts.length)
            expect(
              asked
                .slice(from, from + parts.length)
                .map(({ part }) => part)
                .sort(),
            ).toEqual([...parts].sort());
          expect(showingsOf(spec, seed)).toEqual(asked);
        },
      ),
    );
  });
  it('is another one of another seed', () => {
    const spec = { ...masters, parts: Array.from({ length: 30 }, (_, n) => `M-${n}`) };
    const orders = new Set(
      Array.from({ length: 20 }, (_, seed) =>
        showingsOf(spec, seed * 1e6)
          .map(({ part }) => part)
          .join(),
      ),
    );
    expect(orders.size).toBe(20);
  });
});

describe('a study', () => {
  it('counts what was asked for, whatever else comes, over kills at any moment: each showing once, none left out', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('right' as const), verdict: fc.constantFrom<Verdict>('ok', 'nok', 'review') }),
      fc.record({ do: fc.constant('other' as const), part: fc.constantFrom('M-1', 'M-2', 'M-3', 'P-9') }),
      fc.record({ do: fc.constantFrom('failed' as const, 'kill' as const, 'back' as const, 'unnamed' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 2 ** 28 - 1 }), (steps, seed) => {
        const s = station();
        s.begin('masters', seed);
        const wanted = showingsOf(masters, seed);
        const kept = new Map<number, string>();
        for (const one of steps) {
          const asked = s.asked();
          if (asked === null) break;
          const part = one.do === 'other' ? one.part : one.do === 'unnamed' ? null : asked;
          if (one.do === 'kill') s.again();
          else if (one.do === 'back') {
            if ((s.book.open?.shown ?? 0) > 0) kept.delete(s.book.takeBack().showing);
          } else {
            const verdict = one.do === 'right' ? one.verdict : 'ok';
            const done = s.show(part, verdict, one.do === 'failed' ? { outcome: 'failed' } : {});
            if (part === null) s.book.passed(null);
            const showing = done?.effect?.showing;
            expect(showing !== undefined && showing !== null).toBe(one.do !== 'failed' && part === asked);
            if (!showing) continue;
            expect(kept.has(showing.showing)).toBe(false);
            expect(showing).toMatchObject({ study: 's1', ...wanted[showing.showing - 1] });
            kept.set(showing.showing, showing.part);
          }
        }
        const shown = s.book.open?.shown ?? wanted.length;
        expect([...kept]).toEqual(wanted.slice(0, shown).map(({ showing, part }) => [showing, part]));
      }),
    );
  });

  it('is done with its last part, and its master parts are no production before, in and after it', () => {
    const s = station();
    expect(s.book.member('M-2', null)).toEqual({ name: 'masters', study: null, placed: null });
    expect(s.book.member('P-1', null)).toBeNull();
    s.begin();
    for (let n = 1; n < 6; n++)
      expect(s.show(s.asked(), 'nok')?.effect).toMatchObject({ study: { state: 'open', shown: n }, showing: { said: 'bad' } });
    const last = s.show(s.asked(), 'review', { tags: { 'plc.hall': { value: 21.5, status: 0, source: null } } });
    expect(last?.effect).toMatchObject({
      study: { state: 'done', shown: 6, of: 6, why: '', ended: 1000 },
      showing: { said: 'none', conditions: { 'plc.hall': 21.5 } },
    });
    expect([s.book.open, s.book.save()]).toEqual([null, null]);
    expect(s.show('M-1')).toEqual({ part: { name: 'masters', study: null, showing: null }, effect: null });
  });

  it('asks again for what was another part, and says why until it comes', () => {
    const s = station();
    s.begin();
    const asked = s.asked() ?? '';
    const other = masters.parts.find((part) => part !== asked) ?? '';
    expect(s.show(other)).toEqual({ part: { name: 'masters', study: 's1', showing: null }, effect: null });
    expect(s.book.standings.map(({ fault, subject }) => [fault.code, subject, fault.details['why']])).toEqual([
      ['STUDY_ASKS_AGAIN', 'outlet/masters', `part ${other} was shown instead`],
    ]);
    expect(s.asked()).toBe(asked);
    s.book.passed('P-1');
    expect(s.book.open).toMatchObject({ other: 'P-1', again: `part ${other} was shown instead` });
    s.show(asked);
    expect([s.book.standings, s.book.open?.other]).toEqual([[], null]);
  });

  type Study = ReturnType<typeof station>;
  const judged = (packages: Readonly<Record<string, string>>, config: string) => (s: Study) => {
    s.book.judgedBy({ packages, config });
    return s.live(1)?.why;
  };
  const restarted =
    (...how: Parameters<Study['again']>) =>
    (s: Study) => {
      s.live(Hours(5));
      s.again(...how);
      return s.live(1)?.why;
    };
  const longer = { masters: { ...(STUDIES['masters'] as StudyConfig), spec: { ...masters, repeats: 3 } } };
  const CHANGED = 'what judges was changed in the config: the station, one of its cameras, or where a tag is read';

  it.each([
    [
      'another recipe',
      (s: Study) => s.show(s.asked(), 'ok', { recipe: 'wide' })?.effect?.study.why,
      'the recipe has changed from standard to wide',
    ],
    [
      'another package',
      judged({ surface: 'surface-defect 2.0.0 cd' }, 'c1'),
      'another package judges as surface (surface-defect 1.0.0 before, surface-defect 2.0.0 now)',
    ],
    ['another config', judged(GAUGE.packages, 'c2'), CHANGED],
    ['the same over a restart', restarted(0, { judged: { ...GAUGE, config: 'c2' } }), CHANGED],
    ['a study that is gone', restarted(0, { config: {} }), 'the config has no study masters any more'],
    ['a study of other parts', restarted(0, { config: longer }), 'the study itself was changed in the config'],
    ['time, also while the agent is away', restarted(Hours(4)), 'nothing was shown for 8 h'],
    ['a person', (s: Study) => s.book.cancel('cancelled by meyer').why, 'cancelled by meyer'],
  ])('ends by %s', (_, happens, why) => {
    const s = station();
    s.begin();
    s.show(s.asked());
    expect(happens(s)).toBe(why);
    expect([s.book.open, s.book.save(), s.live(1)]).toEqual([null, null, null]);
  });

  it('goes on where nothing of that has changed', () => {
    const s = station();
    s.begin();
    s.show(s.asked());
    const { open } = s.book;
    s.live(Hours(7));
    s.again(Minutes(30));
    expect(s.live(1)).toBeNull();
    expect(s.book.open).toEqual(open);
    s.show(s.asked());
    // Time counts from the last part that was shown.
    expect(s.live(Hours(7))).toBeNull();
  });

  it('whose parts carry no id takes the part that was announced, and no other one', () => {
    const s = station();
    s.begin('width');
    expect(s.show('P-1', 'ok', tag(3))).toBeNull();
    s.book.place();
    expect(s.book.open?.placed).toBe(true);
    expect(s.show('P-2', 'ok', tag(1.5))?.effect?.showing).toMatchObject({ showing: 1, part: '1', value: 1.5, said: null });
    expect(s.show('P-3', 'ok', tag(9))).toBeNull();
    // A value that is none, and one that came from a bad tag.
    for (const more of [tag(Number.NaN), tag(1, 0x80000000), { tags: {} }]) {
      s.book.place();
      expect(s.show('P-4', 'ok', more)?.effect).toBeNull();
      expect(s.book.open?.again).toBe('plc.width was no number');
    }
    s.book.place();
    s.live(Minutes(2) + 1);
    expect(s.book.open).toMatchObject({ placed: false, again: 'no part came within 2 min of the word that it lies there' });
    expect(s.show('P-5', 'ok', tag(1))).toBeNull();
  });

  it('forgets over a kill that a part was announced: one that was answered and has no record was it', () => {
    const s = station();
    s.begin('width');
    s.book.place();
    s.again();
    expect(s.book.open).toMatchObject({ placed: false, again: expect.stringContaining('say it again') });
    expect(s.book.unrecorded('77', undefined)).toMatchObject({ name: 'width', study: 's1' });
    expect(s.book.open).toMatchObject({ shown: 0, again: 'it was answered before a restart, and not recorded' });
    expect(s.book.unrecorded('78', undefined)).toBeNull();
  });

  const PLACED = { study: 's1', name: 'width', showing: 1 };
  it('knows by the notes which of several answered parts it was', () => {
    const s = station();
    s.begin('width');
    s.book.place();
    s.again();
    expect(s.book.unrecorded('P-1', null)).toBeNull();
    expect(s.book.unrecorded('P-2', PLACED)).toMatchObject({ name: 'width', study: 's1' });
    expect(s.book.unrecorded('P-3', null)).toBeNull();
    // Of a study that is over by now it is no production either.
    s.book.cancel('cancelled');
    expect(s.book.unrecorded('P-4', PLACED)).toMatchObject({ name: 'width', study: 's1' });
  });

  it('waits over a kill for nothing: what is recorded later was not announced, nor what comes two minutes later', () => {
    const recorded = [
      (s: Study) => s.book.passed('P-1'),
      (s: Study) => void s.live(Minutes(2) + 1),
      (s: Study) => {
        s.book.place();
        s.show('P-1', 'ok', tag(1));
      },
    ];
    for (const happens of recorded) {
      const s = station();
      s.begin('width');
      s.book.place();
      s.again();
      happens(s);
      s.again();
      expect(s.book.unrecorded('P-2', undefined)).toBeNull();
      expect(s.book.missed(1)).toBeNull();
    }
  });

  it('takes a single part that passed while the agent was away for the announced one, and of several none', () => {
    const s = station();
    s.begin('width');
    expect(s.book.missed(1)).toBeNull();
    s.book.place();
    s.again();
    expect(s.book.missed(2)).toBeNull();
    expect(s.book.missed(1)).toMatchObject({ name: 'width', study: 's1' });
    expect([s.book.open?.again, s.book.missed(1)]).toEqual(['it passed while the agent was away', null]);
  });

  it('asks again for a part that was not judged or not asked for, under whichever recipe', () => {
    const s = station();
    s.begin();
    const other = masters.parts.find((part) => part !== s.asked()) ?? '';
    expect(s.show(s.asked(), 'nok', { outcome: 'failed', recipe: '' })?.effect).toBeNull();
    expect(s.show(other, 'ok', { recipe: 'wide' })?.effect).toBeNull();
    expect(s.book.open).toMatchObject({ shown: 0, again: `part ${other} was shown instead` });
    expect(s.show(s.asked())?.effect).toMatchObject({ showing: { showing: 1 } });
  });

  it('remembers no more of a large one than of a small one', () => {
    const parts = Array.from({ length: 900 }, (_, n) => `MASTER-${n}`);
    const truth = Object.fromEntries(parts.map((part, n) => [part, n % 2 === 0 ? ('good' as const) : ('bad' as const)]));
    const s = station({ masters: { ...(STUDIES['masters'] as StudyConfig), spec: { ...masters, parts, truth, repeats: 1 } } });
    s.begin();
    expect(s.book.save()?.length).toBeLessThan(600);
    s.again();
    expect(s.book.open).toMatchObject({ of: 900, asked: { showing: 1 } });
    expect(parts).toContain(s.asked());
  });

  it('undoes what the journal has not taken, and asks for that part again', () => {
    const s = station();
    s.begin('width');
    s.book.place();
    const before = s.book.save();
    s.show('P-1', 'ok', tag(1));
    expect(s.book.open?.shown).toBe(1);
    s.book.undo(before);
    expect(s.book.open).toMatchObject({ shown: 0, placed: false, again: 'the journal could not take it' });
    // Nobody was restarted: what passes next was not announced.
    expect(s.book.unrecorded('P-2', undefined)).toBeNull();
  });

  it('refuses what cannot be meant', () => {
    const s = station();
    expect(refusal(() => s.book.place())).toContain('no study is open');
    expect(refusal(() => s.begin('wdith'))).toContain('there is no study wdith; the config has masters, width');
    expect(refusal(() => s.begin('constructor'))).toContain('there is no study constructor');
    s.begin();
    expect(refusal(() => s.begin('width'))).toContain('study masters is open');
    expect(refusal(() => s.book.place())).toContain('known by their ids');
    expect(refusal(() => s.book.takeBack())).toContain('no part of study masters has counted yet');
  });

  it.each(['', 'no json', '{}', '{"own":1,"open":{"id":1}}'])('is none where the memory says %j', (saved) => {
    const s = station();
    s.book.restore(saved);
    expect(s.book.open).toBeNull();
  });
});
