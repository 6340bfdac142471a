import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import type { Inspection, JournalEntry, TagWindow } from '#agent/contracts/index.js';
import { unpackWindow } from '#agent/store/packing.js';
import { alarm, decision, finding, inspection } from '../publishers/samples.ts';
import { build, count, entry, folder, open, row, sql } from './setup.ts';

describe('append', () => {
  it('has the entry on the disk when it resolves, every field of it', async () => {
    const { store, path } = await open();
    const window: TagWindow = {
      tags: ['plc.a', 'plc.b'],
      endsAt: 1000.5,
      everyMs: 200,
      steps: 3,
      values: Float32Array.of(1.5, -2, Number.NaN, 4, 5, 6e9),
      quality: Uint8Array.of(0, 1, 3, 0, 2, 0),
    };
    const heatmap = { width: 1, height: 1, values: Uint8Array.of(7), region: null };
    const note = { text: 'oil lkg', words: [{ plain: 'leak', from: 4, to: 7 }], truncated: false };
    const leak = { label: 'State', score: 0.9, text: 'leak', span: [4, 7] } as const;
    const part = inspection(1, {
      verdict: 'nok',
      window,
      findings: [finding({ heatmap, boxes: [{ label: 'crack', score: 0.9, region: [1, 2, 3, 4] }], note, entities: [leak] })],
    });
    const follows = decision({ inspection: part.id });
    const late = { inspection: part.id, finding: finding({ model: 'process', heatmap }), model: 'process', lateMs: 12.5 };
    await store.journal.append({ inspection: part, decisions: [follows], late: [late] });

    expect(sql(path, 'SELECT * FROM inspections')).toMatchObject([
      {
        id: part.id,
        station: 'outlet',
        sequence: 1,
        outcome: 'judged',
        at: part.at,
        trigger: 'tag',
        part: 'P1',
        counter: 1,
        verdict: 'nok',
        answer: 'written',
        answer_fault: null,
        answer_ms: 2.1,
        transport_ms: -0.4,
        verdict_ms: 15,
        config_hash: part.configHash,
        reasons: JSON.stringify(part.reasons),
        tags: JSON.stringify(part.tags),
        frames: JSON.stringify(part.frames),
      },
    ]);
    expect(sql(path, 'SELECT * FROM findings')).toMatchObject([
      {
        inspection: part.id,
        model: 'surface',
        score: 0.123456789,
        review_low: 0.45,
        boxes: '[{"label":"crack","score":0.9,"region":[1,2,3,4]}]',
        note: JSON.stringify(note),
        entities: JSON.stringify([leak]),
      },
    ]);
    expect(sql(path, 'SELECT * FROM decision_writes ORDER BY position')).toMatchObject([
      { decision: follows.id, tag: 'plc.reject', value: 'true', state: 'written', fault: null },
      { tag: 'plc.lane', value: '2', state: 'failed', fault: 'BadNotWritable' },
    ]);
    const [stored] = sql<{ late_ms: number; finding: string }>(path, 'SELECT * FROM late_findings');
    expect(stored).toMatchObject({ inspection: part.id, late_ms: 12.5 });
    expect(JSON.parse(stored?.finding ?? '')).not.toHaveProperty('heatmap');
    const [packed] = sql<{ data: Uint8Array; steps: number }>(path, 'SELECT * FROM windows');
    expect(packed && unpackWindow(packed.data, packed.steps)).toEqual({ values: window.values, quality: window.quality });
  });

  it('keeps the order and puts what waits into few commits', async () => {
    const { store, path } = await open();
    const settled: number[] = [];
    await Promise.all(Array.from({ length: 500 }, (_, i) => store.journal.append(entry(i + 1)).then(() => settled.push(i + 1))));
    const order = Array.from({ length: 500 }, (_, i) => i + 1);
    expect(settled).toEqual(order);
    expect(sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections ORDER BY rowid').map((r) => r.sequence)).toEqual(order);
    expect(sql<{ event_id: string }>(path, 'SELECT event_id FROM outbox ORDER BY id').map((r) => r.event_id)).toEqual(
      sql<{ id: string }>(path, 'SELECT id FROM inspections ORDER BY sequence').map((r) => r.id),
    );
    expect(store.stats()).toMatchObject({ entries: 500 });
    expect(store.stats().commits).toBeLessThan(100);
  });

  it('stores an entry that is handed over twice once', async () => {
    const { store, path } = await open();
    const twice = entry(1);
    await store.journal.append(twice);
    await store.journal.append(twice);
    expect([count(path, 'inspections'), count(path, 'findings'), count(path, 'outbox')]).toEqual([1, 1, 1]);
  });

  it('takes whatever a model or a PLC may give: NaN, infinite, fractions, huge numbers, lone surrogates, NUL', async () => {
    const { store, path } = await open();
    const odd = finding({ score: Number.NaN, margin: Number.POSITIVE_INFINITY, label: 'a\u0000b' });
    await store.journal.append(entry(1, { counter: 1.5, part: '\ud800 "quoted", \n', findings: [odd] }));
    await store.journal.append(entry(2, { counter: 2 ** 70 }));
    expect(sql(path, 'SELECT counter FROM inspections ORDER BY sequence')).toEqual([{ counter: 2 }, { counter: null }]);
    expect(sql(path, 'SELECT score, margin FROM findings WHERE score IS NULL')).toEqual([
      { score: null, margin: Number.POSITIVE_INFINITY },
    ]);
    expect(store.stats().quarantined).toBe(0);
  });

  it('puts an entry that does not fit aside, publishes its event all the same, and holds up no other', async () => {
    const { store, path, lines } = await open();
    const bad = entry(2, { findings: [finding(), finding()] });
    await Promise.all([store.journal.append(entry(1)), store.journal.append(bad), store.journal.append(entry(3))]);
    expect(sql(path, 'SELECT sequence FROM inspections ORDER BY sequence')).toEqual([{ sequence: 1 }, { sequence: 3 }]);
    expect(sql<{ entry: string }>(path, 'SELECT entry FROM quarantine')[0]?.entry).toContain(bad.inspection.id);
    expect(count(path, 'outbox')).toBe(3);
    expect(sql(path, 'SELECT last_sequence FROM station_state')).toEqual([{ last_sequence: 3 }]);
    expect(store.stats().quarantined).toBe(1);
    expect(lines.filter((line) => line.level === 'error')).toHaveLength(1);
  });

  it('refuses what is beyond its bound and stores everything before it', async () => {
    const { store, path } = await open();
    const tries = Array.from({ length: 10_050 }, (_, i) =>
      store.journal.append({ load: { kind: 'recipe', at: Date.now(), detail: `${i}` } }),
    );
    const results = await Promise.allSettled(tries);
    const refused = results.filter((r) => r.status === 'rejected');
    expect(refused).toHaveLength(50);
    expect(refused[0]).toMatchObject({ reason: { code: 'STORE_OVERLOADED', details: { depth: 10_000 } } });
    expect(count(path, 'loads')).toBe(10_000);
    expect(store.queues()['journal']).toEqual({ depth: 0, bound: 10_000, dropped: 50 });
  });

  it('refuses by bytes too', async () => {
    const { store } = await open();
    const big = (): JournalEntry => ({ state: { station: 'outlet', value: 'x'.repeat(8e6) } });
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => store.journal.append(big())));
    expect(results.map((r) => r.status).filter((status) => status === 'rejected')).toHaveLength(4);
    await store.journal.append(big());
  });

  it('settles every append when it is stopped, and refuses the next', async () => {
    const { store, path } = await open();
    const appends = Array.from({ length: 300 }, (_, i) => store.journal.append(entry(i + 1)));
    const stopped = store.stop();
    await Promise.all(appends);
    await stopped;
    await store.stop();
    expect(count(path, 'inspections')).toBe(300);
    await expect(store.journal.append(entry(301))).rejects.toMatchObject({ code: 'STOPPING' });
  });

  it('starts and stops many times without a fault', async () => {
    const path = folder();
    for (let i = 1; i <= 8; i++) {
      const { store, faults } = await open({ path });
      if (i % 2) await store.journal.append(entry(i));
      await store.stop();
      expect(faults).toEqual([]);
    }
  });

  it('keeps what comes before it is open, stores it first, and tells whoever waits when it never opens', async () => {
    const { store, path } = build();
    const early = store.journal.append(entry(1));
    await store.start();
    await Promise.all([early, store.journal.append(entry(2))]);
    expect(sql(path, 'SELECT sequence FROM inspections ORDER BY rowid')).toEqual([{ sequence: 1 }, { sequence: 2 }]);
    const never = build();
    const waiting = never.store.journal.append(entry(1));
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'STOPPING' }), never.store.stop()]);
  });
});

