import { describe, expect, it } from 'vitest';
import type { PartStatus } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { type Life, Runner } from '#agent/runtime/runner.js';
import { ManualClock, settle } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const lost = () => new LinesideError('MQTT_UNREACHABLE', { url: 'mqtt://x', why: 'gone' });
const untilAborted = ({ signal }: Life) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

function running(live: (life: Life, n: number) => Promise<void>, more: Partial<ConstructorParameters<typeof Runner>[0]> = {}) {
  const clock = new ManualClock();
  const statuses: PartStatus[] = [];
  const lives: number[] = [];
  const log = memoryLog();
  const runner = new Runner({
    name: 'thing',
    clock,
    log,
    random: () => 1,
    live: (life) => {
      lives.push(clock.elapsed());
      return live(life, lives.length);
    },
    onStatus: (status) => statuses.push(status),
    backoff: { first: 1000, most: 60_000 },
    ...more,
  });
  runner.start();
  return { clock, runner, lives, statuses, log };
}

describe('the runner', () => {
  it('starts a lost part again with doubling waits up to the most', async () => {
    const { clock, runner, lives } = running(() => Promise.reject(lost()));
    await clock.advance(400_000);
    expect(lives.slice(0, 8)).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 123_000]);
    expect(runner.status).toBe('degraded');
    expect(runner.fault?.code).toBe('MQTT_UNREACHABLE');
    expect(runner.restarts).toBe(lives.length);
  });

  it('spreads the waits over half their length', async () => {
    const { clock, lives } = running(() => Promise.reject(lost()), { random: () => 0 });
    await clock.advance(3600);
    expect(lives).toEqual([0, 500, 1500, 3500]);
  });

  it('starts the back-off anew after a life that lasted', async () => {
    const { clock, lives } = running(async (life, n) => {
      if (n < 4) throw lost();
      life.online();
      await clock.sleep(20_000);
      throw lost();
    });
    await clock.advance(30_000);
    expect(lives).toEqual([0, 1000, 3000, 7000, 28_000]);
  });

  it('starts the back-off anew after a life whose end was understood', async () => {
    const { clock, lives } = running((life, n) => {
      if (n === 3) life.understood();
      return Promise.reject(lost());
    });
    await clock.advance(6000);
    expect(lives).toEqual([0, 1000, 3000, 4000, 6000]);
  });

  it('is running from online() on, degraded after a loss, stopped at the end', async () => {
    const { clock, runner, statuses } = running(async (life, n) => {
      if (n === 1) throw lost();
      life.online();
      await untilAborted(life);
    });
    await clock.advance(2000);
    expect(runner.fault).toBeNull();
    await runner.stop();
    expect(statuses).toEqual(['degraded', 'running', 'stopped']);
  });

  it('ends a silent life and says how long it was silent', async () => {
    const { clock, runner, lives } = running((life) => untilAborted(life), {
      silence: { after: 5000, error: (seconds) => new LinesideError('CAMERA_SILENT', { camera: 'top', seconds }) },
    });
    await clock.advance(4999);
    expect(lives).toHaveLength(1);
    await clock.advance(2);
    expect(runner.fault?.message).toBe('[CAMERA_SILENT] Camera top has sent no picture for 5 s.');
    await clock.advance(1000);
    expect(lives).toHaveLength(2);
  });

  it('lets a life live that gives signs of it', async () => {
    const { clock, lives, log } = running(
      async (life) => {
        await settle();
        for (;;) {
          life.beat();
          await clock.sleep(3000, life.signal);
        }
      },
      { silence: { after: 5000, error: (seconds) => new LinesideError('CAMERA_SILENT', { camera: 'top', seconds }) } },
    );
    await clock.advance(60_000);
    expect(log.lines).toEqual([]);
    expect(lives).toHaveLength(1);
  });

  it('leaves a life behind that does not settle, says so, and goes on', async () => {
    const { clock, lives, log } = running(() => new Promise<void>(() => {}), {
      silence: { after: 1000, error: (seconds) => new LinesideError('CAMERA_SILENT', { camera: 'top', seconds }) },
    });
    await clock.advance(1000 + 3000 + 1000);
    expect(lives).toHaveLength(2);
    expect(log.lines.map((l) => l.text)).toContain('a part did not stop when told to and was left behind');
  });

  it('does not start a part again that has done its work', async () => {
    const { clock, runner, lives } = running(async () => {});
    await clock.advance(100_000);
    expect(lives).toHaveLength(1);
    expect(runner.status).toBe('stopped');
  });

  it('stops in the middle of a wait', async () => {
    const { clock, runner, lives } = running(() => Promise.reject(lost()));
    await clock.advance(100);
    await runner.stop();
    await clock.advance(100_000);
    expect(lives).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('stops although the life hangs', async () => {
    const { clock, runner } = running(() => new Promise<void>(() => {}));
    await settle();
    const stopped = runner.stop();
    await clock.advance(3000);
    await stopped;
    expect(runner.status).toBe('stopped');
  });

  it('starts again within a second of the other side being back, however long the back-off has grown', async () => {
    let there = false;
    const { clock, lives } = running((life) => (there ? untilAborted(life) : Promise.reject(lost())), { probe: async () => there });
    await clock.advance(200_000);
    const before = lives.length;
    there = true;
    await clock.advance(1000);
    expect(lives).toHaveLength(before + 1);
  });

  it('keeps the back-off for what listens and refuses, and begins it anew for what came back and is not ready yet', async () => {
    let there = true;
    const { clock, lives } = running(() => Promise.reject(lost()), { probe: async () => there });
    await clock.advance(130_000);
    expect(lives).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 123_000]);
    there = false;
    await clock.advance(10_000);
    there = true;
    await clock.advance(16_000);
    const again = lives.slice(8).map((at) => at - (lives[8] ?? 0));
    expect(again).toEqual([0, 1000, 3000, 7000, 15_000]);
  });
});
