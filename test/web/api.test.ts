import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { listen } from './listen.ts';
import { ask, setPassword } from './page.ts';

describe('an agent that judges', () => {
  it('shows its line, what it judged and why, as it documents it', { timeout: 90_000 }, async () => {
    const box = await startBox({ fps: 10 });
    await box.agent.judging();
    const base = await box.address();
    const { say, document } = await converse(base.origin);
    expect(Object.keys(document.paths).length).toBeGreaterThan(15);

    await vi.waitFor(async () => expect((await say('/inspections')).json.items.length).toBeGreaterThan(9), { timeout: 20_000 });
    const line = (await say('/line')).json;
    expect(line).toMatchObject({
      ready: true,
      line: { line: 'line3', agent: 'box' },
      stations: { outlet: { cameras: ['top'], models: ['surface'] } },
    });
    const { items } = (await say('/inspections?limit=200')).json;
    expect(items.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
      [...items].map(({ sequence }: { sequence: number }) => sequence).sort((a, b) => b - a),
    );
    const nok = (await say('/inspections?verdict=nok&limit=5')).json;
    expect(nok.items.length).toBeGreaterThan(0);
    expect(nok.items.every(({ verdict }: { verdict: string }) => verdict === 'nok')).toBe(true);
    const [one] = nok.items;
    const whole = (await say(`/inspections/${one.id}`)).json;
    expect(whole).toMatchObject({ id: one.id, verdict: 'nok', findings: [{ model: 'surface', package: 'classify' }] });
    expect((await say(`/inspections?station=outlet&model=surface&score_from=0.9`)).json.items.length).toBeGreaterThan(0);
    expect((await say('/inspections?station=nowhere')).json.items).toEqual([]);

    // Its picture, as it is kept, and known from then on.
    await vi.waitFor(async () => expect((await say(`/inspections/${one.id}`)).json.images.length).toBeGreaterThan(0), { timeout: 10_000 });
    const picture = await say(`/inspections/${one.id}/pictures/0`);
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/png']);
    expect(picture.headers['content-security-policy']).toContain('sandbox');
    const etag = String(picture.headers.etag);
    expect((await say(`/inspections/${one.id}/pictures/0`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await say(`/inspections/${one.id}/pictures/9`)).status).toBe(404);
    expect((await say('/inspections/none')).status).toBe(404);

    const [model] = (await say('/models')).json;
    expect(model).toMatchObject({ station: 'outlet', model: 'surface', role: 'judges', package: 'classify' });
    expect(model.running.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await say('/health')).json.parts['camera/top'].status).toBe('running');
    expect((await say('/tags')).json).toEqual([]);
    expect((await say('/alarms')).json).toEqual([]);
    expect((await say('/alarms/log')).json.items).toEqual([]);
    expect((await say('/session')).json.may_look).toBe(true);
    for (const bad of ['?limit=0', '?limit=x', '?verdict=good', '?score_from=2', '?nothing=1', '?cursor=x', '?from=soon'])
      expect([bad, (await say(`/inspections${bad}`)).status]).toEqual([bad, 400]);
    for (const closed of ['/audit', '/users', '/sessions']) expect((await say(closed)).status).toBe(401);
  });

  it('makes pictures of the last part for who looks, and only then', { timeout: 60_000 }, async () => {
    const box = await startBox({ fps: 10, images: { ok: 'none', nok: 'none', review: 'none' } });
    await box.agent.judging();
    const { say } = await converse((await box.address()).origin);
    const picture = await vi.waitFor(
      async () => {
        const answer = await say('/stations/outlet/picture?width=64');
        expect(answer.status).toBe(200);
        return answer;
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(picture.headers['content-type']).toBe('image/jpeg');
    const shown = String(picture.headers['x-lineside-inspection']);
    await vi.waitFor(async () => expect((await say(`/inspections/${shown}`)).status).toBe(200), { timeout: 5000 });
    const raw = await fetch(new URL('/api/v1/stations/outlet/picture?width=64', await box.address()));
    const { width, height, format } = await sharp(Buffer.from(await raw.arrayBuffer())).metadata();
    expect([width, height, format]).toEqual([16, 16, 'jpeg']);
    // Another part, another picture; asked at once, however often, no more than two a second.
    const tags = new Set<string>();
    const until = Date.now() + 2000;
    while (Date.now() < until) {
      tags.add(String((await say('/stations/outlet/picture?width=64')).headers.etag));
      await wait(20);
    }
    expect(tags.size).toBeGreaterThan(1);
    expect(tags.size).toBeLessThanOrEqual(6);
    expect((await say('/stations/none/picture')).status).toBe(404);
  });
});

describe('what people change', () => {
  const PASSWORD = 'correct horse';
  const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

  it('goes the ways of MQTT and the command line, by those who may, and is on record', { timeout: 90_000 }, async () => {
    const box = await startBox({ fps: 10 });
    await box.agent.judging();
    const base = await box.address();
    const { say } = await converse(base.origin);
    const cookies: Record<string, string | undefined> = {};
    for (const role of ['operator', 'technician'] as const) {
      await setPassword(box.store, role, PASSWORD, role);
      const { cookie } = await say('/session', { method: 'POST', body: { user: role, password: PASSWORD } });
      cookies[role] = cookie;
    }
    const { operator, technician } = cookies;
    const post = (path: string, body: unknown, cookie?: string) => say(path, { method: 'POST', body, cookie });

    const [one] = await vi.waitFor(
      async () => {
        const { items } = (await say('/inspections?verdict=nok')).json;
        expect(items.length).toBeGreaterThan(0);
        return items;
      },
      { timeout: 15_000 },
    );
    // Labels: the same again is the same; of two people both are kept; one takes back his own.
    const path = `/inspections/${one.id}/labels`;
    const given = { id: uuid(1), label: 'bad', kind: 'scratch' };
    expect((await post(path, given)).status).toBe(401);
    const first = await post(path, given, operator);
    expect(first.json).toMatchObject({ ...given, who: 'operator', undone: null });
    expect((await post(path, given, operator)).json).toEqual(first.json);
    expect((await post(path, { ...given, label: 'good' }, operator)).status).toBe(409);
    expect((await post(path, given, technician)).status).toBe(409);
    expect((await post(path, { id: uuid(2), label: 'good' }, technician)).status).toBe(200);
    expect((await post(path, { id: 'no uuid', label: 'good' }, technician)).status).toBe(400);
    expect((await post('/inspections/none/labels', given, operator)).status).toBe(404);
    const undo = (id: string, cookie?: string) => say(`${path}/${id}`, { method: 'DELETE', cookie });
    expect((await undo(uuid(1), technician)).status).toBe(404);
    expect((await undo(uuid(1), operator)).status).toBe(204);
    const labels = (await say(path)).json as { who: string; undone: number | null }[];
    expect(labels.map(({ who, undone }) => [who, undone !== null])).toEqual([
      ['operator', true],
      ['technician', false],
    ]);

    // Commands.
    expect((await post('/stations/outlet/enable', { enabled: false }, operator)).json.code).toBe('WEB_FORBIDDEN');
    expect((await post('/stations/outlet/enable', { enabled: false }, technician)).json).toEqual({ enabled: false });
    expect((await say('/line')).json.stations.outlet.state).toMatchObject({ enabled: false, disabled: { by: 'technician' } });
    expect((await post('/stations/outlet/enable', { enabled: true }, technician)).status).toBe(200);
    expect((await post('/stations/outlet/acknowledge', undefined, operator)).json).toEqual({ acknowledged: [] });
    expect((await post('/stations/none/acknowledge', undefined, operator)).json.code).toBe('COMMAND_REFUSED');
    expect((await post('/reload', undefined, technician)).json).toEqual({ reloaded: false });

    // Certificates and dead letters.
    expect((await say('/certificates')).json).toEqual({ rejected: [], trusted: [] });
    expect((await post('/certificates/trust', { fingerprint: 'ab'.repeat(32) }, technician)).status).toBe(400);
    expect((await say('/outbox')).json).toMatchObject({ letters: [], total: 0 });
    expect((await post('/outbox/retry', { all: true }, operator)).status).toBe(403);
    expect((await post('/outbox/retry', { all: true }, technician)).json).toEqual({ letters: 0 });
    expect((await post('/outbox/drop', {}, technician)).status).toBe(400);

    const acts = await vi.waitFor(
      async () => {
        const { items } = (await say('/audit?limit=200', { cookie: operator })).json as {
          items: { verb: string; who: string; accepted: boolean }[];
        };
        expect(items.length).toBeGreaterThanOrEqual(12);
        return items;
      },
      { timeout: 10_000 },
    );
    expect(acts.map(({ who, verb, accepted }) => `${who} ${verb} ${accepted}`).reverse()).toEqual([
      'operator sign_in true',
      'technician sign_in true',
      'operator label true',
      'technician label true',
      'operator undo_label true',
      'technician enable true',
      'technician enable true',
      'operator ack true',
      'operator ack false',
      'technician reload true',
      'technician trust false',
      'technician outbox_retry true',
    ]);
    // A kill loses none of it.
    await box.agent.kill();
    const db = openDatabase(join(box.store, 'journal.db'), { readonly: true });
    expect(db.prepare('SELECT who, label, kind FROM labels ORDER BY rowid').all()).toEqual([
      { who: 'operator', label: 'bad', kind: 'scratch' },
      { who: 'technician', label: 'good', kind: null },
    ]);
    db.close();
  });
});

describe('who looks at a live line', () => {
  it('is told of every part once, in order, and of those that came while the connection was away', { timeout: 90_000 }, async () => {
    const box = await startBox({ fps: 10 });
    await box.agent.judging();
    const base = await box.address();
    const first = listen(base);
    await vi.waitFor(() => expect(first.of('inspection').length).toBeGreaterThan(5), { timeout: 15_000 });
    expect(first.events[0]).toMatchObject({ event: 'line', data: { stations: { outlet: {} } } });
    first.close();
    const last = first.of('inspection').at(-1);
    await wait(1500);
    const second = listen(base, last?.id ?? '');
    await vi.waitFor(() => expect(second.of('inspection').length).toBeGreaterThan(15), { timeout: 15_000 });
    await vi.waitFor(() => expect(second.of('state').length).toBeGreaterThan(0), { timeout: 5000 });
    const sequences = [...first.of('inspection'), ...second.of('inspection')].map(({ data }) => data.sequence);
    const [began = 0] = sequences;
    expect(sequences).toEqual(sequences.map((_, i) => began + i));
    expect(second.of('skipped')).toEqual([]);
    for (const { data, id } of second.of('inspection')) expect(data.id).toBe(id);
    // Somebody who was never here, or away for too long, is told that something is left out.
    const lost = listen(base, 'an-id-that-is-gone');
    await vi.waitFor(() => expect(lost.of('skipped')).toMatchObject([{ data: { count: null } }]), { timeout: 5000 });
    await vi.waitFor(() => expect(lost.of('inspection').length).toBeGreaterThan(2), { timeout: 10_000 });
    const told = lost.of('inspection').map(({ data }) => data.sequence);
    expect(told).toEqual(told.map((_, i) => (told[0] ?? 0) + i));
  });

  it('hears a beat where nothing happens, and the agent stops in time however many listen', { timeout: 60_000 }, async () => {
    const box = await startBox({ fps: 1, station: { trigger: { every: '1h' } } });
    await box.agent.judging();
    const base = await box.address();
    const all = Array.from({ length: 24 }, () => listen(base));
    await vi.waitFor(() => expect(all.every(({ of }) => of('beat').length > 0)).toBe(true), { timeout: 15_000 });
    const { status, json } = await ask(new URL('/api/v1/live', base).href);
    expect([status, json.code]).toEqual([503, 'WEB_BUSY']);
    expect((await ask(new URL('/api/v1/line', base).href)).status).toBe(200);
    const began = Date.now();
    expect(await box.agent.stop()).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});
