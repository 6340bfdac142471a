import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartNames } from '#agent/stations/names.js';
import { judged, type Part, PLACEHOLDER, programOf, type Stall, serialOf } from '../simulators/unstamped.ts';

const tenths = (min: number, max: number) => fc.integer({ min: min * 10, max: max * 10 }).map((n) => n / 10);
const Before = tenths(-15, -0.2);
const After = tenths(0.2, 15);
/** Now so, now so: both are set in one scan, and the server looks at each on its own. */
const Either = tenths(-5, 5);
const Stalls = fc.array(fc.record({ pause: tenths(1, 600), length: tenths(20, 500) }), { maxLength: 8 }).map((all) => {
  let at = 0;
  return all.map(({ pause, length }): Stall => {
    const from = at + pause;
    at = from + length;
    return { from, to: at };
  });
});
const Torn = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
type Lag = fc.Arbitrary<number>;
const partsOf = (serial: Lag, counter: Lag, minLength = 1) =>
  fc.array(fc.record({ serial, counter, pulse: tenths(2, 18), period: tenths(40, 250) }), { minLength, maxLength: minLength + 20 });

const isOwn = ({ part, counter }: PartNames, number: number) =>
  (part === null || part === serialOf(number)) && (counter === null || counter === number);
const foreign = (given: readonly PartNames[]) =>
  given.flatMap((names, i) => (isOwn(names, i + 1) ? [] : [`part ${i + 1}: ${names.part} ${names.counter}`]));
const unnamed = (given: readonly PartNames[]) => given.filter(({ part, counter }) => part === null || counter === null);

const lines = [
  ['id after, number before', After, Before],
  ['id before, number after', Before, After],
  ['both after', After, After],
  ['both before', Before, Before],
  ['both in one scan', Either, Either],
] as const;

const steady = (serial: number, counter: number, count: number, period = 100): Part[] =>
  Array.from({ length: count }, () => ({ serial, counter, pulse: 10, period }));

describe('a PLC that stamps nothing', () => {
  it.each(lines)('names every part, from the first on, where the box keeps up: %s', async (_, serial, counter) => {
    await fc.assert(
      fc.asyncProperty(partsOf(serial, counter), Torn, async (parts, torn) => {
        const given = await judged(programOf(parts), [], torn);
        expect(given).toHaveLength(parts.length);
        expect([foreign(given), unnamed(given)]).toEqual([[], []]);
      }),
      { numRuns: 25 },
    );
  });

  it.each(lines)('and a box that stands still give no part the name of another: %s', async (_, serial, counter) => {
    await fc.assert(
      fc.asyncProperty(partsOf(serial, counter), Stalls, Torn, async (parts, stalls, torn) => {
        const given = await judged(programOf(parts), stalls, torn);
        expect(given).toHaveLength(parts.length);
        expect(foreign(given)).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  const pairs = (given: readonly PartNames[]) => given.map(({ part, counter }) => [part, counter]);

  // The number of part 1 comes in one burst with its trigger, and the trigger of part 2 right after: then it was the number of part 2.
  it.each([
    [-0.2, 0.2],
    [0.2, -0.2],
    [0.2, 0.2],
  ])('pairs nothing with the part before or after it after a burst, with the id at %d ms and the number at %d', async (serial, counter) => {
    const given = await judged(programOf(steady(serial, counter, 2, 40)), [{ from: 1, to: 70.5 }], [false]);
    expect(foreign(given)).toEqual([]);
  });

  it.each([
    ['before', -5, 10],
    ['after', 5, -10],
  ])('that is known to name parts %s their triggers names them again with the second one after a stall', async (_, lag, arrivals) => {
    const parts = steady(lag, lag, 14);
    for (let from = 150; from < 350; from += 10) {
      const given = await judged(programOf(parts), [{ from, to: from + 300 }], [false], { arrivals });
      expect(foreign(given)).toEqual([]);
      expect(unnamed(given.slice(8))).toEqual([]);
    }
  });

  it('that names parts after their triggers names them again after a stall, though too little was known of it before', async () => {
    const given = await judged(programOf(steady(5, 5, 24)), [{ from: 453, to: 580 }], [false]);
    expect(foreign(given)).toEqual([]);
    expect(unnamed(given.slice(0, 4))).toEqual([]);
    expect(unnamed(given).length).toBeGreaterThan(0);
    expect(unnamed(given.slice(16))).toEqual([]);
  });

  it('and is late itself, with all that names parts after their triggers, costs that part its name and no other', async () => {
    const parts = steady(5, 5, 20).map((part, i) => (i === 14 ? { ...part, serial: 45, counter: 40 } : part));
    const given = await judged(programOf(parts), [], [false]);
    expect(pairs(given)).toEqual(parts.map((_, i) => (i === 14 ? [null, null] : [serialOf(i + 1), i + 1])));
  });

  it('and is late with the number alone costs no part its own for good', async () => {
    const parts = steady(5, 5, 24).map((part, i) => (i === 4 ? { ...part, counter: 40 } : part));
    const given = await judged(programOf(parts), [], [false]);
    expect(foreign(given)).toEqual([]);
    expect(given.map(({ part }) => part)).toEqual(parts.map((_, i) => serialOf(i + 1)));
    expect(unnamed(given.slice(14))).toEqual([]);
  });
});

describe('a PLC that sets a placeholder when it has done with a part', () => {
  const isAnothers = ({ part, counter }: PartNames, number: number) =>
    !(part === null || part === PLACEHOLDER.serial || part === serialOf(number)) ||
    !(counter === null || counter === PLACEHOLDER.counter || counter === number);

  // Sooner than a read that asks what stands there a moment after the trigger, and later.
  it.each([12, 60])('and stamps names and triggers names every part: %d ms after the trigger', async (rest) => {
    for (const lag of [-5, -0.3, 0, 0.3, 5]) {
      const given = await judged(programOf(steady(lag, lag, 14), rest), [], [false], { isStamped: true });
      expect([lag, foreign(given), unnamed(given)]).toEqual([lag, [], []]);
    }
  });

  it.each([12, 60])('and stamps nothing names every part once it is known what it sets: %d ms after the trigger', async (rest) => {
    // What was learned with the placeholder as a name is void.
    const learned = [0, 10];
    for (const [lag, arrivals] of [-5, -0.3, 0, 0.3, 5].flatMap((each) => learned.map((known) => [each, known] as const))) {
      const given = await judged(programOf(steady(lag, lag, 14), rest), [], [false], { arrivals });
      expect(given.filter((names, i) => isAnothers(names, i + 1))).toEqual([]);
      expect([lag, arrivals, given.slice(6).map(({ part, counter }) => [part, counter])]).toEqual([
        lag,
        arrivals,
        given.slice(6).map((_, i) => [serialOf(i + 7), i + 7]),
      ]);
    }
  });

  const inOneScan = fc.constant(0);
  it.each([...lines, ['both at the trigger', inOneScan, inOneScan] as const])(
    'and a box that stands still give no part the name of another: %s',
    async (_, serial, counter) => {
      const Stamped = fc.boolean();
      await fc.assert(
        fc.asyncProperty(
          partsOf(serial, counter),
          tenths(18.5, 24),
          Stalls,
          Torn,
          Stamped,
          async (parts, rest, stalls, torn, isStamped) => {
            const given = await judged(programOf(parts, rest), stalls, torn, { isStamped });
            expect(given.filter((names, i) => isAnothers(names, i + 1))).toEqual([]);
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
