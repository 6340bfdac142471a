/** What a desk of materials or tools asks of the agent, in a test: a clock, a journal, and tags that say what the test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Decision, JournalEntry, PassedCount, PassedCountsWish, Standing, TagSample } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import type { SuppliesOptions } from '#agent/runtime/logistics/supplies.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

export function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-supplies-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface KeptSupplies {
  readonly memories: ReadonlyMap<string, string>;
  readonly decisions: readonly Decision[];
}

/** Goes on from what `before` has kept. */
export function suppliesIn(folder: string, config: Partial<Config>, before?: KeptSupplies) {
  const clock = new ManualClock();
  const memories = new Map<string, string>(before?.memories ?? []);
  const decisions: Decision[] = [...(before?.decisions ?? [])];
  const listeners = new Map<string, { heard: Set<(sample: TagSample) => void>; lost: Set<() => void> }>();
  const latest = new Map<string, TagSample>();
  const away = new Set<string>();
  const passed: PassedCount[] = [];
  const state = {
    own: clock.now(),
    refuses: false,
    waits: null as Promise<void> | null,
    lost: false,
    last: 0,
    faults: [] as readonly Standing[],
    config: config as Config,
  };
  const of = (tag: string) => {
    const known = listeners.get(tag) ?? { heard: new Set(), lost: new Set() };
    listeners.set(tag, known);
    return known;
  };
  const take = (entry: JournalEntry) => {
    decisions.push(...(entry.decisions ?? []));
    if (entry.state) memories.set(entry.state.station, entry.state.value);
  };
  const asked: PassedCountsWish[] = [];
  const options: SuppliesOptions = {
    clock,
    log: memoryLog(),
    folder,
    config: () => state.config,
    own: () => state.own + clock.elapsed(),
    now: () => clock.now(),
    open: (from, to) => [{ from, to }],
    hasCalendar: () => false,
    plan: () => null,
    tags: {
      latest: (tag) => latest.get(tag),
      isAway: (tag) => away.has(tag),
      onSample: (tag, listener) => {
        of(tag).heard.add(listener);
        return () => void of(tag).heard.delete(listener);
      },
      onLost: (tag, listener) => {
        const lost = () => listener({} as never);
        of(tag).lost.add(lost);
        return () => void of(tag).lost.delete(lost);
      },
    },
    records: {
      passedCounts: async (wish) => {
        asked.push(wish);
        if (state.lost) throw new LinesideError('STORE_FAILED', { why: 'it is away' });
        return passed;
      },
    },
    last: () => state.last,
    settled: async () => true,
    before: (memory) => memories.get(memory) ?? null,
    newId: () => `id${decisions.length + 1}-${clock.elapsed()}`,
    rows: () => [],
    append: async (entry) => {
      if (state.refuses) throw new LinesideError('STORE_OVERLOADED', { depth: 1, refused: 1 });
      if (state.waits) await state.waits;
      take(entry);
    },
    record: (entry) => {
      if (!state.refuses) take(entry);
      return !state.refuses;
    },
    onFaults: (faults) => {
      state.faults = faults;
    },
  };
  return {
    options,
    clock,
    memories,
    decisions,
    asked,
    passed,
    state,
    codes: () => state.faults.map(({ fault }) => fault.code),
    say: (tag: string, value: number | boolean | string, status = 0) => {
      const sample: TagSample = { value, status, source: 0, server: 0, received: 0, arrived: 0 };
      latest.set(tag, sample);
      away.delete(tag);
      for (const heard of of(tag).heard) heard(sample);
    },
    lose: (tag: string) => {
      away.add(tag);
      for (const lost of of(tag).lost) lost();
    },
    /** Settles when what was kept has been read. */
    ready: async (desk: { change(body: object): Promise<unknown> }) => {
      const isReading = () =>
        desk.change({}).then(
          () => false,
          (thrown: LinesideError) => /are being read/.test(thrown.message),
        );
      for (let tries = 0; tries < 2000 && (await isReading()); tries++) {
        await clock.advance(2000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    /** Looks and looks. */
    looks: async (seconds: number) => {
      for (let i = 0; i < seconds / 2; i++) {
        await clock.advance(2000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
