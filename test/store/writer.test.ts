/** The way to the writer's thread and back: how it opens, answers, dies and ends. */
import { describe, expect, it } from 'vitest';
import type { LinesideError } from '#agent/errors.js';
import type { Left, OutboxDepth, ToWriter } from '#agent/store/protocol.js';
import type { Row } from '#agent/store/tables.js';
import { type News, Writer } from '#agent/store/writer.js';
import { systemClock } from '#agent/time.js';
import { ManualClock } from '../simulators/clock.ts';
import { cleanUp, count, folder, KEEP } from './setup.ts';

function build(path = folder()) {
  const clock = new ManualClock();
  const news: News[] = [];
  const lost: LinesideError[] = [];
  const writer = new Writer(
    clock,
    (one) => void news.push(one),
    (fault) => void lost.push(fault),
  );
  // Its clock stands still: a thread that never says that it has stopped is not waited for.
  cleanUp(() => Promise.race([writer.close(null, 1000), systemClock.sleep(2000)]));
  return { path, clock, news, lost, writer, open: () => writer.open({ folder: path, keep: { ...KEEP }, now: clock.now() }) };
}
const DEPTH = { type: 'depth', publisher: 'mqtt' } as const;
const load = (detail: string): Row => ['loads', 1, 'agent', detail, 1];
const append = (first: number, entries: readonly (readonly Row[])[]): ToWriter => ({
  type: 'append',
  entries,
  sent: [],
  bytes: 10,
  first,
  epoch: 1,
});
/** No message: its thread does not survive it. */
const NONSENSE = { type: 'tidy' } as unknown as ToWriter;

describe('the writer', () => {
  it('opens, answers each question with its own, and tells what it has stored', async () => {
    const { writer, open, news, path, lost } = build();
    expect(await open()).toMatchObject({ stations: {}, unsent: {}, accepted: 0, left: null, damaged: null });
    writer.post(append(1, [[load('a')], [load('b')]]));
    const [depth, read, wanted] = await Promise.all([
      writer.ask<OutboxDepth>(DEPTH),
      writer.ask({ type: 'read', publisher: 'mqtt', after: 0, before: 9, limit: 9 }),
      writer.ask({ type: 'wanted' }),
    ]);
    expect([depth, read, wanted]).toEqual([{ unsent: 0, oldestAt: null }, [], []]);
    expect(news.filter(({ type }) => type === 'settled')).toMatchObject([{ committed: 2, refused: 0, fault: null }]);
    expect([count(path, 'loads'), lost]).toEqual([2, []]);
  });

  it('says what is wrong with a question, and answers the next', async () => {
    const { writer, open, lost } = build();
    await open();
    await expect(writer.ask({ type: 'read', publisher: {} as never, after: 0, before: 9, limit: 9 })).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    expect(await writer.ask(DEPTH)).toMatchObject({ unsent: 0 });
    expect(lost).toEqual([]);
  });

  it('is refused where another one is at work, which is no loss, and takes no question then', async () => {
    const first = build();
    await first.open();
    const second = build(first.path);
    await expect(second.open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await expect(second.writer.ask(DEPTH)).rejects.toMatchObject({ code: 'STOPPING' });
    expect(await second.writer.close(null, 1000)).toBeNull();
    expect([second.lost, await first.writer.ask(DEPTH)]).toMatchObject([[], { unsent: 0 }]);
    await first.writer.close(null, 1000);
    // Its thread has let go of the folder by then.
    await second.open();
    expect(await second.writer.ask(DEPTH)).toMatchObject({ unsent: 0 });
  });

  it('whose thread has died says so once, and to whoever waits for an answer; another one may be begun', async () => {
    const { writer, open, lost } = build();
    await open();
    writer.post(NONSENSE);
    const asked = [writer.ask(DEPTH), writer.ask({ type: 'wanted' })];
    const why = expect.stringContaining('own');
    await Promise.all(asked.map((one) => expect(one).rejects.toMatchObject({ code: 'STORE_FAILED', details: { why } })));
    await expect(writer.ask(DEPTH)).rejects.toMatchObject({ code: 'STOPPING' });
    expect(await writer.close(null, 1000)).toBeNull();
    expect(lost).toMatchObject([{ code: 'STORE_FAILED' }]);
    // The one that has failed may hold the folder for a moment, and ends when the other has its place.
    await expect
      .poll(
        () =>
          open()
            .then(() => 'open')
            .catch(({ code }) => code),
        { timeout: 10_000 },
      )
      .toBe('open');
    for (let i = 0; i < 20; i++) expect(await writer.ask(DEPTH)).toMatchObject({ unsent: 0 });
    expect(lost).toHaveLength(1);
  });

  it('says why it cannot begin', async () => {
    const { writer, lost, path } = build();
    const opening = writer.open({ folder: path, keep: { ...KEEP }, now: Number.NaN });
    await expect(opening).rejects.toMatchObject({ code: 'STORE_FAILED', details: { why: expect.stringContaining('time') } });
    expect(lost).toEqual([]);
  });
});

describe('its end', () => {
  it('comes after everything that was posted, with nothing left, and is no loss', async () => {
    const { writer, open, path, clock, lost } = build();
    await open();
    writer.post(append(1, [[load('a')]]));
    expect(await writer.close(null, 1000)).toEqual({ spilled: 0, lost: [] });
    expect([count(path, 'loads'), clock.pending, lost]).toEqual([1, 0, []]);
    expect(await writer.close(null, 1000)).toBeNull();
    writer.post(append(2, [[load('b')]]));
    await expect(writer.ask(DEPTH)).rejects.toMatchObject({ code: 'STOPPING' });
  });

  it('keeps for the next life what no commit took', async () => {
    const { writer, open, path } = build();
    await open();
    const left: Left = { first: 1, entries: [[load('a')], [load('b')]], lost: [{ station: 'outlet', from: 3, to: 4 }] };
    expect(await writer.close(left, 1000)).toMatchObject({ spilled: 2 });
    const next = build(path);
    expect((await next.open()).left).toEqual(left);
  });

  it('is not waited for longer than its patience; whoever asked is told', async () => {
    const { writer, open, clock, lost, path } = build();
    await open();
    // More than its thread is through with by then.
    writer.post(
      append(
        1,
        Array.from({ length: 20_000 }, (_, i) => [load(`${i}`)]),
      ),
    );
    const asked = writer.ask(DEPTH);
    const told = expect(asked).rejects.toMatchObject({ code: 'STOPPING' });
    const ended = writer.close(null, 1000);
    await clock.advance(1000);
    expect(await ended).toBeNull();
    await told;
    expect([lost, clock.pending]).toEqual([[], 0]);
    // It goes on by itself.
    const next = build(path);
    await expect
      .poll(
        () =>
          next
            .open()
            .then(({ accepted }) => accepted)
            .catch(() => 0),
        { timeout: 20_000 },
      )
      .toBe(20_000);
  });
});
