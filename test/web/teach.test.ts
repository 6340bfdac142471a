/** A technician teaches the box his own part over the API: live parts, learn, shadow, promote, go back; and whoever kills it on the way. */
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { scratch } from '../desk/evaluation/setup.ts';
import { cameraOf, grey, MODELS } from '../integration/line.ts';
import { startBox } from './box.ts';
import { type Conversation, converse } from './conversation.ts';
import { setPassword } from './page.ts';

const PASSWORD = 'correct horse';
/** Fifty runs of a network with the least urgency, on a box that does other things too. */
const PATIENCE = 400_000;

/** Parts that are all a little different, a station that looks at them, and somebody who may teach. */
async function workshop(count: number) {
  const parts = scratch();
  mkdirSync(join(parts, 'frames'));
  for (let i = 0; i < count; i++)
    await grey(join(parts, 'frames', `${10 + i}.png`), (x, y) => 10 + ((x * 7 + y * 13 + i * 29) % 61) / 4 + (x === 8 ? 3 : 0));
  const models = join(parts, 'models');
  cpSync(join(MODELS, 'classify'), join(models, 'classify'), { recursive: true });
  const box = await startBox({ more: { cameras: { top: cameraOf(parts, 'frames', 5) }, inference: { models } } });
  await box.agent.judging();
  const people: Record<string, string | undefined> = {};
  const { say } = await converse((await box.address()).origin);
  for (const role of ['operator', 'technician'] as const) {
    await setPassword(box.store, role, PASSWORD, role);
    people[role] = (await say('/session', { method: 'POST', body: { user: role, password: PASSWORD } })).cookie;
  }
  const taught = () => (existsSync(join(box.store, 'packages')) ? readdirSync(join(box.store, 'packages')) : []);
  return { box, models, say, people, taught };
}

const until = (say: Conversation['say'], phase: string, cookie?: string) =>
  vi.waitFor(
    async () => {
      const { json } = await say('/teach', { cookie });
      expect(json.fault).toBeNull();
      expect([json.phase, json.step]).toEqual([phase, null]);
      return json;
    },
    { timeout: PATIENCE / 2, interval: 250 },
  );

/** All of the pictures, and all the same a region: what is taught there is put there. */
const REGION = [0, 0, 16, 16];
const WISH = { station: 'outlet', model: 'surface', package: 'my-ring', wanted: 8, reject: 5 };

const LOWEST = ({ limits }: { limits: readonly { at: number }[] }): number => limits.at(-1)?.at ?? 0;

