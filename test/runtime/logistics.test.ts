/** The desks of logistics on their own: what the conveyor's tags say counts once, over lost sessions and kills; what cannot be read is told until it is. */
import { describe, expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Inspection, RoutedPart, SaidPart, SaidWish, Standing, TagValue } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { FollowingDesk } from '#agent/runtime/logistics/following.js';
import { RoutesDesk } from '#agent/runtime/logistics/routes-desk.js';
import { TagTable } from '#agent/stations/tags.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const BAD = 0x80310000;
const codesOf = (standings: readonly Standing[]) => standings.map(({ fault, subject }) => `${fault.code} ${subject}`);
const part = (over: Partial<Inspection>): Inspection =>
  ({
    station: 'outlet',
    outcome: 'judged',
    sequence: 1,
    verdict: 'ok',
    reasons: [],
    recipe: 'standard',
    findings: [],
    ...over,
  }) as Inspection;

const ROUTES = {
  most: 50,
  no_read: ['NOREAD'],
  destinations: {
    rework: { do: 'rework', capacity: 2, full: 'scrap', within: 3000, arrived: { part: 'plc.rework_in' }, left: { empty: 'plc.emptied' } },
    scrap: { do: 'divert', within: 3000, arrived: { count: 'plc.scrapped' } },
    packing: { do: 'pass', within: 3000 },
  },
};
const STATIONS = {
  press: { part: 'plc.serial', decisions: [], follow: 5000 },
  oven: { part: 'plc.oven', decisions: [], follow: 5000 },
  outlet: { part: 'plc.serial', rules: [{ when: "part.seen('press')" }], decisions: [], route: { table: [{ to: 'rework' }] } },
};
const config = (routes: object | undefined = ROUTES) => ({ routes, stations: STATIONS }) as unknown as Config;

/** A box: the desk, the tags of its PLC, and the journal, which outlives both. */
function box() {
  const clock = new ManualClock();
  const journal = new Map<string, RoutedPart>();
  const faults = { journal: null as Error | null, full: false };
  let memory: string | null = null;
  let standings: readonly Standing[] = [];
  let tags = new TagTable();
  let [ids, lives, entries] = [0, 0, 0];
  let nodes = 'opc.tcp://plc';
  const make = (life = ++lives) =>
    new RoutesDesk({
      clock,
      log: memoryLog(),
      newId: () => `way-${++ids}`,
      own: clock.now,
      tags,
      nodeOf: (tag) => `${nodes}/${tag}`,
      routed: async () => {
        if (faults.journal) throw faults.journal;
        return [...journal.values()].filter(({ ended }) => ended === null);
      },
      record: ({ routed = [], state }) => {
        // Of a life that was killed nothing comes any more.
        if (life !== lives) return false;
        if (faults.full) return false;
        entries++;
        for (const row of routed) journal.set(row.id, row);
        memory = state?.value ?? memory;
        return true;
      },
      flushed: async () => {},
      isMaster: (name) => name.startsWith('RR-'),
      onFaults: (now) => {
        if (life === lives) standings = now;
      },
    });
  let desk = make();
  const self = {
    clock,
    journal,
    faults,
    get entries() {
      return entries;
    },
    get memory() {
      return memory;
    },
    get desk() {
      return desk;
    },
    codes: () => codesOf(standings),
    start: (routes?: object) => desk.configure(config(routes), memory),
    tag: (name: string, value: TagValue, status = 0) =>
      tags.update(`plc.${name}`, { value, status, source: clock.now(), server: null, received: clock.now(), arrived: clock.elapsed() }),
    lost: () => {
      for (const name of ['rework_in', 'emptied', 'scrapped']) tags.lost(`plc.${name}`, clock.elapsed());
    },
    /** Another life: what was not kept is forgotten. */
    kill: async (routes: object | null = ROUTES) => {
      tags = new TagTable();
      desk = make();
      await desk.configure(routes === null ? { stations: config().stations } : config(routes), memory);
    },
    nodes: (endpoint: string) => {
      nodes = endpoint;
    },
    send: (name: string | null, to = 'rework', isTold = true, unsure: string | null = null) => {
      const ports = desk.portsOf('outlet');
      const choice = ports?.send({ part: name, inspection: 'i', to, reason: 'nok', unsure, isProduction: true });
      if (choice) ports?.told(choice, isTold);
      const rows = ports?.taken('i') ?? [];
      if (faults.full) ports?.giveBack(rows);
      else for (const row of rows) journal.set(row.id, row);
      return choice?.to;
    },
    at: (name: string) => desk.state?.destinations.find((one) => one.name === name),
  };
  return self;
}

