import { describe, expect, it } from 'vitest';
import type { StationConfig } from '#agent/config/schema.js';
import type { Finding, Frame, ModelSlot, TagWindow, Trigger } from '#agent/contracts/index.js';
import { camerasOf, frameFor, momentOf, referenceTo, refuseGaps, windowFor } from '#agent/stations/align.js';
import { illustrate } from '#agent/stations/heatmaps.js';
import type { FrameWish, StationSpec } from '#agent/stations/ports.js';
import { wireTrigger } from '#agent/stations/triggers.js';
import { FakeFrame, Plant, stationConfig, surface } from '../simulators/station.ts';

const specWith = (config: Partial<StationConfig>) =>
  ({ name: 'outlet', config: { ...stationConfig, ...config } }) as unknown as StationSpec;
const trigger = (more: Partial<Trigger> = {}): Trigger => ({ kind: 'tag', at: 1000, received: 1010, arrived: 50, ...more });
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the frame of a trigger', () => {
  const frameOf = async (config: Partial<StationConfig>, of: Trigger, camera = 'top') => {
    const plant = new Plant();
    const wishes: FrameWish[] = [];
    const ports = plant.ports([]);
    const { waitFor } = plant.source;
    plant.source.waitFor = (wish, signal) => {
      wishes.push(wish);
      return waitFor(wish, signal);
    };
    const frame = await frameFor(specWith(config), ports, of, camera, new AbortController().signal);
    return { frame, wishes };
  };

  it.each([
    ['source', 1030],
    ['arrival', 1040],
  ] as const)('is the one of its moment, by the clock of the %s', async (clock, wanted) => {
    const frame = { select: 'first_after', offset: 30, tolerance: 70, clock } as StationConfig['frame'];
    const { wishes } = await frameOf({ frame }, trigger());
    expect(wishes).toEqual([{ wanted, mode: 'first_after', toleranceMs: 70 }]);
    expect(momentOf(specWith({ frame }), trigger())).toBe(wanted - 30);
  });

  it('is the one that triggered, held once more, where it is of that camera', async () => {
    const own = new FakeFrame('top', 7, 0);
    const { frame, wishes } = await frameOf({}, trigger({ kind: 'frame', frame: own }));
    expect([frame, own.holders, wishes]).toEqual([own, 1, []]);
    const other = new FakeFrame('side', 7, 0);
    expect((await frameOf({}, trigger({ kind: 'frame', frame: other }))).wishes).toHaveLength(1);
    expect(other.holders).toBe(0);
  });

  it('is missing where nobody knows the camera', async () => {
    await expect(frameOf({}, trigger(), 'back')).rejects.toMatchObject({ code: 'FRAME_MISSING', details: { camera: 'back' } });
  });

  it('is named in the record with how far it was from what was wanted, and with what a set of data says of it', () => {
    const frame = new FakeFrame('top', 7, 1033);
    const plain = { camera: 'top', sequence: 7, captured: 1033, width: 4, height: 4, format: 'mono8', offsetMs: 3 };
    expect(referenceTo(frame, 1030)).toStrictEqual(plain);
    expect(referenceTo(Object.assign(frame, { truth: 'nok', file: 'a.png' }) as never, 1030)).toEqual({
      ...plain,
      truth: 'nok',
      file: 'a.png',
    });
  });

  it('comes of each camera once', () => {
    const slots = [surface, { ...surface, id: 'b' }, { id: 'c', name: 'c', package: 'p' }, { ...surface, camera: 'side' }] as ModelSlot[];
    expect(camerasOf(slots)).toEqual(['top', 'side']);
  });
});

