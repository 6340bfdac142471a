/** Where parts go on a running line of two stations: by what the first one said of them, over kills; faults of the conveyor begin and end. */
import { expect, it } from 'vitest';
import { type Line, startLine, stationOf } from './line.ts';

const ROOT = 'lineside/v1/acme/dresden/castings/line3';
const node = (name: string) => ({ node: `nsu=urn:press;s=${name}`, sampling: '5ms' });
const writable = (name: string) => ({ node: `nsu=urn:press;s=${name}`, writable: true });

const station = (suffix: string, more: object) => {
  const end = suffix.toLowerCase();
  return stationOf(suffix, { part: `plc.serial${end}`, counter: undefined, models: {}, ...more });
};
const VALUES = { packing: 1, rework: 2, scrap: 3 };

const started = () =>
  startLine({
    suffixes: ['', 'B'],
    cameras: () => ({}),
    variables: {
      Serial: ['String', ''],
      SerialB: ['String', ''],
      Bad: ['Boolean', false],
      Route: ['Int32', 0],
      RoutePart: ['String', 'nobody'],
      ReworkIn: ['String', ''],
      ReworkOut: ['String', ''],
      Scrapped: ['UInt32', 7],
    },
    tags: {
      serial: node('Serial'),
      serialb: node('SerialB'),
      bad: node('Bad'),
      route: writable('Route'),
      route_part: writable('RoutePart'),
      rework_in: node('ReworkIn'),
      rework_out: node('ReworkOut'),
      scrapped: node('Scrapped'),
    },
    stations: {
      press: station('', { rules: [{ when: 'tags.bad == true', verdict: 'nok', reason: 'crack' }, { verdict: 'ok' }] }),
      outlet: station('B', {
        rules: [
          { when: "part.last('press').verdict == 'nok'", verdict: 'nok', reason: 'bad at the press' },
          { when: 'tags.bad == true', verdict: 'review', reason: 'scratch' },
          { verdict: 'ok' },
        ],
        route: {
          table: [
            { when: "part.last('press').reason == 'crack'", to: 'scrap' },
            { verdict: 'review', reason: 'scratch', to: 'rework' },
            { to: 'packing' },
          ],
          tell: { part: 'plc.route_part', to: 'plc.route' },
        },
      }),
    },
    routes: {
      destinations: {
        packing: { do: 'pass', value: VALUES.packing },
        rework: {
          do: 'rework',
          value: VALUES.rework,
          capacity: 1,
          full: 'scrap',
          within: '3s',
          arrived: { part: 'plc.rework_in' },
          left: { part: 'plc.rework_out' },
        },
        scrap: { value: VALUES.scrap, arrived: { count: 'plc.scrapped' } },
      },
    },
  });

/** The PLC brings a part to a station; settles when it is answered. */
async function bring(line: Line, index: number, part: string, isBad = false): Promise<void> {
  const { server } = line.plc;
  const { suffix, answers } = line.station(index);
  const before = answers.length;
  await server.set({ [`Serial${suffix}`]: part });
  await server.set({ Bad: isBad });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await server.set({ [`PartPresent${suffix}`]: true });
  await line.plc.until(() => answers.length > before, `an answer for ${part}`);
  await server.set({ [`PartPresent${suffix}`]: false });
  await server.set({ [`Serial${suffix}`]: '' });
}

const last = (line: Line, topic: string) => line.subscriber.received.findLast((one) => one.topic === `${ROOT}/${topic}`)?.payload;
const raised = (line: Line, code: string, active: boolean) =>
  line.subscriber.until(
    () => last(line, `_agent/box/alarm/${code}/route/rework`)?.['active'] === active,
    `${code} ${active ? 'begins' : 'ends'}`,
  );
const rework = (line: Line) => {
  const all = (last(line, '_agent/box/route')?.['destinations'] ?? []) as readonly Record<string, unknown>[];
  return all.find(({ name }) => name === 'rework');
};
const decisions = (line: Line) =>
  line.events('decision').map(({ payload: { action, route, writes, station } }) => ({
    action,
    station,
    ...(route as object),
    writes: (writes as unknown[]).length,
  }));

