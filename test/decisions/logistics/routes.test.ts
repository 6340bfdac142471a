/** Where parts go: no part is lost, no place holds more than it may without a word, and what came less what left is what is there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoutedPart } from '#agent/contracts/index.js';
import { type Destination, RoutesBook } from '#agent/decisions/logistics/routes-book.js';

const destination = (more: Partial<Destination>): Destination => ({
  action: 'divert',
  value: 0,
  capacity: null,
  full: null,
  within: 10,
  hears: 'part',
  leaves: null,
  holds: false,
  ...more,
});
const DESTINATIONS = {
  packing: destination({ action: 'pass', hears: null }),
  rework: destination({ action: 'rework', capacity: 2, full: 'hold', holds: true }),
  hold: destination({ action: 'hold', capacity: 1, full: 'scrap', holds: true }),
  scrap: destination({ hears: 'count' }),
};
type Name = keyof typeof DESTINATIONS;

/** A book, its time, and what the journal has of it. */
function line(most = 50, destinations: Readonly<Record<string, Destination>> = DESTINATIONS) {
  const kept = new Map<string, RoutedPart>();
  let [own, ids] = [0, 0];
  const make = () => new RoutesBook({ destinations, most, newId: () => `w${++ids}`, own: () => own });
  const self = {
    book: make(),
    kept,
    keep: () => {
      for (const row of self.book.taken('i')) kept.set(row.id, row);
    },
    open: () => [...kept.values()].filter(({ ended }) => ended === null),
    pass: (ms: number, deaf: readonly string[] = []) => {
      own += ms;
      self.book.look(ms, new Set(deaf));
      self.keep();
    },
    send: (part: string | null, to: string, isTold = true, isProduction = true) => {
      const choice = self.book.send({ part, inspection: 'i', to, reason: 'nok: crack', unsure: null, isProduction }, 'outlet');
      self.book.told(choice, isTold);
      self.keep();
      return choice;
    },
    kill: () => {
      self.book = make();
      self.book.restore(self.open());
      self.keep();
    },
    codes: () => self.book.standings.map(({ fault, subject }) => `${fault.code} ${subject}`),
    at: (name: string) => self.book.state(0).destinations.find((one) => one.name === name),
  };
  return self;
}

const names = fc.constantFrom(...(Object.keys(DESTINATIONS) as Name[]));
const parts = fc.option(
  fc.integer({ min: 1, max: 9 }).map((n) => `P${n}`),
  { freq: 6 },
);
const acts = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ act: fc.constant('send' as const), part: parts, to: names, isTold: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ act: fc.constantFrom('arrived' as const, 'left' as const), part: parts, to: names }) },
    fc.record({ act: fc.constant('emptied' as const), to: names }),
    fc.record({ act: fc.constantFrom('seen' as const, 'forget' as const), part: parts }),
    { weight: 2, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 8 }) }) },
    fc.record({ act: fc.constant('kill' as const) }),
  ),
  { maxLength: 80 },
);
type Act = typeof acts extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

function does(self: ReturnType<typeof line>, act: Act): void {
  switch (act.act) {
    case 'send':
      self.send(act.part, act.to, act.isTold);
      break;
    case 'arrived':
    case 'left':
      self.book[act.act](act.to, act.part);
      break;
    case 'emptied':
      self.book.emptied(act.to);
      break;
    case 'seen':
    case 'forget':
      if (act.part !== null) self.book[act.act](act.part);
      break;
    case 'pass':
      self.pass(act.ms);
      break;
    case 'kill':
      self.kill();
  }
  self.keep();
}

const bare = (rows: readonly RoutedPart[]) => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));

