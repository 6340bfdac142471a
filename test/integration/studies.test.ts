/** The agent as a gauge at the line: master parts through a real PLC, told to a real broker, over a kill, and ended by a change. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { type Line, startLine, stationOf } from './line.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/bundle/main.js');
/** While others of this process answer. */
const run = async (args: readonly string[]) => (await promisify(execFile)(process.execPath, [MAIN, ...args], { encoding: 'utf8' })).stdout;
const node = (name: string) => `nsu=urn:press;s=${name}`;
const IDS = Array.from({ length: 10 }, (_, n) => `M-${n + 1}`);
const isBad = (part: string) => IDS.indexOf(part) >= 5;

const start = () =>
  startLine({
    web: '127.0.0.1:0',
    variables: { Serial: ['String', ''], Bad: ['Boolean', false], Width: ['Double', 10], Hall: ['Double', 21] },
    tags: {
      serial: { node: node('Serial'), sampling: '5ms' },
      bad: { node: node('Bad'), sampling: '5ms' },
      width: { node: node('Width'), sampling: '5ms' },
      hall: { node: node('Hall'), sampling: '5ms' },
    },
    cameras: () => ({}),
    stations: {
      outlet: stationOf('', {
        part: 'plc.serial',
        counter: undefined,
        models: {},
        rules: [{ when: 'tags.bad == true', verdict: 'nok', reason: 'scratch' }, { verdict: 'ok' }],
        decisions: [{ when: 'nok_in_a_row >= 2', do: 'stop', reason: 'two bad ones' }],
        studies: {
          masters: {
            kind: 'attributes',
            masters: Object.fromEntries(IDS.map((part) => [part, isBad(part) ? 'bad' : 'good'])),
            repeats: 2,
            conditions: ['plc.hall'],
          },
          width: { kind: 'type_one', of: 'tags.width', parts: ['REF'], by: 'order', reference: 10, tolerance: 1, repeats: 10 },
        },
      }),
    },
  });

/** The PLC brings a part; settles with the verdict that it was answered: 1 ok, 2 nok. */
async function bring(line: Line, part: string, bad = isBad(part)): Promise<number> {
  const { server } = line.plc;
  const { answers } = line.station();
  const before = answers.length;
  await server.set({ Serial: part, Bad: bad });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await server.set({ PartPresent: true });
  await line.plc.until(() => answers.length > before, `an answer for ${part}`);
  await server.set({ PartPresent: false });
  await server.set({ Serial: '' });
  expect(answers.at(-1)?.part).toBe(part);
  return answers.at(-1)?.verdict ?? 0;
}

const tell = async (line: Line, body: object) => {
  const id = `c${Math.random()}`;
  const topic = 'lineside/v1/acme/dresden/castings/line3/_agent/box/cmd/study';
  const reply = line.subscriber.next('/cmd/study/reply', (payload) => payload['id'] === id);
  await line.subscriber.client.publishAsync(topic, JSON.stringify({ id, station: 'outlet', ...body }), { qos: 1 });
  return (await reply).payload;
};
interface Open {
  readonly id: string;
  readonly shown: number;
  readonly asked: { readonly part: string };
}
const open = async (line: Line): Promise<Open | undefined> =>
  ((await (await line.web('/api/v1/studies/now')).json()) as { open: Record<string, Open> }).open['outlet'];
/** The journal has the part by then. */
const asks = async (line: Line, shown: number): Promise<string> => {
  await expect.poll(async () => (await open(line))?.shown).toBe(shown);
  return (await open(line))?.asked.part ?? '';
};
const alarm = (line: Line, code: string) =>
  line.subscriber.received.findLast(({ topic }) => topic.includes(`/alarm/${code}`))?.payload['active'];

