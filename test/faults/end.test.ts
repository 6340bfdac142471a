import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startLine, stationOf } from '../integration/line.ts';

const PERIOD = 100;
const preload = [resolve(import.meta.dirname, 'nobody-handles.mjs')];
/** From SIGTERM to the end of the process, whatever hangs. */
const WITHIN = 10_000;

describe('a fault of the agent that nobody handles', () => {
  it.each(['SIGUSR2', 'SIGHUP'] as const)(
    'by %s is recorded, costs no part under inspection, and ends the agent to be started again',
    {
      timeout: 120_000,
    },
    async (signal) => {
      const line = await startLine({}, { preload });
      await line.ready();
      await line.plc.run(PERIOD);
      await line.answered(10);
      // Both at once: what is on the disk is published by the next life.
      await line.broker.close();
      line.agent.signal(signal);
      expect(await line.agent.ended).toBe(8);
      const why = line.agent.log.find(({ msg }) => msg.includes('planted'));
      expect(why).toMatchObject({ code: 'INTERNAL', level: 'error' });
      expect(String(why?.['stack'])).toContain('nobody-handles.mjs');
      const [{ detail } = { detail: '' }] = line.sql<{ detail: string }>(
        "SELECT detail FROM loads WHERE kind = 'agent' ORDER BY at DESC LIMIT 1",
      );
      expect(JSON.parse(detail)).toMatchObject({ fault: 'INTERNAL', why: expect.stringContaining('planted') });
      await line.plc.halt();
      // What was answered is on record, what is on record was answered: the next life finds the rest as missed.
      const answered = line.station().answers.map(({ part }) => part);
      expect(line.rows().map(({ part }) => part)).toEqual(answered);
    },
  );
});

describe('SIGTERM', () => {
  it('while a broken config is looked at, and again and again while the agent starts, ends it cleanly', { timeout: 120_000 }, async () => {
    const line = await startLine();
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(5);
    writeFileSync(`${line.file}.new`, '{"line": [');
    renameSync(`${line.file}.new`, line.file);
    await line.agent.says(({ code }) => code === 'CONFIG_REJECTED', 'that the config is rejected');
    const from = performance.now();
    expect(await line.agent.stop()).toBe(0);
    expect(performance.now() - from).toBeLessThan(WITHIN);
    await line.plc.halt();
    writeFileSync(line.file, JSON.stringify(line.config));
    for (const after of [50, 300, 600, 1000]) {
      const agent = line.restart();
      await new Promise((wait) => setTimeout(wait, after));
      const began = performance.now();
      const how = await agent.stop();
      // Before the agent listens, the signal ends the process by itself.
      expect([0, 'SIGTERM']).toContain(how);
      expect(performance.now() - began).toBeLessThan(WITHIN);
    }
    await line.published().catch(() => {});
    expect(line.rows().map(({ sequence }) => sequence)).toEqual(line.rows().map((_, i) => i + 1));
  });

  it('answers what is under inspection with on_failure where its deadline is far away', { timeout: 120_000 }, async () => {
    const line = await startLine({
      cameras: (folder) => ({ top: { url: `dir://${folder}/frames`, fps: 20 }, never: { url: 'http://127.0.0.1:9/none' } }),
      web: '127.0.0.1:0',
      stations: {
        outlet: stationOf('', {
          deadline: '60s',
          frame: { select: 'nearest', tolerance: '50s' },
          models: { surface: { model: 'classify', camera: 'never' } },
        }),
      },
    });
    await line.ready();
    await line.plc.offer(2, PERIOD);
    await expect.poll(() => line.depth('station/outlet'), { timeout: 20_000 }).toBe(2);
    const from = performance.now();
    expect(await line.agent.stop()).toBe(0);
    expect(performance.now() - from).toBeLessThan(WITHIN);
    expect(line.rows().map(({ outcome, verdict, answer }) => ({ outcome, verdict, answer }))).toEqual(
      Array.from({ length: 2 }, () => ({ outcome: 'failed', verdict: 'review', answer: 'written' })),
    );
  });

  it('ends the process although PLC and broker are frozen', { timeout: 120_000 }, async () => {
    const line = await startLine();
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(5);
    line.plc.server.freeze();
    const from = performance.now();
    const how = await line.agent.stop();
    line.plc.server.thaw();
    expect([0, 'SIGKILL']).toContain(how);
    expect(performance.now() - from).toBeLessThan(WITHIN);
  });

  it('ends the process although the main thread hangs after it', { timeout: 60_000 }, async () => {
    const line = await startLine({}, { preload });
    await line.ready();
    line.agent.signal('SIGTERM');
    await line.agent.says(({ msg }) => msg === 'the agent stops', 'that it stops');
    line.agent.signal('SIGVTALRM');
    const from = performance.now();
    expect([0, 'SIGKILL']).toContain(await line.agent.ended);
    expect(performance.now() - from).toBeLessThan(WITHIN);
  });
});