describe('the window of a trigger', () => {
  it('ends at its moment, and is none where the station has none', () => {
    const plant = new Plant();
    plant.tags.remember('plc.temp', 1000, 100, 'source');
    for (const [at, value] of [
      [700, 1],
      [1000, 2],
      [1005, 3],
    ] as const)
      plant.tags.update('plc.temp', { value, status: 0, source: at, server: null, received: at, arrived: at - 950 });
    const window = { tags: ['plc.temp'], span: 400, every: 200, fill: 'last', max_gaps: 0.5 } as StationConfig['window'];
    const cut = windowFor(specWith({ window } as Partial<StationConfig>), plant.ports([]), trigger());
    expect([cut?.endsAt, [...(cut?.values ?? [])], [...(cut?.quality ?? [])]]).toEqual([1000, [1, 2], [0, 0]]);
    const short = { ...window, gap: 50 } as StationConfig['window'];
    expect([...(windowFor(specWith({ window: short } as Partial<StationConfig>), plant.ports([]), trigger())?.quality ?? [])]).toEqual([
      3, 0,
    ]);
    expect(windowFor(specWith({}), plant.ports([]), trigger())).toBeNull();
  });

  const gappy = (bad: number): TagWindow => ({
    tags: ['plc.temp'],
    endsAt: 0,
    everyMs: 1,
    steps: 4,
    values: new Float32Array(4),
    quality: new Uint8Array(4).fill(2, 0, bad),
  });

  it('is refused where more is missing than may be, and names the tag and how much', () => {
    const half = specWith({ window: { max_gaps: 0.5 } as StationConfig['window'] } as Partial<StationConfig>);
    expect(() => refuseGaps(half, gappy(2))).not.toThrow();
    expect(() => refuseGaps(half, gappy(3))).toThrow(
      expect.objectContaining({ code: 'WINDOW_GAPS', details: { tag: 'plc.temp', percent: 75 } }),
    );
    expect(() => refuseGaps(specWith({}), gappy(4))).not.toThrow();
  });
});

describe('what starts an inspection', () => {
  const wired = (config: StationConfig['trigger']) => {
    const plant = new Plant();
    const fired: Trigger[] = [];
    const stop = wireTrigger(config, plant.ports([]), (one) => fired.push(one));
    return { plant, fired, stop };
  };
  const says = (plant: Plant, value: boolean, source: number | null = plant.clock.now() - 3) =>
    plant.tags.update('plc.present', {
      value,
      status: 0,
      source,
      server: null,
      received: plant.clock.now(),
      arrived: plant.clock.elapsed(),
    });

  it('is an edge, with the time of its source where it has one', async () => {
    const { plant, fired } = wired({ tag: 'plc.present', edge: 'rising' });
    await plant.clock.advance(1000);
    says(plant, false);
    says(plant, true);
    await nextTurn();
    await plant.clock.advance(10);
    says(plant, false);
    says(plant, true, null);
    await nextTurn();
    const now = plant.clock.now();
    expect(fired).toEqual([
      { kind: 'tag', at: now - 13, stamped: true, received: now - 10, arrived: 1000, batch: { size: 1, index: 0, open: true } },
      { kind: 'tag', at: now, stamped: false, received: now, arrived: 1010, batch: { size: 1, index: 0, open: true } },
    ]);
  });

  it('is an edge of a session before, for a part that came meanwhile, and none of another node', async () => {
    const { plant, fired, stop } = wired({ tag: 'plc.present', edge: 'rising' });
    says(plant, false);
    plant.tags.lost('plc.present', plant.clock.elapsed());
    await plant.clock.advance(10);
    says(plant, true);
    await nextTurn();
    expect(fired).toHaveLength(1);
    says(plant, false);
    plant.tags.forget('plc.present');
    says(plant, true);
    await nextTurn();
    expect(fired).toHaveLength(1);
    stop();
    plant.tags.forget('plc.present');
    expect(fired).toHaveLength(1);
  });

  it('is each edge of a notification, in its order; the last one is open while the part is there', async () => {
    const { plant, fired } = wired({ tag: 'plc.present', edge: 'rising' });
    says(plant, false);
    await plant.clock.advance(10);
    for (const value of [true, false, true]) says(plant, value);
    await nextTurn();
    await plant.clock.advance(10);
    for (const value of [false, true, false]) says(plant, value);
    await nextTurn();
    expect(fired.map(({ batch }) => batch)).toEqual([
      { size: 2, index: 0, open: false },
      { size: 2, index: 1, open: true },
      { size: 1, index: 0, open: false },
    ]);
  });

  it('is told apart by notification, though two come before anybody has time for the first', async () => {
    const { plant, fired } = wired({ tag: 'plc.present', edge: 'rising' });
    says(plant, false);
    says(plant, true);
    says(plant, false);
    const at = plant.clock.elapsed() + 5;
    for (const value of [true, false])
      plant.tags.update('plc.present', { value, status: 0, source: 1, server: null, received: 1, arrived: at });
    await nextTurn();
    expect(fired.map(({ arrived, batch }) => [arrived, batch?.size, batch?.open])).toEqual([
      [0, 1, false],
      [at, 1, false],
    ]);
  });

  it('is an edge from what the tag said before anybody looked', async () => {
    const plant = new Plant();
    const fired: Trigger[] = [];
    says(plant, false);
    const stop = wireTrigger({ tag: 'plc.present', edge: 'rising' }, plant.ports([]), (one) => fired.push(one));
    says(plant, true);
    await nextTurn();
    expect(fired).toHaveLength(1);
    stop();
  });

  it('is no edge of a tag after the end, nor one that was on its way', async () => {
    const { plant, fired, stop } = wired({ tag: 'plc.present', edge: 'falling' });
    says(plant, true);
    stop();
    says(plant, false);
    await nextTurn();
    expect(fired).toEqual([]);
  });

  it('is a frame, at the moment it was taken; nothing where nobody knows the camera', async () => {
    const { plant, fired, stop } = wired({ camera: 'top' });
    await plant.clock.advance(40);
    const frame = new FakeFrame('top', 1, 17);
    plant.emitFrame(frame);
    expect(fired).toEqual([{ kind: 'frame', at: 17, received: plant.clock.now(), arrived: 40, frame }]);
    stop();
    plant.emitFrame(frame);
    expect(fired).toHaveLength(1);
    wired({ camera: 'back' }).stop();
  });

  it('is a timer that keeps its rhythm, and makes up for nothing that it slept through', async () => {
    const { plant, fired, stop } = wired({ every: 100 });
    await plant.clock.advance(99);
    expect(fired).toEqual([]);
    await plant.clock.advance(1);
    expect(fired).toEqual([{ kind: 'timer', at: plant.clock.now(), received: plant.clock.now(), arrived: 100 }]);
    // A tick that is late does not push the next ones back.
    plant.clock.standStill(130);
    await plant.clock.advance(0);
    await plant.clock.advance(70);
    expect(fired.map(({ arrived }) => arrived)).toEqual([100, 230, 300]);
    plant.clock.standStill(1000);
    await plant.clock.advance(0);
    const late = fired.length;
    await plant.clock.advance(100);
    expect(fired.length - late).toBe(1);
    stop();
    await plant.clock.advance(1000);
    expect([fired.length - late, plant.clock.pending]).toEqual([1, 0]);
  });

  it('is nothing by itself where only commands trigger', () => {
    const { plant, fired, stop } = wired({ command: true });
    says(plant, true);
    stop();
    expect([fired, plant.clock.pending]).toEqual([[], 0]);
  });
});

