import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canMount, disk, fill } from '../faults/disk.ts';
import { type Line, type LineWish, startLine, stationOf } from './line.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/bundle/main.js');
const node = (name: string) => `nsu=urn:press;s=${name}`;
/** The tag `bad` is what is wrong with the part: what the rules see is what the test says. */
const PLANT: LineWish = {
  variables: {
    Serial: ['String', ''],
    Bad: ['Boolean', false],
    Lot: ['String', 'L1'],
    Hold: ['Boolean', false],
    Quarantine: ['Boolean', false],
  },
};
const tags = {
  serial: { node: node('Serial'), sampling: '5ms' },
  bad: { node: node('Bad'), sampling: '5ms' },
  lot: { node: node('Lot'), sampling: '5ms' },
  hold: { node: node('Hold'), writable: true },
  quarantine: { node: node('Quarantine'), writable: true },
};
const scratch = { part: 'RR-BAD', expect: 'nok', reason: 'scratch', every: 'changeover', hold: true, write: { 'plc.hold': true } };
const good = { part: 'RR-GOOD-*', expect: 'ok', every: '8h' };

const wishOf = (challenges: object, more: LineWish = {}): LineWish => ({
  ...PLANT,
  tags,
  cameras: () => ({}),
  stations: {
    outlet: stationOf('', {
      part: 'plc.serial',
      counter: undefined,
      models: {},
      rules: [{ when: 'tags.bad == true', verdict: 'nok', reason: 'scratch' }, { verdict: 'ok' }],
      decisions: [{ when: 'nok_in_a_row >= 1', do: 'stop', reason: 'a bad one' }],
      challenges,
      containment: { lot: 'plc.lot', write: { 'plc.quarantine': true } },
    }),
  },
  ...more,
});

/** The PLC brings a part; settles with the verdict that it was answered, 1 ok, 2 nok, 3 review. */
async function bring(line: Line, part: string, isBad = false): Promise<number> {
  const { server } = line.plc;
  const { answers } = line.station();
  const before = answers.length;
  await server.set({ Serial: part });
  await server.set({ Bad: isBad });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await server.set({ PartPresent: true });
  await line.plc.until(() => answers.length > before, `an answer for ${part}`);
  await server.set({ PartPresent: false });
  await server.set({ Serial: '' });
  expect(answers.at(-1)?.part).toBe(part);
  return answers.at(-1)?.verdict ?? 0;
}

const alarm = (line: Line, code: string, subject = '') =>
  line.subscriber.received.findLast(({ topic }) => topic.endsWith(`/alarm/${code}${subject}`))?.payload['active'];
const raised = (line: Line, code: string, subject = '', active = true) =>
  line.subscriber.until(() => alarm(line, code, subject) === active, `${code} ${active ? 'begins' : 'ends'}`);
const decisions = (line: Line) => line.events('decision').map(({ payload }) => payload);
const acknowledge = (line: Line) =>
  line.subscriber.client.publishAsync('lineside/v1/acme/dresden/castings/line3/_agent/box/cmd/ack', JSON.stringify({ station: 'outlet' }), {
    qos: 1,
  });

interface Contained {
  readonly parts: number;
  readonly after_sequence: number | null;
  readonly until_part: string | null;
}
const contained = (line: Line) =>
  line.sql<Contained>(
    "SELECT parts, after_part ->> 'sequence' AS after_sequence, until_part ->> 'part' AS until_part FROM containments ORDER BY rowid",
  );

