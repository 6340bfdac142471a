import { describe, expect, it } from 'vitest';
import { Pace } from '#agent/sources/cameras/pace.js';

/** [clock, stamp] of each picture in turn. */
const judge = (pictures: readonly (readonly [now: number, stamp: number])[]) => {
  const pace = new Pace();
  return pictures.map(([now, stamp]) => pace.judge(now, stamp));
};
const live = (count: number, from: { now: number; stamp: number }, period = 40) =>
  Array.from({ length: count }, (_, i) => [from.now + i * period + ((i * 7) % 5), from.stamp + i * period] as const);

describe('pictures', () => {
  it('that a decoder has collected are old until they come at their own pace, however slow it decodes', () => {
    for (const decoding of [2, 10, 25]) {
      const backlog = Array.from({ length: 35 }, (_, i) => [1000 + i * decoding, i * 40] as const);
      const then = live(20, { now: 1000 + 35 * decoding + 30, stamp: 35 * 40 });
      const judged = judge([...backlog, ...then]);
      expect(judged.slice(0, 35)).toEqual(backlog.map(() => 'old'));
      expect(judged.slice(-10)).toEqual(Array.from({ length: 10 }, () => 'current'));
    }
  });

  it('of a camera that is slow are current after the first few', () => {
    expect(judge(live(8, { now: 0, stamp: 5000 }, 1000))).toEqual(['old', 'old', 'old', ...Array.from({ length: 5 }, () => 'current')]);
  });

  it('that the network held back are old until it has caught up', () => {
    const first = live(50, { now: 0, stamp: 0 });
    const late = Array.from({ length: 50 }, (_, i) => [4000 + i * 5, 2000 + i * 40] as const);
    const judged = judge([...first, ...late]);
    expect(judged[50]).toBe('old');
    expect(judged.at(-1)).toBe('current');
  });

  it('that come later and later are told of', () => {
    const judged = judge(Array.from({ length: 400 }, (_, i) => [i * 60, i * 40] as const));
    expect(judged.indexOf('behind')).toBeGreaterThan(judged.indexOf('current'));
    expect(judged.at(-1)).toBe('behind');
  });

  it('of a camera whose clock runs a little fast or slow stay current for hours', () => {
    for (const drift of [0.9995, 1.0005]) {
      const judged = judge(Array.from({ length: 20_000 }, (_, i) => [i * 1000, i * 1000 * drift] as const));
      expect(new Set(judged.slice(5))).toEqual(new Set(['current']));
    }
  });
});