async function started() {
  const line = box();
  await line.start();
  line.tag('rework_in', '');
  line.tag('emptied', false);
  line.tag('scrapped', 10);
  // Whatever a life before may have sent has come.
  await line.clock.advance(4000);
  return line;
}

describe('the desk of routes', () => {
  it('takes each word of the conveyor once, over lost sessions and kills', async () => {
    const line = await started();
    for (const name of ['P1', 'P2']) line.send(name);
    line.tag('rework_in', 'P1');
    line.lost();
    // The same value of the next session is no news, another one is.
    line.tag('rework_in', 'P1');
    expect(line.at('rework')).toMatchObject({ contents: 1, under_way: 1 });
    await line.kill();
    line.tag('rework_in', 'P1');
    expect(line.at('rework')).toMatchObject({ contents: 1, under_way: 1 });
    line.tag('rework_in', '');
    line.tag('rework_in', 'P2');
    expect(line.at('rework')).toMatchObject({ contents: 2, under_way: 0, full: true });
    // What was emptied while the agent was away is heard when it is back.
    await line.kill();
    line.tag('emptied', true);
    expect(line.at('rework')).toMatchObject({ contents: 0 });
    line.send('P3');
    line.tag('rework_in', 'P3');
    line.tag('emptied', true);
    expect(line.at('rework')).toMatchObject({ contents: 1 });
    expect(line.codes()).toEqual([]);
    expect([...line.journal.values()].map(({ end }) => end)).toEqual(['left', 'left', null]);
  });

  it('counts on where a counter went on, and begins anew where it did', async () => {
    const line = await started();
    for (const name of ['P1', 'P2', 'P3', 'P4']) line.send(name, 'scrap');
    await line.kill();
    line.tag('scrapped', 12);
    expect(line.at('scrap')).toMatchObject({ under_way: 2, came: 2 });
    line.tag('scrapped', 0);
    line.tag('scrapped', 1);
    expect(line.at('scrap')?.under_way).toBe(1);
    line.tag('scrapped', 500_000);
    line.tag('scrapped', 500_001);
    expect(line.at('scrap')?.under_way).toBe(0);
    line.tag('scrapped', 500_002, BAD);
    expect(line.codes()).toEqual([]);
  });

  it('misses nobody while nothing is heard, and what the conveyor could not be told is told until the next one is', async () => {
    const line = await started();
    line.send('P1');
    line.lost();
    await line.clock.advance(20_000);
    expect(line.codes()).toEqual([]);
    line.send('P2', 'scrap', false);
    expect(line.codes()).toEqual(['ROUTE_UNTOLD outlet']);
    line.send('P3', 'scrap');
    expect(line.codes()).toEqual([]);
    line.tag('rework_in', '');
    await line.clock.advance(4000);
    expect(line.codes()).toEqual(['ROUTE_VANISHED route/rework']);
    // A process that stood still has heard nothing meanwhile.
    line.send('P4');
    line.clock.standStill(60_000);
    await line.clock.advance(1000);
    expect(line.at('rework')?.vanished).toBe(1);
    // The other station has it: it is found.
    // That of a station which has nothing to do with the others is another part, and a number that was counted is nobody's.
    line.desk.note(part({ station: 'oven', part: 'P1' }));
    line.desk.note(part({ station: 'press', part: 'P1', counted: true }));
    expect(line.codes()).toEqual(['ROUTE_VANISHED route/rework']);
    line.desk.note(part({ station: 'press', part: 'P1' }));
    expect(line.codes()).toEqual([]);
  });

  it('takes what is shown when it is heard for the first time of all for what was there before', async () => {
    const line = box();
    await line.start();
    line.send('P1');
    line.tag('rework_in', 'P1');
    line.tag('scrapped', 10);
    line.tag('emptied', true);
    expect(line.at('rework')).toMatchObject({ contents: 0, under_way: 1 });
    expect(line.at('scrap')?.came).toBe(0);
  });

  it('follows no master part of any station, whatever a scanner reads of it', async () => {
    const line = await started();
    const rework = { ...ROUTES.destinations.rework, left: { part: 'plc.rework_out' } };
    await line.start({ ...ROUTES, destinations: { ...ROUTES.destinations, rework } });
    line.send(null);
    line.tag('rework_in', 'X1');
    // A number that is 0 is no part either, nor what a scanner shows that has read nothing.
    line.tag('rework_in', 'NOREAD');
    line.tag('rework_in', 0);
    line.tag('rework_in', 'RR-1');
    expect([line.codes(), line.at('rework')?.contents]).toEqual([[], 1]);
    line.send('RR-2', 'scrap');
    line.tag('rework_out', '');
    line.tag('rework_out', 'RR-1');
    line.tag('rework_out', 'X2');
    expect([line.codes(), line.at('rework')?.contents, line.at('scrap')?.under_way]).toEqual([[], 1, 0]);
    line.tag('rework_out', 'X1');
    expect([line.codes(), line.at('rework')?.contents]).toEqual([[], 0]);
  });

  it('says that it does not know where parts are until the journal can be read', async () => {
    const line = await started();
    line.send('P1');
    line.faults.journal = new LinesideError('STORE_FAILED', { why: 'torn' });
    await line.kill();
    expect(line.codes()).toEqual(['ROUTE_UNREAD route']);
    line.send('P2');
    line.faults.journal = null;
    await line.clock.advance(10_000);
    expect(line.codes()).toEqual([]);
    expect(line.desk.parts.map(({ part: name }) => name).sort()).toEqual(['P1', 'P2']);
    // What came meanwhile goes on as it is, in the journal too.
    const open = [...line.journal.values()].filter(({ ended }) => ended === null);
    expect(open.map(({ part: name }) => name).sort()).toEqual(['P1', 'P2']);
  });

  it('does not take up again what has ended while the journal could not be read, and listens when it knows what lay where', async () => {
    const line = await started();
    for (const name of ['P1', 'P2', 'P3']) line.send(name);
    line.tag('rework_in', 'P1');
    line.faults.journal = new LinesideError('STORE_FAILED', { why: 'torn' });
    await line.kill();
    // It passes a station, is sent anew and leaves at once: the way before has ended too.
    line.send('P2', 'packing');
    line.desk.note(part({ station: 'press', part: 'P1' }));
    await line.clock.advance(6000);
    expect(line.codes()).toEqual(['ROUTE_UNREAD route']);
    line.faults.journal = null;
    await line.clock.advance(4000);
    const ends = () => [...line.journal.values()].map(({ part: name, to, end }) => `${name} ${to} ${end}`).sort();
    expect(ends()).toEqual(['P1 rework left', 'P2 packing passed', 'P2 rework sent_anew', 'P3 scrap null']);
    expect(line.desk.parts.map(({ part: name }) => name)).toEqual(['P3']);
  });

  it('keeps at once what follows from a word, and what nothing follows from once a look', async () => {
    const line = await started();
    line.send('P1');
    const before = line.entries;
    line.tag('rework_in', 'P1');
    expect(line.entries).toBe(before + 1);
    for (let n = 0; n < 100; n++) {
      line.tag('rework_in', '');
      line.tag('rework_in', n % 2 === 0 ? 'P1' : 'RR-1');
    }
    await line.clock.advance(1000);
    expect(line.entries).toBe(before + 2);
  });

  it('hears what was said while the journal could not be read when it knows what it was said of', async () => {
    const line = await started();
    line.send('P1');
    line.tag('rework_in', 'P1');
    line.faults.journal = new LinesideError('STORE_FAILED', { why: 'torn' });
    await line.kill();
    line.tag('emptied', true);
    line.faults.journal = null;
    await line.clock.advance(10_000);
    expect([...line.journal.values()]).toMatchObject([{ part: 'P1', end: 'left' }]);
    expect(line.desk.parts).toEqual([]);
  });

  it('keeps what the journal had no room for until it has, and says so to whoever asked', async () => {
    const line = await started();
    line.faults.full = true;
    line.send('P1');
    line.tag('rework_in', 'P1');
    await expect(line.desk.command({ do: 'empty', destination: 'rework' })).rejects.toThrow('the journal has no room for it now');
    line.send('P2');
    line.tag('rework_in', 'P2');
    await line.clock.advance(2000);
    line.faults.full = false;
    await line.clock.advance(1000);
    line.faults.full = true;
    line.tag('scrapped', 7);
    await line.clock.advance(1000);
    line.faults.full = false;
    await line.clock.advance(1000);
    expect(line.memory).toContain('plc.scrapped":7');
    await line.kill();
    expect([...line.journal.values()].map(({ part: name, place, end }) => `${name} ${place} ${end}`)).toEqual([
      'P1 rework left',
      'P2 rework null',
    ]);
    // The memory of the tags came with them: the same word does not count once more.
    line.tag('rework_in', 'P2');
    expect(line.at('rework')).toMatchObject({ contents: 1 });
    expect(line.codes()).toEqual([]);
  });

  it('keeps all that it knows when it is switched off', async () => {
    const line = await started();
    line.send('P1');
    line.faults.full = true;
    line.tag('rework_in', 'P1');
    line.faults.full = false;
    await line.desk.configure({ stations: config().stations }, null);
    expect([...line.journal.values()]).toMatchObject([{ part: 'P1', place: 'rework' }]);
  });

  it('says where a part went of which the table could not know it, until the next', async () => {
    const line = await started();
    line.send('P1', 'rework', true, 'tag plc.temp has status 0x80000000.');
    expect(line.codes()).toEqual(['ROUTE_UNSURE outlet']);
    line.send('P2');
    expect(line.codes()).toEqual([]);
  });

  it('remembers of a tag what its node said, and nothing of one that nobody listens to', async () => {
    const line = await started();
    line.send('P1', 'scrap');
    line.nodes('opc.tcp://other');
    line.lost();
    await line.start();
    // Another PLC stands at 18: what it counted before is nobody's.
    line.tag('scrapped', 18);
    expect(line.at('scrap')).toMatchObject({ under_way: 1, came: 0 });
    line.tag('scrapped', 19);
    expect(line.at('scrap')).toMatchObject({ under_way: 0, came: 1 });
    await line.start({ ...ROUTES, destinations: { ...ROUTES.destinations, scrap: { do: 'divert', within: 3000 } } });
    line.tag('scrapped', 26);
    await line.start();
    expect([line.at('scrap')?.came, line.codes()]).toEqual([1, []]);
  });

  it('counts on over the end of a counter, whatever its bits', async () => {
    const line = await started();
    for (const [end, begin] of [
      [255, 0],
      [65_535, 0],
      [32_767, -32_768],
      [2 ** 31 - 1, -(2 ** 31)],
      [2 ** 32 - 1, 1],
    ] as const) {
      line.send('P1', 'scrap');
      const before = line.at('scrap')?.came ?? 0;
      line.tag('scrapped', end);
      line.tag('scrapped', end);
      line.tag('scrapped', begin);
      expect([end, line.at('scrap')?.came]).toEqual([end, before + 1 + begin * Number(begin === 1)]);
    }
  });

  it('tells that there is nothing where it was switched off while the agent was', async () => {
    const line = await started();
    line.send('P1');
    line.tag('rework_in', 'P1');
    await line.kill(null);
    expect(line.desk.takeNews()).toMatchObject({ destinations: [] });
  });

  it('follows nobody whose id is longer than an id may be', async () => {
    const line = await started();
    line.send('X'.repeat(300));
    line.tag('rework_in', 'X'.repeat(300));
    expect([line.at('rework')?.contents, line.codes()]).toEqual([1, []]);
    expect(line.desk.parts).toMatchObject([{ part: null, place: 'rework' }]);
  });

  it('does what a person says, and refuses what nobody can mean', async () => {
    const line = await started();
    line.send('P1');
    await expect(line.desk.command({ do: 'empty' })).rejects.toThrow('names no destination');
    await expect(line.desk.command({ do: 'empty', destination: 'rewrok' })).rejects.toThrow('there is no destination rewrok');
    await expect(line.desk.command({ do: 'empty', part: 'P1', destination: 'rework' })).rejects.toThrow('one of them is meant');
    await expect(line.desk.command({ do: 'forget', part: 'P9' })).rejects.toThrow('neither a part that is followed');
    expect(await line.desk.command({ do: 'forget', part: 'P1' })).toEqual({ forgotten: 1 });
    line.tag('scrapped', 11);
    expect(line.codes()).toEqual(['ROUTE_STRAYED route/scrap']);
    expect(await line.desk.command({ do: 'forget', destination: 'scrap' })).toEqual({ forgotten: 1 });
    expect(line.codes()).toEqual([]);
  });

  it('tells only what has changed, and that there is nothing where it is switched off', async () => {
    const line = await started();
    line.desk.takeNews();
    await line.clock.advance(5000);
    expect(line.desk.takeNews()).toBe(null);
    line.send('P1');
    expect(line.desk.takeNews()?.under_way).toBe(1);
    await line.desk.configure({ stations: config().stations }, null);
    expect(line.desk.takeNews()).toMatchObject({ destinations: [] });
    expect([line.desk.isOn, line.clock.pending]).toEqual([false, 0]);
  });
});

