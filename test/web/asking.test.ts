/** What can be asked of a stored part, on a running agent through its front door. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { ask, setPassword } from './page.ts';

const PASSWORD = 'correct horse';

const RULES = [
  { when: 'surface.score >= 0.7', verdict: 'nok', reason: 'surface defect' },
  { when: 'surface.score >= 0.2 && nok_in_a_row >= 1', verdict: 'review' },
];

function configOfNewest(store: string): unknown {
  const db = openDatabase(join(store, 'journal.db'), { readonly: true });
  try {
    return db.prepare('SELECT config_hash FROM inspections ORDER BY rowid DESC LIMIT 1').pluck().get();
  } finally {
    db.close();
  }
}

describe('what would have changed a verdict', () => {
  it('is told of parts of the config that runs and of those before, and not guessed where their rules are gone', {
    timeout: 120_000,
  }, async () => {
    const box = await startBox({ fps: 10, station: { rules: RULES } });
    await box.agent.judging();
    const { say } = await converse((await box.address()).origin);
    const newest = async (wish: string) => (await say(`/inspections?limit=1&${wish}`)).json.items[0];
    await vi.waitFor(async () => expect((await say('/inspections')).json.items.length).toBeGreaterThan(8), { timeout: 20_000 });

    const nok = await newest('verdict=nok');
    const asked = (await say(`/inspections/${nok.id}/what-if`)).json;
    const [found] = nok.scores;
    // The last but one part may have been bad: then 0.2 sends a part to review, and a rule that is off leaves the next one.
    expect(asked).toMatchObject({ verdict: 'nok', unknown: null, complete: true, untried: ['nok_in_a_row'] });
    expect(asked.changes[0]).toEqual({
      kind: 'score',
      name: 'surface.score',
      value: found.score,
      at: 0.7,
      side: 'below',
      verdict: expect.stringMatching(/ok|review/),
    });
    expect(asked.changes.at(-1)).toMatchObject({ kind: 'rule_off', rule: 1, when: 'surface.score >= 0.7', reason: 'surface defect' });
    const ok = await newest('verdict=ok');
    const good = (await say(`/inspections/${ok.id}/what-if`)).json;
    expect(good.changes.find(({ verdict }: { verdict: string }) => verdict === 'nok')).toMatchObject({ at: 0.7, side: 'at_least' });
    expect((await say('/inspections/none/what-if')).status).toBe(404);

    // Other rules from now on; what was judged by the old ones is asked of the old ones.
    const config = JSON.parse(readFileSync(box.file, 'utf8'));
    config.stations.outlet.rules = [{ when: 'surface.score >= 0.999', verdict: 'nok' }];
    writeFileSync(box.file, JSON.stringify(config));
    const hash = (await say('/line')).json.config;
    await vi.waitFor(async () => expect((await say('/line')).json.config).not.toBe(hash), { timeout: 20_000 });
    // What was under inspection meanwhile may be recorded after it: the newest part is to be one of the new rules.
    await vi.waitFor(() => expect(configOfNewest(box.store)).not.toBe(hash), { timeout: 20_000 });
    expect((await say(`/inspections/${nok.id}/what-if`)).json).toEqual(asked);

    expect(await box.agent.stop()).toBe(0);
    const db = openDatabase(join(box.store, 'journal.db'));
    expect(db.prepare("SELECT detail ->> 'config' FROM loads WHERE kind = 'rules' ORDER BY rowid").pluck().all()).toHaveLength(2);
    db.prepare("DELETE FROM loads WHERE kind = 'rules' AND detail ->> 'config' = ?").run(hash);
    // Somebody has touched a record: what it holds now did not make this verdict.
    db.prepare('UPDATE findings SET score = 0.1 WHERE inspection = (SELECT id FROM inspections ORDER BY rowid DESC LIMIT 1)').run();
    const touched = db.prepare('SELECT id, verdict FROM inspections ORDER BY rowid DESC LIMIT 1').get() as { id: string; verdict: string };
    db.prepare("UPDATE inspections SET verdict = 'nok' WHERE id = ?").run(touched.id);
    db.close();
    const again = box.start();
    await again.judging();
    const { say: sayAgain } = await converse((await box.address(again)).origin);
    expect((await sayAgain(`/inspections/${nok.id}/what-if`)).json).toMatchObject({ unknown: 'rules_unknown', changes: [] });
    expect((await sayAgain(`/inspections/${touched.id}/what-if`)).json).toMatchObject({ unknown: 'not_reproduced', changes: [] });
  });

  it('is nothing where no rule spoke', { timeout: 60_000 }, async () => {
    const box = await startBox({ fps: 5, station: { deadline: '1ms' } });
    await box.agent.judging();
    const { say } = await converse((await box.address()).origin);
    const failed = await vi.waitFor(
      async () => {
        const [item] = (await say('/inspections?outcome=failed&limit=1')).json.items;
        expect(item).toBeDefined();
        return item;
      },
      { timeout: 20_000 },
    );
    expect((await say(`/inspections/${failed.id}/what-if`)).json).toMatchObject({ unknown: 'not_judged', changes: [] });
  });
});

describe('a stored part judged again', () => {
  it('is judged as then, by other rules as they say now, and not where its picture is gone', { timeout: 180_000 }, async () => {
    const box = await startBox({ fps: 10, images: { ok: 'none', nok: 'all' }, station: { rules: RULES } });
    await box.agent.judging();
    const base = await box.address();
    const { say } = await converse(base.origin);
    await setPassword(box.store, 'eve', PASSWORD, 'operator');
    const { cookie } = await ask(`${base.origin}/api/v1/session`, { method: 'POST', body: { user: 'eve', password: PASSWORD } });
    const replay = (id: string) => say(`/inspections/${id}/replay`, { method: 'POST', cookie });
    const nok = await vi.waitFor(
      async () => {
        const [item] = (await say('/inspections?verdict=nok&limit=1')).json.items;
        expect(item?.pictures).toBeGreaterThan(0);
        return item;
      },
      { timeout: 20_000, interval: 300 },
    );
    const again = (await replay(nok.id)).json;
    expect(again).toMatchObject({
      why: null,
      was: { verdict: 'nok', reasons: nok.reasons },
      now: { verdict: 'nok', reasons: nok.reasons, findings: [{ model: 'surface', package: 'classify', score: nok.scores[0].score }] },
      inputs: [{ model: 'surface', state: 'same' }],
    });
    expect(again.now.config).toBe(again.was.config);
    // Two at once take turns of a network that parts wait for.
    const both = await Promise.all([replay(nok.id), replay(nok.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 503]);
    expect((await replay('none')).status).toBe(404);
    expect((await say(`/inspections/${nok.id}/replay`, { method: 'POST' })).status).toBe(401);
    const [ok] = (await say('/inspections?verdict=ok&limit=1')).json.items;
    expect((await replay(ok.id)).json).toMatchObject({
      now: null,
      why: expect.stringMatching(/No picture of camera top is kept/),
      inputs: [],
    });

    const config = JSON.parse(readFileSync(box.file, 'utf8'));
    config.stations.outlet.rules = [{ when: 'surface.score >= 0.5', verdict: 'review', reason: 'look at it' }];
    writeFileSync(box.file, JSON.stringify(config));
    await vi.waitFor(async () => expect((await say('/line')).json.config).not.toBe(again.now.config), { timeout: 20_000 });
    const other = (await replay(nok.id)).json;
    expect(other).toMatchObject({ was: { verdict: 'nok' }, now: { verdict: 'review' } });
    expect(other.now.config).not.toBe(other.was.config);
    const before = (await say('/inspections?limit=200')).json.items.length;
    expect(before).toBeGreaterThan(0);
    expect(await box.agent.stop()).toBe(0);
    // Nothing of it is on record: every inspection has a sequence of its own, without gaps.
    const db = openDatabase(join(box.store, 'journal.db'), { readonly: true });
    expect(db.prepare('SELECT count(*) = max(sequence) FROM inspections').pluck().get()).toBe(1);
    db.close();
  });
});
