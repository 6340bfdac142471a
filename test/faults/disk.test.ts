import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Line, startLine } from '../integration/line.ts';
import { startAgent } from '../simulators/agent.ts';
import type { Received } from '../simulators/subscriber.ts';
import { canMount, canTrace, disk, fill } from './disk.ts';

const PERIOD = 100;
const alarms = (line: Line, code: string) =>
  line.subscriber.received.filter(({ topic }) => topic.includes(`/alarm/${code}/`)).map(({ payload }) => payload['active']);

const uncommitted = (line: Line) => {
  const known = new Set(line.rows().map(({ id }) => id));
  return line.events().filter(({ payload }) => !known.has(String(payload['id'])));
};

/** While the disk was unwell the line was judged; now it is well: all of it is on record and published. */
async function recovers(line: Line, parts: number, code: string): Promise<void> {
  await line.subscriber.until(() => alarms(line, code).at(-1) === false, 'that the alarm is cleared');
  // Before the stop, which has a second for what is left: the rest is the next life's.
  await line.published();
  expect(await line.agent.stop()).toBe(0);
  const rows = line.expectSound();
  expect(rows).toHaveLength(parts);
  expect(rows.filter(({ outcome }) => outcome === 'missed')).toEqual([]);
  expect(line.station().answers).toHaveLength(parts);
}

describe.skipIf(!canMount())('a disk that is full', () => {
  it('keeps no verdict from the PLC, publishes nothing early, and has it all when there is room', { timeout: 120_000 }, async () => {
    const path = disk('3m');
    const line = await startLine({ store: path });
    await line.ready();
    await line.plc.offer(10, PERIOD);
    await line.answered(10);
    await line.published();
    const free = fill(path);
    let parts = 10;
    while (!alarms(line, 'STORE_FULL').includes(true)) {
      await line.plc.offer(5, PERIOD);
      parts += 5;
    }
    await line.plc.offer(20, PERIOD);
    parts += 20;
    await line.answered(parts);
    expect(uncommitted(line)).toEqual([]);
    expect(line.rows().length).toBeLessThan(parts);
    free();
    await recovers(line, parts, 'STORE_FULL');
  });
});