describe('the book of routes, whatever comes', () => {
  it('loses no part, holds what came less what left, and is over its places only with a word', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const self = line();
        for (const act of all) {
          does(self, act);
          // What is followed is what the journal has: after a kill nothing is lost, and nothing is there twice.
          expect(bare(self.book.parts)).toEqual(bare(self.open()));
          const named = self.book.parts.flatMap(({ part }) => part ?? []);
          expect(new Set(named).size).toBe(named.length);
          for (const { name, capacity, contents, under_way, came, gone } of self.book.state(0).destinations) {
            expect(contents).toBe(came - gone);
            const isOver = capacity !== null && contents + under_way > capacity;
            expect(self.codes().includes(`ROUTE_OVERFULL route/${name}`)).toBe(isOver);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('sends no part where there is no place while another takes it', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const self = line();
        for (const act of all) {
          if (act.act !== 'send') {
            does(self, act);
            continue;
          }
          const before = self.at('hold')?.full;
          const reworkFull = self.at('rework')?.full;
          const { to, instead_of, why } = self.send(act.part, act.to, act.isTold);
          const way = { rework: reworkFull ? (before ? 'scrap' : 'hold') : 'rework', hold: before ? 'scrap' : 'hold' };
          expect(to).toBe(act.to === 'rework' || act.to === 'hold' ? way[act.to] : act.to);
          expect(instead_of).toBe(to === act.to ? null : act.to);
          expect(why === null).toBe(to === act.to);
        }
      }),
    );
  });

  it('follows so many parts and no more, and says so until there are fewer', () => {
    const self = line(10);
    for (let n = 1; n <= 25; n++) self.send(`P${n}`, 'scrap');
    expect(self.book.state(0)).toMatchObject({ under_way: 10, dropped: 15 });
    expect(self.codes()).toEqual(['ROUTE_CROWDED route']);
    expect(self.open().length).toBe(10);
    for (let n = 1; n <= 2; n++) self.book.arrived('scrap', null);
    self.pass(1);
    expect(self.codes()).toEqual([]);
  });
});

