/** Control charts on a running line: a tag drifts, and it is told before a part is bad; what was learned and closed outlives kills; the config adds and takes away. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Line, startLine, stationOf } from './line.ts';

const ROOT = 'lineside/v1/acme/dresden/castings/line3';
const LEARN = 12;
/** OPC UA status of a sensor that has failed. */
const BAD = 0x80000000;
/** ms between two parts. */
const PACE = 30;
/** Of a process in control: no pattern, and a spread that is known. */
const WIDTHS = [10, 10.02, 9.99, 10.01, 9.98, 10.03, 9.97];
const WIDTH = { of: 'tags.width', learn: LEARN, lower: 9.5, upper: 10.5 };

const outlet = (more: object = {}) =>
  stationOf('', {
    models: {},
    rules: [{ when: 'tags.width > 10.5', verdict: 'nok', reason: 'too wide' }],
    decisions: [{ when: 'spc.width.out', do: 'change_tool', write: { 'plc.reject': true } }],
    charts: { width: WIDTH, bad: { of: 'nok', sample: 5, learn: 10 } },
    ...more,
  });

const started = (stations: object = { outlet: outlet() }) =>
  startLine({
    cameras: () => ({}),
    variables: { Width: ['Double', 10], Reject: ['Boolean', false] },
    tags: {
      width: { node: 'nsu=urn:press;s=Width', unit: 'mm', sampling: '10ms' },
      reject: { node: 'nsu=urn:press;s=Reject', writable: true },
    },
    stations: stations as Record<string, object>,
  });

/** One part after the other, each with its width on the PLC before it comes. */
async function make(line: Line, widths: readonly number[]): Promise<void> {
  for (const width of widths) {
    await line.plc.server.set({ Width: Number.isNaN(width) ? 0 : width }, { status: Number.isNaN(width) ? BAD : 0 });
    await line.plc.offer(1, PACE);
    await line.answered(line.station().last);
  }
}
const calm = (count: number) => Array.from({ length: count }, (_, n) => WIDTHS[n % WIDTHS.length] ?? 10);

const told = (line: Line, chart = 'width') =>
  line.subscriber.received.filter(({ topic }) => topic === `${ROOT}/outlet/spc/${chart}`).map(({ payload }) => payload);
const alarms = (line: Line) =>
  line.subscriber.received.filter(({ topic }) => topic.includes('/alarm/SPC_SIGNAL')).map(({ payload }) => payload);

async function command(line: Line, body: object): Promise<Record<string, unknown>> {
  const topic = `${ROOT}/_agent/box/cmd/chart`;
  const answers = () => line.subscriber.received.filter((one) => one.topic === `${topic}/reply`);
  const before = answers().length;
  await line.subscriber.client.publishAsync(topic, JSON.stringify({ station: 'outlet', chart: 'width', ...body }), {
    qos: 1,
    properties: { userProperties: { user: 'anna' } },
  });
  await line.subscriber.until(() => answers().length > before, 'an answer to the command');
  return answers().at(-1)?.payload ?? {};
}

