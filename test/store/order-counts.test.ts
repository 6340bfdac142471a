/** Parts by the order that their records name, against what was put there one by one. */
import { expect, it } from 'vitest';
import { orderKpis } from '#agent/decisions/kpi/groups.js';
import { orderCounts } from '#agent/store/order-counts.js';
import { openEmpty, put } from './setup.ts';

const START = Date.UTC(2026, 0, 5, 6);
const MINUTE = 60_000;
const WISH = { from: START, to: START + 480 * MINUTE, tags: { outlet: 'plc.order' } };

function store() {
  const { db } = openEmpty();
  let sequence = 0;
  const made = (minutes: number, order: string | null, more: object = {}) => {
    const at = START + minutes * MINUTE;
    const id = `i${++sequence}`;
    const tags = order === null ? '{}' : JSON.stringify({ 'plc.order': { value: order, status: 0, source: at } });
    put(db, 'inspections', {
      id,
      sequence,
      at,
      recorded: at,
      station: 'outlet',
      recipe: 'standard',
      part: id,
      verdict: 'ok',
      outcome: 'judged',
      reasons: '[]',
      frames: '[]',
      tags,
      ...more,
    });
  };
  return { db, made };
}

it('counts an order from its first part to its last, whatever lies between, and nothing that is no production', () => {
  const { db, made } = store();
  made(-20, '4711');
  for (let n = 0; n < 4; n++) made(n * 10, '4711');
  made(15, '4712', { recipe: 'wide', verdict: 'nok' });
  made(20, null);
  made(25, '4712', { recipe: 'wide', verdict: 'review' });
  made(26, '4711', { challenge: '{"study":"masters","id":null,"showing":null}' });
  made(27, '4711', { station: 'inlet' });
  made(40, '4711', { verdict: 'nok' });
  const { parts, complete } = orderCounts(db, WISH);
  expect(complete).toBe(true);
  expect(orderKpis(parts)).toMatchObject([
    { name: '4712', recipes: ['wide'], from: START + 15 * MINUTE, quantities: { produced: 2, good: 0, scrap: 1, unknown: { review: 1 } } },
    {
      name: '4711',
      from: START,
      to: START + 40 * MINUTE,
      quantities: { produced: 5, good: 4, scrap: 1 },
      quality_ratio: { value: 0.8 },
      // Five parts in forty minutes.
      throughput_rate: 7.5,
    },
  ]);
  db.close();
});

it('says where records of the stretch are left out, and takes no name of a tag for more than one', () => {
  const { db, made } = store();
  for (let n = 0; n < 20; n++) made(n, '4711');
  expect(orderCounts(db, WISH, 5)).toMatchObject({ complete: false, parts: [{ parts: 5 }] });
  expect(orderCounts(db, { ...WISH, from: START + 10 * MINUTE }, 15)).toMatchObject({ complete: true, parts: [{ parts: 10 }] });
  expect(orderCounts(db, { ...WISH, tags: { outlet: `x".value' AS TEXT) --` } }).parts).toEqual([]);
  db.close();
});
