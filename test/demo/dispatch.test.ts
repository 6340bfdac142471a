import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dispatch, type PressOrder, SETUP } from '#agent/cli/demo/dispatch.js';
import type { Part } from '#agent/desk/simulation/parts.js';
import { partOf } from '#agent/desk/simulation/press.js';

const PERIOD = 200;
const press = { seed: 1, period: PERIOD, epoch: 0, course: 'shift' } as const;
const partAt = (number: number): Part => partOf(press, number);

/** Lets `beats` pass; each part is judged before the next one comes. */
function run(dispatch: Dispatch, beats: number, verdictOf: (number: number) => 'ok' | 'nok' = () => 'ok') {
  return Array.from({ length: beats }, (_, n) => {
    const made = dispatch.beat(partAt(n), n * PERIOD);
    if (made) dispatch.judged(made.part.serial, verdictOf(n));
    return made;
  });
}

describe('a press with orders', () => {
  it('is laid in its master parts first, each where the camera shows what it is, and they count for no order', () => {
    const dispatch = new Dispatch([
      { serial: 'GOOD', truth: 'ok' },
      { serial: 'BAD', truth: 'nok' },
    ]);
    dispatch.give([{ id: 'a', product: 'small', quantity: 3 }]);
    const made = run(dispatch, 60).filter((one) => one !== null);
    expect(made.map(({ part, order }) => [order, part.truth])).toEqual([
      [null, 'ok'],
      [null, 'nok'],
      ['a', expect.any(String)],
      ['a', expect.any(String)],
      ['a', expect.any(String)],
    ]);
    expect(made.slice(0, 2).map(({ part }) => part.serial)).toEqual(['GOOD', 'BAD']);
    expect(made[1]?.part.defects).not.toEqual([]);
  });

  it('makes what it was told is next, else the first that came, and is set up between two products', () => {
    const dispatch = new Dispatch([]);
    dispatch.give([
      { id: 'a', product: 'small', quantity: 2 },
      { id: 'b', product: 'large', quantity: 1 },
      { id: 'c', product: 'small', quantity: 1 },
    ]);
    dispatch.tellNext('c');
    const orders = run(dispatch, 40).map((one) => one?.order ?? null);
    expect(orders.slice(0, 3)).toEqual(['c', 'a', 'a']);
    const standing = orders.slice(3).indexOf('b');
    expect(standing).toBe(SETUP / PERIOD);
    expect(orders.slice(3, 3 + standing).every((order) => order === null)).toBe(true);
  });

  it('stands while it is held, and makes as many good parts of each order as were asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ product: fc.constantFrom('small', 'large'), quantity: fc.integer({ min: 1, max: 6 }) }), { maxLength: 6 }),
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 0, max: 60 }),
        (wanted, bad, heldAt) => {
          const orders: readonly PressOrder[] = wanted.map((one, n) => ({ id: String(n), ...one }));
          const dispatch = new Dispatch([]);
          dispatch.give(orders);
          const made = new Map<string, number>();
          for (let n = 0; n < 400; n++) {
            if (n === heldAt) dispatch.hold();
            if (n === heldAt + 10) dispatch.release();
            const one = dispatch.beat(partAt(n), n * PERIOD);
            if (n >= heldAt && n < heldAt + 10) expect(one).toBeNull();
            if (!one) continue;
            const verdict = n % bad === 0 ? 'nok' : 'ok';
            if (verdict === 'ok') made.set(one.order ?? '', (made.get(one.order ?? '') ?? 0) + 1);
            dispatch.judged(one.part.serial, verdict);
          }
          expect(Object.fromEntries(made)).toEqual(Object.fromEntries(orders.map(({ id, quantity }) => [id, quantity])));
        },
      ),
    );
  });
});
