import { describe, expect, it } from 'vitest';
import { bench, faultOf, frame } from './setup.ts';
import { laid, symbol } from './symbols.ts';

const formats = ['data_matrix', 'qr_code', 'code_128'];

async function reader() {
  const { engine } = await bench([], { symbols: true });
  await engine.start();
  return engine;
}

describe('codes on parts', () => {
  it.each([
    ['DataMatrix', 'P-000123'],
    ['QRCode', 'https://acme.example/p/17'],
    ['Code128', 'LOT24-0815'],
  ] as const)('reads %s out of every format of picture', { timeout: 30_000 }, async (format, text) => {
    const engine = await reader();
    const picture = laid([await symbol(text, format), 40, 30]);
    for (const pixels of ['mono8', 'rgb8', 'mono16'] as const) {
      const seen = frame(640, 240, pixels, (x, y) => picture(x, y) * (pixels === 'mono16' ? 257 : 1));
      expect(await engine.readSymbols(seen, { formats }), pixels).toEqual([text]);
      expect([seen.held, seen.holds]).toEqual([0, 1]);
    }
  });

  it('looks at the region only, and for the kinds only that are wanted', { timeout: 30_000 }, async () => {
    const engine = await reader();
    const [left, right] = await Promise.all([symbol('A-1', 'DataMatrix'), symbol('B-2', 'DataMatrix')]);
    const seen = frame(400, 200, 'mono8', laid([left, 20, 20], [right, 250, 20]));
    expect([...(await engine.readSymbols(seen, { formats }))].sort()).toEqual(['A-1', 'B-2']);
    expect(await engine.readSymbols(seen, { formats, region: [200, 0, 200, 200] })).toEqual(['B-2']);
    expect(await engine.readSymbols(seen, { formats: ['qr_code'] })).toEqual([]);
  });

  it('tells one code that is there twice once', { timeout: 30_000 }, async () => {
    const engine = await reader();
    const same = await symbol('A-1', 'DataMatrix');
    expect(await engine.readSymbols(frame(400, 200, 'mono8', laid([same, 20, 20], [same, 250, 20])), { formats })).toEqual(['A-1']);
  });

  it('writes GS1 data as people do', { timeout: 30_000 }, async () => {
    const engine = await reader();
    const gs1 = await symbol('(01)09506000134352(21)17', 'DataMatrix');
    const [text] = await engine.readSymbols(frame(300, 200, 'mono8', laid([gs1, 30, 30])), { formats });
    expect(text).toBe('(01)09506000134352(21)17');
  });

  it('finds nothing where nothing is, refuses a region outside, and says how it is', { timeout: 30_000 }, async () => {
    const engine = await reader();
    const empty = frame(160, 120, 'mono8', (x, y) => (x * 31 + y * 17) % 200);
    expect(await engine.readSymbols(empty, { formats })).toEqual([]);
    expect(await faultOf(engine.readSymbols(empty, { formats, region: [100, 0, 100, 50] }))).toMatchObject({ code: 'REGION_OUTSIDE' });
    expect(engine.health()).toMatchObject({ 'model/symbols': { status: 'running' } });
    expect(engine.queues()['model/symbols']).toMatchObject({ done: 1, depth: 0 });
    await engine.stop();
    expect(await faultOf(engine.readSymbols(empty, { formats }))).toMatchObject({ code: 'STOPPING' });
    expect(engine.threads).toBe(0);
  });

  it('starts again when its thread dies', { timeout: 30_000 }, async () => {
    const { engine, threads, next } = await bench([], { symbols: true });
    await engine.start();
    const [thread] = threads;
    const back = next(({ slot, status }) => slot === 'symbols' && status === 'running');
    thread?.kill('die');
    await back;
    const seen = frame(300, 200, 'mono8', laid([await symbol('A-1', 'DataMatrix'), 30, 30]));
    expect(await engine.readSymbols(seen, { formats })).toEqual(['A-1']);
  });
});
