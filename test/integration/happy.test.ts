import { describe, expect, it } from 'vitest';
import { startLine } from './line.ts';

describe('a line on which nothing goes wrong', () => {
  it('gives every trigger one record, one event and one answer', { timeout: 60_000 }, async () => {
    const line = await startLine();
    await line.ready();
    await line.plc.offer(60, 60);
    await line.answered(60);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array(60).fill('judged'));
    expect(line.events()).toHaveLength(60);
    expect(line.station().answers).toHaveLength(60);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['ok', 'nok']));
  });
});
