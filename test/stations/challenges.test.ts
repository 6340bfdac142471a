/** What follows from a challenge that nobody has shown, where the agent is killed on the way. */
import { expect, it } from 'vitest';
import { ChallengeBook } from '#agent/decisions/challenges/book.js';
import type { StationMemory, StationRecord } from '#agent/stations/ports.js';
import { Plant, stationConfig, surface } from '../simulators/station.ts';

const scratch = {
  part: 'RR-1',
  expect: 'nok',
  on: ['changeover'],
  grace: 1000,
  hold: true,
  write: { 'plc.stop': true },
} as const;

async function lineWith(saved: string | null, memory: Partial<StationMemory> = {}) {
  const plant = new Plant();
  const followed: Omit<StationRecord, 'inspection'>[] = [];
  const ports = plant.ports.bind(plant);
  plant.ports = (slots) => ({
    ...ports(slots),
    challenges: new ChallengeBook({
      station: 'outlet',
      challenges: { scratch },
      elapsed: plant.clock.elapsed,
      own: plant.clock.now,
      shift: () => null,
    }),
    decided: (one) => void followed.push(one),
  });
  plant.tag('plc.present', false);
  const station = await plant.station({ config: stationConfig, slots: new Map([['', [surface]]]) }, { saved, ...memory });
  return { plant, station, followed };
}

it('holds the line and quarantines in the next life what a kill has cut off while the PLC was being told', async () => {
  const first = await lineWith(null);
  await first.plant.part();
  await first.plant.clock.advance(500);
  first.plant.writeMs = 400;
  await first.plant.clock.advance(600);
  expect(first.plant.written.at(-1)?.writes).toEqual([{ tag: 'plc.stop', value: true }]);
  // Whatever is remembered meanwhile is what the next life finds.
  first.station.enable(true, null);
  const second = await lineWith(first.plant.remembered.at(-1) ?? null);
  await second.plant.clock.advance(2000);
  expect(second.plant.written.flatMap(({ writes }) => writes)).toContainEqual({ tag: 'plc.stop', value: true });
  expect(second.followed).toHaveLength(1);
  expect(second.followed[0]?.decisions.map(({ action }) => action)).toEqual(['hold', 'quarantine']);
  expect(second.followed[0]?.containments).toMatchObject([{ cause: 'challenge', subject: 'scratch', parts: 1 }]);
  expect(second.station.state.held).toContain('scratch');
  // And once: what it has told is remembered with it.
  const third = await lineWith(second.followed[0]?.saved ?? null);
  await third.plant.clock.advance(2000);
  expect([third.followed, third.station.state.held]).toEqual([[], second.station.state.held]);
});

it('is no production where it was answered and a kill took its record, and has not passed', async () => {
  const first = await lineWith(null);
  await first.plant.part();
  await first.plant.clock.advance(250);
  const note = { station: 'outlet', counter: null, verdict: 'nok', recipe: 'standard' } as const;
  const notes = ['P2', 'RR-1'].map((part, n) => ({ ...note, number: n + 2, part }));
  const { plant } = await lineWith(first.plant.records.at(-1)?.saved ?? null, { lastSequence: 1, lastPart: '1', notes });
  await plant.clock.advance(2500);
  const found = plant.records.map(({ inspection, containments = [] }) => [
    inspection.part,
    inspection.challenge?.passed,
    containments.length,
  ]);
  expect(found).toEqual([
    ['P2', undefined, 0],
    ['RR-1', false, 1],
  ]);
});
