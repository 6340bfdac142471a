import { describe, expect, it, onTestFinished } from 'vitest';
import { startLine, stationOf } from '../integration/line.ts';
import { type OpcuaServerKind, startOpcuaServer } from '../simulators/opcua.ts';

const PERIOD = 300;
/** A server on a busy box may look at the trigger too seldom to see an edge: such a part is on record as missed, and they are few. */
const UNSEEN = 3;
/** How the server that is back has them. The order is the client's affair: one kind of server is enough for each. */
const NAMESPACES: Readonly<Record<OpcuaServerKind, readonly string[]>> = {
  'node-opcua': ['urn:other', 'urn:press'],
  asyncua: ['urn:first', 'urn:second', 'urn:press', 'urn:other'],
};

describe.each<OpcuaServerKind>(['asyncua', 'node-opcua'])('a server by %s that is killed', (kind) => {
  it('and starts again, its namespaces in the same or another order, is judged for again, by itself', { timeout: 90_000 }, async () => {
    const line = await startLine({ opcua: kind });
    const station = line.station();
    await line.ready();
    await line.plc.offer(10, PERIOD);
    await line.answered(10);
    await line.plc.kill();
    const readies = station.readies;
    await line.plc.start({ namespaces: NAMESPACES[kind] });
    await line.ready(readies);
    await line.plc.offer(10, PERIOD);
    await line.answered(20);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    expect(rows.filter(({ outcome }) => outcome !== 'judged' && outcome !== 'missed')).toEqual([]);
    expect(rows.filter(({ outcome }) => outcome === 'missed').length).toBeLessThanOrEqual(UNSEEN);
  });

  it('while parts go on has those it did not see on record as missed', { timeout: 90_000 }, async () => {
    const line = await startLine({ opcua: kind });
    const station = line.station();
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(10);
    await line.plc.kill();
    const readies = station.readies;
    await line.plc.start();
    // Nobody waits for the station: what passes before it is back is missed.
    await line.plc.run(PERIOD);
    await line.ready(readies);
    await line.more(10);
    await line.halt();
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const rows = line.expectSound();
    const missed = rows.filter(({ outcome }) => outcome === 'missed');
    expect(missed.length).toBeGreaterThan(0);
    expect(missed.every(({ reasons }) => reasons.includes('PART_MISSED'))).toBe(true);
  });
});

describe('what was read before a session ended', () => {
  it('is the name of no part that comes after it: nobody knows what was read since', { timeout: 90_000 }, async () => {
    const scanner = await startOpcuaServer('asyncua', { variables: { Code: ['String', ''] } });
    onTestFinished(() => scanner.stop());
    const line = await startLine({
      servers: {
        scanner: {
          endpoint: `opc.tcp://127.0.0.1:${scanner.port}/line`,
          security: { mode: 'None', policy: 'None' },
          silence: '2s',
          tags: { code: { node: 'nsu=urn:press;s=Code', sampling: '5ms' } },
        },
      },
      stations: { outlet: stationOf('', { part: 'scanner.code' }) },
    });
    await line.ready();
    await scanner.set({ Code: 'S1' });
    await line.plc.offer(1, PERIOD);
    await expect.poll(() => line.rows().map(({ part }) => part)).toEqual(['S1']);
    await scanner.set({ Code: 'S2' });
    await scanner.kill();
    await expect
      .poll(() => line.agent.log.some(({ code, active }) => code === 'OPCUA_UNREACHABLE' && active === true), { timeout: 20_000 })
      .toBe(true);
    await line.plc.offer(1, PERIOD);
    await expect.poll(() => line.rows().length).toBe(2);
    expect(await line.agent.stop()).toBe(0);
    const [, second] = line.rows();
    expect(second).toMatchObject({ part: null, counter: 2, outcome: 'judged' });
    expect(second?.reasons).toContain('PART_UNNAMED');
  });
});

