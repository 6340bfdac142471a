/** Review and figures on a running agent, through its front door. */
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { unpacked } from '../simulators/zip.ts';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { ask, setPassword } from './page.ts';

const PASSWORD = 'correct horse';
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

it('has parts to look at, hides what it measures by, counts what people say', { timeout: 180_000 }, async () => {
  // Between 0.4 and 0.6 the package abstains; everything is within the band, or sure.
  const box = await startBox({ fps: 10, station: { rules: [{ when: 'surface.score >= 0.9', verdict: 'review', reason: 'look at it' }] } });
  await box.agent.judging();
  const base = await box.address();
  const { say } = await converse(base.origin);
  for (const user of ['eve', 'adam']) await setPassword(box.store, user, PASSWORD, 'operator');
  const cookieOf = async (user: string) =>
    (await ask(`${base.origin}/api/v1/session`, { method: 'POST', body: { user, password: PASSWORD } })).cookie;
  const [eve, adam] = [await cookieOf('eve'), await cookieOf('adam')];

  const queue = await vi.waitFor(
    async () => {
      const { json } = await say('/review?why=abstained&limit=3');
      expect(json.items.length).toBe(3);
      return json;
    },
    { timeout: 30_000, interval: 500 },
  );
  expect(queue.items[0]).toMatchObject({ verdict: 'review', why: ['abstained'], station: 'outlet' });
  expect(queue.next).not.toBeNull();
  const after = (await say(`/review?why=abstained&limit=3&cursor=${queue.next}`)).json;
  const ids = (page: { items: readonly { id: string }[] }) => page.items.map(({ id }) => id);
  expect(ids(after).filter((id) => ids(queue).includes(id))).toEqual([]);

  // Labelled, it is gone from the queue; taken back, it is there again. The same sent twice is one label.
  const [one, two] = ids(queue);
  const give = (id: string, label: object, cookie: string | undefined) =>
    say(`/inspections/${id}/labels`, { method: 'POST', body: label, cookie });
  for (let i = 0; i < 2; i++) expect((await give(one ?? '', { id: uuid(1), label: 'bad', kind: 'scratch' }, eve)).status).toBe(200);
  expect((await give(two ?? '', { id: uuid(2), label: 'good' }, eve)).status).toBe(200);
  expect((await give(two ?? '', { id: uuid(3), label: 'bad' }, adam)).status).toBe(200);
  const left = (await say('/review?why=abstained&limit=100')).json;
  expect(ids(left)).not.toContain(one);
  expect(left.kinds).toEqual(['scratch']);
  const labels = (await say(`/inspections/${two}/labels`)).json;
  expect(labels.map(({ who, label }: { who: string; label: string }) => [who, label])).toEqual([
    ['eve', 'good'],
    ['adam', 'bad'],
  ]);
  expect((await say('/review/figures?sample=all')).json).toMatchObject({
    good: { ok: 0, nok: 0, review: 0 },
    bad: { review: 1 },
    disputed: 1,
    precision: null,
    miss_rate: { value: 0, count: 0, of: 1, low: 0, high: expect.closeTo(0.79, 2) },
    kinds: [{ name: 'scratch', miss_rate: { of: 1 } }],
  });
  // By chance alone there is none, but for a part whose id happens to end so.
  expect((await say('/review/figures')).json.complete).toBe(true);
  expect((await say(`/inspections/${two}/labels/${uuid(3)}`, { method: 'DELETE', cookie: adam })).status).toBe(204);
  expect((await say('/review/figures?sample=all')).json).toMatchObject({ good: { review: 1 }, disputed: 0 });
  expect((await give(one ?? '', { id: uuid(9), label: 'good' }, undefined)).status).toBe(401);

  // Where it is bad goes with the label, and all of it comes out as a data set, in pieces.
  const boxes = [{ camera: 'top', region: [1, 2, 3, 4] }];
  const three = ids(queue)[2] ?? '';
  expect((await give(three, { id: uuid(4), label: 'bad', kind: 'dent', boxes }, eve)).json).toMatchObject({ boxes });
  expect((await give(three, { id: uuid(4), label: 'bad', kind: 'dent', boxes: [] }, eve)).status).toBe(409);
  expect((await give(three, { id: uuid(5), label: 'good', boxes }, eve)).status).toBe(400);
  // What is painted too, with the box around it; the same again is the same label, and what no hand has painted is refused.
  const stroke = {
    width: 4,
    points: [
      [5, 5],
      [9, 5],
    ],
  };
  const painted = { id: uuid(6), label: 'bad', kind: 'dent', boxes: [...boxes, { camera: 'top', stroke }] };
  for (let i = 0; i < 2; i++)
    expect((await give(three, painted, eve)).json).toMatchObject({ boxes: [...boxes, { camera: 'top', stroke, region: [3, 3, 8, 4] }] });
  const refused = async (...marks: readonly object[]) =>
    (await give(three, { id: uuid(7), label: 'bad', boxes: marks.map((mark) => ({ camera: 'top', ...mark })) }, eve)).status;
  const points = (count: number) => ({ stroke: { width: 4, points: Array(count).fill([5, 5]) } });
  expect(await refused(points(201))).toBe(400);
  expect(await refused(points(0))).toBe(400);
  expect(await refused({ stroke: { width: 0, points: [[5, 5]] } })).toBe(400);
  expect(await refused({ stroke, region: [3, 3, 8, 4] })).toBe(400);
  expect(await refused({})).toBe(400);
  expect(await refused(...Array(10).fill(points(200)), points(1))).toBe(400);
  expect((await say('/review/data-set')).status).toBe(401);
  expect((await say(`/review/data-set?from=${Date.now() + 3_600_000}`, { cookie: eve })).json.code).toBe('LABELS_NONE');
  const packed = await fetch(`${base.origin}/api/v1/review/data-set`, { headers: { cookie: eve ?? '' } });
  expect(packed.headers.get('content-type')).toBe('application/zip');
  const files = await unpacked(Buffer.from(await packed.arrayBuffer()));
  const jpeg = (name: string) => [...files].find(([file]) => file.startsWith(name))?.[1];
  expect([jpeg(`bad/scratch/${one}`), jpeg(`good/${two}`), jpeg(`bad/dent/${three}`)].every((bytes) => (bytes?.length ?? 0) > 20)).toBe(
    true,
  );
  expect(files.get('labels.csv')?.toString()).toContain('adam');
  expect([...files.keys()].filter((file) => file.startsWith('boxes/voc/'))).toEqual([expect.stringContaining(three)]);
  expect([...files.keys()].filter((file) => file.startsWith('boxes/masks/'))).toEqual([
    expect.stringMatching(new RegExp(`^boxes/masks/dent/${three}.*_mask\\.png$`)),
  ]);

  // What is counted is what is listed.
  expect(await box.agent.stop()).toBe(0);
  const db = openDatabase(join(box.store, 'journal.db'));
  const counted = Object.fromEntries(
    db.prepare("SELECT CASE outcome WHEN 'judged' THEN verdict ELSE outcome END, count(*) FROM inspections GROUP BY 1").raw().all() as [
      string,
      number,
    ][],
  );
  const random = db.prepare("SELECT id FROM inspections WHERE outcome = 'judged' ORDER BY rowid DESC LIMIT 1").pluck().get() as string;
  // As chance has it once in a hundred parts.
  const chosen = `${random.slice(0, -4)}0001`;
  db.pragma('foreign_keys = OFF');
  db.prepare('UPDATE inspections SET id = ? WHERE id = ?').run(chosen, random);
  db.prepare('UPDATE findings SET inspection = ? WHERE inspection = ?').run(chosen, random);
  db.exec("DELETE FROM tallies; DELETE FROM review_rows; DELETE FROM counters WHERE name LIKE 'tallies%'");
  db.close();
  const again = box.start();
  const { say: sayAgain } = await converse((await box.address(again)).origin);
  await vi.waitFor(
    async () => {
      const before = (await sayAgain('/totals')).json;
      expect(before.complete).toBe(true);
      for (const [name, parts] of Object.entries(counted)) expect(before.all[name]).toBeGreaterThanOrEqual(parts);
      expect(before.steps.reduce((sum: number, step: { review: number }) => sum + step.review, 0)).toBe(before.all.review);
      const reasons = before.reasons.map(({ name }: { name: string }) => name);
      expect(reasons).toContain('look at it');
    },
    { timeout: 30_000, interval: 500 },
  );
  const hidden = await vi.waitFor(
    async () => {
      const { items } = (await sayAgain('/review?why=random&limit=100')).json;
      const found = items.find(({ id }: { id: string }) => id === chosen);
      expect(found).toBeDefined();
      return found;
    },
    { timeout: 30_000, interval: 500 },
  );
  expect(hidden).toMatchObject({ verdict: null, reasons: [], scores: [], answer: '', why: ['random'] });
  const { all, stations, recipes } = (await sayAgain('/totals?reason=look%20at%20it&verdict=review')).json;
  expect([all.ok, all.review > 0, stations[0].name, recipes[0].name]).toEqual([0, true, 'outlet', 'standard']);
  expect((await sayAgain(`/totals?from=${Date.now() + 3_600_000}`)).json).toMatchObject({ all: { ok: 0 }, steps: [], complete: true });
  for (const bad of ['/totals?step=week', '/totals?zone=x', '/review?why=odd', '/review?cursor=x', '/review/figures?sample=some'])
    expect([bad, (await sayAgain(bad)).status]).toEqual([bad, 400]);
});
