/** What every publisher promises, whatever it speaks: run on each with a real receiver. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outbox, OutboxRow, Publisher } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { systemClock } from '#agent/time.js';
import { MemoryOutbox } from '../publishers/memory-outbox.ts';
import { alarm, decision, health, inspection, state } from '../publishers/samples.ts';
import { memoryLog } from '../simulators/log.ts';

export interface PublisherBench {
  readonly publisher: Publisher;
  /** Event ids the receiver has, each as often as it came, in order. */
  received(): readonly string[];
  /** Resolves when it holds; looked at whenever something was received. */
  until(holds: () => boolean, what: string): Promise<void>;
  /** The receiver goes away, and comes back. What it had received it keeps. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export function describePublisher(name: string, build: () => Promise<PublisherBench>): void {
  describe(`publisher ${name}`, () => {
    let bench: PublisherBench;
    let outbox: MemoryOutbox;
    const stops: (() => Promise<unknown>)[] = [];
    beforeEach(async () => {
      bench = await build();
      outbox = new MemoryOutbox();
    });
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
      await bench.close();
    });

    const live = (from: Outbox = outbox) => {
      const stopping = new AbortController();
      let online: () => void = () => {};
      const drains = new Promise<void>((resolve) => {
        online = resolve;
      });
      const ended = bench.publisher
        .run(
          {
            clock: systemClock,
            log: memoryLog(),
            outbox: from,
            onCommand: async () => ({}),
            online,
            understood: () => {},
            faults: () => {},
          },
          stopping.signal,
        )
        .then(
          () => null,
          (thrown: unknown) => thrown,
        );
      const stop = () => {
        stopping.abort(new LinesideError('STOPPING'));
        return ended;
      };
      stops.push(stop);
      return { online: Promise.race([drains, ended]), ended, stop };
    };
    const rowsOf = (from: number, to: number): OutboxRow[] =>
      Array.from({ length: to - from + 1 }, (_, i) => bench.publisher.rows({ type: 'quality', inspection: inspection(from + i) })).flat();
    const idsOf = (rows: readonly OutboxRow[]) => rows.map(({ eventId }) => eventId);

    it('makes rows of events without side effects: the same event, the same rows, under its own name and id', () => {
      const judged = inspection(1);
      const rows = bench.publisher.rows({ type: 'quality', inspection: judged });
      expect(rows).toEqual(bench.publisher.rows({ type: 'quality', inspection: judged }));
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row).toMatchObject({ publisher: bench.publisher.name, eventId: judged.id, station: 'outlet' });
        expect(JSON.parse(row.payload)).toBeTypeOf('object');
        expect(row.payload.endsWith('}')).toBe(true);
      }
      const taken = decision();
      expect(bench.publisher.rows({ type: 'decision', decision: taken })[0]).toMatchObject({ eventId: taken.id, station: taken.station });
    });

    it('sends what waited and what comes, in order, and marks each row once', async () => {
      const waited = rowsOf(1, 50);
      const fresh = rowsOf(51, 100);
      outbox.commit(waited);
      await live().online;
      outbox.commit(fresh);
      await bench.until(() => bench.received().length >= 100, '100 events');
      await outbox.until(0);
      expect(bench.received()).toEqual(idsOf([...waited, ...fresh]));
      expect(outbox.twice).toBe(0);
    });

    it('leaves the rows of others alone', async () => {
      const theirs = rowsOf(1, 3).map((row) => ({ ...row, publisher: 'another' }));
      outbox.commit([...theirs, ...rowsOf(4, 6)]);
      await live().online;
      await outbox.until(3);
      expect([...outbox.marked.keys()]).toEqual([4, 5, 6]);
    });

    it('throws when its receiver is lost, and the next life sends what is left, nothing missing', async () => {
      const life = live();
      await life.online;
      const rows = rowsOf(1, 300);
      outbox.commit(rows.slice(0, 100));
      await outbox.until(0);
      await bench.leave();
      outbox.commit(rows.slice(100));
      expect(await life.ended).toBeInstanceOf(LinesideError);
      await bench.comeBack();
      await live().online;
      await bench.until(() => new Set(bench.received()).size >= 300, '300 events');
      await outbox.until(0);
      expect(new Set(bench.received())).toEqual(new Set(idsOf(rows)));
      expect(outbox.twice).toBe(0);
    });

    it('throws when its receiver is not there, and never tries again by itself', async () => {
      await bench.leave();
      expect(await live().ended).toBeInstanceOf(LinesideError);
      await bench.comeBack();
    });

    it('takes retained values at any time: before, during and between its lives', async () => {
      const say = () => {
        bench.publisher.retain({ type: 'state', station: 'outlet', value: state() });
        bench.publisher.retain({ type: 'alarm', alarm: alarm() });
        bench.publisher.retain({ type: 'health', value: health() });
      };
      say();
      const life = live();
      await life.online;
      say();
      expect(await life.stop()).toBeNull();
      say();
    });

    it('returns when it is told to stop, whatever it was doing', async () => {
      expect(await live().stop()).toBeNull();
      const life = live();
      await life.online;
      outbox.commit(rowsOf(1, 5000));
      expect(await life.stop()).toBeNull();
      const marked = outbox.marked.size;
      await live().online;
      await outbox.until(0);
      expect(outbox.marked.size).toBeGreaterThanOrEqual(marked);
      expect(outbox.twice).toBe(0);
    });
  });
}
