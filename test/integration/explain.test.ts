import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Line, startLine, stationOf } from './line.ts';

interface Explained {
  readonly label: string;
  readonly heatmap?: {
    readonly x: number;
    readonly value: number;
    readonly grid: { readonly columns: number; readonly values: readonly number[] };
    readonly picture?: string;
  };
}

const findings = (line: Line) =>
  line.events().map(({ payload }) => ({ id: String(payload['id']), found: (payload['findings'] as readonly Explained[])[0] }));

async function judged(models: object, images: object) {
  const line = await startLine({ stations: { outlet: stationOf('', { models }) }, images });
  await line.ready();
  await line.plc.offer(30, 60);
  await line.answered(30);
  expect(await line.agent.stop()).toBe(0);
  await line.published();
  line.expectSound();
  return line;
}

describe('a part that is not good', () => {
  it('says where in its event, and its heat map is kept as a picture that the event names', { timeout: 400_000 }, async () => {
    const line = await judged({ surface: { model: 'classify', camera: 'top' } }, { nok: 'all' });
    const kept = line.sql<{ inspection: string; path: string; bytes: number }>("SELECT * FROM images WHERE role = 'heatmap'");
    const scratched = findings(line).filter(({ found }) => found?.label === 'scratch');
    expect(scratched.length).toBeGreaterThan(0);
    for (const { id, found } of scratched) {
      // The scratch is the left half of the picture.
      expect(found?.heatmap).toMatchObject({ value: expect.closeTo(1, 1), grid: { columns: 8 } });
      expect(found?.heatmap?.x).toBeLessThan(8);
      expect(found?.heatmap?.grid.values.slice(0, 4).every((value) => value > 0.9)).toBe(true);
      expect(found?.heatmap?.grid.values.slice(4, 8).every((value) => value < 0.1)).toBe(true);
      expect(kept.filter(({ inspection }) => inspection === id).map(({ path }) => path)).toEqual([found?.heatmap?.picture]);
    }
    const file = join(line.store, kept[0]?.path ?? '');
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 16, height: 16 });
    const good = findings(line).filter(({ found }) => found?.label === 'good');
    expect(good.length).toBeGreaterThan(0);
    expect(good.filter(({ found }) => found?.heatmap)).toEqual([]);
  });

  it('is not explained where nobody wants to know, and names no picture where none is kept', { timeout: 400_000 }, async () => {
    const models = { surface: { model: 'classify', camera: 'top', explain: 'never' }, odd: { model: 'anomaly', camera: 'top' } };
    const line = await judged(models, {});
    const all = line.events().flatMap(({ payload }) => payload['findings'] as readonly (Explained & { readonly model: string })[]);
    expect(all.filter(({ model, heatmap }) => model === 'surface' && heatmap)).toEqual([]);
    expect(all.filter(({ heatmap }) => heatmap).length).toBeGreaterThan(0);
    expect(all.filter(({ heatmap }) => heatmap?.picture !== undefined)).toEqual([]);
  });
});
