import { describe, expect, it } from 'vitest';
import type { Finding, Frame, SymbolReader } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { fromFinding, fromPicture } from '#agent/stations/code.js';
import { ManualClock } from '../simulators/clock.ts';

const finding = (label: string | null, text: string, confidence: number) =>
  ({ label, score: 1 - confidence, reading: { text, confidence, characters: [] } }) as unknown as Finding;

describe('the id that a model reads', () => {
  it.each([0, 0.9])('is never what is nothing of its format, whatever confidence is asked (%d)', (confidence) => {
    const { part, fault } = fromFinding({ model: 'code', confidence }, finding(null, 'ADC', 0));
    expect([part, fault?.code, fault?.details['why']]).toEqual([
      null,
      'CODE_UNREAD',
      'model code sees ADC, which is nothing of its format',
    ]);
  });

  it.each([
    [finding('L24', 'L24', 0.9), 'L24', undefined],
    [finding('L24', 'L24', 0.89), null, 'model code read L24 with confidence 0.890, 0.9 is wanted'],
    [finding(null, '', 0), null, 'model code read nothing'],
    [undefined, null, 'model code read nothing'],
  ])('is one from the confidence on that is asked', (found, part, why) => {
    const read = fromFinding({ model: 'code', confidence: 0.9 }, found);
    expect([read.part, read.fault?.details['why']]).toEqual([part, why]);
  });
});

describe('the id that stands in a picture', () => {
  const frame = { camera: 'top' } as unknown as Frame;
  const PART = { code: 'top', formats: ['data_matrix' as const] };
  const reading = (read: SymbolReader['readSymbols'], over: { region?: [number, number, number, number] } = {}) => {
    const clock = new ManualClock();
    const asked: unknown[] = [];
    const symbols: SymbolReader = {
      readSymbols: (of, options) => {
        asked.push([of, options]);
        return read(of, options);
      },
    };
    const found = fromPicture({ ...PART, ...over }, Promise.resolve(frame), { symbols, clock }, 160.4);
    return { clock, asked, found };
  };
  const toldOf = async (found: ReturnType<typeof fromPicture>) => {
    const { part, fault } = await found;
    return [part, fault?.code, fault?.details['why']];
  };

  it('is the only code in it, looked for where and as the config says', async () => {
    const { clock, asked, found } = reading(async () => ['P7']);
    expect(await found).toEqual({ part: 'P7', fault: null });
    const { asked: there, found: again } = reading(async () => ['P7'], { region: [1, 2, 3, 4] });
    await again;
    expect([asked, there]).toEqual([
      [[frame, { formats: ['data_matrix'] }]],
      [[frame, { region: [1, 2, 3, 4], formats: ['data_matrix'] }]],
    ]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    [[], 'there is no readable code in the picture of camera top'],
    [['A', 'B'], 'camera top shows several codes, A and B'],
  ])('is none where there are %j', async (texts, why) => {
    expect(await toldOf(reading(async () => texts).found)).toEqual([null, 'CODE_UNREAD', why]);
  });

  it('is waited for so long, and not longer', async () => {
    const { clock, found } = reading(() => new Promise(() => {}));
    let done = false;
    void found.then(() => {
      done = true;
    });
    await clock.advance(160);
    expect(done).toBe(false);
    await clock.advance(1);
    expect(await toldOf(found)).toEqual([null, 'CODE_UNREAD', 'the code was not read within 160 ms']);
  });

  it('is none where there is no picture, for the reason that the picture has', async () => {
    const missing = Promise.reject(new LinesideError('FRAME_MISSING', { camera: 'top' }));
    const ports = { symbols: { readSymbols: async () => ['P7'] }, clock: new ManualClock() };
    const [part, code, why] = await toldOf(fromPicture(PART, missing, ports, 160));
    expect([part, code]).toEqual([null, 'CODE_UNREAD']);
    expect(why).toBe(new LinesideError('FRAME_MISSING', { camera: 'top' }).sentence.replace(/\.$/, ''));
  });
});
