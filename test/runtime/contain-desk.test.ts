/** What becomes of parts in question, asked of a journal as the agent has it. */
import { expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Containment } from '#agent/contracts/index.js';
import { ContainDesk } from '#agent/runtime/contain-desk.js';
import { openRecords } from '#agent/store/records.js';
import { systemClock } from '#agent/time.js';
import { cleanUp, open } from '../store/setup.ts';

async function deskOf(challenges: object) {
  const { store, path } = await open();
  const records = openRecords(path, systemClock);
  cleanUp(() => records.close());
  const stretch: Containment = {
    ...{ id: 'c1', station: 'outlet', at: 5, cause: 'challenge', subject: 'scratch', why: 'it failed' },
    ...{ after: null, until: null, parts: 3 },
  };
  await store.journal.append({ containments: [stretch] });
  const desk = new ContainDesk({
    clock: systemClock,
    newId: () => 'id',
    records: () => records,
    config: () => ({ stations: { outlet: { challenges } } }) as unknown as Config,
    alarmSince: () => null,
    people: () => ({ names: [], code: (text) => text }),
    keep: (kept) => store.journal.append(kept),
  });
  return { desk, store, stretch };
}
const said = { containment: 'c1', at: 7, who: 'eve', disposition: 'released', note: 'looked at' } as const;

it('is not decided while parts still come to it, and is when its challenge has passed again', async () => {
  const { desk, store, stretch } = await deskOf({ scratch: {} });
  expect((await desk.one('c1')).grows).toBe(true);
  await expect(desk.dispose(said)).rejects.toMatchObject({ code: 'COMMAND_REFUSED', details: { why: expect.stringContaining('scratch') } });
  expect((await desk.one('c1')).disposition).toBeNull();
  const until = { inspection: 'i9', sequence: 9, at: 9, part: null };
  await store.journal.append({ containments: [{ ...stretch, until, parts: 5 }] });
  await desk.dispose(said);
  expect(await desk.one('c1')).toMatchObject({ grows: false, disposition: { disposition: 'released', who: 'eve' } });
});

it('is decided where the config has its challenge no more: nothing will ever end it', async () => {
  const { desk } = await deskOf({});
  expect((await desk.one('c1')).grows).toBe(false);
  await desk.dispose(said);
  expect((await desk.one('c1')).disposition).toMatchObject({ disposition: 'released' });
});
