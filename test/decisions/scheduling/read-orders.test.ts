/** Orders as people write them: what is wrong is told where it stands, and nothing of a list with a fault is taken. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '#agent/decisions/scheduling/line/instants.js';
import { type OrdersRead, readOrders } from '#agent/decisions/scheduling/line/read-orders.js';

const recipes = ['small', 'large'];
const csv = (text: string) => readOrders(text, { format: 'csv', recipes });
const json = (text: string) => readOrders(text, { format: 'json', recipes });
const told = (read: OrdersRead) => ('faults' in read ? read.faults.map(({ line, column, text }) => `${line}:${column} ${text}`) : read);

const keys = (n: number) => ({
  id: String(n),
  quantity: 1,
  recipe: 'small',
  ...Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`key ${n % 5} ${key}`, n])),
});

describe('orders', () => {
  const first = {
    id: '4711',
    quantity: 400,
    due: Date.UTC(2026, 11, 1, 12),
    recipe: 'small',
    material: 'PA66',
    priority: 2.5,
    released: null,
    made: null,
  };

  it.each([
    ['of a spreadsheet with commas', csv('id,quantity,due,recipe,priority,material\r\n4711,400,2026-12-01T12:00Z,small,2.5,PA66\r\n')],
    [
      'with semicolons, a comma in the number and a mark of the encoding',
      csv('\uFEFFID;Quantity;Due;Recipe;Priority;Material\n4711;400;2026-12-01T13:00+01:00;small;2,5;"PA66"\n\n'),
    ],
    [
      'of JSON',
      json(
        '[{"id": 4711, "quantity": 400, "due": "2026-12-01 12:00Z", "recipe": "small", "priority": 2.5, "material": "PA66", "made": null}]',
      ),
    ],
    [
      'under `orders`',
      json(
        '{"orders": [{"id": "4711", "quantity": 400, "due": "2026-12-01T12:00:00.000Z", "recipe": "small", "priority": 2.5, "material": "PA66"}]}',
      ),
    ],
  ])('are read %s', (_, read) => {
    expect(read).toEqual({ orders: [first] });
  });

  it('that contradict each other are told with line and column, all at once, in CSV', () => {
    expect(
      told(
        csv(
          'id,quantity,due,recipe,released,priorty\n1,0,,smal,,\n1,5,2026-12-01T12:00Z,small,2026-12-02T12:00Z,3\n"2",1.5,2026-02-30T12:00Z,small,,\n,1,,small,,',
        ),
      ),
    ).toEqual([
      '1:33 priorty is nothing of an order; did you mean priority?',
      '2:3 quantity must be a whole number from 1 to 10000000, not 0',
      '2:6 recipe smal is nothing that is known of this line; did you mean small?',
      '3:1 order 1 is there twice, first at line 2, column 1; keep one',
      '3:5 order 1 is due before it is released; one of the two is wrong',
      '4:5 quantity must be a whole number from 1 to 10000000, not 1.5',
      '4:9 due must be an instant such as 2026-12-01T14:00Z or 2026-12-01 15:00, not 2026-02-30T12:00Z',
      '5:1 id is missing',
    ]);
  });

  it('that contradict each other are told with line and column, all at once, in JSON', () => {
    const text = `[
  {"id": "1", "quantity": 0, "recipe": "small", "note": {"id": [1, "}"]}},
  {"id": "1", "quantity": "5",
   "recipe": "smal", "due": "2026-12-01T12:00Z", "released": "2026-12-02T12:00Z"}
]`;
    expect(told(json(text))).toEqual([
      '2:27 quantity must be a whole number from 1 to 10000000, not 0',
      '2:57 note is nothing of an order; an order has: id, quantity, due, recipe, material, priority, released, made',
      '3:10 order 1 is there twice, first at line 2, column 10; keep one',
      '4:14 recipe smal is nothing that is known of this line; did you mean small?',
      '4:29 order 1 is due before it is released; one of the two is wrong',
    ]);
  });

  it.each([
    [
      'a name of 1 MB',
      json(`[{"id": "${'x'.repeat(1_000_000)}", "quantity": 1, "recipe": "small"}]`),
      /1:1 it is 1000\d+ characters long, at most 500000/,
    ],
    [
      'a name of 100 kB',
      json(`[{"id": "${'x'.repeat(100_000)}", "quantity": 1, "recipe": "small"}]`),
      /1:9 id is 100000 characters long, and may be 64/,
    ],
    ['too many', csv(`id,quantity,recipe\n${Array.from({ length: 501 }, (_, n) => `${n},1,small`).join('\n')}`), /it holds 501 orders/],
    ['nothing', csv(''), /1:1 it is empty/],
    ['no id', csv('quantity,recipe\n1,small'), /1:1 no column is named id/],
    ['a column twice', csv('id,quantity,recipe,id\n1,1,small,2'), /1:20 two columns are named id/],
    ['more cells than columns', csv('id,quantity,recipe\n1,1,small,5'), /2:11 the line has 4 cells/],
    ['half a JSON', json('[{"id": "1",\n "quantity": 1'), /2:15 it is no JSON: the text ends too soon/],
    ['a slip in JSON', json('[{"id": "1",\n "quantity": 1,}]'), /2:16 it is no JSON: } cannot stand here/],
    ['another thing', json('{"order": []}'), /neither a list of orders/],
    ['a control character', json('[{"id": "a\\u0000b", "quantity": 1, "recipe": "small"}]'), /1:9 id has control characters/],
    ['a prototype', json('[{"id": "a", "quantity": 1, "recipe": "small", "__proto__": 1}]'), /__proto__ is nothing of an order/],
  ])('with %s are refused', (_, read, why) => {
    expect(told(read)).toEqual([expect.stringMatching(why)]);
  });

  it.each([
    ['a hole of 250,000 lists', json('['.repeat(250_000)), 1, /1:33 more than 32/],
    ['a hole of 50,000 blocks in an order', json(`[{"id":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}]`), 1, /more than 32/],
    [
      '500 orders of twenty keys each that nobody knows, a line a key',
      json(
        JSON.stringify(
          Array.from({ length: 500 }, (_, n) => keys(n)),
          null,
          1,
        ),
      ),
      20,
      /nothing of an order/,
    ],
    [
      '500 orders of which each is wrong',
      csv(`id,quantity,recipe\n${Array.from({ length: 500 }, (_, n) => `${n},0,smal`).join('\n')}`),
      20,
      /./,
    ],
    ['200,000 rows', csv(`id,quantity,recipe\n${'1\n'.repeat(200_000)}`), 1, /it holds 200000 orders/],
    ['200,000 orders', json(`[${'{},'.repeat(150_000)}{}]`), 1, /it holds 150001 orders/],
    ['200,000 columns', csv(`id,quantity,recipe${',a'.repeat(200_000)}\n1,1,small`), 1, /it has 200003 columns/],
  ])('of a text that is made to be slow are refused with few words: %s', (_, read, faults, why) => {
    expect(told(read)).toHaveLength(faults);
    expect(told(read)).toContainEqual(expect.stringMatching(why));
  });

  it('whatever comes is either orders or faults with a place in the text', () => {
    const pieces = fc.constantFrom(
      'id',
      'quantity',
      'recipe',
      ',',
      ';',
      '\n',
      '"',
      '[',
      ']',
      '{',
      '}',
      ':',
      'small',
      '1',
      '-5',
      'null',
      '"id"',
      '2026-12-01T12:00Z',
      '\\',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.constantFrom('csv' as const, 'json' as const), (all, format) => {
        const text = all.join('');
        const read = readOrders(text, { format, recipes });
        if ('orders' in read) return;
        expect(read.faults.length).toBeGreaterThan(0);
        for (const { line, column } of read.faults) {
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('an instant', () => {
  it.each([
    ['2026-12-01T14:00Z', Date.UTC(2026, 11, 1, 14)],
    ['2026-12-01 15:00+0100', Date.UTC(2026, 11, 1, 14)],
    ['2026-12-01T08:30:15.25-05:30', Date.UTC(2026, 11, 1, 14, 0, 15, 250)],
    ['2024-02-29T00:00Z', Date.UTC(2024, 1, 29)],
    ['2026-12-01 15:00', new Date(2026, 11, 1, 15).getTime()],
    ['2026-02-29T00:00Z', null],
    ['2026-13-01T00:00Z', null],
    ['2026-12-01T24:00Z', null],
    ['2026-12-01', null],
    ['tomorrow', null],
  ])('%s', (text, at) => {
    expect(instantOf(text)).toBe(at);
  });
});
