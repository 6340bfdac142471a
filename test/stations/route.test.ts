/** What the conveyor is told of a part: its name first, its destination behind it, and neither under another part's name. */
import { expect, it } from 'vitest';
import type { Judge } from '#agent/contracts/index.js';
import { ChallengeBook } from '#agent/decisions/challenges/book.js';
import { RoutesBook } from '#agent/decisions/logistics/routes-book.js';
import { LinesideError } from '#agent/errors.js';
import { Plant, stationConfig, surface } from '../simulators/station.ts';

const destination = { capacity: null, full: null, within: 1000, hears: 'part', leaves: 'part', holds: true } as const;
const config = {
  ...stationConfig,
  part: 'plc.serial',
  route: { table: [{ to: 'packing' }], tell: { part: 'plc.route_part', to: 'plc.route' } },
};
const refused = new LinesideError('OPCUA_WRITE_FAILED', { tag: 'plc.route_part', why: 'BadOutOfRange' });

/** Where parts go is what `to` says. */
async function conveyor(to: () => string, more: object = {}) {
  const plant = new Plant();
  const book = new RoutesBook({
    destinations: {
      packing: { ...destination, action: 'pass', value: 1 },
      rework: { ...destination, action: 'rework', value: 2 },
    },
    most: 50,
    newId: () => `way-${Math.random()}`,
    own: plant.clock.now,
  });
  const row: Judge['row'] = () => ({ index: 0, to: to(), reason: 'ok', rule: `all others → ${to()}`, unsure: null });
  plant.judge = { ...plant.judge, row };
  const ports = plant.ports.bind(plant);
  const challenges = new ChallengeBook({
    station: 'outlet',
    challenges: { master: { part: 'RR-*', expect: 'ok', on: ['changeover'], grace: 1000, hold: false } },
    elapsed: plant.clock.elapsed,
    own: plant.clock.now,
    shift: () => null,
  });
  plant.ports = (slots) => ({
    ...ports(slots),
    challenges,
    routes: {
      send: (part) => book.send(part, 'outlet'),
      told: (...told) => book.told(...told),
      taken: (inspection) => book.taken(inspection),
      giveBack: (rows) => book.giveBack(rows),
    },
  });
  plant.tag('plc.present', false);
  const station = await plant.station({ config: { ...config, ...more }, slots: new Map([['', [surface]]]) });
  /** Settles with all that was written for the part. */
  const brings = async (part: string) => {
    const before = plant.written.length;
    plant.tag('plc.serial', part);
    await plant.clock.advance(20);
    await plant.part();
    await plant.clock.advance(500);
    return plant.written.slice(before).map(({ writes }) => writes.map(({ tag, value }) => `${tag.slice(4)}=${String(value)}`).join(' '));
  };
  return { plant, station, book, brings };
}

it('goes out in one request with the verdict; of the normal way nothing is on record but where the part is', async () => {
  let to = 'packing';
  const { plant, book, brings } = await conveyor(() => to);
  expect(await brings('P1')).toEqual(['verdict_part=P1 route_part=P1 route=1 verdict=1']);
  expect(plant.records[0]).toMatchObject({ decisions: [], routed: [{ part: 'P1', to: 'packing', inspection: plant.inspections[0]?.id }] });
  to = 'rework';
  expect(await brings('P2')).toEqual(['verdict_part=P2 route_part=P2 route=2 verdict=1']);
  expect(plant.records[1]?.decisions).toMatchObject([
    {
      action: 'rework',
      latched: false,
      route: { to: 'rework', instead_of: null },
      writes: [{ tag: 'plc.route', value: 2, state: 'written' }],
    },
  ]);
  plant.models.set(surface.id, { ms: 5, score: 0.9 });
  expect(await brings('P3')).toEqual(['verdict_part=P3 route_part=P3 reject=true route=2 verdict=2']);
  expect(book.parts.map(({ part, to: where }) => `${part} ${where}`)).toEqual(['P1 packing', 'P2 rework', 'P3 rework']);
});

it('of a part without a name goes out when both names are empty, and follows nobody', async () => {
  const { plant, book, brings } = await conveyor(() => 'rework');
  await brings('P1');
  expect(await brings('')).toEqual(['verdict_part= route_part=', 'route=2 verdict=1']);
  expect(book.parts.map(({ part }) => part)).toEqual(['P1', null]);
  // It cannot be emptied: the destination would stand under P1. The verdict has a name tag of its own.
  plant.refuses = ({ tag, value }) => (tag === 'plc.route_part' && (value === '' || value === 0) ? refused : null);
  expect(await brings('')).toEqual(['verdict_part= route_part=', 'route_part=0', 'verdict=1']);
  expect(plant.records.at(-1)?.decisions).toMatchObject([{ action: 'rework', writes: [{ tag: 'plc.route', state: 'failed' }] }]);
  expect(book.parts.map(({ to }) => to)).toEqual(['rework', 'rework', null]);
});

