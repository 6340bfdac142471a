import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { startLine, stationOf } from './line.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/bundle/main.js');
const PERIOD = 100;
interface AuditRow {
  readonly via: string;
  readonly who: string | null;
  readonly accepted: number | null;
  readonly verb: string;
  readonly detail: string;
}
const answer = (values: object) => ({
  answer: { part: 'plc.verdict_part', verdict: 'plc.verdict', ready: { tag: 'plc.ready', value: true }, ...values },
});

it('a verdict that the PLC cannot take is an alarm within seconds, check says what its mend starts anew, and the alarm ends with it', {
  timeout: 120_000,
}, async () => {
  const texts = { ok: 'good', nok: 'bad', review: 'unclear' };
  const line = await startLine({ stations: { outlet: stationOf('', answer({ values: texts })) } });
  await line.ready();
  await line.plc.run(PERIOD);
  const alarms = () =>
    line.subscriber.received.filter(({ topic }) => /outlet\/alarm\/OPCUA_TYPE/.test(topic)).map(({ payload }) => payload);
  await line.subscriber.until(() => alarms().at(-1)?.['active'] === true, 'the alarm');
  expect(alarms().at(-1)).toMatchObject({
    subject: 'outlet',
    times: 1,
    text: expect.stringMatching(/^\d+ of the last \d+ parts of station outlet: /),
  });

  const mended = { ...line.config, stations: { outlet: stationOf('', answer({})) } };
  writeFileSync(`${line.file}.next`, JSON.stringify(mended));
  const said = execFileSync(process.execPath, [MAIN, 'check', '--offline', '--json', '--config', `${line.file}.next`], {
    encoding: 'utf8',
  });
  expect(JSON.parse(said).changes.map(({ path, scope, restarts }: Record<string, unknown>) => ({ path, scope, restarts }))).toEqual(
    ['ok', 'nok', 'review'].map((verdict) => ({
      path: `stations.outlet.answer.values.${verdict}`,
      scope: 'station',
      restarts: ['station outlet'],
    })),
  );
  writeFileSync(line.file, readFileSync(`${line.file}.next`));
  await line.subscriber.until(() => alarms().at(-1)?.['active'] === false, 'that the alarm ends');
  await line.more(5);

  const verb = 'lineside/v1/acme/dresden/castings/line3/_agent/box/cmd/enable';
  await line.subscriber.client.publishAsync(verb, JSON.stringify({ station: 'outlet', enabled: false }), {
    qos: 1,
    properties: { userProperties: { user: 'anna' } },
  });
  await expect
    .poll(
      () =>
        line
          .sql<AuditRow>('SELECT source AS via, who, verb, accepted, detail FROM audit_log')
          .map(({ detail, ...row }) => ({ ...row, ...JSON.parse(detail) })),
      {
        timeout: 20_000,
      },
    )
    .toEqual([{ via: 'mqtt', who: 'user anna', verb: 'enable', accepted: 1, station: 'outlet', enabled: false }]);
  await line.halt();
  expect(await line.agent.stop()).toBe(0);
});