it('goes by what was said before, over kills; what vanishes, strays and is full is told, and ends', { timeout: 120_000 }, async () => {
  const line = await started();
  /** What the conveyor was told: the destination, with the name that stood beside it. */
  const ways: string[] = [];
  line.plc.server.onSaid(({ said, name, value, beside }) => {
    if (said === 'written' && name === 'Route') ways.push(`${String(beside)} ${String(value)}`);
  });
  await line.plc.server.watch('Route', 'RoutePart');
  await Promise.all([line.ready(0, 0), line.ready(0, 1)]);

  await bring(line, 0, 'P1', true);
  await bring(line, 0, 'P2');
  await expect.poll(() => line.rows().length).toBe(2);
  await line.agent.kill();
  line.restart();
  await Promise.all([line.ready(1, 0), line.ready(1, 1)]);
  await bring(line, 1, 'P1');
  await bring(line, 1, 'P2');
  await bring(line, 1, 'P3', true);
  expect(ways).toEqual(['P1 3', 'P2 1', 'P3 2']);
  const [scrapped] = line.rows().filter(({ station: name }) => name === 'outlet');
  expect(scrapped).toMatchObject({ part: 'P1', verdict: 'nok' });
  expect(scrapped?.reasons).toContain('bad at the press (part.last(');

  // On its way when the agent dies; its place is taken, and it arrives in the next life.
  await expect.poll(() => line.sql('SELECT part FROM routed_parts WHERE ended IS NULL')).toEqual([{ part: 'P1' }, { part: 'P3' }]);
  await line.agent.kill();
  await line.plc.server.set({ Scrapped: 8 });
  line.restart();
  await Promise.all([line.ready(2, 0), line.ready(2, 1)]);
  await bring(line, 1, 'P4', true);
  expect(ways.at(-1)).toBe('P4 3');
  await line.plc.server.set({ ReworkIn: 'P3' });
  await line.subscriber.until(() => rework(line)?.['contents'] === 1, 'that it is there');
  expect(rework(line)).toMatchObject({ under_way: 0, full: true, capacity: 1 });

  // It leaves; the next one vanishes, and is found.
  await line.plc.server.set({ ReworkOut: 'P3' });
  await line.subscriber.until(() => rework(line)?.['contents'] === 0, 'that it has left');
  await bring(line, 1, 'P5', true);
  await raised(line, 'ROUTE_VANISHED', true);
  expect(last(line, '_agent/box/alarm/ROUTE_VANISHED/route/rework')?.['text']).toContain('Part P5 (from outlet) sent to rework');
  await line.plc.server.set({ ReworkIn: 'P5' });
  await raised(line, 'ROUTE_VANISHED', false);

  // One without an id goes its way under no name; one that comes where it was not sent is told until somebody has looked.
  await bring(line, 1, '');
  expect(ways.at(-1)).toBe(' 1');
  await line.plc.server.set({ ReworkIn: 'P4' });
  await raised(line, 'ROUTE_STRAYED', true);
  await line.subscriber.client.publishAsync(`${ROOT}/_agent/box/cmd/route`, JSON.stringify({ do: 'forget', part: 'P4' }), { qos: 1 });
  await raised(line, 'ROUTE_STRAYED', false);

  await line.published();
  await line.subscriber.until(() => decisions(line).length === 4, 'the decisions');
  expect(decisions(line)).toEqual([
    { action: 'divert', station: 'outlet', to: 'scrap', instead_of: null, why: null, writes: 1 },
    { action: 'rework', station: 'outlet', to: 'rework', instead_of: null, why: null, writes: 1 },
    { action: 'divert', station: 'outlet', to: 'scrap', instead_of: 'rework', why: 'rework is full, 1 of 1', writes: 1 },
    { action: 'rework', station: 'outlet', to: 'rework', instead_of: null, why: null, writes: 1 },
  ]);
  expect(await line.agent.stop()).toBe(0);
  // Each way once, with its end; the counter that went on while the agent was down has its part.
  const kept = line.sql<Record<string, unknown>>('SELECT part, destination, place, ending FROM routed_parts ORDER BY number');
  expect(kept).toEqual([
    { part: 'P1', destination: 'scrap', place: 'scrap', ending: 'passed' },
    { part: 'P2', destination: 'packing', place: 'packing', ending: 'passed' },
    { part: 'P3', destination: 'rework', place: 'rework', ending: 'left' },
    // It was looked at, and lies where it lies.
    { part: 'P4', destination: 'scrap', place: 'rework', ending: null },
    { part: 'P5', destination: 'rework', place: 'rework', ending: null },
    { part: null, destination: 'packing', place: 'packing', ending: 'passed' },
  ]);
  expect(line.subscriber.faults).toEqual([]);
});
