import { describe, expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import { LinesideError } from '#agent/errors.js';
import { handleCommand } from '#agent/runtime/commands.js';
import { withFastRoles } from '#agent/runtime/fast-roles.js';
import { buildHealth } from '#agent/runtime/health.js';
import type { NoteWish } from '#agent/runtime/notes.js';
import { slotsOf } from '#agent/runtime/slots.js';
import type { Station } from '#agent/stations/station.js';
import { ManualClock } from '../simulators/clock.ts';

const tag = (sampling: number) => ({ node: 'i=1', sampling, queue: 10, writable: false });
const station = (more: object = {}) => ({ trigger: { tag: 'plc.present', edge: 'rising' }, part: 'plc.serial', models: {}, ...more });
const configWith = (more: object): Config =>
  ({
    opcua: { plc: { tags: { present: tag(10), serial: tag(100), product: tag(5), temp: tag(100) } } },
    cameras: { top: {} },
    stations: { outlet: station(more) },
  }) as unknown as Config;

describe('tags that belong to a trigger', () => {
  it('are sampled as fast as the trigger, never slower than asked for; the others stay', () => {
    const { plc } = withFastRoles(configWith({ recipe: { tag: 'plc.product', default: 'standard' } })).opcua;
    expect(Object.fromEntries(Object.entries(plc?.tags ?? {}).map(([name, { sampling }]) => [name, sampling]))).toEqual({
      present: 10,
      serial: 10,
      product: 5,
      temp: 100,
    });
  });

  it('are left alone where no tag triggers', () => {
    const config = configWith({ trigger: { every: 1000 } });
    expect(withFastRoles(config)).toEqual(config);
  });
});

describe('model slots', () => {
  const looksAt = (name: string) => (name === 'attention' ? 'window' : name === 'reader' ? 'text' : 'image');
  const models = { surface: { model: 'cnn' }, process: { model: 'attention' } };
  const window = { tags: ['plc.temp'], span: 1000, every: 100 };

  it('bind an image model to the only camera and a sequence model to the window', () => {
    const { byRecipe, all } = slotsOf('outlet', configWith({ models, window }), looksAt);
    expect(all).toEqual([
      { id: 'outlet/surface', name: 'surface', package: 'cnn', camera: 'top' },
      { id: 'outlet/process', name: 'process', package: 'attention', channels: ['plc.temp'] },
    ]);
    expect([...byRecipe.keys()]).toEqual(['']);
  });

  it('bind a text model to its tag, another one in another recipe', () => {
    const reader = { note: { model: 'reader', text: 'plc.note' } };
    const recipes = { short: { models: { note: { text: 'plc.short' } } } };
    const { all } = slotsOf('outlet', configWith({ models: reader, recipes }), looksAt);
    expect(all).toEqual([
      { id: 'outlet/note', name: 'note', package: 'reader', text: 'plc.note' },
      { id: 'outlet/note@short', name: 'note', package: 'reader', text: 'plc.short' },
    ]);
  });

  it('read by the format of their place, whichever package is there, another one in another recipe', () => {
    const code = { code: { model: 'ocr', format: 'Ldd', shadow: { model: 'ocr-next' } } };
    const recipes = { export: { models: { code: { format: 'EXdd' } } }, strict: { models: { code: { threshold: 0.1 } } } };
    const { all, shadows } = slotsOf('outlet', configWith({ models: code, recipes }), looksAt);
    const formats = (slots: Iterable<{ readonly id: string; readonly format?: string }>) =>
      [...slots].map(({ id, format }) => [id, format]);
    expect(formats(all)).toEqual([
      ['outlet/code', 'Ldd'],
      ['outlet/code@export', 'EXdd'],
      ['outlet/code@strict', 'Ldd'],
    ]);
    expect(formats(shadows.values())).toEqual([
      ['outlet/code~shadow', 'Ldd'],
      ['outlet/code@export~shadow', 'EXdd'],
      ['outlet/code@strict~shadow', 'Ldd'],
    ]);
  });

  it('give a recipe its own network only where it differs', () => {
    const recipes = { wide: { models: { surface: { threshold: 0.9 } } }, plain: { models: {} } };
    const { byRecipe, all } = slotsOf('outlet', configWith({ models, window, recipes }), looksAt);
    expect([...byRecipe].map(([recipe, slots]) => [recipe, slots.map((s) => s.id)])).toEqual([
      ['standard', ['outlet/surface', 'outlet/process']],
      ['wide', ['outlet/surface@wide', 'outlet/process']],
      ['plain', ['outlet/surface', 'outlet/process']],
    ]);
    expect(all).toHaveLength(3);
    expect(all.find((s) => s.id === 'outlet/surface@wide')?.threshold).toBe(0.9);
  });
});

describe('commands', () => {
  const outlet = (calls: unknown[]) =>
    ({
      command: (part: unknown) => calls.push(['trigger', part]),
      enable: (on: unknown, by: unknown) => calls.push(['enable', on, by]),
      forceRecipe: (recipe: unknown) => calls.push(['recipe', recipe]),
      acknowledge: () => ['three in a row'],
    }) as unknown as Station;
  const agent = (calls: unknown[]) => ({
    stations: new Map([['outlet', outlet(calls)]]),
    planning: {
      order: async (body: unknown) => {
        calls.push(['order', body]);
        return { taken: 0 };
      },
      answer: async (body: unknown) => {
        calls.push(['answer', body]);
        return { accepted: true };
      },
    },
    routes: {
      command: async (body: unknown) => {
        calls.push(['route', body]);
        return { forgotten: 1 };
      },
    },
    material: {
      change: async (body: unknown) => {
        calls.push(['material', body]);
        return { calls: 0 };
      },
    },
    tools: {
      change: async (body: unknown) => {
        calls.push(['tool', body]);
        return { used_before: 3 };
      },
    },
    changeChart: async (...asked: unknown[]) => ({ asked: calls.push(asked) }),
    study: (_: unknown, verb: string, wish: object) => {
      calls.push(['study', verb, wish]);
      return { asked: null };
    },
    rebirth: () => void calls.push(['rebirth']),
    reload: async () => ({ reloaded: true }),
    note: async (wish: NoteWish, from: string | null) => {
      calls.push(['note', wish.text, wish.part, from]);
      return { id: 'n1' };
    },
  });

  it.each([
    [{ verb: 'trigger', body: { station: 'outlet', part: 'A' } }, [['trigger', 'A']], { triggered: true }],
    [{ verb: 'trigger', body: { station: 'outlet' } }, [['trigger', undefined]], { triggered: true }],
    [{ verb: 'enable', body: { station: 'outlet', enabled: false } }, [['enable', false, 'user anna']], { enabled: false }],
    [{ verb: 'recipe', body: { station: 'outlet', recipe: 'wide' } }, [['recipe', 'wide']], { recipe: 'wide' }],
    [{ verb: 'recipe', body: { station: 'outlet' } }, [['recipe', null]], { recipe: null }],
    [{ verb: 'ack', body: { station: 'outlet' } }, [], { acknowledged: ['three in a row'] }],
    [{ verb: 'orders', body: { orders: [] } }, [['order', { orders: [] }]], { taken: 0 }],
    [{ verb: 'plan', body: { do: 'accept' } }, [['answer', { do: 'accept' }]], { accepted: true }],
    [{ verb: 'plan', body: { do: 'accept', who: 'meier' } }, [['answer', { do: 'accept', who: 'meier' }]], { accepted: true }],
    [
      { verb: 'chart', body: { station: 'outlet', chart: 'width', do: 'close' } },
      [['close', { station: 'outlet', chart: 'width', recipe: undefined }, 'user anna']],
      { asked: 1 },
    ],
    [{ verb: 'route', body: { do: 'forget', part: 'A' } }, [['route', { do: 'forget', part: 'A' }]], { forgotten: 1 }],
    [
      { verb: 'material', body: { material: 'bolts', do: 'delivered' } },
      [['material', { material: 'bolts', do: 'delivered' }]],
      { calls: 0 },
    ],
    [
      { verb: 'tool', body: { station: 'outlet', tool: 'punch', do: 'changed' } },
      [['tool', { station: 'outlet', tool: 'punch', do: 'changed' }]],
      { used_before: 3 },
    ],
    [
      { verb: 'study', body: { station: 'outlet', do: 'begin', study: 'masters' } },
      [['study', 'begin', { study: 'masters', who: 'user anna' }]],
      { asked: null },
    ],
    [{ verb: 'rebirth', body: {} }, [['rebirth']], { reborn: true }],
    [{ verb: 'reload', body: {} }, [], { reloaded: true }],
    [{ verb: 'note', body: { text: 'leaks', part: 'A' } }, [['note', 'leaks', 'A', 'user anna']], { note: 'n1' }],
  ] as const)('%j does %j', async (command, expected, reply) => {
    const calls: unknown[] = [];
    expect(await handleCommand(agent(calls), { ...command, from: 'user anna' })).toEqual(reply);
    expect(calls).toEqual(expected);
  });

  it('refuse a station that is not there', async () => {
    await expect(handleCommand(agent([]), { verb: 'enable', body: { station: 'inlet', enabled: true }, from: null })).rejects.toMatchObject(
      {
        code: 'COMMAND_REFUSED',
        sentence: 'The command enable was refused: there is no station inlet.',
      },
    );
  });
});

describe('health', () => {
  it('gathers what the parts say, with the code of what is wrong', async () => {
    const clock = new ManualClock();
    await clock.advance(5000);
    const fault = new LinesideError('CAMERA_SILENT', { camera: 'top', seconds: 5 });
    const health = await buildHealth({
      clock,
      version: '1.0.0',
      startedAt: 0,
      storePath: '.',
      queues: () => ({}),
      certificates: () => ({ own: 3 }),
      publishers: () => ({ mqtt: { sent: 7 } }),
      clockSkews: () => ({ plc: 7_200_000 }),
      shadows: () => ({}),
      parts: () => ({ 'camera/top': { status: 'degraded', fault, restarts: 2 }, mqtt: { status: 'running', fault: null, restarts: 0 } }),
    });
    expect(health).toMatchObject({
      uptimeS: 5,
      parts: { 'camera/top': { status: 'degraded', code: 'CAMERA_SILENT', restarts: 2 }, mqtt: { status: 'running', restarts: 0 } },
      certificateDaysLeft: { own: 3 },
      publishers: { mqtt: { sent: 7 } },
      clockSkewMs: { plc: 7_200_000 },
    });
    expect(health.diskFreeMb).toBeGreaterThan(0);
  });

  it('says null of a disk that cannot be asked', async () => {
    const clock = new ManualClock();
    const sources = {
      clock,
      version: '1',
      startedAt: 0,
      storePath: '/no/such/folder',
      parts: () => ({}),
      queues: () => ({}),
      certificates: () => ({}),
      publishers: () => ({}),
      clockSkews: () => ({}),
      shadows: () => ({}),
    };
    expect((await buildHealth(sources)).diskFreeMb).toBeNull();
  });
});
