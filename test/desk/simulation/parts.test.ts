import { describe, expect, it } from 'vitest';
import { EDGE, type Part, POSES, partAt, SIZES, TRAVEL } from '#agent/desk/simulation/parts.js';
import { faultAt } from '#agent/desk/simulation/physics.js';
import { firstAfter, partOf, timeOf } from '#agent/desk/simulation/press.js';
import { elsewhere } from './elsewhere.ts';

const PERIOD = 130;
const many = (seed: number, count = 5000) => Array.from({ length: count }, (_, i) => partAt(seed, i + 1, (i + 1) * PERIOD));
const parts = many(1);
const share = (of: readonly Part[], is: (part: Part) => boolean) => of.filter(is).length / of.length;
const exceeds = ({ defects }: Part) => defects.some(({ kind, size }) => size >= SIZES[kind].limit);

describe('parts', () => {
  it('are the same in every process', () => {
    const numbers = [1, 77, 40, 4999];
    const script = `[${[...numbers].reverse()}].map((n) => partAt(1, n, n * ${PERIOD}))`;
    expect(elsewhere({ partAt: 'parts' }, script)).toEqual(numbers.map((n) => parts[n - 1]).reverse());
  });

  it('have serials of their own', () => {
    expect(parts[41]?.serial).toBe('BC-000042');
    expect(new Set(parts.map(({ serial }) => serial)).size).toBe(parts.length);
  });

  it('are nok exactly when a defect above its limit can be seen or the process was out of bounds when they were cast', () => {
    for (const part of parts) {
      const fault = faultAt(1, part.number * PERIOD - TRAVEL);
      expect(part.truth).toBe(exceeds(part) || fault ? 'nok' : 'ok');
      expect(part.visible).toBe(exceeds(part));
      expect(part.cause).toBe(fault ?? (part.visible ? 'random' : null));
    }
  });

  it('leave a gap around every limit: truth is never a matter of taste', () => {
    for (const { kind, size } of parts.flatMap(({ defects }) => defects)) {
      const { blemish, limit, defect } = SIZES[kind];
      expect(size < limit ? limit / size : size / limit).toBeGreaterThan(1.5);
      const [least, most] = size < limit ? (blemish ?? [0, 0]) : defect;
      expect(size).toBeGreaterThanOrEqual(least);
      expect(size).toBeLessThanOrEqual(most);
    }
  });

  it('need both eyes and tags: some bad ones look fine, some come from a sound process', () => {
    const bad = parts.filter(({ truth }) => truth === 'nok');
    expect(share(bad, ({ visible }) => !visible)).toBeGreaterThan(0.2);
    expect(share(bad, ({ cause }) => cause === 'random')).toBeGreaterThan(0.08);
  });

  it('fail at the rates that the README gives', () => {
    const [under, sound] = [
      parts.filter(({ cause }) => cause && cause !== 'random'),
      parts.filter(({ cause }) => !cause || cause === 'random'),
    ];
    expect(share(under, ({ visible }) => visible)).toBeCloseTo(0.6, 1);
    expect(share(sound, ({ visible }) => visible)).toBeCloseTo(0.03, 2);
    expect(share(parts, ({ defects }) => defects.some(({ kind, size }) => size < SIZES[kind].limit))).toBeCloseTo(0.15, 1);
    expect(share(parts, ({ truth }) => truth === 'nok')).toBeGreaterThan(0.12);
    expect(share(parts, ({ truth }) => truth === 'nok')).toBeLessThan(0.25);
  });

  it('show what their cause does to them', () => {
    const kinds = (cause: Part['cause']) =>
      new Set(
        parts
          .filter((part) => part.cause === cause && part.visible)
          .flatMap(({ defects }) => defects.filter((d) => d.size >= SIZES[d.kind].limit).map(({ kind }) => kind)),
      );
    expect(kinds('overheating')).toEqual(new Set(['flash', 'pore']));
    expect(kinds('pressure-drift')).toEqual(new Set(['cold_shut', 'pore']));
    expect(kinds('random')).toEqual(new Set(['scratch', 'pore']));
  });

  it('carry their defects where there is metal', () => {
    for (const { kind, x, y } of parts.flatMap(({ defects }) => defects)) {
      if (kind === 'flash') expect(Math.abs(y)).toBe(EDGE);
      else expect(Math.abs(x) >= 36 && Math.abs(x) <= 50 && Math.abs(y) <= 22).toBe(true);
    }
  });

  it('lie a little differently each time, in every pose', () => {
    expect(new Set(parts.map(({ pose }) => pose)).size).toBe(POSES);
    for (const { shift, light } of parts) {
      for (const mm of shift) expect(Math.abs(mm)).toBeLessThanOrEqual(2.5);
      expect(light > 0.9 && light < 1.1).toBe(true);
    }
  });

  it('differ from day to day', () => {
    const other = many(2, 1000);
    expect(share(other, (part) => part.truth === parts[part.number - 1]?.truth)).toBeLessThan(0.95);
  });
});

describe('the beat of the press', () => {
  const press = { seed: 1, epoch: 1_000_000, period: 1000 / 3 };

  it('puts every part at a whole millisecond, without drift', () => {
    expect([1, 2, 3, 3000].map((n) => timeOf(press, n))).toEqual([1_000_333, 1_000_667, 1_001_000, 2_000_000]);
  });
  it('finds the first part at or after a time, and never one before the first', () => {
    const even = { ...press, period: 50 };
    expect([0, 1_000_000, 1_000_050, 1_000_051].map((time) => firstAfter(even, time))).toEqual([1, 1, 1, 2]);
  });
  it('knows a part by its number alone', () => {
    expect(partOf({ ...press, period: PERIOD }, 500)).toEqual(parts[499]);
  });
});
