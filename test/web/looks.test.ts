/** A change of light and of a setting that no score shows, on a running agent, through its front door: told in words, and over when it is over. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomLcg } from 'd3-random';
import sharp from 'sharp';
import { expect, it, onTestFinished, vi } from 'vitest';
import { PICTURE_LOOK, pictureLook } from '#agent/contracts/index.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { cameraOf, grey } from '../integration/line.ts';
import { startOpcuaServer } from '../simulators/opcua.ts';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { setPassword } from './page.ts';
import { taughtAs } from './taught.ts';

const LATER = { timeout: 120_000, interval: 500 };

/** Sixty pictures that are all a little different, under so much light. */
async function shoot(folder: string, light: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = randomLcg(0.3);
  for (let i = 0; i < 60; i++) {
    const [part, lamp] = [20 * random(), light + 6 * random()];
    await grey(join(folder, `${100 + i}.png`), (x, y) => lamp + (part + 40) * ((x * 7 + y * 5) % 11 > 5 ? 1 : 0));
  }
}

async function picturesIn(folder: string): Promise<Record<string, number | number[]>> {
  const looks: number[][] = [];
  for (let i = 0; i < 60; i++) {
    const pixels = await sharp(join(folder, `${100 + i}.png`))
      .greyscale()
      .raw()
      .toBuffer();
    looks.push(pictureLook(pixels, 16, 16, 1));
  }
  const features = PICTURE_LOOK.map((name, i) => [name, looks.map((look) => look[i] ?? 0).sort((a, b) => a - b)] as const);
  return { parts: 60, ...Object.fromEntries(features) };
}

it('tells of less light than it was taught with, and that it is as before again', { timeout: 240_000 }, async () => {
  const shots = scratch();
  await shoot(join(shots, 'bright'), 90);
  await shoot(join(shots, 'dark'), 60);
  const models = taughtAs('classify', { look: { picture: await picturesIn(join(shots, 'bright')) } });
  const box = await startBox({ more: { cameras: { top: cameraOf(shots, 'bright', 80) }, inference: { models } } });
  await box.agent.judging();
  const base = await box.address();
  const { say } = await converse(base.origin);
  const lookOf = async () => (await say('/line')).json.stations.outlet.state?.drift[0]?.look;
  const alarmOf = async () => (await say('/alarms')).json.find(({ code }: { code: string }) => code === 'PICTURE_DRIFTED');
  await vi.waitFor(async () => expect(await lookOf()).toEqual({ of: 'picture', watched: PICTURE_LOOK.length, moved: [] }), LATER);
  expect(await alarmOf()).toBeUndefined();

  const show = (folder: string) => {
    const config = JSON.parse(readFileSync(box.file, 'utf8'));
    config.cameras.top = cameraOf(shots, folder, 80);
    writeFileSync(box.file, JSON.stringify(config));
  };
  show('dark');
  const alarm = await vi.waitFor(async () => {
    const found = await alarmOf();
    expect(found).toBeDefined();
    return found;
  }, LATER);
  expect(alarm.subject).toBe('outlet/surface@standard');
  expect(alarm.text).toMatch(/no longer look like those it was taught with: .*darker \(\S+ of 255, was \S+\)/);
  expect(alarm.next).toContain('the lamp, the lens and where the part lies');
  expect(alarm.next).toContain('teach classify again');
  const moved = (await lookOf()).moved.find(({ feature }: { feature: string }) => feature === 'brightness');
  expect(moved).toMatchObject({ tag: null, reference: { of: 'taught', parts: 60 }, drifted: expect.any(Number) });
  expect(moved.now).toBeLessThan(moved.before - 20);
  const metrics = await (await fetch(`${base.origin}/metrics`)).text();
  expect(metrics).toMatch(
    /lineside_look_distance\{station="outlet",model="surface",recipe="standard",package="classify",feature="brightness",tag=""\} 0\.\d/,
  );
  show('bright');
  await vi.waitFor(async () => expect(await alarmOf()).toBeUndefined(), LATER);
});

it('tells of another lot whose texture is coarser, under the same light', { timeout: 240_000 }, async () => {
  const shots = scratch();
  const lot = async (folder: string, grain: number) => {
    mkdirSync(join(shots, folder), { recursive: true });
    const random = randomLcg(0.6);
    for (let i = 0; i < 60; i++) {
      const lamp = 80 + 4 * random();
      await grey(
        join(shots, folder, `${100 + i}.png`),
        (x, y) => lamp + ((Math.floor(x / grain) + Math.floor(y / grain)) % 2) * (60 + 6 * random()),
      );
    }
  };
  await lot('fine', 1);
  await lot('coarse', 4);
  const models = taughtAs('classify', { look: { picture: await picturesIn(join(shots, 'fine')) } });
  const box = await startBox({ more: { cameras: { top: cameraOf(shots, 'coarse', 80) }, inference: { models } } });
  await box.agent.judging();
  const { say } = await converse((await box.address()).origin);
  const alarm = await vi.waitFor(async () => {
    const found = (await say('/alarms')).json.find(({ code }: { code: string }) => code === 'PICTURE_DRIFTED');
    expect(found).toBeDefined();
    return found;
  }, LATER);
  expect(alarm.text).toMatch(/coarser texture \(\S+ %, was \S+\)/);
  expect(alarm.text).not.toMatch(/darker|brighter|contrast/);
  const { moved } = (await say('/line')).json.stations.outlet.state.drift[0].look;
  // What stands in Models is what the alarm says.
  for (const { text } of moved) expect(alarm.text).toContain(text);
});

