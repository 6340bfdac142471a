import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lineside } from '../cli/setup.ts';
import { cameraOf, grey, startLine, stationOf } from './line.ts';

interface Shadow {
  readonly id: string;
  readonly inspection: string;
  readonly difference: string;
  readonly verdict: string;
  readonly candidate_verdict: string;
  readonly candidate_package: string;
}

const station = (shadow: object) => stationOf('', { models: { surface: { model: 'classify', camera: 'top', shadow } } });

describe('a candidate that runs in the shadow', () => {
  it('changes nothing, and every difference is stored and published once', { timeout: 400_000 }, async () => {
    // The same network with another threshold: it lets pass what the other calls nok.
    const line = await startLine({ stations: { outlet: station({ model: 'classify-other', threshold: 0.999999, review: [0, 0] }) } });
    await line.ready();
    await line.agent.says(({ msg, slot }) => msg === 'model is live' && slot === 'outlet/surface~shadow', 'that the candidate is there');
    await line.plc.offer(30, 100);
    await line.answered(30);
    await line.subscriber.until(() => line.events('shadow').length > 0, 'a difference');
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows.filter(({ outcome }) => outcome !== 'judged')).toEqual([]);
    const compared = line.sql<Shadow>('SELECT * FROM shadows');
    expect(compared.length).toBeGreaterThan(0);
    const given = new Map(rows.map(({ id, verdict }) => [id, verdict]));
    expect(compared.filter(({ inspection, verdict }) => given.get(inspection) !== verdict)).toEqual([]);
    const differing = compared.filter(({ difference }) => difference !== 'none');
    expect(new Set(differing.map((row) => [row.difference, row.verdict, row.candidate_verdict].join()))).toEqual(
      new Set(['verdict,nok,ok']),
    );
    expect(new Set(line.events('shadow').map(({ payload }) => payload['id']))).toEqual(new Set(differing.map(({ id }) => id)));
    expect(line.sql('SELECT parts, verdicts, current, candidate FROM shadow_summary')).toEqual([
      { parts: compared.length, verdicts: differing.length, current: 'classify 1.0.0', candidate: 'classify-other 1.0.0' },
    ]);
    const [found] = line.sql<{ package: string }>('SELECT DISTINCT package FROM findings');
    expect(found?.package).toBe('classify');
  });

  it('takes the place while the line runs, and the change is recorded and published', { timeout: 400_000 }, async () => {
    const line = await startLine({ stations: { outlet: station({ model: 'classify-other' }) } });
    await line.ready();
    await line.agent.says(({ msg, slot }) => msg === 'model is live' && slot === 'outlet/surface~shadow', 'that the candidate is there');
    const { readies } = line.station();
    const { status, stderr } = lineside('models', 'promote', '--config', line.file);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await line.subscriber.until(() => line.events('model').length > 0, 'the change');
    expect(line.events('model').map(({ payload }) => payload)).toMatchObject([
      {
        station: 'outlet',
        model: 'surface',
        recipe: null,
        change: 'promoted',
        from: { package: 'classify', version: '1.0.0' },
        to: { package: 'classify-other', version: '1.0.0' },
      },
    ]);
    // A first part that passes while the agent starts again is missed, and nothing counts from before it: nobody can know.
    await line.ready(readies);
    await line.plc.offer(5, 100);
    await line.answered(5);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    line.expectSound();
    expect(line.sql('SELECT DISTINCT package FROM findings')).toEqual([{ package: 'classify-other' }]);
    expect(line.sql<{ detail: string }>("SELECT detail FROM loads WHERE kind = 'model' AND detail LIKE '%promoted%'")).toHaveLength(1);
  });

  it('and hangs costs no part its verdict', { timeout: 400_000 }, async () => {
    const line = await startLine({
      cameras: (folder) => ({ top: cameraOf(folder, 'moods', 4) }),
      prepare: async (folder) => {
        mkdirSync(join(folder, 'moods'));
        // The package `slow` takes first pixel x second pixel x 20 rounds: at most some 600 ms on a fast box.
        for (let i = 1; i <= 3; i++) await grey(join(folder, 'moods', `${i}.png`), (x, y) => (i === 3 && y === 0 && x < 2 ? 255 : 5));
      },
      stations: { outlet: station({ model: 'slow' }) },
      inference: { timeout: '250ms' },
    });
    await line.ready();
    await line.agent.says(({ msg, slot }) => msg === 'model is live' && slot === 'outlet/surface~shadow', 'that the candidate is there');
    await line.plc.run(100);
    await line.agent.says(({ code, slot }) => code === 'MODEL_HUNG' && slot === 'outlet/surface~shadow', 'that the candidate hangs');
    await line.more(10);
    // It may have hung on its very first part: then it judges once it has been loaded again, which takes a busy box seconds.
    const judged = () => line.sql<{ n: number }>('SELECT count(*) AS n FROM shadows')[0]?.n;
    await expect.poll(judged, { timeout: 60_000 }).toBeGreaterThan(0);
    await line.halt();
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    expect(line.expectSound().filter(({ outcome }) => outcome !== 'judged')).toEqual([]);
  });
});
