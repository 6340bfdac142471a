import { describe, expect, it } from 'vitest';
import { type Line, startLine } from '../integration/line.ts';
import { startAgent } from '../simulators/agent.ts';
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
  expect(await line.agent.stop()).toBe(0);
  await line.published();
  const rows = line.expectSound();
  expect(rows).toHaveLength(parts);
  expect(rows.filter(({ outcome }) => outcome === 'missed')).toEqual([]);
  expect(line.station().answers).toHaveLength(parts);
}

describe.skipIf(!canMount())('a disk that is full', () => {
  it('keeps no verdict from the PLC, publishes nothing early, and has it all when there is room', { timeout: 120_000 }, async () => {
    const path = disk('2m');
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

describe.skipIf(!canTrace())('a disk that fails', () => {
  it('for a while keeps no verdict from the PLC, and has it all when it is well', { timeout: 180_000 }, async () => {
    const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=30..36'];
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