describe.skipIf(!canMount())('a disk that is full, and then', () => {
  /** Judged until the disk is full and beyond; returns how many parts there were. */
  async function fullLine() {
    const path = disk('8m');
    const line = await startLine({ store: path });
    await line.ready();
    await line.plc.offer(10, PERIOD);
    await line.answered(10);
    await line.published();
    // Room for what a stop leaves is taken in a quiet moment.
    await expect
      .poll(() => statSync(join(path, 'journal.spill'), { throwIfNoEntry: false })?.size ?? 0, { timeout: 15_000 })
      .toBeGreaterThan(60_000);
    const free = fill(path);
    let parts = 10;
    while (!alarms(line, 'STORE_FULL').includes(true)) {
      await line.plc.offer(5, PERIOD);
      parts += 5;
    }
    await line.plc.offer(20, PERIOD);
    parts += 20;
    await line.answered(parts);
    return { line, parts, free };
  }

  it('a change of the config: no part loses its record, no sequence is given out twice', { timeout: 120_000 }, async () => {
    const { line, parts, free } = await fullLine();
    const readies = line.station().readies;
    // Of how models run: everything starts anew but the store itself.
    const changed = { ...line.config, inference: { ...(line.config['inference'] as object), queue: 17 } };
    writeFileSync(line.file, JSON.stringify(changed, null, 2));
    await line.agent.says(({ msg }) => msg === 'the changed config runs', 'that the change runs');
    await line.ready(readies);
    await line.plc.offer(10, PERIOD);
    await line.answered(parts + 10);
    free();
    await expect.poll(() => line.rows().length, { timeout: 20_000 }).toBe(parts + 10);
    await line.published();
    expect(await line.agent.stop()).toBe(0);
    const rows = line.expectSound();
    expect(rows).toHaveLength(parts + 10);
    expect(rows.filter(({ outcome }) => outcome !== 'judged')).toEqual([]);
  });

  it('SIGTERM: it ends in time, and the next life has every record', { timeout: 120_000 }, async () => {
    const { line, parts, free } = await fullLine();
    const began = performance.now();
    expect(await line.agent.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(line.rows().length).toBeLessThan(parts);
    free();
    const readies = line.station().readies;
    line.restart();
    await line.ready(readies);
    await line.plc.offer(5, PERIOD);
    await line.answered(parts + 5);
    await expect.poll(() => line.rows().length, { timeout: 20_000 }).toBe(parts + 5);
    await line.published();
    expect(await line.agent.stop()).toBe(0);
    const rows = line.expectSound();
    expect(rows).toHaveLength(parts + 5);
    expect(rows.filter(({ outcome }) => outcome !== 'judged')).toEqual([]);
  });

  it('a change of the publisher alone: it is told of what waits for the disk when it is there, and no part starts anew', {
    timeout: 120_000,
  }, async () => {
    const { line, parts, free } = await fullLine();
    const { readies } = line.station();
    const renamed = { ...line.config, line: { ...(line.config['line'] as object), area: 'foundry' } };
    writeFileSync(line.file, JSON.stringify(renamed, null, 2));
    await line.agent.says(({ msg }) => msg === 'the changed config runs', 'that the change runs');
    // Alarms go out when the new one has looked at the outbox, which has not yet what was accepted.
    const told = ({ topic, payload }: Received) => /\/foundry\/.*\/alarm\/STORE_FULL\//.test(topic) && payload['active'] === true;
    await line.subscriber.until(() => line.subscriber.received.some(told), 'the alarm under the new name');
    await line.plc.offer(10, PERIOD);
    await line.answered(parts + 10);
    expect(uncommitted(line)).toEqual([]);
    expect(line.rows().length).toBeLessThan(parts);
    free();
    await line.subscriber.until(() => alarms(line, 'STORE_FULL').at(-1) === false, 'that the alarm is cleared');
    await line.published();
    expect(await line.agent.stop()).toBe(0);
    const rows = line.expectSound();
    expect(rows).toHaveLength(parts + 10);
    expect(rows.filter(({ outcome }) => outcome === 'missed' || outcome === 'unrecorded')).toEqual([]);
    expect(line.station().readies).toBe(readies);
  });
});

describe.skipIf(!canTrace())('a disk that fails', () => {
  it('for a while keeps no verdict from the PLC, and has it all when it is well', { timeout: 180_000 }, async () => {
    // Behind those of the start: each step of the journal's migrations is one.
    const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=45..51'];
    const line = await startLine({}, { wrap: ['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', ...inject] });
    await line.ready();
    let parts = 0;
    while (!alarms(line, 'STORE_FAILED').includes(true)) {
      await line.plc.offer(5, PERIOD);
      parts += 5;
      await line.answered(parts);
    }
    await line.plc.offer(10, PERIOD);
    parts += 10;
    await line.answered(parts);
    expect(uncommitted(line)).toEqual([]);
    await recovers(line, parts, 'STORE_FAILED');
  });
});

describe('a folder that another agent holds', () => {
  it('ends the second agent, which says why, and costs the first one nothing', { timeout: 90_000 }, async () => {
    const line = await startLine();
    await line.ready();
    await line.plc.offer(5, PERIOD);
    const second = startAgent(line.file);
    // Its cameras and networks run already when the journal refuses it: they must not keep it alive.
    expect(await second.ended).toBe(1);
    expect(second.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('[STORE_LOCKED] Another agent is at work in'));
    await line.plc.offer(5, PERIOD);
    await line.answered(10);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    expect(line.expectSound().filter(({ outcome }) => outcome !== 'judged')).toEqual([]);
  });
});
