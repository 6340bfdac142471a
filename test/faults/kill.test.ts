import { describe, expect, it } from 'vitest';
import { dice } from '#scripts/faults/dice.js';
import { startLine } from '../integration/line.ts';

/** A quarter of them while it starts. The storms kill as often again, and scripts of their own far more. */
const KILLS = 16;
const PERIOD = 100;
/** ms; longer than an agent takes to start on a box that is not busy. */
const STARTING = 1500;

describe('an agent that is killed', () => {
  it(`with SIGKILL at ${KILLS} random moments under load has every part on record once`, { timeout: 500_000 }, async () => {
    const random = dice(7);
    const line = await startLine();
    const station = line.station();
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(3);
    for (let kill = 0; kill < KILLS; kill++) {
      await line.agent.kill();
      const [readies, more] = [station.readies, 1 + Math.floor(random() * 4)];
      line.restart();
      const young = random() < 0.25;
      // One in four dies while it starts: opens its journal, looks for what it missed, tells the PLC; the others in their work.
      if (!young) {
        await line.ready(readies);
        await line.more(more);
      }
      await new Promise((resolve) => setTimeout(resolve, random() * (young ? STARTING : PERIOD)));
    }
    await line.agent.kill();
    const readies = station.readies;
    line.restart();
    await line.ready(readies);
    await line.more(3);
    await line.halt();
    // What passed unseen at the very end is on record a while after the start.
    await expect.poll(() => line.rows().some(({ part }) => part === String(station.last)), { timeout: 20_000 }).toBe(true);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows.filter(({ outcome }) => outcome === 'judged').length).toBeGreaterThan(KILLS / 2);
  });
});