describe.each<OpcuaServerKind>(['asyncua', 'node-opcua'])('a product that is changed while the PLC is away, by %s', (kind) => {
  it('is the recipe of the part that waits when the session is back, though its tag is sent later than the trigger', {
    timeout: 90_000,
  }, async () => {
    const line = await startLine({
      opcua: kind,
      variables: { Product: ['String', 'plain'] },
      tags: { product: { node: 'nsu=urn:press;s=Product', sampling: '250ms' } },
      stations: {
        outlet: stationOf('', {
          recipe: { tag: 'plc.product', default: 'plain' },
          recipes: { plain: { models: {} }, fine: { models: {} } },
        }),
      },
    });
    await line.ready();
    await line.plc.offer(3, PERIOD);
    await line.answered(3);
    await line.plc.kill();
    const variables = { PartPresent: ['Boolean', true], Counter: ['UInt32', 4], Product: ['String', 'fine'] } as const;
    await line.plc.start({ variables });
    await line.answered(4);
    expect(await line.agent.stop()).toBe(0);
    expect(line.rows().map(({ counter, recipe }) => [counter, recipe])).toEqual([
      [1, 'plain'],
      [2, 'plain'],
      [3, 'plain'],
      [4, 'fine'],
    ]);
  });
});

describe('a recipe whose tag’s server is away when the agent starts', () => {
  it('is the one that was named last, and an alarm, until the server is back and names another', { timeout: 120_000 }, async () => {
    const erp = await startOpcuaServer('asyncua', { variables: { Product: ['String', 'fine'] } });
    onTestFinished(() => erp.stop());
    const line = await startLine({
      web: '127.0.0.1:0',
      servers: {
        erp: {
          endpoint: `opc.tcp://127.0.0.1:${erp.port}/line`,
          security: { mode: 'None', policy: 'None' },
          silence: '2s',
          tags: { product: { node: 'nsu=urn:press;s=Product', sampling: '50ms' } },
        },
      },
      stations: {
        outlet: stationOf('', {
          recipe: { tag: 'erp.product', default: 'plain' },
          recipes: { plain: { models: {} }, fine: { models: {} } },
        }),
      },
    });
    await line.ready();
    const judged = () => line.rows().map(({ counter, recipe, reasons }) => [counter, recipe, reasons.includes('RECIPE_UNSURE')]);
    const erpIs = async () => {
      const { parts } = (await (await line.web('/healthz')).json()) as { parts: Record<string, { status: string }> };
      return parts['opcua/erp']?.status;
    };
    await expect.poll(erpIs, { timeout: 20_000 }).toBe('running');
    await line.plc.offer(2, PERIOD);
    await line.answered(2);
    expect(await line.agent.stop()).toBe(0);
    await erp.kill();
    line.restart();
    await line.ready(line.station().readies);
    await line.plc.offer(3, PERIOD);
    await line.answered(5);
    const told = (active: boolean) => line.agent.log.some((each) => each['code'] === 'RECIPE_UNSURE' && each['active'] === active);
    await expect.poll(() => told(true), { timeout: 10_000 }).toBe(true);
    await erp.start({ variables: { Product: ['String', 'plain'] } });
    await expect
      .poll(() => line.agent.log.some(({ code, active }) => code === 'OPCUA_UNREACHABLE' && active === false), { timeout: 30_000 })
      .toBe(true);
    await line.plc.offer(1, PERIOD);
    await line.answered(6);
    expect(await line.agent.stop()).toBe(0);
    expect(judged()).toEqual([
      [1, 'fine', false],
      [2, 'fine', false],
      [3, 'fine', true],
      [4, 'fine', true],
      [5, 'fine', true],
      [6, 'plain', false],
    ]);
  });
});

describe('a rule over a tag whose server is away', () => {
  it('does not judge by what it said last, says so, and judges again when it is back', { timeout: 90_000 }, async () => {
    const line = await startLine({
      variables: { DieTemp: ['Double', 20] },
      tags: { die_temp: { node: 'nsu=urn:press;s=DieTemp', sampling: '50ms' } },
      stations: {
        outlet: {
          trigger: { every: '200ms' },
          frame: { tolerance: '5s', select: 'newest' },
          on_failure: 'review',
          models: { surface: { model: 'classify', camera: 'top' } },
          rules: [{ when: 'tags.die_temp > 300', verdict: 'nok', reason: 'the die is too hot' }],
        },
      },
    });
    const newest = () => line.rows().at(-1);
    await expect.poll(() => newest()?.outcome, { timeout: 20_000 }).toBe('judged');
    await line.plc.kill();
    await expect.poll(() => newest(), { timeout: 20_000 }).toMatchObject({ outcome: 'failed', verdict: 'review' });
    expect(newest()?.reasons).toContain('its server, or the device behind it, is away');
    await line.plc.start({ variables: { DieTemp: ['Double', 400] } });
    await expect.poll(() => newest(), { timeout: 40_000 }).toMatchObject({ outcome: 'judged', verdict: 'nok' });
    expect(await line.agent.stop()).toBe(0);
  });
});