it('a drifting tag is an alarm, an event and a written tag before a part is bad; limits and phases outlive kills', {
  timeout: 150_000,
}, async () => {
  const line = await started();
  await line.ready();
  await make(line, [...calm(6), Number.NaN]);
  // In the first phase; what is not on the disk by then is another promise's.
  await expect.poll(() => line.rows().length).toBe(7);
  line.agent.kill();
  line.restart();
  await line.ready(1);
  await make(line, calm(5));
  await line.subscriber.until(() => told(line).at(-1)?.['samples'] === LEARN - 1, 'eleven points');
  expect(await command(line, { do: 'close' })).toMatchObject({ ok: false, text: expect.stringContaining('11 of the 12 samples') });
  await make(line, calm(1));
  await line.subscriber.until(() => told(line).at(-1)?.['phase'] === 'proposed', 'that limits are proposed');
  const proposed = told(line).at(-1);
  expect(proposed).toMatchObject({ outside: 0, left_out: 1, closed: null, signal: null });
  expect(await command(line, { do: 'close' })).toMatchObject({ ok: true, result: { phase: 'watching', limits: proposed?.['limits'] } });
  await make(line, calm(2));

  // Its limits hold, and nothing was counted twice.
  await expect.poll(() => line.rows().length).toBe(LEARN + 3);
  line.agent.kill();
  line.restart();
  await line.ready(2);
  await make(line, calm(1));
  await line.subscriber.until(() => told(line).at(-1)?.['samples'] === 3, 'the third point since');
  expect(told(line).at(-1)).toMatchObject({
    phase: 'watching',
    limits: proposed?.['limits'],
    closed: { who: 'user anna' },
    out: false,
    left_out: 1,
  });

  await make(line, [10.05, 10.09, 10.14, 10.2]);
  await line.subscriber.until(() => alarms(line).at(-1)?.['active'] === true, 'the alarm');
  expect(alarms(line).at(-1)).toMatchObject({
    subject: 'outlet/width',
    text: expect.stringMatching(
      /^Chart width of station outlet .* is out of control: .*, first with part \d+; the process has most likely changed/,
    ),
  });
  await line.subscriber.until(() => told(line).at(-1)?.['out'] === true, 'the event');
  expect(told(line).at(-1)?.['signal']).toMatchObject({ likely: { sequence: expect.any(Number) } });
  await expect.poll(() => line.plc.server.get('Reject'), { timeout: 5000 }).toBe(true);
  // The part was not bad; its process was.
  expect(line.rows().every(({ verdict }) => verdict === 'ok' || verdict === 'review')).toBe(true);
  const decided = line.events('decision').map(({ payload }) => payload);
  expect(decided[0]).toMatchObject({ action: 'change_tool', reason: expect.stringContaining('spc.width.out is true') });

  // The first of them moves as far as that: ten points in a row are in control behind it.
  await make(line, calm(11));
  await line.subscriber.until(() => alarms(line).at(-1)?.['active'] === false, 'that the alarm is over');
  const done = line
    .sql<{ who: string; verb: string; detail: string }>("SELECT who, verb, detail FROM audit WHERE verb = 'chart' AND detail LIKE '%done%'")
    .map((one) => ({ ...one, detail: JSON.parse(one.detail) as Record<string, unknown> }));
  expect(done).toMatchObject([{ who: 'user anna', detail: { do: 'close', chart: 'width', limits: proposed?.['limits'] } }]);
  await line.halt();
  line.expectSound();
});

it('a changed config goes on with the charts that stay, begins new ones, and takes the others away; a torn file is told', {
  timeout: 100_000,
}, async () => {
  const line = await started({
    outlet: outlet({
      decisions: [],
      charts: { width: { ...WIDTH, close: 'when_learned' }, bad: { of: 'nok', reason: 'too wide', sample: 5, learn: 10 } },
    }),
  });
  await line.ready();
  await make(line, calm(LEARN));
  await line.subscriber.until(() => told(line).at(-1)?.['phase'] === 'watching', 'that the first phase closes itself');
  const { limits } = told(line).at(-1) ?? {};
  expect(line.sql("SELECT who, verb FROM audit WHERE verb = 'chart'")).toEqual([{ who: '', verb: 'chart' }]);

  const charts = { width: { ...WIDTH, rules: ['nelson_2'] }, pace: { of: 'latency.verdict', chart: 'ewma', learn: LEARN } };
  const rules = [{ when: "cpk('width', 25) < 4.5", verdict: 'review', reason: 'not capable' }, { verdict: 'ok' }];
  writeFileSync(line.file, JSON.stringify({ ...line.config, stations: { outlet: outlet({ decisions: [], rules, charts }) } }));
  await line.ready(1);
  await make(line, calm(5));
  await line.subscriber.until(() => told(line, 'pace').at(-1)?.['samples'] === 5, 'the new chart');
  expect(told(line).at(-1)).toMatchObject({ phase: 'watching', limits, samples: 5 });
  // Nothing is kept at the broker of a chart that is gone.
  const later = await import('../simulators/subscriber.ts').then(({ startSubscriber }) => startSubscriber(line.broker.url));
  await later.until(() => later.received.some(({ topic }) => topic.endsWith('/spc/pace')), 'what the broker keeps');
  expect(later.received.filter(({ topic }) => topic.endsWith('/spc/bad'))).toEqual([]);
  await later.close();

  // So many values are there with the last one, which is far from the others.
  await make(line, [...calm(LEARN - 5 + 1), 10.4]);
  await expect.poll(() => line.rows().map(({ verdict }) => verdict)).toEqual([...calm(2 * LEARN + 1).map(() => 'ok'), 'review']);
  expect(line.rows().at(-1)?.reasons).toContain('not capable (cpk(');

  await line.agent.stop();
  const folder = join(line.store, 'charts', 'outlet');
  const [file = ''] = readdirSync(folder).filter((name) => name !== 'mark.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), '{"recipe":"standard","through":3');
  line.restart();
  await line.ready(2);
  await line.subscriber.until(() => line.subscriber.received.some(({ topic }) => topic.includes('/alarm/SPC_TORN')), 'that it is told');
  expect(readdirSync(folder)).toContain(`${file}.torn`);
  await make(line, calm(2));
  await line.subscriber.until(() => told(line).at(-1)?.['samples'] === 2, 'a first phase anew');
  expect(told(line).at(-1)).toMatchObject({ phase: 'learning' });
});