describe('a part on its way', () => {
  it('that vanishes is an alarm until it is found, at its destination, elsewhere or at a station', () => {
    const self = line();
    for (const part of ['P1', 'P2', 'P3']) self.send(part, 'rework');
    // The third had no place there.
    expect(self.open().map(({ to }) => to)).toEqual(['rework', 'rework', 'hold']);
    self.pass(9);
    expect(self.codes()).toEqual([]);
    self.pass(1);
    expect(self.codes()).toEqual(['ROUTE_VANISHED route/rework', 'ROUTE_VANISHED route/hold']);
    expect(self.book.standings[0]?.fault.sentence).toContain('Parts P1 (from outlet), P2 (from outlet)');
    self.book.arrived('rework', 'P1');
    self.book.seen('P3');
    expect(self.codes()).toEqual(['ROUTE_VANISHED route/rework']);
    self.book.arrived('hold', 'P2');
    expect(self.codes()).toEqual(['ROUTE_STRAYED route/hold']);
    expect(self.book.standings[0]?.fault.sentence).toContain('P2 (from outlet, sent to rework) came to hold');
    self.book.left('hold', 'P2');
    expect(self.codes()).toEqual([]);
  });

  it('is not missed while nothing is heard of its destination, nor is the way before a kill counted', () => {
    const self = line();
    self.send('P1', 'rework');
    self.pass(9);
    self.pass(100, ['rework']);
    expect(self.codes()).toEqual([]);
    self.kill();
    self.pass(9);
    expect(self.codes()).toEqual([]);
    self.pass(1);
    expect(self.codes()).toEqual(['ROUTE_VANISHED route/rework']);
    // What had vanished before a kill has vanished after it.
    self.kill();
    expect(self.codes()).toEqual(['ROUTE_VANISHED route/rework']);
  });

  it('that comes to two places, or was sent by nobody, is an alarm until a person has looked', () => {
    const self = line();
    self.pass(10);
    self.send('P1', 'rework');
    self.book.arrived('rework', 'P1');
    self.book.arrived('hold', 'P1');
    expect(self.codes()).toEqual(['ROUTE_TWICE route/hold']);
    self.book.arrived('rework', 'X9');
    expect(self.codes()).toEqual(['ROUTE_STRAYED route/rework', 'ROUTE_TWICE route/hold']);
    expect([self.book.forget('P1'), self.book.forget('X9'), self.book.forget('X7')]).toEqual([true, true, false]);
    expect(self.codes()).toEqual([]);
    // They lie where they lie, until they leave or are taken away.
    expect([self.at('hold')?.contents, self.at('rework')?.contents]).toEqual([1, 1]);
    expect([self.book.forget('X9'), self.book.forget('X9'), self.at('rework')?.contents]).toEqual([true, false, 0]);
  });

  it('that a life before may have sent is taken without a word', () => {
    const self = line();
    self.book.arrived('rework', 'X1');
    self.book.arrived('scrap', null);
    expect([self.codes(), self.at('rework')?.contents]).toEqual([[], 1]);
  });

  it('without an id takes a place, and no word of the conveyor is put under another name', () => {
    const self = line();
    self.pass(10);
    self.send(null, 'rework');
    self.send('P1', 'rework');
    expect(self.at('rework')).toMatchObject({ under_way: 2, full: true });
    // It reads an id that nobody has sent: the one without an id, and not P1.
    self.book.arrived('rework', 'X7');
    expect(self.book.parts.map(({ part, place }) => [part, place])).toEqual([
      ['P1', null],
      [null, 'rework'],
    ]);
    self.send(null, 'hold');
    self.pass(10);
    // It is let go without a word; P1 is not.
    expect(self.codes()).toEqual(['ROUTE_VANISHED route/rework']);
    expect(self.at('hold')?.under_way).toBe(0);
  });

  it('of which the conveyor was not told may come anywhere, and holds no place', () => {
    const self = line();
    self.pass(10);
    self.send('P1', 'rework', false);
    expect(self.at('rework')?.under_way).toBe(0);
    self.book.arrived('hold', 'P1');
    expect([self.codes(), self.at('hold')?.contents]).toEqual([[], 1]);
  });

  it('that is a master part goes its way and is followed by nobody', () => {
    const self = line();
    expect(self.send('RR-1', 'rework', true, false)).toMatchObject({ to: 'rework', action: 'rework' });
    expect(self.book.parts).toEqual([]);
  });

  it('names no part where a counter alone has found the fault', () => {
    const self = line();
    self.pass(10);
    self.send('P1', 'scrap');
    self.pass(10);
    expect(self.book.standings.map(({ fault }) => fault.sentence)).toEqual([
      'One part, nobody knows which, sent to scrap did not arrive there within 0 s.',
    ]);
    expect(self.book.shown.map(({ part }) => part)).toEqual([null]);
    expect(self.book.forgetNameless('rework')).toBe(0);
    // It came late, and then one that nobody had sent.
    self.book.arrived('scrap', null);
    expect(self.codes()).toEqual([]);
    self.book.arrived('scrap', null);
    expect(self.codes()).toEqual(['ROUTE_STRAYED route/scrap']);
    self.send('P2', 'scrap');
    self.pass(10);
    expect(self.book.forgetNameless('scrap')).toBe(2);
    expect(self.codes()).toEqual([]);
  });
});

describe('parts that are followed no longer', () => {
  it.each<[string, (self: ReturnType<typeof line>) => void]>([
    ['since too many were', (self) => Array.from({ length: 11 }, (_, n) => self.send(`P${n}`, 'rework'))],
    [
      'since a config had no place for them',
      (self) => {
        self.send('P0', 'rework');
        self.book.configure({ destinations: { scrap: DESTINATIONS.scrap }, most: 10 });
        self.book.configure({ destinations: DESTINATIONS, most: 10 });
      },
    ],
    [
      'since nobody knew where they went',
      (self) => {
        self.send('P0', 'rework', false);
        self.pass(10);
      },
    ],
  ])('%s come without a word', (_, drops) => {
    const self = line(10);
    self.pass(10);
    drops(self);
    self.book.arrived('rework', 'P0');
    expect(self.codes().filter((code) => code.startsWith('ROUTE_STRAYED'))).toEqual([]);
  });

  it('are told of until nobody is dropped any more', () => {
    const self = line(2000, { store: destination({ holds: true }) });
    for (let n = 0; n <= 1000; n++) {
      self.send(`P${n}`, 'store');
      self.book.arrived('store', `P${n}`);
    }
    expect(self.codes()).toEqual(['ROUTE_CROWDED route']);
    self.book.emptied('store');
    self.pass(1);
    expect(self.codes()).toEqual([]);
  });
});