describe('challenge parts', () => {
  it('that fail while the broker is away hold the line and put into quarantine what was made since, over a kill; none of them counts', {
    timeout: 120_000,
  }, async () => {
    const line = await startLine({ ...wishOf({ good, scratch }), relayed: true });
    await line.ready();
    await Promise.all([raised(line, 'CHALLENGE_DUE', '/good'), raised(line, 'CHALLENGE_DUE', '/scratch')]);
    expect([await bring(line, 'RR-GOOD-1'), await bring(line, 'RR-BAD', true)]).toEqual([1, 2]);
    await Promise.all([raised(line, 'CHALLENGE_DUE', '/good', false), raised(line, 'CHALLENGE_DUE', '/scratch', false)]);
    for (const part of ['=P1', 'P2', 'P3']) expect(await bring(line, part)).toBe(1);
    await line.published();

    line.way?.refuse(true);
    // What must be thrown out is taken for a good part.
    expect(await bring(line, 'RR-BAD')).toBe(1);
    await expect.poll(() => contained(line), { timeout: 5000 }).toEqual([{ parts: 3, after_sequence: 2, until_part: null }]);
    expect([await line.plc.server.get('Hold'), await line.plc.server.get('Quarantine')]).toEqual([true, true]);
    await line.agent.kill();
    const readies = line.station().readies;
    line.restart();
    await line.ready(readies);
    await bring(line, 'P4');
    line.way?.refuse(false);
    await line.published();
    await Promise.all([raised(line, 'CHALLENGE_FAILED', '/scratch'), raised(line, 'STATION_HELD')]);
    expect(decisions(line).map(({ action, rule, latched }) => ({ action, rule, latched }))).toEqual([
      { action: 'hold', rule: 'challenge scratch', latched: true },
      { action: 'quarantine', rule: 'challenge scratch', latched: false },
    ]);
    expect(decisions(line)[1]).toMatchObject({ quarantine: { after: { sequence: 2, part: 'RR-BAD' }, until: null, parts: 3 } });

    await acknowledge(line);
    await raised(line, 'STATION_HELD', '', false);
    expect(await bring(line, 'RR-BAD', true)).toBe(2);
    await raised(line, 'CHALLENGE_FAILED', '/scratch', false);
    await line.subscriber.until(() => decisions(line).length === 3, 'where it ends');
    expect(decisions(line)[2]).toMatchObject({ action: 'quarantine', quarantine: { until: { part: 'RR-BAD' }, parts: 4 } });
    expect(contained(line)).toEqual([{ parts: 4, after_sequence: 2, until_part: 'RR-BAD' }]);
    await line.published();
    expect(await line.agent.stop()).toBe(0);

    // Four good parts, whatever the master parts got; nothing was stopped for a bad one that was meant to be.
    expect(line.subscriber.faults).toEqual([]);
    const state = line.subscriber.received.findLast(({ topic }) => topic.endsWith('/outlet/state'))?.payload;
    expect(state).toMatchObject({ counters: { ok: 4, nok: 0, review: 0, missed: 0 }, yield: 1 });
    expect(line.sql('SELECT verdict, sum(parts) AS parts FROM tallies_of GROUP BY verdict')).toEqual([{ verdict: 'ok', parts: 4 }]);
    const shown = line.events().flatMap(({ payload }) => (payload['challenge'] ? [payload['challenge']] : []));
    expect(shown.map((one) => (one as { readonly passed: boolean }).passed)).toEqual([true, true, false, true]);
    // At the desk: the same parts, lot beside each, and no cell that a table program takes for a formula.
    const list = join(line.folder, 'contained.csv');
    const failed = line.rows().find(({ part, verdict }) => part === 'RR-BAD' && verdict === 'ok')?.id ?? '';
    const said = JSON.parse(
      execFileSync(
        process.execPath,
        [MAIN, 'contain', '--config', line.file, '--station', 'outlet', '--inspection', failed, '--csv', list, '--json'],
        {
          encoding: 'utf8',
        },
      ),
    );
    // Of the two master parts that passed, the first: each proves what it shows.
    expect(said).toMatchObject({ proof: 'challenge', parts: 4, after: { sequence: 1 }, narrowed: null });
    const lines = readFileSync(list, 'utf8').trimEnd().split('\r\n');
    expect(lines.slice(1).map((text) => text.split(',').slice(3, 5))).toEqual(["'=P1", 'P2', 'P3', 'P4'].map((part) => [part, 'L1']));
    expect(line.sql('SELECT DISTINCT tags ->> \'$."plc.lot".value\' AS lot FROM inspections')).toEqual([{ lot: 'L1' }]);
  });

  it('that nobody shows are missed when parts are made meanwhile', { timeout: 60_000 }, async () => {
    const line = await startLine(wishOf({ good: { ...good, every: '2s', grace: '1s', hold: true } }));
    await line.ready();
    await bring(line, 'RR-GOOD-7');
    await raised(line, 'CHALLENGE_DUE', '/good', false);
    await bring(line, 'P1');
    await raised(line, 'CHALLENGE_DUE', '/good');
    await bring(line, 'P2');
    await Promise.all([raised(line, 'CHALLENGE_MISSED', '/good'), raised(line, 'STATION_HELD')]);
    expect(alarm(line, 'CHALLENGE_DUE', '/good')).toBe(false);
    await line.subscriber.until(() => decisions(line).length === 2, 'what follows');
    expect(decisions(line)).toMatchObject([
      { action: 'hold', inspection: null },
      { action: 'quarantine', inspection: null, quarantine: { after: { part: 'RR-GOOD-7' }, until: null, parts: 2 } },
    ]);
    await bring(line, 'RR-GOOD-7');
    await raised(line, 'CHALLENGE_MISSED', '/good', false);
    expect(await line.agent.stop()).toBe(0);
    expect(contained(line)).toEqual([{ parts: 2, after_sequence: 1, until_part: 'RR-GOOD-7' }]);
    expect(line.subscriber.faults).toEqual([]);
  });
});

describe.skipIf(!canMount())('a challenge that fails on a full disk', () => {
  it('holds the line at once, and what was made since is on record when there is room', { timeout: 60_000 }, async () => {
    const path = disk('8m');
    const line = await startLine({ ...wishOf({ scratch }), store: path });
    await line.ready();
    await bring(line, 'RR-BAD', true);
    await bring(line, 'P1');
    await line.published();
    const free = fill(path);
    expect(await bring(line, 'RR-BAD')).toBe(1);
    await expect.poll(() => line.plc.server.get('Hold')).toBe(true);
    await bring(line, 'P2');
    free();
    await line.subscriber.until(() => decisions(line).length === 2, 'what follows');
    await line.published();
    expect(await line.agent.stop()).toBe(0);
    expect(contained(line)).toEqual([{ parts: 1, after_sequence: 1, until_part: null }]);
  });
});
