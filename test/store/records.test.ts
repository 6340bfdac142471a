/** Questions to the journal, through the thread that reads it; see search.test.ts, tallies.test.ts and scores.test.ts for longer answers. */
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BEGINNING, type Records } from '#agent/contracts/index.js';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { openRecords } from '#agent/store/records.js';
import { ThreadDesk } from '#agent/store/thread-desk.js';
import { systemClock } from '#agent/time.js';
import { ManualClock } from '../simulators/clock.ts';
import { cleanUp, folder, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

function asked(path: string): Records {
  const records = openRecords(path, systemClock);
  cleanUp(() => records.close());
  return records;
}
const part = (db: Db, id: string, over: Readonly<Record<string, unknown>> = {}) =>
  put(db, 'inspections', {
    id,
    station: 'outlet',
    outcome: 'judged',
    verdict: 'ok',
    recipe: 'standard',
    at: 1,
    reasons: '[]',
    tags: '{}',
    frames: '[]',
    ...over,
  });
const finding = (db: Db, inspection: string, over: Readonly<Record<string, unknown>> = {}) =>
  put(db, 'findings', {
    inspection,
    model: 'surface',
    package: 'taught',
    sha256: 'ab',
    score: 0.75,
    threshold: 0.5,
    margin: 0.25,
    ...over,
  });

describe('a stored part', () => {
  it('is told whole', async () => {
    const { db, path } = openEmpty();
    part(db, 'a', { part: 'P1', tags: '{"plc.a": 1}' });
    finding(db, 'a', { probabilities: '{"crack": 0.75}' });
    const records = asked(path);
    expect(await records.inspection('a')).toMatchObject({
      id: 'a',
      part: 'P1',
      tags: { 'plc.a': 1 },
      findings: [{ model: 'surface', probabilities: { crack: 0.75 } }],
      window: null,
    });
    expect(await records.inspection('b')).toBeNull();
  });

  it('has the rules of its config, where the journal has them', async () => {
    const { db, path } = openEmpty();
    const rules = { models: {}, tags: {}, ranges: {}, rules: null };
    const load = (kind: string, detail: string) => put(db, 'loads', { at: 1, kind, detail });
    load('rules', JSON.stringify({ config: 'c1', stations: { outlet: { ...rules, models: { old: {} } } } }));
    load('rules', JSON.stringify({ config: 'c1', stations: { outlet: rules } }));
    load('rules', JSON.stringify({ config: 'c2', stations: { inlet: rules } }));
    load('config', JSON.stringify({ config: 'c3', stations: { outlet: rules } }));
    load('rules', '{"config": "c1", "sta');
    for (const stations of ['null', '3', '[]']) load('rules', `{"config": "c4", "stations": ${stations}}`);
    load('rules', '{"config": "c5"}');
    const records = asked(path);
    expect(await records.rules('c1', 'outlet')).toEqual(rules);
    expect([await records.rules('c2', 'outlet'), await records.rules('c3', 'outlet'), await records.rules('c2', 'toString')]).toEqual([
      null,
      null,
      null,
    ]);
    expect([await records.rules('c4', 'outlet'), await records.rules('c5', 'outlet')]).toEqual([null, null]);
  });

  it('has verdicts before it, of its station, newest first', async () => {
    const { db, path } = openEmpty();
    part(db, 'a', { verdict: 'nok' });
    part(db, 'b', { outcome: 'failed', recipe: 'wide' });
    part(db, 'missed', { outcome: 'missed' });
    part(db, 'inlet', { station: 'inlet' });
    // Shown in a study or as a challenge: the rules of the line did not see it.
    part(db, 'master', { verdict: 'nok', challenge: '{}' });
    part(db, 'c', { verdict: 'review' });
    part(db, 'd');
    const records = asked(path);
    expect(await records.before('c', 10)).toEqual([
      { verdict: 'ok', recipe: 'wide' },
      { verdict: 'nok', recipe: 'standard' },
    ]);
    expect(await records.before('d', 1)).toEqual([{ verdict: 'review', recipe: 'standard' }]);
    expect([await records.before('a', 5), await records.before('nobody', 5)]).toEqual([[], []]);
  });

  it('has its pictures by their number, as long as they are kept', async () => {
    const { db, path } = openEmpty();
    mkdirSync(join(path, 'images/outlet/day'), { recursive: true });
    part(db, 'a');
    const picture = (name: string) => {
      writeFileSync(join(path, 'images/outlet/day', name), `bytes of ${name}`);
      put(db, 'images', { path: `images/outlet/day/${name}`, inspection: 'a', camera: 'top', role: 'frame', sha256: `hash of ${name}` });
    };
    for (const name of ['one.jpg', 'two.png', 'gone.jpg', 'large.jpg', 'fits.jpg']) picture(name);
    rmSync(join(path, 'images/outlet/day/gone.jpg'));
    truncateSync(join(path, 'images/outlet/day/large.jpg'), 64e6 + 1);
    truncateSync(join(path, 'images/outlet/day/fits.jpg'), 64e6);
    const records = asked(path);
    const of = async (n: number) => {
      const found = await records.picture('a', n);
      return found && { ...found, bytes: Buffer.from(found.bytes).toString('utf8', 0, 20) };
    };
    expect(await of(0)).toEqual({ type: 'image/jpeg', sha256: 'hash of one.jpg', bytes: 'bytes of one.jpg' });
    expect(await of(1)).toEqual({ type: 'image/png', sha256: 'hash of two.png', bytes: 'bytes of two.png' });
    expect([await of(2), await of(3), await of(5), await records.picture('nobody', 0)]).toEqual([null, null, null, null]);
    expect((await records.picture('a', 4))?.bytes.length).toBe(64e6);
  });

  it('has what people say of it, the oldest word first', async () => {
    const { db, path } = openEmpty();
    part(db, 'a');
    part(db, 'b');
    const label = (id: string, over: Readonly<Record<string, unknown>>) =>
      put(db, 'labels', { id, inspection: 'a', at: 5, who: 'eve', label: 'bad', ...over });
    const boxes = [{ camera: 'top', region: [1, 2, 3, 4] }];
    label('z', { kind: 'dent', boxes: JSON.stringify(boxes) });
    label('a', { undone: 9, boxes: '[{' });
    const records = asked(path);
    expect(await records.labels('a')).toEqual([
      { id: 'z', inspection: 'a', at: 5, who: 'eve', label: 'bad', kind: 'dent', undone: null, boxes },
      { id: 'a', inspection: 'a', at: 5, who: 'eve', label: 'bad', kind: null, undone: 9, boxes: [] },
    ]);
    expect([await records.labels('b'), await records.labels('c')]).toEqual([[], null]);
  });
});

describe('what was stored since', () => {
  const summary = ({ items, ...rest }: Awaited<ReturnType<Records['since']>>) => ({ ...rest, items: items.map(({ id }) => id) });

  it('is told from a part on, or from the beginning, the newest of it, and how many that leaves out', async () => {
    const { db, path } = openEmpty();
    const records = asked(path);
    const since = async (id: string | null, limit = 3) => summary(await records.since(id, limit));
    expect(await since(BEGINNING)).toEqual({ items: [], skipped: 0, newest: null, lost: false });
    expect(await since(null)).toEqual({ items: [], skipped: 0, newest: null, lost: false });
    for (const id of ['a', 'b', 'c', 'd', 'e']) part(db, id);
    expect(await since('c')).toEqual({ items: ['d', 'e'], skipped: 0, newest: 'e', lost: false });
    expect(await since('b')).toEqual({ items: ['c', 'd', 'e'], skipped: 0, newest: 'e', lost: false });
    expect(await since('a')).toEqual({ items: ['c', 'd', 'e'], skipped: 1, newest: 'e', lost: false });
    expect(await since(BEGINNING)).toEqual({ items: ['c', 'd', 'e'], skipped: 2, newest: 'e', lost: false });
    expect(await since('e')).toEqual({ items: [], skipped: 0, newest: 'e', lost: false });
    expect(await since('gone')).toEqual({ items: [], skipped: 0, newest: 'e', lost: true });
    expect(await since(null)).toEqual({ items: [], skipped: 0, newest: 'e', lost: false });
  });
});

describe('what the agent keeps beside parts', () => {
  it('are alarms, newest first, page by page', async () => {
    const { db, path } = openEmpty();
    for (let i = 1; i <= 5; i++)
      put(db, 'alarms', {
        code: 'CAMERA_SILENT',
        subject: `c${i}`,
        key: `k${i}`,
        since: i,
        cleared: i === 5 ? null : i + 1,
        text: 't',
        next: 'n',
      });
    const records = asked(path);
    const first = await records.alarms({ limit: 2 });
    expect(first.items).toEqual([
      { code: 'CAMERA_SILENT', subject: 'c5', since: 5, cleared: null, text: 't', next: 'n' },
      { code: 'CAMERA_SILENT', subject: 'c4', since: 4, cleared: 5, text: 't', next: 'n' },
    ]);
    const second = await records.alarms({ limit: 2, cursor: first.next ?? '' });
    const third = await records.alarms({ limit: 2, cursor: second.next ?? '' });
    expect([second, third].map(({ items }) => items.map(({ subject }) => subject))).toEqual([['c3', 'c2'], ['c1']]);
    expect(third.next).toBeNull();
    await expect(records.alarms({ limit: 2, cursor: 'x' })).rejects.toMatchObject({ code: 'WEB_INVALID' });
  });

  it('are acts of people, with what became of them', async () => {
    const { db, path } = openEmpty();
    const act = (verb: string, detail: string) => put(db, 'audit', { recorded: 1, at: 5, who: 'eve', source: 'web', verb, detail });
    act('plain', '{"station": "outlet"}');
    act('done', '{"station": "outlet", "outcome": "done"}');
    act('refused', '{"outcome": "no such station"}');
    act('damaged', '{"outc');
    act('null', 'null');
    const { items, next } = await asked(path).audit({ limit: 9 });
    const told = (verb: string) => items.find((item) => item.verb === verb);
    expect(items.map(({ verb }) => verb)).toEqual(['null', 'damaged', 'refused', 'done', 'plain']);
    expect(told('plain')).toEqual({
      at: 5,
      who: 'eve',
      source: 'web',
      verb: 'plain',
      detail: { station: 'outlet' },
      accepted: null,
      why: null,
    });
    expect(told('done')).toMatchObject({ detail: { station: 'outlet' }, accepted: true, why: null });
    expect(told('refused')).toMatchObject({ detail: {}, accepted: false, why: 'no such station' });
    expect([told('damaged')?.detail, told('null')?.detail, next]).toEqual([{ detail: '{"outc' }, { detail: 'null' }, null]);
  });

  it('are dead letters, which can be sent again and dropped', async () => {
    const { db, path } = openEmpty();
    for (let i = 1; i <= 3; i++)
      put(db, 'dead_letters', { id: i, publisher: 'mqtt', event_id: `e${i}`, topic: `t${i}`, payload: 'x', refused_at: 1, why: 'no' });
    const records = asked(path);
    expect(await records.changeLetters('retry', { ids: [2] })).toBe(1);
    expect(await records.changeLetters('drop', { ids: [1] })).toBe(1);
    expect((await records.letters({}, 9)).letters.map(({ id, retry }) => [id, retry])).toEqual([
      [2, true],
      [3, false],
    ]);
  });
});

describe('figures of the journal', () => {
  it('are answered each with its own', async () => {
    const { db, path } = openEmpty();
    part(db, 'a-ffff', { verdict: 'review' });
    finding(db, 'a-ffff');
    put(db, 'labels', { id: 'l', inspection: 'a-ffff', at: 1, who: 'eve', label: 'good' });
    put(db, 'shadows', {
      id: 's',
      station: 'outlet',
      inspection: 'a-ffff',
      model: 'surface',
      difference: 'label',
      candidate_package: 'new',
    });
    const records = asked(path);
    const all = {};
    expect((await records.inspections({ ...all, limit: 5 })).items).toHaveLength(1);
    expect((await records.totals({ step: 'hour', zone: 0 })).all.review).toBe(1);
    expect((await records.labelFigures({ sample: 'all' })).good.review).toBe(1);
    expect(await records.review({ limit: 5 })).toMatchObject({ items: [], waiting: 0 });
    expect((await records.scores({ station: 'outlet', model: 'surface', step: 1000 })).labelled).toHaveLength(1);
    expect(await records.histograms('a-ffff')).toMatchObject([{ model: 'surface', parts: 1 }]);
    expect(await records.histograms('b')).toBeNull();
    const wish = { station: 'outlet', model: 'surface', sha256: 'ab', since: 0, at: 0.5, apart: 0, hours: [] };
    expect(await records.refusals([wish, { ...wish, at: 0.9 }])).toMatchObject([{ refused: 1 }, { refused: 0 }]);
    const differing = { station: 'outlet', model: 'surface', candidate: 'new', camera: 'top', limit: 5 };
    expect(await records.differing(differing)).toMatchObject([{ inspection: 'a-ffff' }]);
    expect(await records.trend({ station: 'outlet', from: 0, to: 10, points: 2 })).toEqual({ times: [], tags: [] });
  });
});

describe('the thread of questions', () => {
  it('reads the file that has the name now, also where the one before was put aside', async () => {
    const { db, path } = openEmpty();
    part(db, 'before');
    const records = asked(path);
    expect((await records.since(BEGINNING, 5)).newest).toBe('before');
    renameSync(join(path, JOURNAL_FILE), join(path, 'journal.damaged-1.db'));
    await expect(records.since(BEGINNING, 5)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    const { db: next } = openEmpty(path);
    part(next, 'after');
    expect((await records.since(BEGINNING, 5)).newest).toBe('after');
  });

  it('reads the file again that somebody has put back', async () => {
    const { db, path } = openEmpty();
    part(db, 'a');
    const records = asked(path);
    expect((await records.since(BEGINNING, 5)).newest).toBe('a');
    renameSync(join(path, JOURNAL_FILE), join(path, 'elsewhere.db'));
    await expect(records.since(BEGINNING, 5)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    renameSync(join(path, 'elsewhere.db'), join(path, JOURNAL_FILE));
    expect((await records.since(BEGINNING, 5)).newest).toBe('a');
  });

  it('has some questions on their way and no more, and keeps nobody waiting for long', async () => {
    const { db, path } = openEmpty();
    part(db, 'a');
    const clock = new ManualClock();
    const records = openRecords(path, clock);
    cleanUp(() => records.close());
    const told = Promise.allSettled(Array.from({ length: 34 }, () => records.inspection('a')));
    await clock.advance(4999);
    await clock.advance(1);
    const [first, ...others] = await told;
    expect(first).toMatchObject({ reason: { code: 'TIMEOUT', details: { what: 'A question to records', ms: 5000 } } });
    const codes = others.map((one) => (one.status === 'rejected' ? one.reason.code : 'answered'));
    expect(codes).toEqual([...Array<string>(31).fill('TIMEOUT'), 'WEB_BUSY', 'WEB_BUSY']);
    expect(clock.pending).toBe(0);
    await expect.poll(() => records.inspection('a').catch(() => null), { timeout: 10_000 }).toMatchObject({ id: 'a' });
  });

  it('says what is wrong with one question, and answers the next', async () => {
    const { path } = openEmpty();
    const records = asked(path);
    await expect(records.inspections({ limit: 5, cursor: 'x' })).rejects.toMatchObject({ code: 'WEB_INVALID' });
    expect(await records.inspection('a')).toBeNull();
    await records.close();
    await expect(records.inspection('a')).rejects.toMatchObject({ code: 'STOPPING' });
  });
});

describe('a desk before a thread', () => {
  type Call = 'hasUsers' | 'close' | 'nothing';
  function desk(clock: ManualClock, most = 2) {
    const made = new ThreadDesk<Call>({ entry: 'store/access-worker', name: 'access', data: folder(), clock, most, patience: 1000 });
    cleanUp(() => made.close('close'));
    return made;
  }

  it('has no more questions on their way than it says', async () => {
    const made = desk(new ManualClock());
    const [first, second] = [made.ask('hasUsers'), made.ask('hasUsers')];
    await expect(made.ask('hasUsers')).rejects.toMatchObject({ code: 'WEB_BUSY' });
    expect(await Promise.all([first, second])).toEqual([false, false]);
    expect(await made.ask('hasUsers')).toBe(false);
  });

  it('waits no longer than it says, and whoever asked keeps the place until the thread has answered', async () => {
    const clock = new ManualClock();
    const made = desk(clock, 1);
    const late = made.ask('hasUsers');
    const told = expect(late).rejects.toMatchObject({ code: 'TIMEOUT', details: { what: 'A question to access', ms: 1000 } });
    await clock.advance(1000);
    await told;
    // The thread has hardly begun.
    await expect(made.ask('hasUsers')).rejects.toMatchObject({ code: 'WEB_BUSY' });
    await expect.poll(() => made.ask('hasUsers').catch(() => 'busy'), { timeout: 10_000 }).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('begins another thread where one has ended, and says so to whoever waited', async () => {
    const made = desk(new ManualClock());
    await expect(made.ask('nothing')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await made.ask('close');
    // It ends without an answer to this one, or before it came: then another one answers.
    const said = await made.ask('hasUsers').catch((thrown: { code: string }) => thrown.code);
    expect([false, 'STORE_FAILED']).toContain(said);
    await expect.poll(() => made.ask('hasUsers').catch(() => null), { timeout: 10_000 }).toBe(false);
  });

  it('that nobody ever asked has nothing to close, and takes nothing afterwards', async () => {
    const made = desk(new ManualClock());
    await made.close('close');
    await expect(made.ask('hasUsers')).rejects.toMatchObject({ code: 'STOPPING' });
  });
});
