/** Scores on a running agent, through its front door: among those before, unlike anything taught, drifted, and a promise that is broken. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { ask, setPassword } from './page.ts';
import { taughtModels } from './taught.ts';

const PASSWORD = 'correct horse';
const LATER = { timeout: 120_000, interval: 500 };
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

it('tells of scores that are not like those taught, and of good parts that are refused against a promise', {
  timeout: 240_000,
}, async () => {
  const box = await startBox({ fps: 20, more: { inference: { models: taughtModels() } } });
  await box.agent.judging();
  const base = await box.address();
  const { say } = await converse(base.origin);
  await setPassword(box.store, 'eve', PASSWORD, 'operator');
  const { cookie } = await ask(`${base.origin}/api/v1/session`, { method: 'POST', body: { user: 'eve', password: PASSWORD } });

  // Two of three pictures score higher than anything taught: that is why a person should look at them.
  const queue = await vi.waitFor(async () => {
    const { json } = await say('/review?why=unlike&limit=100');
    expect(json.items.length).toBeGreaterThan(19);
    return json;
  }, LATER);
  const shown = queue.items.filter(({ verdict }: { verdict: string | null }) => verdict !== null);
  expect(shown[0].why[0]).toBe('unlike');
  const whole = (await say(`/inspections/${shown[0].id}`)).json;
  expect(whole.findings[0]).toMatchObject({ unlike: 1 });

  // Among those before it.
  const [histogram] = (await say(`/inspections/${shown[0].id}/scores`)).json;
  expect(histogram).toMatchObject({ model: 'surface', package: 'classify', score: whole.findings[0].score });
  expect(histogram.bins.reduce((sum: number, parts: number) => sum + parts, 0)).toBe(histogram.parts);
  expect(histogram.lower).toBeGreaterThan(0);
  expect(histogram.lower).toBeLessThan(histogram.parts);
  const [older] = (await say(`/inspections/${queue.items.at(-1).id}/scores`)).json;
  expect(older.parts).toBeLessThan(histogram.parts);
  expect((await say('/inspections/none/scores')).status).toBe(404);

  // A hundred parts are enough to tell.
  const alarmOf = async (code: string) => (await say('/alarms')).json.find((alarm: { code: string }) => alarm.code === code);
  const drifted = await vi.waitFor(async () => {
    const found = await alarmOf('SCORES_DRIFTED');
    expect(found).toBeDefined();
    return found;
  }, LATER);
  expect(drifted.subject).toBe('outlet/surface@standard');
  expect(drifted.text).toContain('no longer like those of the 100 good parts it was taught with');
  expect(drifted.next).toContain('teach classify again');
  const [drift] = (await say('/line')).json.stations.outlet.state.drift;
  expect(drift).toMatchObject({
    model: 'surface',
    package: 'classify',
    reference: { of: 'taught', parts: 100 },
    drifted: expect.any(Number),
  });
  expect(drift.distance).toBeGreaterThan(drift.limit);
  const metrics = await (await fetch(`${base.origin}/metrics`)).text();
  expect(metrics).toMatch(/lineside_score_distance\{station="outlet",model="surface",recipe="standard",package="classify"\} 0\.\d/);

  // People say that what it refused was good.
  expect(await alarmOf('PROMISE_BROKEN')).toBeUndefined();
  for (const [n, { id }] of queue.items.slice(0, 20).entries())
    expect((await say(`/inspections/${id}/labels`, { method: 'POST', body: { id: uuid(n), label: 'good' }, cookie })).status).toBe(200);
  await vi.waitFor(
    async () => expect((await alarmOf('PROMISE_BROKEN'))?.text).toContain('people found 20 good ones that it had refused'),
    LATER,
  );
  const [promise] = (await say('/review/figures')).json.promises;
  expect(promise).toMatchObject({ station: 'outlet', package: 'classify', one_in: 1000, good: 20, refused: 20, broken: true });
  expect(promise.judged).toBeGreaterThan(20);
  // As the alarm says: a higher threshold, from which on it refuses none of them.
  const threshold = (of: number | undefined) => {
    const config = JSON.parse(readFileSync(box.file, 'utf8'));
    config.stations.outlet.models.surface.threshold = of;
    writeFileSync(box.file, JSON.stringify(config));
  };
  threshold(1);
  await vi.waitFor(async () => expect(await alarmOf('PROMISE_BROKEN')).toBeUndefined(), LATER);
  threshold(undefined);
  await vi.waitFor(async () => expect(await alarmOf('PROMISE_BROKEN')).toBeDefined(), LATER);
  for (let n = 0; n < 20; n++) await say(`/inspections/${queue.items[n].id}/labels/${uuid(n)}`, { method: 'DELETE', cookie });
  await vi.waitFor(async () => expect(await alarmOf('PROMISE_BROKEN')).toBeUndefined(), LATER);

  // It is known after a restart, at once.
  expect(await box.agent.stop()).toBe(0);
  expect(existsSync(join(box.store, 'scores.json'))).toBe(true);
  const again = box.start();
  const { say: sayAgain } = await converse((await box.address(again)).origin);
  const kept = (await sayAgain('/line')).json.stations.outlet.state.drift[0];
  expect(kept).toMatchObject({ drifted: drift.drifted, reference: { of: 'taught' } });
  expect(kept.parts).toBeGreaterThanOrEqual(drift.parts);
});