it('takes what changed as usual where a technician says so, on record and over a restart', { timeout: 240_000 }, async () => {
  const shots = scratch();
  await shoot(join(shots, 'bright'), 90);
  await shoot(join(shots, 'dark'), 60);
  const models = taughtAs('classify', { look: { picture: await picturesIn(join(shots, 'bright')) } });
  const box = await startBox({ more: { cameras: { top: cameraOf(shots, 'dark', 80) }, inference: { models } } });
  await box.agent.judging();
  const { say } = await converse((await box.address()).origin);
  await setPassword(box.store, 'technician', 'correct horse', 'technician');
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'technician', password: 'correct horse' } });
  const driftedIn = async (of = say): Promise<readonly string[]> =>
    (await of('/alarms')).json.filter(({ code }: { code: string }) => code === 'PICTURE_DRIFTED').map(({ key }: { key: string }) => key);
  const [key] = await vi.waitFor(async () => {
    const found = await driftedIn();
    expect(found).toHaveLength(1);
    return found;
  }, LATER);
  const relearn = (as?: string) => say('/alarms/relearn', { method: 'POST', body: { key }, cookie: as });
  expect([(await relearn()).status, (await relearn(cookie)).status, (await relearn(cookie)).status]).toEqual([401, 204, 404]);
  expect(await driftedIn()).toEqual([]);
  await vi.waitFor(async () => {
    const { items } = (await say('/audit?limit=20', { cookie })).json;
    const acts = items.filter(({ verb }: { verb: string }) => verb === 'relearn');
    expect(acts.map(({ who, accepted }: { who: string; accepted: boolean }) => [who, accepted]).sort()).toEqual([
      ['technician', false],
      ['technician', true],
    ]);
  }, LATER);
  expect(await box.agent.stop()).toBe(0);
  const kept = JSON.parse(readFileSync(join(box.store, 'scores.json'), 'utf8'));
  expect(kept.series).toMatchObject([{ own: true, looks: { features: PICTURE_LOOK.map(() => ({ moved: null })) } }]);
});

it('tells which tag is no longer as it was', { timeout: 240_000 }, async () => {
  const plc = await startOpcuaServer('node-opcua', {
    variables: { A: ['Double', 5], B: ['Double', 5], C: ['Double', 5] },
    readOnly: [],
  });
  onTestFinished(() => plc.stop());
  const range = { level: { range: [3, 7], windows: 60 }, movement: { range: [0, 2], windows: 60 } };
  const models = taughtAs('sequence-score', { look: { tags: { a: range, b: range, c: range } } }, (text) =>
    text.replace('"100ms"', '"10ms"'),
  );
  let level = 5;
  const random = randomLcg(0.7);
  const beat = setInterval(() => void plc.set({ A: 5 + random(), B: level + random(), C: 5 + random() }).catch(() => {}), 50);
  onTestFinished(() => clearInterval(beat));
  const tags = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [name, { node: `nsu=urn:press;s=${name.toUpperCase()}`, sampling: '10ms' }]),
  );
  const box = await startBox({
    station: {
      trigger: { every: '100ms' },
      window: { tags: ['plc.a', 'plc.b', 'plc.c'], span: '120ms', every: '10ms' },
      models: { process: { model: 'sequence-score' } },
    },
    more: { opcua: { plc: { endpoint: plc.endpoint, security: { mode: 'None', policy: 'None' }, tags } }, inference: { models } },
  });
  await box.agent.judging();
  const { say } = await converse((await box.address()).origin);
  const lookOf = async () => (await say('/line')).json.stations.outlet.state?.drift[0]?.look;
  const alarmOf = async () => (await say('/alarms')).json.find(({ code }: { code: string }) => code === 'TAGS_DRIFTED');
  await vi.waitFor(async () => expect(await lookOf()).toEqual({ of: 'tags', watched: 6, moved: [] }), LATER);
  level = 12;
  const alarm = await vi.waitFor(async () => {
    const found = await alarmOf();
    expect(found).toBeDefined();
    return found;
  }, LATER);
  expect(alarm.subject).toBe('outlet/process@standard');
  expect(alarm.text).toMatch(/are no longer like those it was taught with: plc\.b is higher \(12\.\d+, was 7\)\.$/);
  expect(alarm.next).toContain('a setting, a tool, a sensor, the material');
  level = 5;
  await vi.waitFor(async () => expect(await alarmOf()).toBeUndefined(), LATER);
});