describe('what was said of parts', () => {
  const ASKING = { rules: [{ when: "part.seen('press')" }], decisions: [], models: {}, part: 'plc.serial', follow: 5000 };
  const both = (outlet: object = ASKING) =>
    ({ stations: { press: { ...ASKING, rules: [] }, outlet } }) as unknown as Pick<Config, 'stations'>;
  const said = (name: string, sequence: number): SaidPart => {
    return { part: name, sequence, verdict: 'nok', reasons: ['crack'], recipe: 'standard', at: 0, scores: {} };
  };

  function desk(journal: readonly SaidPart[]) {
    const clock = new ManualClock();
    const faults = { journal: null as Error | null };
    const asked: SaidWish[] = [];
    let standings: readonly Standing[] = [];
    const following = new FollowingDesk({
      clock,
      log: memoryLog(),
      own: clock.now,
      said: async (wish) => {
        asked.push(wish);
        if (faults.journal) throw faults.journal;
        return journal;
      },
      flushed: async () => {},
      onFaults: (now) => {
        standings = now;
      },
    });
    return { clock, faults, asked, following, codes: () => codesOf(standings) };
  }

  it('costs nothing where nobody asks, and is read once where somebody does', async () => {
    const { following, asked } = desk([said('P1', 7)]);
    await following.follow(both({ ...ASKING, rules: [] }));
    following.note(part({ station: 'press', part: 'P1' }));
    expect([asked, following.sizes]).toEqual([[], {}]);
    await following.follow(both());
    await following.follow(both());
    expect(asked).toEqual([{ station: 'press', limit: 5000, scores: false }]);
    expect(following.past('P1').last('press')).toMatchObject({ verdict: 'nok', reasons: ['crack'], passes: 1 });
    await following.follow(both({ ...ASKING, rules: [] }));
    expect(following.sizes).toEqual({});
  });

  it('answers those that ask already while the scores are read that another station asks for', async () => {
    const { following, faults, asked, clock, codes } = desk([said('P1', 7)]);
    await following.follow(both());
    faults.journal = new LinesideError('STORE_FAILED', { why: 'torn' });
    const scored = { ...ASKING, rules: [{ when: "part.last('press').score('burr') > 0.5" }] };
    await following.follow({ stations: { ...both().stations, second: scored } } as unknown as Pick<Config, 'stations'>);
    expect(following.past('P1').last('press')?.verdict).toBe('nok');
    expect(codes()).toEqual(['PARTS_UNREAD press']);
    following.note(part({ station: 'press', part: 'P2', sequence: 8 }));
    faults.journal = null;
    await clock.advance(10_000);
    expect(codes()).toEqual([]);
    expect(asked.at(-1)).toEqual({ station: 'press', limit: 5000, scores: true });
    expect(['P1', 'P2'].map((name) => following.past(name).last('press')?.passes)).toEqual([1, 1]);
  });

  it('goes on with what is recorded; of master parts, and of what passed unseen, nothing is said', async () => {
    const { following } = desk([said('P1', 7)]);
    await following.follow(both());
    const last = (name: string | null) => following.past(name).last('press')?.verdict ?? null;
    following.note(part({ station: 'press', part: 'P1', sequence: 8, reasons: [{ text: 'fine (surface.score 0.1 < 0.6)' }] }));
    following.note(part({ station: 'press', part: 'P2', sequence: 9, outcome: 'missed' }));
    following.note(part({ station: 'press', part: null, sequence: 10 }));
    following.note(part({ station: 'press', part: '17', counted: true, sequence: 10 }));
    const challenge = { name: 'master', expect: 'ok', reason: null, passed: true } as const;
    following.note(part({ station: 'press', part: 'RR-1', sequence: 11, challenge }));
    following.note(part({ station: 'outlet', part: 'P3' }));
    expect(['P1', 'P2', 'P3', 'RR-1', '17', null].map(last)).toEqual(['ok', null, null, null, null, null]);
    expect(following.past('P1').last('press')).toMatchObject({ passes: 2, reasons: ['fine'] });
  });

  it('is not known while the journal cannot be read: rules fail, it is told, and tried again', async () => {
    const { following, faults, clock, codes } = desk([said('P1', 7), said('P2', 8)]);
    faults.journal = new LinesideError('STORE_FAILED', { why: 'torn' });
    await following.follow(both());
    expect(codes()).toEqual(['PARTS_UNREAD press']);
    expect(() => following.past('P1').last('press')).toThrow('what station press said of parts before is not known');
    // Parts that come meanwhile are in the journal by the time it can be read, and are not counted twice.
    following.note(part({ station: 'press', part: 'P2', sequence: 8 }));
    faults.journal = null;
    await clock.advance(10_000);
    expect(codes()).toEqual([]);
    expect(following.past('P1').last('press')?.verdict).toBe('nok');
    expect(following.past('P2').last('press')).toMatchObject({ verdict: 'ok', passes: 1 });
    following.stop();
    expect(clock.pending).toBe(0);
  });
});