describe('heat maps', () => {
  const heatmap = { width: 2, height: 1, values: Uint8Array.of(7, 9) };
  const finding = (model: string, more: Partial<Finding> = {}) => ({ model, score: 0.5, ...more }) as unknown as Finding;
  const side: ModelSlot = { ...surface, id: 'outlet/side', name: 'side', camera: 'side' };
  const inspection = { id: 'id-7', station: 'outlet', at: Date.UTC(2026, 0, 5, 6) };
  const frames = [new FakeFrame('side', 3, 30), new FakeFrame('top', 7, 70)] as Frame[];

  it('become pictures of the frame they are about, and their findings name them', () => {
    const findings = [finding('surface', { heatmap } as Partial<Finding>), finding('side')];
    const { findings: named, images } = illustrate({ ...inspection, findings }, [side, surface], frames);
    expect(images).toMatchObject([
      { role: 'heatmap', model: 'surface', frame: { camera: 'top', sequence: 7, captured: 70, width: 2, height: 1, format: 'mono8' } },
    ]);
    expect([...(images[0]?.frame.pixels ?? [])]).toEqual([7, 9]);
    expect(images[0]?.frame.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect((named[0] as { heatmap?: { picture?: string } }).heatmap?.picture).toMatch(/outlet.*id-7.*surface.*\.png$/);
    expect(named[1]).toBe(findings[1]);
  });

  it('are no pictures where their frame is not at hand', () => {
    const findings = [finding('surface', { heatmap } as Partial<Finding>)];
    expect(illustrate({ ...inspection, findings }, [surface], [frames[0] as Frame])).toEqual({ findings, images: [] });
    expect(illustrate({ ...inspection, findings }, [], frames)).toEqual({ findings, images: [] });
  });
});
