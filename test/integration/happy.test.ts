import { describe, expect, it } from 'vitest';
import { cameraOf, startLine, stationOf } from './line.ts';

describe('a line on which nothing goes wrong', () => {
  it('gives every trigger one record, one event and one answer', { timeout: 60_000 }, async () => {
    const line = await startLine();
    await line.ready();
    await line.plc.offer(60, 60);
    await line.answered(60);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array(60).fill('judged'));
    expect(line.events()).toHaveLength(60);
    expect(line.station().answers).toHaveLength(60);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['ok', 'nok']));
  });
});

describe('two stations of one agent', () => {
  it('with several cameras and models each judge their own parts', { timeout: 90_000 }, async () => {
    const line = await startLine({
      suffixes: ['', 'B'],
      cameras: (folder) => ({ top: cameraOf(folder), side: cameraOf(folder, 'frames', 10) }),
      stations: {
        outlet: stationOf('', {
          models: { surface: { model: 'classify', camera: 'top' }, shape: { model: 'detect', camera: 'side' } },
        }),
        inlet: stationOf('B', { models: { odd: { model: 'anomaly', camera: 'side' }, same: { model: 'classify', camera: 'side' } } }),
      },
    });
    await Promise.all([line.ready(), line.ready(0, 1)]);
    await Promise.all([line.plc.offer(30, 100), line.plc.offer(20, 150, 1)]);
    await Promise.all([line.answered(30), line.answered(20, 1)]);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    expect(line.expectSound()).toHaveLength(30);
    expect(line.expectSound({ index: 1, name: 'inlet' })).toHaveLength(20);
    const models = ({ payload }: { payload: Readonly<Record<string, unknown>> }) =>
      (payload['findings'] as readonly { model: string }[]).map(({ model }) => model).join('+');
    const by = (name: string) =>
      new Set(
        line
          .events()
          .filter(({ topic }) => topic.includes(`/${name}/`))
          .map(models),
      );
    expect([by('outlet'), by('inlet')]).toEqual([new Set(['surface+shape']), new Set(['odd+same'])]);
  });
});

describe('a changeover', () => {
  it('between two parts drops none, and each has the models of its own recipe', { timeout: 90_000 }, async () => {
    const line = await startLine({
      variables: { Product: ['String', 'plain'] },
      tags: { product: { node: 'nsu=urn:press;s=Product', sampling: '5ms' } },
      stations: {
        outlet: stationOf('', {
          recipe: { tag: 'plc.product', default: 'plain' },
          recipes: { plain: { models: {} }, fine: { models: { surface: { model: 'classify-other', threshold: 0.9 } } } },
        }),
      },
    });
    await line.ready();
    for (const [lot, recipe] of ['plain', 'fine', 'plain', 'fine'].entries()) {
      await line.plc.server.set({ Product: recipe });
      await line.plc.offer(10, 100);
      await line.answered(10 * (lot + 1));
    }
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows).toHaveLength(40);
    expect(rows.filter(({ outcome }) => outcome !== 'judged')).toEqual([]);
    const packages = line.sql<{ recipe: string; package: string }>(
      'SELECT DISTINCT recipe, package FROM findings JOIN inspections ON inspections.id = inspection ORDER BY recipe',
    );
    expect(packages).toEqual([
      { recipe: 'fine', package: 'classify-other' },
      { recipe: 'plain', package: 'classify' },
    ]);
  });
});

describe('a station that reads notes', () => {
  it('judges by what a note names, says where, and has none where the PLC gives none', { timeout: 90_000 }, async () => {
    const line = await startLine({
      variables: { Note: ['String', 'R/R hse'] },
      tags: { note: { node: 'nsu=urn:press;s=Note', sampling: '5ms' } },
      stations: {
        outlet: stationOf('', {
          models: { note: { model: 'text', text: 'plc.note' } },
          rules: [{ when: 'note.score >= note.threshold && note.label == "State"', verdict: 'nok', reason: 'a note names a fault' }],
        }),
      },
    });
    await line.ready();
    for (const [lot, note] of ['R/R hse', 'hse LKG', ''].entries()) {
      await line.plc.server.set({ Note: note });
      await line.plc.offer(5, 100);
      await line.answered(5 * (lot + 1));
    }
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows.map(({ verdict }) => verdict)).toEqual([...Array(5).fill('ok'), ...Array(5).fill('nok'), ...Array(5).fill('ok')]);
    const [found] = line.events().map(({ payload }) => payload['findings'] as readonly Record<string, unknown>[])[5] ?? [];
    expect(found).toMatchObject({
      kind: 'text',
      label: 'State',
      note: { text: 'hse LKG', plain: 'hose leaking', truncated: false },
      entity_count: 2,
      entities: [
        { label: 'Part', text: 'hose', from: 0, to: 3 },
        { label: 'State', text: 'leaking', from: 4, to: 7 },
      ],
    });
    const [stored] = line.sql<{ note: string }>("SELECT note FROM findings WHERE label = 'State' LIMIT 1");
    expect(JSON.parse(stored?.note ?? '')).toMatchObject({ words: [{ plain: 'hose' }, { plain: 'leaking', from: 4, to: 7 }] });
  });
});

describe('a trigger that is no tag', () => {
  const plain = (trigger: object) => ({
    trigger,
    models: { surface: { model: 'classify', camera: 'top' } },
    frame: { tolerance: '5s', select: 'newest' },
  });

  it.each([
    ['every frame of a camera', { camera: 'top' }, 'frame'],
    ['a timer', { every: '150ms' }, 'timer'],
  ])('%s gives records and events alike, numbered without a gap', { timeout: 60_000 }, async (_, trigger, kind) => {
    const line = await startLine({ stations: { outlet: plain(trigger) }, cameras: (folder) => ({ top: cameraOf(folder, 'frames', 10) }) });
    await line.subscriber.until(() => line.subscriber.events.size >= 20, 'twenty events');
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.rows();
    expect(line.subscriber.faults).toEqual([]);
    expect(new Set(line.events().map(({ payload }) => payload['id']))).toEqual(new Set(rows.map(({ id }) => id)));
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
    expect(new Set(rows.map((row) => row.trigger))).toEqual(new Set([kind]));
  });

  it('a command is answered, and judged', { timeout: 60_000 }, async () => {
    const line = await startLine({ stations: { outlet: plain({ command: true }) } });
    await line.agent.judging();
    const topic = 'lineside/v1/acme/dresden/castings/line3/_agent/box/cmd/trigger';
    await line.subscriber.until(
      () => line.subscriber.received.some(({ topic, payload }) => topic.endsWith('/status') && payload['status'] === 'online'),
      'that the agent is online',
    );
    const reply = line.subscriber.next('/reply');
    await line.subscriber.client.publishAsync(topic, JSON.stringify({ station: 'outlet', part: 'by hand' }), { qos: 1 });
    expect((await reply).payload).toMatchObject({ ok: true });
    await line.subscriber.until(() => line.events().length === 1, 'the event');
    expect(line.events()[0]?.payload).toMatchObject({ part: 'by hand', trigger: 'command', outcome: 'judged' });
    expect(await line.agent.stop()).toBe(0);
    expect(line.rows()).toHaveLength(1);
  });
});
