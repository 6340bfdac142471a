import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobOrder } from '#agent/contracts/index.js';
import { readJobOrders } from '#agent/decisions/scheduling/line/job-orders.js';
import { jobOrdersIn } from '#agent/sources/opcua/job-order-values.js';

const job = (over: Partial<JobOrder>): JobOrder => ({
  id: '4711',
  state: 2,
  workMaster: 'small',
  start: null,
  end: null,
  priority: null,
  quantity: '120',
  material: null,
  ...over,
});
const wish = { recipes: ['small', 'large'], named: { WM7: 'large' } };

describe('job orders of ISA-95', () => {
  it('are orders where they may start, run or are interrupted', () => {
    const read = readJobOrders(
      [1, 2, 3, 4, 5, 6].map((state) => job({ id: `${state}`, state })),
      wish,
    );
    expect('orders' in read && read.orders.map(({ id }) => id)).toEqual(['2', '3', '4']);
  });

  it('have their recipe by the Work Master, their times, and what an hour late counts in whatever range somebody chose', () => {
    const [start, end] = [Date.UTC(2026, 11, 1), Date.UTC(2026, 11, 2)];
    const jobs = [
      job({ id: 'a', workMaster: 'WM7', start, end, priority: 500, material: 'AlSi9', quantity: '40.0' }),
      job({ id: 'b', priority: 50 }),
      job({ id: 'c', priority: 0 }),
    ];
    const read = readJobOrders(jobs, wish);
    expect('orders' in read && read.orders).toMatchObject([
      { id: 'a', recipe: 'large', quantity: 40, released: start, due: end, priority: 100, material: 'AlSi9' },
      { id: 'b', recipe: 'small', quantity: 120, released: null, due: null, priority: 10 },
      { id: 'c', priority: 1 },
    ]);
  });

  it('are refused whole, each fault by the id of its job order', () => {
    const read = readJobOrders(
      [job({ id: 'x', state: 5, quantity: null }), job({ id: 'y', quantity: null }), job({ id: 'z', workMaster: 'smal' })],
      wish,
    );
    expect('faults' in read && read.faults.map(({ path, text }) => `${path}: ${text}`)).toEqual([
      'job order y: quantity is missing',
      'job order z: recipe smal is nothing that is known of this line; did you mean small?',
    ]);
    const odd = readJobOrders([job({ state: 9 })], wish);
    expect('faults' in odd && odd.faults).toMatchObject([
      { path: 'job order 4711', text: 'its state is 9, which OPC 10031-4 does not have' },
    ]);
  });
});

describe('decoded structures', () => {
  const listed = (jobOrder: object, state: unknown = [{ stateNumber: 3 }]) => jobOrdersIn([{ jobOrder, state }]);

  it('are read whatever the decoder calls their fields, the quantity from the material that is made or from a parameter', () => {
    expect(
      listed({
        jobOrderID: '1',
        workMasterID: [{ iD: 'WM7' }],
        startTime: new Date(0),
        endTime: new Date(Date.UTC(2026, 0, 1)),
        priority: 5,
        materialRequirements: [
          { materialUse: 'Material Consumed', materialDefinitionID: 'AlSi9' },
          { materialUse: 'Produced', quantity: '12.0' },
        ],
      }),
    ).toEqual([
      { id: '1', state: 3, workMaster: 'WM7', start: null, end: Date.UTC(2026, 0, 1), priority: 5, quantity: '12.0', material: 'AlSi9' },
    ]);
    expect(listed({ JobOrderID: '1', JobOrderParameters: [{ ID: 'QUANTITY', Value: { dataType: 7, value: 8 } }] })).toMatchObject([
      { quantity: '8' },
    ]);
  });

  it('that are over count in no bound, and are not looked into', () => {
    const over = Array.from({ length: 5000 }, (_, n) => ({
      jobOrder: n % 2 === 0 ? { jobOrderID: `${n}` } : null,
      state: [{ stateNumber: 5 + (n % 2) }],
    }));
    const found = jobOrdersIn([...over, { jobOrder: { jobOrderID: 'now' }, state: [{ stateNumber: 3 }] }]);
    expect(found).toMatchObject([{ id: 'now', state: 3 }]);
    expect(jobOrdersIn([...over, 'a'])).toContain('at [5000]');
  });

  it('that are something else are refused, and nothing throws', () => {
    expect(jobOrdersIn(null)).toEqual([]);
    expect(jobOrdersIn('text')).toContain('no list');
    expect(jobOrdersIn(['a'])).toContain('something else than job orders at [0]');
    expect(jobOrdersIn(Array(1001).fill({}))).toContain('at most 1000');
    expect(jobOrdersIn(Array(10_001).fill({}))).toContain('at most 10000');
    fc.assert(
      fc.property(fc.anything({ withDate: true, maxDepth: 4 }), (value) => {
        jobOrdersIn(value);
        listed(
          {
            jobOrderID: '1',
            workMasterID: value,
            materialRequirements: value,
            jobOrderParameters: value,
            startTime: value,
            priority: value,
          },
          value,
        );
      }),
    );
  });
});
