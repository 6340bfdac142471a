import { describe, expect, it } from 'vitest';
import { Admission } from '#agent/stations/admission.js';

const DEADLINE = 300;

/** Parts that come every `period` to a box that works on one at a time for `work(part)`; what became of each. */
function drive(admission: Admission, { parts, period, work }: { parts: number; period: number; work: (part: number) => number }) {
  const open: { number: number; came: number; done: number }[] = [];
  const fates: ('in time' | 'late' | 'refused')[] = [];
  let free = 0;
  const settle = (until: number) => {
    for (const part of [...open]) {
      const due = Math.min(part.done, part.came + DEADLINE);
      if (due > until) continue;
      open.splice(open.indexOf(part), 1);
      admission.done(part.number, due - part.came);
    }
  };
  for (let part = 0; part < parts; part++) {
    const came = part * period;
    settle(came);
    const number = admission.admit();
    if (number === null) {
      fates.push('refused');
      continue;
    }
    free = Math.max(free, came) + work(part);
    open.push({ number, came, done: free });
    fates.push(free - came <= DEADLINE ? 'in time' : 'late');
  }
  settle(Number.POSITIVE_INFINITY);
  return { fates, count: (fate: string, from = 0) => fates.slice(from).filter((f) => f === fate).length };
}
/** 70 to 130 % of `ms`, the same in every run. */
const varying = (ms: number) => (part: number) => ms * (0.7 + 0.6 * ((part * 0.618) % 1));

describe('admission', () => {
  it('refuses nothing of a box that keeps up', () => {
    const { count } = drive(new Admission(8, DEADLINE), { parts: 1000, period: 100, work: varying(70) });
    expect(count('in time')).toBe(1000);
  });

  it.each([1.5, 2, 4])('takes on, at %s times what the box can do, what it can do in time', (factor) => {
    const admission = new Admission(8, DEADLINE);
    const { count } = drive(admission, { parts: 4000, period: 70 / factor, work: varying(70) });
    const able = (4000 - 200) / factor;
    expect(count('in time', 200) / able).toBeGreaterThan(0.85);
    expect(count('late', 200) / able).toBeLessThan(0.05);
    expect(admission.refused).toBe(count('refused'));
  });

  it('finds out that a box that stood still is itself again', () => {
    const { fates } = drive(new Admission(8, DEADLINE), { parts: 600, period: 60, work: (part) => (part < 100 ? 400 : 50) });
    expect(fates.slice(0, 100).filter((fate) => fate === 'in time').length).toBeLessThan(5);
    // What was taken on while it stood still is still to be worked off.
    expect(fates.slice(400).filter((fate) => fate !== 'in time')).toEqual([]);
  });

  it('learns nothing from a part that waited for something else than the box', () => {
    const admission = new Admission(2, DEADLINE);
    for (let i = 0; i < 20; i++) admission.done(admission.admit() ?? 0, null);
    admission.admit();
    expect(admission.admit()).not.toBeNull();
    expect(admission.admit()).toBeNull();
  });

  it('hears one stall once, however many parts were caught in it', () => {
    const admission = new Admission(8, DEADLINE);
    const caught = Array.from({ length: 8 }, () => admission.admit() ?? 0);
    for (const number of caught) admission.done(number, DEADLINE);
    const next = Array.from({ length: 8 }, () => admission.admit());
    expect(next.filter((number) => number !== null)).toHaveLength(6);
  });
});

/** With a deadline of 100 ms, so that a part may take 85. */
const admission = (bound: number) => new Admission(bound, 100);
/** Takes on parts until one is refused; their numbers. */
const fill = (gate: Admission): number[] => {
  const numbers: number[] = [];
  for (let number = gate.admit(); number !== null; number = gate.admit()) numbers.push(number);
  return numbers;
};

describe('parts taken on', () => {
  it('are as many as the config allows, and each one beyond is counted', () => {
    const gate = admission(4);
    expect([fill(gate), gate.refused]).toEqual([[1, 2, 3, 4], 1]);
    gate.admit();
    expect(gate.refused).toBe(2);
  });

  it('make room when they are done with, however that was', () => {
    const gate = admission(3);
    fill(gate);
    gate.done(1, 10);
    gate.done(2, null);
    expect(fill(gate)).toEqual([4, 5]);
  });

  it('are a quarter fewer when one was late, once for all that were under way by then', () => {
    const gate = admission(8);
    fill(gate);
    for (const number of [3, 1, 2, 4, 5, 6, 7, 8]) gate.done(number, 86);
    expect(fill(gate)).toEqual([9, 10, 11, 12, 13, 14]);
    // One of those that came since tells anew.
    for (const number of [9, 10, 11, 12, 13, 14]) gate.done(number, 500);
    expect(fill(gate)).toHaveLength(4);
  });

  it.each([
    [85, 8],
    [85.1, 6],
    [null, 8],
  ])('that took %j ms leave room for %d', (took, room) => {
    const gate = admission(8);
    for (const number of fill(gate)) gate.done(number, took);
    expect(fill(gate)).toHaveLength(room);
  });

  it('become one more in ten rounds of all being in time, and never more than the config allows', () => {
    const gate = admission(4);
    const first = fill(gate);
    for (const number of first) gate.done(number, 90);
    const underWay = fill(gate);
    expect(underWay).toHaveLength(3);
    const until = (size: number, most: number) => {
      let done = 0;
      while (underWay.length < size && done < most) {
        gate.done(underWay.shift() ?? 0, 10);
        done++;
        underWay.push(...fill(gate));
      }
      return done;
    };
    // A tenth for each round of three, growing to four: (4² - 3²) / (2 · 0.1).
    expect(Math.abs(until(4, 1000) - 35)).toBeLessThanOrEqual(1);
    expect(until(5, 1000)).toBe(1000);
  });

  it('do not become more by parts that came one by one', () => {
    const gate = admission(4);
    for (const number of fill(gate)) gate.done(number, 90);
    for (let i = 0; i < 1000; i++) gate.done(gate.admit() ?? 0, 10);
    expect(fill(gate)).toHaveLength(3);
  });

  it('are always one, however late they were', () => {
    const gate = admission(4);
    for (let i = 0; i < 50; i++) gate.done(gate.admit() ?? 0, 1000);
    expect(fill(gate)).toHaveLength(1);
    // And soon more again: it never fell below one.
    let done = 0;
    for (let number = gate.admit() ?? 51; fill(gate).length < 1 && done < 1000; done++) gate.done(number++, 10);
    expect(done).toBeLessThan(40);
  });
});