describe('where a counter tells of departures', () => {
  const counted = { store: destination({ capacity: 3, leaves: 'count', holds: true }), packing: DESTINATIONS.packing };
  const filled = () => {
    const self = line(50, counted);
    self.pass(10);
    for (const part of ['P1', 'P2', 'P3']) {
      self.send(part, 'store');
      self.book.arrived('store', part);
    }
    return self;
  };

  it('one part frees one place, whichever is counted first', () => {
    for (const acts of [
      ['count', 'seen'],
      ['seen', 'count'],
      ['count', 'sent'],
      ['sent', 'count'],
    ]) {
      const self = filled();
      for (const act of acts) {
        if (act === 'count') self.book.left('store', null);
        else if (act === 'seen') self.book.seen('P2');
        else self.send('P2', 'packing');
      }
      self.keep();
      expect([acts, self.at('store')?.contents]).toEqual([acts, 2]);
      // The place that is left behind is there after a kill too, and is freed by the counter.
      self.kill();
      for (let n = 0; n < 2; n++) self.book.left('store', null);
      expect(self.at('store')?.contents).toBe(0);
      expect(self.book.parts).toEqual([]);
    }
  });

  it('one that is heard before the arrival counts when the part is there, and not for one that comes long after', () => {
    const self = line(50, counted);
    self.pass(10);
    self.book.left('store', null);
    self.send('P1', 'store');
    self.book.arrived('store', 'P1');
    expect(self.at('store')?.contents).toBe(1);
    self.send('P2', 'store');
    self.book.left('store', null);
    self.book.left('store', null);
    self.book.arrived('store', 'P2');
    expect(self.at('store')).toMatchObject({ contents: 0, came: 2, gone: 2 });
    self.send('P3', 'store');
    self.book.left('store', null);
    self.pass(11_000);
    self.book.arrived('store', 'P3');
    expect(self.at('store')?.contents).toBe(1);
  });
});

it('a part of which the conveyor was not told is the one that a counter counts, where no other is on its way there', () => {
  const self = line();
  self.pass(10);
  self.send('P1', 'rework', false);
  self.book.arrived('scrap', null);
  expect([self.codes(), self.book.parts]).toEqual([[], []]);
});

it('the way of an inspection goes to the journal with its record, and what was given back goes with the next', () => {
  const self = line();
  const choice = self.book.send({ part: 'P1', inspection: 'i1', to: 'rework', reason: '', unsure: null, isProduction: true }, 'outlet');
  self.book.told(choice, true);
  expect([self.book.taken(null), self.book.taken('i2')]).toEqual([[], []]);
  const rows = self.book.taken('i1');
  expect(rows).toMatchObject([{ part: 'P1', place: null }]);
  self.book.giveBack(rows);
  self.book.arrived('rework', 'P1');
  expect(self.book.taken(null)).toMatchObject([{ part: 'P1', place: 'rework' }]);
  expect(self.book.taken(null)).toEqual([]);
  // Of a record that never came nothing is lost.
  self.book.told(
    self.book.send({ part: 'P2', inspection: 'i3', to: 'rework', reason: '', unsure: null, isProduction: true }, 'outlet'),
    true,
  );
  self.pass(60_001);
  expect(self.open().map(({ part }) => part)).toEqual(['P2']);
});

it('a place that is not looked after any more is left by those that lie there', () => {
  const self = line();
  self.send('P1', 'rework');
  self.book.arrived('rework', 'P1');
  self.book.configure({ destinations: { ...DESTINATIONS, rework: destination({}) }, most: 50 });
  self.keep();
  expect([...self.kept.values()]).toMatchObject([{ part: 'P1', end: 'passed' }]);
});

it('destinations that the config has no more are followed no longer', () => {
  const self = line();
  self.send('P1', 'rework');
  self.send('P2', 'hold');
  const { hold: _, ...others } = DESTINATIONS;
  self.book.configure({ destinations: others, most: 50 });
  self.keep();
  expect(self.open().map(({ part }) => part)).toEqual(['P1']);
});