describe('what the next start is told', () => {
  it('goes on where each station was', async () => {
    const first = await open();
    expect(first.state).toEqual({ stations: {}, alarms: [], unsent: {}, damaged: null });
    await first.store.journal.append(entry(1));
    await first.store.journal.append(entry(2, { part: null, counter: null }));
    await first.store.journal.append({ state: { station: 'inlet', value: 'never judged' } });
    await first.store.stop();
    const { state } = await open({ path: first.path });
    expect(state.stations).toEqual({
      outlet: { lastSequence: 2, lastPart: 'P1', lastCounter: 1, saved: '{"n":2}' },
      inlet: { lastSequence: 0, lastPart: null, lastCounter: null, saved: 'never judged' },
    });
    expect(state.unsent).toEqual({ mqtt: 2 });
  });

  it('remembers alarms that last, each once, and keeps those that went', async () => {
    const first = await open();
    const lasting = alarm();
    const gone = alarm({ key: 'MQTT_UNREACHABLE/mqtt', code: 'MQTT_UNREACHABLE', subject: 'mqtt' });
    await first.store.journal.append({ alarms: [lasting, gone] });
    await first.store.journal.append({ alarms: [lasting, { ...gone, active: false, since: gone.since + 5000 }] });
    await first.store.stop();
    const { state, path } = await open({ path: first.path });
    expect(state.alarms).toEqual([lasting]);
    expect(sql(path, 'SELECT since, cleared, code FROM alarm_log ORDER BY code')).toEqual([
      { since: '2026-02-02T02:40:00.000Z', cleared: null, code: 'CAMERA_SILENT' },
      { since: '2026-02-02T02:40:00.000Z', cleared: '2026-02-02T02:40:05.000Z', code: 'MQTT_UNREACHABLE' },
    ]);
  });
});

