/** Shifts at the front door: the end of a night in which clocks change, a shift that ends while the agent is dead, and shifts in which nothing was made. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lineside } from '../cli/setup.ts';
import { type Line, startLine, stationOf } from './line.ts';

const HOUR = 3_600_000;
const preload = [join(import.meta.dirname, '../simulators/set-clock.mjs')];
/** The agent's box says `at` as it starts. */
const boxSays = (at: number) => ({ preload, env: { LINESIDE_TEST_SAYS: String(at) } });
/** Clocks went back in the night before: it had nine hours. */
const NIGHT_ENDS = Date.UTC(2026, 9, 25, 5);

interface Figures {
  readonly shift: { readonly id: string; readonly from: number; readonly to: number };
  readonly over: boolean;
  readonly quantities: Readonly<Record<'produced' | 'good' | 'scrap' | 'rework', number>>;
  readonly quality_ratio: { readonly value: number | null };
  readonly availability: Readonly<Record<'value' | 'low' | 'high', number | null>>;
  readonly times_ms: Readonly<Record<'planned' | 'watched' | 'running' | 'unknown', number>>;
  readonly doubts: readonly string[];
}
const shiftsOf = (line: Line): readonly Figures[] => line.events('shift').map(({ payload }) => payload as unknown as Figures);
const ended = async (line: Line, id: string): Promise<Figures> => {
  const find = () => shiftsOf(line).find(({ shift }) => shift.id === id);
  await expect.poll(find, { timeout: 60_000, interval: 200 }).toBeDefined();
  return find() as Figures;
};
const retained = async (line: Line, fits: (kpi: Figures) => boolean): Promise<Figures> => {
  const find = () =>
    line.subscriber.received.findLast(({ topic, payload }) => topic.endsWith('/outlet/kpi') && fits(payload as unknown as Figures));
  await expect.poll(find, { timeout: 40_000, interval: 200 }).toBeDefined();
  return find()?.payload as unknown as Figures;
};

it('are told once each, whenever they end and whoever is there to see it', { timeout: 300_000 }, async () => {
  const machine = { running: 'plc.running', ideal_cycle: '1s' };
  const line = await startLine(
    {
      variables: { Running: ['Boolean', true] },
      tags: { running: { node: 'nsu=urn:press;s=Running' } },
      stations: {
        outlet: stationOf('', {
          machine,
          frame: { select: 'newest', tolerance: '5s', clock: 'arrival' },
          decisions: [{ when: "verdict == 'nok'", do: 'rework' }],
        }),
      },
      web: '127.0.0.1:0',
      calendar: {
        zone: 'Europe/Berlin',
        shifts: { early: { from: '06:00', to: '14:00' }, late: { from: '14:00', to: '22:00' }, night: { from: '22:00', to: '06:00' } },
        breaks: { lunch: { from: '10:00', to: '10:30' } },
        report: true,
      },
    },
    boxSays(NIGHT_ENDS - 50_000),
  );
  await line.ready();
  await line.plc.offer(5, 60);
  await line.answered(5);
  const present = await retained(line, ({ quantities }) => quantities.produced === 5);
  expect(present).toMatchObject({ shift: { id: '2026-10-24/night', from: NIGHT_ENDS - 9 * HOUR, to: NIGHT_ENDS }, over: false });
  const night = await ended(line, '2026-10-24/night');
  expect(night).toMatchObject({ over: true, times_ms: { planned: 9 * HOUR }, quantities: { produced: 5, scrap: 0 } });
  expect(night.doubts).toContain('agent_off');
  expect(night.times_ms.running).toBeGreaterThan(5000);
  expect(night.availability.value).toBe(1);
  expect(night.availability.low).toBeLessThan(0.01);

  await line.plc.offer(7, 60);
  await line.answered(12);
  const early = await retained(line, ({ shift, quantities }) => shift.id === '2026-10-25/early' && quantities.produced === 7);
  expect(early.times_ms.planned).toBeLessThan(600_000);
  const seen = (await (await line.web('/api/v1/shifts?limit=2')).json()) as {
    present: string;
    shifts: { id: string; stations: Figures[] }[];
  };
  expect(seen.present).toBe('2026-10-25/early');
  expect(seen.shifts.map(({ id, stations }) => [id, stations[0]?.quantities.produced])).toEqual([
    ['2026-10-25/early', 7],
    ['2026-10-24/night', 5],
  ]);
  await line.agent.kill();

  // It ended an hour and a half before this start, with nobody there.
  line.restart(boxSays(NIGHT_ENDS + 9.5 * HOUR));
  const dead = await ended(line, '2026-10-25/early');
  expect(dead).toMatchObject({ quantities: { produced: 7 }, times_ms: { planned: 7.5 * HOUR } });
  expect(dead.doubts).toEqual(expect.arrayContaining(['agent_off', 'machine_unknown']));
  const rows = line.rows();
  const good = rows.filter(({ verdict }, i) => i >= 5 && verdict === 'ok').length;
  expect(dead.quantities).toMatchObject({ good, rework: 7 - good, scrap: 0 });
  expect(dead.quality_ratio.value).toBeCloseTo(good / 7, 6);
  await retained(line, ({ shift }) => shift.id === '2026-10-25/late');
  await line.agent.kill();

  // Two shifts in which nothing was made: told, and no ratio of nothing.
  line.restart(boxSays(NIGHT_ENDS + 24.5 * HOUR));
  for (const id of ['2026-10-25/late', '2026-10-25/night'])
    expect(await ended(line, id)).toMatchObject({
      quantities: { produced: 0, good: 0 },
      quality_ratio: { value: null },
      doubts: expect.arrayContaining(['agent_off']),
    });
  expect(await line.agent.stop()).toBe(0);
  line.restart(boxSays(NIGHT_ENDS + 25 * HOUR));
  // Shifts that have ended are told before the one that runs.
  const heard = line.subscriber.received.length;
  await line.subscriber.until(
    () => line.subscriber.received.slice(heard).some(({ topic }) => topic.endsWith('/outlet/kpi')),
    'the figures of the shift that runs',
  );
  expect(await line.agent.stop()).toBe(0);
  expect(shiftsOf(line).map(({ shift }) => shift.id)).toEqual([
    '2026-10-24/night',
    '2026-10-25/early',
    '2026-10-25/late',
    '2026-10-25/night',
  ]);
  expect(line.sql('SELECT shift FROM shifts ORDER BY ended')).toHaveLength(4);
  expect(line.sql("SELECT 1 FROM outbox WHERE topic LIKE '%/kpi/shift'")).toEqual([]);
  // The report of each, as often: what it says was made is what the figures say.
  const reports = line.events('report').map(({ payload }) => payload as unknown as { shift: { id: string }; made: { produced: number }[] });
  expect(reports.map(({ shift, made }) => [shift.id, made[0]?.produced])).toEqual([
    ['2026-10-24/night', 5],
    ['2026-10-25/early', 7],
    ['2026-10-25/late', undefined],
    ['2026-10-25/night', undefined],
  ]);
  expect(line.subscriber.faults).toEqual([]);

  const { status, stdout } = lineside('kpi', '--config', line.file, '--shift', '2026-10-25/early', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)[0]).toMatchObject({ station: 'outlet', quantities: dead.quantities, doubts: dead.doubts });
  expect(lineside('kpi', '--config', line.file, '--shift', '2026-10-24/night').stdout).toMatch(/2026-10-24\/night\s+outlet\s+5 /);
});
