/** The support file is sent by mail and phone: its pictures are few and small. */
import { expect, it } from 'vitest';
import type { Records } from '#agent/contracts/index.js';
import { openRecords } from '#agent/store/records.js';
import { systemClock } from '#agent/time.js';
import { scratch, setPassword, startPage } from './page.ts';

const PASSWORD = 'correct horse';

it('holds two megabytes of pictures at most, and leaves out one that does not fit', async () => {
  const folder = scratch();
  const sizes = new Map([
    ['a', 1_500_000],
    ['large', 600_000],
    ['b', 400_000],
    ['good', 10],
  ]);
  const items = [...sizes.keys()].map((id) => ({ id, verdict: id === 'good' ? 'ok' : 'nok' }));
  const records = {
    ...openRecords(folder, systemClock),
    inspections: async () => ({ items, next: null }),
    picture: async (id: string) => ({ type: 'image/jpeg', bytes: new Uint8Array(sizes.get(id) ?? 0) }),
    alarms: async () => ({ items: [], next: null }),
    audit: async () => ({ items: [], next: null }),
    letters: async () => ({}),
    close: async () => {},
  } as unknown as Records;
  const page = await startPage({ folder, ports: { records } });
  await setPassword(folder, 'mueller', PASSWORD, 'technician');
  const { cookie } = await page.ask('/api/v1/session', { method: 'POST', body: { user: 'mueller', password: PASSWORD } });
  const { status, json } = await page.ask('/api/v1/support?pictures=true', { cookie });
  expect(status).toBe(200);
  expect(json.pictures.map(({ inspection }: { inspection: string }) => inspection)).toEqual(['a', 'b']);
});