describe('the SCADA engineer', () => {
  it('reads time, verdict, reasons and scores in the sqlite3 shell while the agent runs', async () => {
    const { store, path } = await open();
    const reasons: Inspection['reasons'] = [{ text: 'surface defect' }, { text: 'too hot', code: 'TAG_BAD' }];
    const part = inspection(7, { at: Date.UTC(2026, 10, 23, 6, 1, 2, 345), verdict: 'nok', reasons });
    await store.journal.append({ inspection: part, decisions: [decision({ inspection: part.id })] });
    const shell = (text: string) =>
      execFileSync('sqlite3', ['-readonly', '-separator', '|', join(path, 'journal.db'), text], { encoding: 'utf8' }).trim();
    expect(shell('SELECT utc, station, sequence, part, verdict, reasons, scores FROM quality')).toBe(
      '2026-11-23T06:01:02.345Z|outlet|7|P7|nok|surface defect; too hot|surface 0.123 (0.620)',
    );
    expect(shell('SELECT part, model, label, threshold FROM scores')).toBe('P7|surface|crack|0.62');
    expect(shell("SELECT part, action, tag, state FROM actions WHERE state = 'failed'")).toBe('P7|reject|plc.lane|failed');
    expect(shell('.schema inspections')).toContain('-- ok, nok, review');
  });

  it('finds a part, a time and a station without note the whole table', async () => {
    const { path } = await open();
    const plan = (where: string) => sql<{ detail: string }>(path, `EXPLAIN QUERY PLAN SELECT * FROM inspections WHERE ${where}`)[0]?.detail;
    expect(plan("part = 'P7'")).toContain('inspections_part');
    expect(plan('at > 1 AND at < 2')).toContain('inspections_at');
    expect(plan("id = 'x'")).toContain('sqlite_autoindex_inspections');
  });
});

it('starts a new folder however deep, and two stores on two folders do not meet', async () => {
  const base = folder();
  const one = await open({ path: join(base, 'a/b/c') });
  const two = await open({ path: join(base, 'a/b/d') });
  await Promise.all([one.store.journal.append(entry(1)), two.store.journal.append({ outbox: [row(uuid())] })]);
  expect([count(one.path, 'inspections'), count(two.path, 'inspections')]).toEqual([1, 0]);
});
