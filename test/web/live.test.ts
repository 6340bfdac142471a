import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { openRecords } from '#agent/store/records.js';
import { systemClock } from '#agent/time.js';
import type { AlarmView, LineView, LivePort } from '#agent/web/ports.js';
import { ManualClock } from '../simulators/clock.ts';
import { listen } from './listen.ts';
import { scratch, setPassword, signedIn, startPage } from './page.ts';

const PASSWORD = 'correct horse';
/** However busy the box is. */
const PATIENCE = { timeout: 20_000, interval: 10 };

/** A line that the test changes. */
function changingLine() {
  const line = { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' };
  const now = {
    view: { line, version: '1.2.3', config: 'c0ffee', safeMode: false, stations: {} } as LineView,
    alarms: [] as AlarmView[],
    broken: false,
  };
  const live: LivePort = {
    line: () => now.view,
    states: () => ({}),
    alarms: () => {
      if (now.broken) throw new LinesideError('INTERNAL', { why: 'a test' });
      return now.alarms;
    },
    returned: () => [],
    models: () => [],
    tags: () => [],
    picture: async () => null,
  };
  return { now, live };
}
const alarm = (text: string): AlarmView => ({
  key: 'STORE_FULL',
  code: 'STORE_FULL',
  subject: '',
  active: true,
  since: 1,
  raised: 1,
  times: 1,
  text,
  next: '',
  acknowledged: null,
  shelved: null,
  cause: null,
  down: true,
});

async function joined(live: LivePort) {
  const clock = new ManualClock();
  const page = await startPage({ clock, ports: { live } });
  const told = listen(page.server.address);
  await vi.waitFor(() => expect(told.of('line').length).toBe(1), PATIENCE);
  /** A look is over when the next one is told of: the journal is asked in another thread. */
  const look = async () => {
    await clock.advance(300);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { page, told, look, clock };
}

describe('who looks at a line live', () => {
  it('is told the line again when a reload has changed it, and only then', async () => {
    const { now, live } = changingLine();
    const { told, look } = await joined(live);
    for (let i = 0; i < 5; i++) await look();
    expect(told.of('line').length).toBe(1);
    now.view = {
      ...now.view,
      config: 'decaf',
      stations: { inlet: { deadlineMs: 200, onFailure: 'nok', cameras: ['top'], models: [], servers: [] } },
    };
    await vi.waitFor(async () => {
      await look();
      expect(told.of('line').length).toBe(2);
    }, PATIENCE);
    expect(told.of('line')[1]?.data).toMatchObject({ config: 'decaf', stations: { inlet: { cameras: ['top'] } } });
    for (let i = 0; i < 5; i++) await look();
    expect(told.of('line').length).toBe(2);
  });

  it('hears a beat every second', async () => {
    const { told, clock } = await joined(changingLine().live);
    for (let i = 0; i < 10; i++) {
      const before = told.of('beat').length;
      await clock.advance(1200);
      await vi.waitFor(() => expect(told.of('beat').length).toBeGreaterThan(before), PATIENCE);
    }
  });

  it('is told on after a look that failed', async () => {
    const { now, live } = changingLine();
    const { told, look } = await joined(live);
    now.broken = true;
    for (let i = 0; i < 3; i++) await look();
    now.broken = false;
    now.alarms = [alarm('the disk is full')];
    await vi.waitFor(async () => {
      await look();
      expect(told.of('alarms').at(-1)?.data).toMatchObject([{ text: 'the disk is full' }]);
    }, PATIENCE);
  });

  it('and reads slowly is told less, and the newest in the end; others are told everything', { timeout: 60_000 }, async () => {
    const { now, live } = changingLine();
    const { told, look, page } = await joined(live);
    const slow = listen(page.server.address);
    await vi.waitFor(() => expect(slow.of('line').length).toBe(1), PATIENCE);
    slow.stopReading();
    const LOOKS = 300;
    for (let i = 1; i <= LOOKS; i++) {
      now.alarms = [alarm(`${i} ${'x'.repeat(100_000)}`)];
      const before = told.of('alarms').length;
      await vi.waitFor(async () => {
        await look();
        expect(told.of('alarms').length).toBeGreaterThan(before);
      }, PATIENCE);
    }
    slow.readOn();
    await vi.waitFor(async () => {
      await look();
      expect(slow.of('alarms').at(-1)?.data[0].text).toMatch(new RegExp(`^${LOOKS} `));
    }, PATIENCE);
    expect(told.of('alarms').length).toBe(LOOKS);
    // What the kernel holds for both ends is some megabytes; of thirty the rest was never written.
    expect(slow.of('alarms').length).toBeLessThan(LOOKS / 2);
  });

  it('and comes while the server closes is let go, and keeps it from nothing', async () => {
    const folder = scratch();
    const records = openRecords(folder, systemClock);
    onTestFinished(() => records.close());
    let [asked, answer] = [() => {}, () => {}];
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    // The journal takes its time over where the stream begins.
    const since: typeof records.since = async () => {
      asked();
      await answered;
      return { items: [], newest: '', skipped: 0 } as never;
    };
    const page = await startPage({ folder, ports: { records: Object.assign(Object.create(records), { since }) } });
    const told = listen(page.server.address);
    await isAsked;
    const stopped = page.server.stop();
    // As long as it takes for the server to have closed what it knew of.
    await expect(page.ask('/api/v1/line')).rejects.toThrow();
    answer();
    await stopped;
    await vi.waitFor(() => expect(told.ended).toBe(true), PATIENCE);
  });

  it('is told nothing more when the session has ended, or its user is gone', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    await setPassword(page.folder, 'eve', PASSWORD, 'operator');
    const admin = await signedIn(page, 'admin', PASSWORD);
    const eve = () => signedIn(page, 'eve', PASSWORD);
    // From elsewhere, as a proxy says.
    const from = async (cookie: string) => {
      const told = listen(page.server.address, null, { cookie, 'x-forwarded-for': '10.1.2.3' });
      await vi.waitFor(() => expect(told.of('line').length).toBe(1), PATIENCE);
      return told;
    };
    const [one, two] = [await eve(), await eve()];
    const [signsOut, isRemoved, stays] = [await from(one), await from(two), await from(admin)];
    expect((await page.ask('/api/v1/session', { method: 'DELETE', cookie: one })).status).toBe(204);
    await vi.waitFor(() => expect(signsOut.ended).toBe(true), PATIENCE);
    expect(isRemoved.ended).toBe(false);
    expect((await page.ask('/api/v1/users/eve', { method: 'DELETE', cookie: admin })).status).toBe(204);
    await vi.waitFor(() => expect(isRemoved.ended).toBe(true), PATIENCE);
    expect(stays.ended).toBe(false);
  });
});
