import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Line, startLine, stationOf } from '../integration/line.ts';

const PERIOD = 100;

/** As an editor saves: a new file under the old name. */
function save(line: Line, text: string): void {
  writeFileSync(`${line.file}.new`, text);
  renameSync(`${line.file}.new`, line.file);
}
const alarms = (line: Line) =>
  line.subscriber.received.filter(({ topic }) => topic.endsWith('/alarm/CONFIG_REJECTED/config')).map(({ payload }) => payload['active']);

it('a config that is broken while the line runs is told and not taken, and a good one is taken without losing a part', {
  timeout: 120_000,
}, async () => {
  const line = await startLine();
  const station = line.station();
  await line.ready();
  await line.plc.run(PERIOD);
  await line.answered(5);

  const good = readFileSync(line.file, 'utf8');
  save(line, good.replace('"deadline"', '"dedline"'));
  const rejected = await line.agent.says(({ code }) => code === 'CONFIG_REJECTED', 'that the config is rejected');
  const at = good.slice(0, good.indexOf('"deadline"')).split('\n');
  expect(rejected.msg).toContain(`${line.file}:${at.length}:${(at.at(-1) ?? '').length + 1}`);
  expect(rejected.msg).toContain('deadline');
  await line.subscriber.until(() => alarms(line).at(-1) === true, 'the alarm');
  await line.more(5);

  save(line, good);
  await line.subscriber.until(() => alarms(line).at(-1) === false, 'that the alarm is cleared');
  await line.more(5);

  // Somebody else's file, and one that no parser should be asked to follow: both cost a process of their own.
  const foreign = Array.from({ length: 3000 }, (_, i) => `key${i}: {a: [1,2,3], b: "some text here"}`).join('\n');
  for (const [text, told] of [
    [foreign, 'is not a known key'],
    ['['.repeat(2000), 'has more than 100 brackets open'],
  ] as const) {
    save(line, text);
    await line.agent.says(({ msg }) => String(msg).includes(told), `that the file ${told}`);
    await line.more(5);
  }
  save(line, good);
  await line.subscriber.until(() => alarms(line).at(-1) === false, 'that the alarm is cleared once more');

  const readies = station.readies;
  const changed = {
    ...line.config,
    stations: { outlet: stationOf('', { models: { other: { model: 'classify-other', camera: 'top' } } }) },
  };
  save(line, JSON.stringify(changed, null, 2));
  await line.agent.says(({ msg }) => msg === 'the changed config runs', 'that the changed config runs');
  await line.ready(readies);
  await line.more(10);
  await line.halt();
  expect(await line.agent.stop()).toBe(0);
  await line.published();

  const rows = line.expectSound();
  // Only the changeover from one config to the next may pass a part by.
  const from = line.sql<{ package: string; part: string }>(
    'SELECT package, part FROM findings JOIN inspections ON inspections.id = inspection ORDER BY sequence',
  );
  const first = from.findIndex((row) => row.package === 'classify-other');
  expect(first).toBeGreaterThan(0);
  expect(from.slice(first).every((row) => row.package === 'classify-other')).toBe(true);
  const [before, after] = [Number(from[first - 1]?.part), Number(from[first]?.part)];
  const missed = rows.flatMap(({ outcome, part }) => (outcome === 'missed' ? [Number(part)] : []));
  expect(missed.filter((part) => part < before || part > after)).toEqual([]);
});