describe('teaching on the box', () => {
  it('goes from live parts to a package that judges, and back, over a kill in between', { timeout: PATIENCE }, async () => {
    const { box, models, say, people, taught } = await workshop(60);
    const { technician: cookie } = people;
    const post = (path: string, body?: unknown, who = cookie) => say(path, { method: 'POST', body, cookie: who });

    // Who may.
    expect((await say('/teach')).json).toBeNull();
    expect((await post('/teach', WISH, 'none')).status).toBe(401);
    expect((await post('/teach', WISH, people['operator'])).json.code).toBe('WEB_FORBIDDEN');
    expect((await post('/teach', { ...WISH, model: 'none' })).json.code).toBe('COMMAND_REFUSED');
    expect((await post('/teach', { ...WISH, package: '../etc' })).status).toBe(400);
    expect((await post('/teach', { ...WISH, package: 'classify' })).json.title).toContain('there is a package classify already');
    // The last parts for who chooses a region, and a region that is held against their pictures.
    expect((await say('/teach/live?station=outlet&model=none')).json.code).toBe('COMMAND_REFUSED');
    const live = await vi.waitFor(
      async () => {
        const { json } = await say('/teach/live?station=outlet&model=surface');
        expect(json.pictures.length).toBeGreaterThan(1);
        return json;
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(live).toMatchObject({ camera: 'top', width: 16, height: 16, region: null });
    const seen = await say(`/teach/live/${live.pictures[0].id}`);
    expect([seen.status, seen.headers['content-type']]).toEqual([200, 'image/jpeg']);
    expect((await say('/teach/live/none')).status).toBe(404);
    const wide = (await post('/teach', { ...WISH, region: [8, 0, 16, 16] })).json;
    expect(wide.title).toContain('reaches beyond the picture of camera top, which is 16x16');
    expect((await post('/teach', { ...WISH, region: [0, 0, 8, 16] })).json.title).toContain('too small');
    expect((await post('/teach', { ...WISH, region: [0, 0, -1, 16] })).status).toBe(400);
    const begun = await post('/teach', { ...WISH, region: REGION });
    expect(begun.json).toMatchObject({ phase: 'collecting', by: 'technician', judges: 'classify', region: REGION });
    expect((await post('/teach', WISH)).json.title).toContain('a lesson for outlet is under way');
    expect((await post('/teach/promote')).json.code).toBe('COMMAND_REFUSED');

    // Live parts as they come, each once; and stored ones beside them.
    const { pictures } = await until(say, 'collected');
    expect(pictures).toHaveLength(8);
    expect(new Set(pictures.map(({ inspection }: { inspection: string }) => inspection)).size).toBe(8);
    const shown = await say(`/teach/pictures/${pictures[0].id}`);
    expect([shown.status, shown.headers['content-type']]).toEqual([200, 'image/png']);
    expect(shown.headers['content-security-policy']).toContain('sandbox');
    expect((await say('/teach/pictures/none')).status).toBe(404);
    const taken = new Set(pictures.map(({ inspection }: { inspection: string }) => inspection));
    const stored = await vi.waitFor(
      async () => {
        const [newest] = (await say('/inspections?limit=1')).json.items;
        expect(taken.has(newest.id)).toBe(false);
        return newest;
      },
      { timeout: 10_000 },
    );
    await vi.waitFor(async () => expect((await say(`/inspections/${stored.id}`)).json.images.length).toBeGreaterThan(0), {
      timeout: 10_000,
    });
    // What people said of it comes along: what is wrong, and where on this camera's picture.
    const stroke = {
      width: 3,
      points: [
        [4, 4],
        [9, 9],
      ],
    };
    const boxes = [
      { camera: 'top', region: [2, 2, 6, 6] },
      { camera: 'side', region: [0, 0, 9, 9] },
      { camera: 'top', stroke },
    ];
    const label = { id: randomUUID(), label: 'bad', kind: 'dent', boxes };
    expect((await post(`/inspections/${stored.id}/labels`, label)).json).toMatchObject({
      boxes: [boxes[0], boxes[1], { stroke, region: [2, 2, 9, 9] }],
    });
    expect((await post('/teach/pictures', { inspections: [stored.id, 'none'], said: 'bad' })).json).toEqual({
      added: 1,
      missing: ['none'],
    });
    const added = (await say('/teach')).json.pictures.at(-1);
    expect(added).toMatchObject({ inspection: stored.id, said: 'bad', kind: 'dent', boxes: [[2, 2, 6, 6], stroke], pointed: null });
    const drawn = (boxes: readonly unknown[], said = 'bad') => post(`/teach/pictures/${added.id}`, { said, kind: 'crack', boxes });
    expect((await drawn([[0, 0, 2, 2]], 'good')).json.code).toBe('WEB_INVALID');
    expect((await drawn([[0, 0, -2, 2]])).status).toBe(400);
    expect((await drawn(Array(51).fill([0, 0, 2, 2]))).status).toBe(400);
    expect((await drawn(Array(11).fill({ width: 3, points: Array(200).fill([4, 4]) }))).json.code).toBe('WEB_INVALID');
    expect((await drawn([stroke])).json.pictures.at(-1)).toMatchObject({ boxes: [stroke] });
    expect((await drawn([[0, 0, 2, 2]])).json.pictures.at(-1)).toMatchObject({ boxes: [[0, 0, 2, 2]] });
    const named = await post(`/teach/pictures/${added.id}`, { said: 'bad', kind: 'crack' });
    // Nobody takes back where by saying what.
    expect(named.json.pictures.at(-1)).toMatchObject({ said: 'bad', kind: 'crack', boxes: [[0, 0, 2, 2]] });
    expect((await post('/teach/pictures', { inspections: [stored.id] })).json).toEqual({ added: 0, missing: [] });
    expect((await post(`/teach/pictures/${pictures[1].id}`, { said: 'out' })).json.pictures[1]).toMatchObject({ said: 'out' });
    expect((await post('/teach/pictures/none', { said: 'out' })).status).toBe(404);

    // It learns in a process of its own. Whoever pulls the plug finds it learning again.
    expect((await post('/teach/learn')).json).toMatchObject({ phase: 'learning', learned: null });
    expect((await post('/teach/learn')).json.code).toBe('COMMAND_REFUSED');
    await vi.waitFor(async () => expect((await say('/teach')).json.step?.done).toBeGreaterThan(0), { timeout: 120_000, interval: 100 });
    await box.agent.kill();
    const second = box.start();
    await second.judging();
    const { say: ask } = await converse((await box.address(second)).origin);
    const press = (path: string, body?: unknown) => ask(path, { method: 'POST', body, cookie });
    expect(['learning', 'learned']).toContain((await ask('/teach')).json.phase);
    const { learned, pictures: judged } = await until(ask, 'learned');
    expect(learned).toMatchObject({ good: 7, bad: 1, marked: 1, threshold: 0.5, promise: { parts: 7 } });
    expect(learned.kinds).toEqual([{ name: 'crack', found: learned.found }]);
    expect(learned.promise.text).toMatch(/^at most 1 good part in 2\.8 is rejected, with 95 % confidence/);
    expect(learned.limits[0]).toMatchObject({ refused: 0, one_in: learned.promise.one_in });
    expect(learned.memory_mb).toBeLessThan(1000);
    expect(judged.filter(({ score }: { score: number | null }) => score !== null)).toHaveLength(8);
    expect([readdirSync(models), taught()]).toEqual([['classify'], []]);

    // Whether it looked where somebody had marked the fault: told, and told anew when he marks another place.
    const marked = async (boxes: readonly unknown[]) => {
      const { json } = await press(`/teach/pictures/${added.id}`, { said: 'bad', kind: 'crack', boxes });
      const { pointed } = json.pictures.find(({ id }: { id: string }) => id === added.id);
      return [pointed, json.pointed?.value ?? null, json.phase];
    };
    expect(await marked([[0, 0, 16, 16]])).toEqual([true, 1, 'learned']);
    expect(await marked([[40, 40, 2, 2]])).toEqual([false, 0, 'learned']);
    expect(
      await marked([
        {
          width: 20,
          points: [
            [0, 0],
            [16, 16],
          ],
        },
      ]),
    ).toEqual([true, 1, 'learned']);
    // Around a corner of the picture: its box has the place in it, and the brush was never there.
    expect(
      await marked([
        {
          width: 1,
          points: [
            [0, 200],
            [200, 200],
            [200, 0],
          ],
        },
      ]),
    ).toEqual([false, 0, 'learned']);
    expect(await marked([])).toEqual([null, null, 'learned']);

    // Where the rule looked that had not seen it; and what it says of parts that are stored, before a limit is taken.
    const heat = await ask(`/teach/pictures/${judged[0].id}/heat`);
    expect([judged[0].heat, heat.status, heat.headers['content-type']]).toEqual([true, 200, 'image/png']);
    // Learned again it is another one; the picture below it stays what it is.
    expect(heat.headers['cache-control']).toBe('no-store');
    expect((await ask(`/teach/pictures/${judged[0].id}`)).headers['cache-control']).toContain('immutable');
    expect((await ask('/teach/pictures/..%2Flesson/heat')).status).toBe(404);
    await vi.waitFor(async () => expect((await ask('/teach')).json.stored).toBeGreaterThan(10), { timeout: PATIENCE / 2, interval: 250 });
    const { json: kept } = await ask('/teach/stored');
    expect(kept[0]).toEqual({ inspection: expect.any(String), at: expect.any(Number), verdict: 'ok', score: expect.any(Number) });
    const scores = new Map(kept.map((one: { inspection: string; score: number }) => [one.inspection, one.score]));
    expect(new Set(scores.values()).size).toBeGreaterThan(5);
    expect((await ask('/teach/differing')).json).toEqual([]);

    // Beside what judges: nothing it says counts.
    // One bad part tells little: whoever goes on says so.
    const beginning = await press('/teach/shadow', { threshold: LOWEST(learned), anyway: true });
    expect(beginning.json).toMatchObject({ step: { doing: 'changing' } });
    expect((await press('/teach/shadow', { anyway: true })).json.title).toContain('a package is being changed');
    expect(await until(ask, 'shadow')).toMatchObject({ judges: 'classify' });
    expect(JSON.parse(readFileSync(box.file, 'utf8')).stations.outlet.models.surface).toMatchObject({
      model: 'classify',
      shadow: { model: 'my-ring', threshold: LOWEST(learned), region: REGION },
    });
    // In the store, whole, and nothing of it where packages are installed.
    expect([readdirSync(models), taught()]).toEqual([['classify'], ['my-ring']]);
    await vi.waitFor(async () => expect((await ask('/teach')).json.shadow?.compared).toBeGreaterThan(2), {
      timeout: 60_000,
      interval: 250,
    });

    // At a limit that refuses most parts the two differ; where the candidate looked comes a moment later.
    const pair = await vi.waitFor(
      async () => {
        const [newest] = (await ask('/teach/differing')).json.filter((one: { candidate_heat: boolean }) => one.candidate_heat);
        expect(newest).toBeDefined();
        return newest;
      },
      { timeout: PATIENCE / 2, interval: 500 },
    );
    expect(pair).toMatchObject({ verdict: 'ok', candidate_threshold: LOWEST(learned), picture: 0, heat: null });
    expect(pair.candidate_score).toBeGreaterThanOrEqual(LOWEST(learned));
    expect((await ask(`/teach/stored/${pair.inspection}/heat`)).headers['content-type']).toBe('image/png');

    // In its place, and out of it.
    await press('/teach/promote');
    expect(await until(ask, 'promoted')).toMatchObject({ judges: 'my-ring' });
    expect((await ask('/models')).json).toEqual([expect.objectContaining({ role: 'judges', package: 'my-ring', previous: 'classify' })]);
    // Its region comes into the place with it, and leaves with it.
    const placed = JSON.parse(readFileSync(box.file, 'utf8')).stations.outlet.models.surface;
    expect(placed).toMatchObject({ model: 'my-ring', region: REGION, previous: { model: 'classify', region: 'whole' } });
    await press('/teach/back');
    expect(await until(ask, 'back')).toMatchObject({ judges: 'classify' });
    const end = await ask('/teach', { method: 'DELETE', cookie });
    expect(end.status).toBe(204);
    await vi.waitFor(async () => expect((await ask('/teach')).json).toBeNull(), { timeout: 120_000, interval: 250 });
    await vi.waitFor(() => expect(existsSync(join(box.store, 'teach'))).toBe(false), { timeout: 10_000 });
    expect(JSON.parse(readFileSync(box.file, 'utf8')).stations.outlet.models.surface).toEqual({ model: 'classify', camera: 'top' });

    const verbs = await vi.waitFor(
      async () => {
        const { items } = (await ask('/audit?limit=200', { cookie })).json as { items: { verb: string; who: string; accepted: boolean }[] };
        const own = items.filter(({ verb }) => verb.startsWith('teach')).map(({ verb }) => verb);
        expect(own[0]).toBe('teach_end');
        return own;
      },
      { timeout: 10_000 },
    );
    for (const verb of ['teach', 'teach_add', 'teach_say', 'teach_learn', 'teach_shadow', 'teach_promote', 'teach_back'])
      expect(verbs).toContain(verb);
  });

  it('says why it cannot learn, and goes on when that is mended', { timeout: PATIENCE }, async () => {
    const { say, people, box } = await workshop(3);
    const { technician: cookie } = people;
    const post = (path: string, body?: unknown) => say(path, { method: 'POST', body, cookie });
    await post('/teach', { ...WISH, wanted: 6 });
    await until(say, 'collected');
    await post('/teach/learn');
    const failed = await vi.waitFor(
      async () => {
        const { json } = await say('/teach');
        expect(json.phase).toBe('failed');
        return json;
      },
      { timeout: PATIENCE / 2, interval: 250 },
    );
    // Six pictures, and three different ones.
    expect(failed.fault.text).toMatch(/3 different good parts are shown, and 4 are the least/);
    expect(failed.fault.text).not.toContain(box.store);
    expect((await post('/teach/shadow', {})).json.code).toBe('COMMAND_REFUSED');
    expect((await say('/teach', { method: 'DELETE', cookie })).status).toBe(204);
    expect((await post('/teach', WISH)).status).toBe(200);
  });
});
