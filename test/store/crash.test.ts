import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { count, folder, open, sql, startChild } from './setup.ts';

const KILLS = 12;

/** Runs the storing child until it has acknowledged `acks` parts, kills it then and there, and returns what it had acknowledged. */
async function runAndKill(path: string, acks: number): Promise<number[]> {
  const acknowledged: number[] = [];
  const child = startChild({ folder: path, depth: 30, pictures: true }, (line) => {
    if (typeof line['ack'] !== 'number') return;
    acknowledged.push(line['ack']);
    if (acknowledged.length === acks) child.kill();
  });
  await child.ended;
  return acknowledged;
}

/** Half of an entry: an inspection without something that was in its entry, or something without its inspection. */
const HALVES = {
  'inspection without both findings': 'SELECT id FROM inspections i WHERE (SELECT count(*) FROM findings WHERE inspection = i.id) <> 2',
  'inspection without window': 'SELECT id FROM inspections WHERE id NOT IN (SELECT inspection FROM windows)',
  'inspection without decision': 'SELECT id FROM inspections WHERE id NOT IN (SELECT inspection FROM decisions)',
  'decision without write': 'SELECT id FROM decisions WHERE id NOT IN (SELECT decision FROM decision_writes)',
  'inspection without event': "SELECT id FROM inspections WHERE id NOT IN (SELECT event_id FROM outbox WHERE publisher = 'kept')",
  'event without inspection': 'SELECT event_id FROM outbox WHERE event_id NOT IN (SELECT id FROM inspections)',
  'sequence with a gap or twice':
    'SELECT station FROM inspections GROUP BY station HAVING max(sequence) <> count(DISTINCT sequence) OR count(*) <> count(DISTINCT sequence)',
  'station not at its last part':
    'SELECT station FROM station_state s WHERE last_sequence <> (SELECT max(sequence) FROM inspections WHERE station = s.station)',
  'station memory of another part': "SELECT station FROM station_state WHERE memory ->> 'sequence' <> last_sequence",
  'events miscounted':
    "SELECT name FROM counters WHERE name LIKE 'unsent/%' AND value <> (SELECT count(*) FROM outbox WHERE 'unsent/' || publisher = name)",
} as const;

it(`keeps every acknowledged part whole through ${KILLS} kills under load`, { timeout: 180_000 }, async () => {
  const path = folder();
  const acknowledged: number[] = [];
  for (let i = 0; i < KILLS; i++) {
    acknowledged.push(...(await runAndKill(path, 1 + Math.floor(Math.random() * 400))));
    const stored = new Set(sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections').map(({ sequence }) => sequence));
    expect(acknowledged.filter((sequence) => !stored.has(sequence))).toEqual([]);
    for (const [what, query] of Object.entries(HALVES)) expect(sql(path, query), what).toEqual([]);
    for (const image of sql<{ path: string; sha256: string }>(path, 'SELECT path, sha256 FROM images'))
      expect(
        createHash('sha256')
          .update(readFileSync(join(path, image.path)))
          .digest('hex'),
      ).toBe(image.sha256);
  }
  expect(sql(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(sql(path, 'PRAGMA foreign_key_check')).toEqual([]);

  // What is left of the last crash: pictures without a row go, everything else stays.
  const { store, state } = await open({ path });
  expect(state.stations['outlet']?.lastSequence).toBe(count(path, 'inspections'));
  expect(state.unsent['kept']).toBe(count(path, 'inspections'));
  // Every fifth part has a picture: it belongs to the record, and what was acknowledged has it whatever was queued at the kill.
  const owing = 'SELECT sequence FROM inspections WHERE sequence % 5 = 0 AND id NOT IN (SELECT inspection FROM images)';
  await expect.poll(() => sql(path, owing), { timeout: 20_000 }).toEqual([]);
  expect(count(path, 'owed_images')).toBe(0);
  const named = sql<{ path: string }>(path, 'SELECT path FROM images').map((image) => image.path);
  await expect.poll(() => filesUnder(path).toSorted(), { timeout: 10_000 }).toEqual(named.toSorted());
  await store.stop();
});

function filesUnder(path: string): string[] {
  if (!existsSync(join(path, 'images'))) return [];
  const names = readdirSync(join(path, 'images'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(jpg|png)$/.test(name)).map((name) => `images/${name}`);
}