it('asks for master parts, counts them once over a kill, and is ended by a change of what judges', { timeout: 150_000 }, async () => {
  const line = await start();
  await line.ready();
  expect(await bring(line, 'P-1')).toBe(1);
  expect(await tell(line, { do: 'begin', study: 'masters' })).toMatchObject({ ok: true, result: { asked: { showing: 1 } } });
  expect(await tell(line, { do: 'begin', study: 'width' })).toMatchObject({ ok: false, code: 'COMMAND_REFUSED' });

  // Another master part than is asked for gets its verdict, counts nowhere, and is told.
  const first = await asks(line, 0);
  const other = IDS.find((part) => part !== first) ?? '';
  expect(await bring(line, other)).toBe(isBad(other) ? 2 : 1);
  await line.subscriber.until(() => alarm(line, 'STUDY_ASKS_AGAIN') === true, 'that it asks again');
  for (let shown = 0; shown < 7; shown++) {
    const part = await asks(line, shown);
    expect(await bring(line, part)).toBe(isBad(part) ? 2 : 1);
  }
  await asks(line, 7);
  await line.subscriber.until(() => alarm(line, 'STUDY_ASKS_AGAIN') === false, 'that the right one has come');
  // Whose parts are made meanwhile counts them as ever.
  expect(await bring(line, 'P-2')).toBe(1);

  const before = await asks(line, 7);
  await line.agent.kill();
  const readies = line.station().readies;
  line.restart();
  await line.ready(readies);
  expect(await asks(line, 7)).toBe(before);
  for (let shown = 7; shown < 20; shown++) {
    const part = await asks(line, shown);
    // The last bad one but those before is taken for a good one: a miss.
    await bring(line, part, shown === 19 ? !isBad(part) : isBad(part));
  }
  await line.subscriber.until(() => line.events('study').some(({ payload }) => payload['state'] === 'done'), 'that it is done');
  expect(line.events('study').map(({ payload }) => [payload['state'], payload['shown'], payload['of']])).toEqual([
    ['open', 0, 20],
    ['done', 20, 20],
  ]);

  // Without ids: a part counts where it was announced. A change of the rules ends it.
  const desk = await run(['msa', 'start', 'width', '--station', 'outlet', '--json', '--config', line.file]);
  expect(JSON.parse(desk)).toMatchObject({ asked: { part: 'REF', showing: 1 } });
  await line.plc.server.set({ Width: 10.25 });
  await bring(line, 'P-3');
  expect(await tell(line, { do: 'place' })).toMatchObject({ ok: true, result: { asked: { part: 'REF' } } });
  await bring(line, 'P-4');
  await asks(line, 1);
  const config = JSON.parse(readFileSync(line.file, 'utf8')) as { stations: { outlet: { rules: object[] } } };
  config.stations.outlet.rules.unshift({ when: 'tags.width > 20.0', verdict: 'nok', reason: 'wide' });
  writeFileSync(`${line.file}.new`, JSON.stringify(config));
  renameSync(`${line.file}.new`, line.file);
  await line.subscriber.until(() => line.events('study').length === 4, 'that it has ended');
  expect(line.events('study').at(-1)?.payload).toMatchObject({
    state: 'ended',
    shown: 1,
    why: expect.stringContaining('changed in the config'),
  });
  await line.published();
  expect(await line.agent.stop()).toBe(0);

  expect(line.subscriber.faults).toEqual([]);
  const state = line.subscriber.received.findLast(({ topic }) => topic.endsWith('/outlet/state'))?.payload;
  expect(state).toMatchObject({ counters: { ok: 3, nok: 0, review: 0, missed: 0 }, held: null });
  expect(line.sql('SELECT verdict, sum(parts) AS parts FROM tallies_of GROUP BY verdict')).toEqual([{ verdict: 'ok', parts: 3 }]);
  expect(line.sql('SELECT count(*) AS n FROM challenge_log')).toEqual([{ n: 0 }]);
  const rows = line.sql<{ showing: number; part: string; inspection: string }>(
    "SELECT showing, part, inspection FROM study_log WHERE study = 'masters' ORDER BY showing",
  );
  expect(rows.map(({ showing }) => showing)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  expect(new Set(rows.map(({ inspection }) => inspection)).size).toBe(20);
  expect(line.sql("SELECT part, value FROM study_log WHERE study = 'width'")).toEqual([{ part: 'REF', value: 10.25 }]);
  const said = (...args: readonly string[]) =>
    execFileSync(process.execPath, [MAIN, 'msa', ...args, '--config', line.file], { encoding: 'utf8' });
  const [masters] = (JSON.parse(said('status', '--json')) as { id: string; name: string }[]).filter(({ name }) => name === 'masters');
  const report = JSON.parse(said('report', masters?.id ?? '', '--format', 'json'));
  expect(report).toMatchObject({
    refused: null,
    figures: { kind: 'attributes', parts: 10, good: 5, bad: 5, appraisers: [{ effectiveness: { count: 9, of: 10 } }] },
    conditions: [{ tag: 'plc.hall', low: 21, high: 21 }],
  });
  const { misses, falseAlarms } = report.figures.appraisers[0];
  expect([misses.of, falseAlarms.of, misses.count + falseAlarms.count]).toEqual([10, 10, 1]);
  expect(said('report', 'last', '--format', 'csv').trimEnd().split('\r\n')).toHaveLength(2);
  expect(said('report', masters?.id ?? '', '--format', 'html')).toMatch(/not fit for it|may do where little/);
});