it('whose name is refused counts as not told, is emptied, and is told of no later', async () => {
  const { plant, book, brings } = await conveyor(() => 'packing');
  plant.refuses = ({ tag, value }) => (tag === 'plc.route_part' && value !== '' ? refused : null);
  expect(await brings('P1')).toEqual(['verdict_part=P1 route_part=P1 route=1 verdict=1', 'route_part=']);
  expect(plant.inspections[0]?.answer.state).toBe('written');
  // Also of the normal way it is on record that it was not told.
  expect(plant.records[0]?.decisions).toMatchObject([
    { action: 'divert', writes: [{ state: 'failed', fault: expect.stringContaining('BadOutOfRange') }] },
  ]);
  expect(book.parts).toMatchObject([{ part: 'P1', to: null }]);
});

it('of a master part goes out like any other, and nobody follows it', async () => {
  const { plant, book, brings } = await conveyor(() => 'rework');
  expect(await brings('RR-7')).toEqual(['verdict_part=RR-7 route_part=RR-7 route=2 verdict=1']);
  expect(plant.inspections[0]?.challenge).toMatchObject({ name: 'master', passed: true });
  expect(plant.records[0]?.decisions).toContainEqual(expect.objectContaining({ action: 'rework' }));
  expect([book.parts, plant.records[0]?.routed]).toEqual([[], undefined]);
});

it("a number that the station has counted is nobody's id: nothing stands under it, and nobody is followed by it", async () => {
  const { plant, book } = await conveyor(() => 'rework', { part: { code: 'top', formats: ['qr_code'] } });
  plant.codes = { texts: ['P1'], ms: 1 };
  await plant.part();
  await plant.clock.advance(500);
  plant.codes = { texts: [], ms: 1 };
  plant.written.splice(0);
  await plant.part();
  await plant.clock.advance(500);
  const said = plant.written.map(({ writes }) => writes.map(({ tag, value }) => `${tag.slice(4)}=${String(value)}`).join(' '));
  expect(said).toEqual(['route_part=', 'verdict_part=2 route=2 verdict=1']);
  expect(plant.inspections.map(({ part, counted = false }) => [part, counted])).toEqual([
    ['P1', false],
    ['2', true],
  ]);
  expect(book.parts.map(({ part }) => part)).toEqual(['P1', null]);
});

it('the number of the PLC is no id beside a code, nor is the one of a command', async () => {
  const { plant, book, station } = await conveyor(() => 'rework', { part: { code: 'top', formats: ['qr_code'] }, counter: 'plc.count' });
  plant.codes = { texts: [], ms: 1 };
  plant.tag('plc.count', 17);
  await plant.clock.advance(20);
  await plant.part();
  await plant.clock.advance(500);
  station.command(undefined);
  await plant.clock.advance(500);
  expect(plant.inspections.map(({ counted = false }) => counted)).toEqual([true, true]);
  expect(book.parts.map(({ part }) => part)).toEqual([null, null]);
});

it('goes out by the last row where nobody can say by which, with a word on record, and is settled whatever happens', async () => {
  const { plant, book, brings } = await conveyor(() => {
    throw new Error('no row');
  });
  expect(await brings('P1')).toEqual(['verdict_part=P1 route_part=P1 route=1 verdict=1']);
  expect(plant.records[0]?.decisions).toMatchObject([{ reason: expect.stringContaining('not known: '), route: { to: 'packing' } }]);
  plant.unfit = () => {
    throw new Error('nobody knows the type');
  };
  await brings('P2');
  expect(book.parts).toMatchObject([
    { part: 'P1', to: 'packing' },
    { part: 'P2', to: null },
  ]);
});

it('of a name that the answer cannot take is told without it, and follows nobody', async () => {
  const { plant, book, brings } = await conveyor(() => 'rework', { route: { table: [{ to: 'packing' }], tell: { to: 'plc.route' } } });
  plant.unfit = ({ value }) => (value === 'P1' ? refused : null);
  expect(await brings('P1')).toEqual(['verdict_part=', 'route=2 verdict=1']);
  expect(plant.records[0]?.decisions).toMatchObject([{ action: 'rework', writes: [{ tag: 'plc.route', state: 'written' }] }]);
  expect(book.parts).toMatchObject([{ part: null, to: 'rework' }]);
});

it('what the journal had no room for goes with the next record', async () => {
  const { plant, brings } = await conveyor(() => 'rework');
  plant.accepts = false;
  await brings('P1');
  plant.accepts = true;
  await brings('P2');
  expect(plant.records.map(({ routed }) => routed?.map(({ part }) => part))).toEqual([['P1', 'P2']]);
});
