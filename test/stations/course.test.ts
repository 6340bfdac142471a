import { describe, expect, it } from 'vitest';
import type { StationConfig } from '#agent/config/schema.js';
import type { Finding, Frame, Inspection, ModelSlot, TagWindow, Trigger } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { Course, type CourseOptions } from '#agent/stations/course.js';
import type { StationPorts, StationSpec } from '#agent/stations/ports.js';
import { chooseRecipe, isKnownRecipe, ProductTag } from '#agent/stations/recipe.js';
import { Shadows } from '#agent/stations/shadow.js';
import { FakeFrame, Plant, stationConfig, surface } from '../simulators/station.ts';

const note: ModelSlot = { id: 'outlet/note', name: 'note', package: 'maintenance-text', text: 'plc.note' };
const second: ModelSlot = { ...surface, id: 'outlet/second', name: 'second' };
const specWith = (config: Partial<StationConfig> = {}, more: Partial<StationSpec> = {}): StationSpec =>
  ({ name: 'outlet', config: { ...stationConfig, ...config }, shadows: new Map(), units: new Map(), ...more }) as unknown as StationSpec;

interface Way {
  readonly plant: Plant;
  readonly ports: StationPorts;
  readonly course: Course;
  readonly late: unknown[];
  /** The result, once that much time has passed. */
  later(ms: number): Promise<Awaited<ReturnType<Course['run']>> | undefined>;
}
/** A part whose trigger came `agoMs` before. */
async function way(
  config: Partial<StationConfig>,
  slots: readonly ModelSlot[],
  {
    agoMs = 0,
    change = () => {},
    spec = {},
    ...options
  }: Partial<CourseOptions> & {
    readonly agoMs?: number;
    readonly spec?: Partial<StationSpec>;
    readonly change?: (plant: Plant, ports: StationPorts) => void;
  } = {},
): Promise<Way> {
  const plant = new Plant();
  await plant.clock.advance(1000);
  const ports = plant.ports(slots);
  change(plant, ports);
  const late: unknown[] = [];
  const trigger: Trigger = {
    kind: 'tag',
    at: plant.clock.now() - agoMs,
    received: plant.clock.now() - agoMs,
    arrived: plant.clock.elapsed() - agoMs,
  };
  const course = new Course(specWith(config, spec), ports, trigger, {
    slots,
    recipe: 'standard',
    part: null,
    onLate: (slot, finding, fault) => void late.push([slot.name, finding?.score ?? null, fault?.code ?? null]),
    ...options,
  });
  let result: Awaited<ReturnType<Course['run']>> | undefined;
  void course.run().then((done) => {
    result = done;
  });
  const later = async (ms: number) => {
    await plant.clock.advance(ms);
    return result;
  };
  return { plant, ports, course, late, later };
}
const hangs = () => new Promise<never>(() => {});
const dies = (plant: Plant) => {
  plant.camera = 'dead';
};
const stops = (ports: StationPorts) => {
  ports.inference.prepare = hangs;
};
const shows = (plant: Plant, ms: number) => {
  plant.codes = { texts: ['P7'], ms };
};
const reasonsOf = (result: { readonly reasons: readonly { readonly text: string }[] } | undefined) =>
  result?.reasons.map(({ text }) => text);

describe('what keeps a part waiting at its deadline', () => {
  it.each([
    ['waiting for its picture', (plant: Plant) => dies(plant)],
    ['waiting for its picture to be prepared', (_: Plant, ports: StationPorts) => stops(ports)],
    ['running', (plant: Plant) => void plant.models.set(surface.id, { ms: 0, hangs: true })],
  ])('is told: the model was %s', async (stage, change) => {
    const { later } = await way({}, [surface], { change });
    expect(await later(199)).toBeUndefined();
    const result = await later(1);
    expect([result?.outcome, result?.verdict, reasonsOf(result)?.at(-1)]).toEqual(['failed', 'review', `model surface was ${stage}`]);
  });

  it('counts from the arrival of the trigger', async () => {
    const { later } = await way({}, [surface], { agoMs: 50, change: (plant) => void plant.models.set(surface.id, { ms: 0, hangs: true }) });
    expect(await later(149)).toBeUndefined();
    expect((await later(1))?.outcome).toBe('failed');
  });

  it('is the models alone where one has answered', async () => {
    const { later } = await way({}, [surface, second], { change: (plant) => void plant.models.set(second.id, { ms: 0, hangs: true }) });
    expect(reasonsOf(await later(200))?.slice(1)).toEqual(['model second was running']);
  });
});

describe('how long the work took', () => {
  it('is the time from the arrival to the last finding', async () => {
    const { course, later } = await way({}, [surface], { agoMs: 30, change: (plant) => void plant.models.set(surface.id, { ms: 40 }) });
    expect((await later(40))?.outcome).toBe('judged');
    expect(course.worked).toBe(70);
  });
  it('is at least the deadline where a model was still at work', async () => {
    const { course, later } = await way({}, [surface], { change: (plant) => void plant.models.set(surface.id, { ms: 500 }) });
    await later(200);
    expect(course.worked).toBe(200);
  });
  it.each([
    ['no picture came', (plant: Plant) => dies(plant)],
    [
      'a model failed',
      (plant: Plant) => void plant.models.set(surface.id, { ms: 5, fault: new LinesideError('MODEL_HUNG', { model: 'x' } as never) }),
    ],
  ])('is not told by a part of which %s', async (_, change) => {
    const { course, later } = await way({}, [surface, second], { change });
    await later(200);
    expect(course.worked).toBeNull();
  });
});

describe('faults of models', () => {
  const failing = (fault: (id: string) => unknown) => (_: Plant, ports: StationPorts) => {
    ports.inference.infer = async (id) => {
      throw fault(id);
    };
  };
  it('that say the same are one', async () => {
    const { later } = await way({}, [surface, second], { change: failing(() => new LinesideError('FRAME_MISSING', { camera: 'top' })) });
    expect((await later(10))?.reasons.map(({ code }) => code)).toEqual(['FRAME_MISSING']);
  });
  it('that nobody foresaw are told by the model’s name, each', async () => {
    const { later } = await way({}, [surface, second], { change: failing((id) => new Error(`${id} broke`)) });
    const result = await later(10);
    expect(result?.reasons.map(({ code }) => code)).toEqual(['MODEL_FAILED', 'MODEL_FAILED']);
    expect(reasonsOf(result)).toEqual([
      expect.stringMatching(/surface.*outlet\/surface broke/),
      expect.stringMatching(/second.*outlet\/second broke/),
    ]);
  });
  it('of the rules are told as such', async () => {
    const { later } = await way({}, [surface], {
      change: (_, ports) => {
        ports.judge.judge = () => {
          throw new Error('no such thing');
        };
      },
    });
    expect((await later(20))?.reasons).toEqual([{ text: expect.stringContaining('no such thing'), code: 'RULE_FAILED' }]);
  });
});

describe('what goes into the record of a part', () => {
  it('is how long each stage took, and how far its picture was from what was wanted', async () => {
    const { later } = await way({ frame: { ...stationConfig.frame, offset: 30 } }, [surface, second], {
      agoMs: 20,
      change: (plant, ports) => {
        const { prepare } = ports.inference;
        ports.inference.prepare = async (slot, frame) => {
          await plant.clock.sleep(slot === surface.id ? 15 : 5);
          return prepare(slot, frame);
        };
      },
    });
    const result = await later(100);
    expect(result?.timings).toEqual({ align: 20, prepare: 15, infer: 1, rules: 0 });
    expect(result?.frames).toMatchObject([{ camera: 'top', offsetMs: 3 }]);
    expect(result?.findings.map(({ model }) => model)).toEqual(['surface', 'second']);
    expect(result?.seen).toBeNull();
  });

  it('is the window as it was', async () => {
    const window = { tags: ['plc.temp'], span: 400, every: 200, fill: 'last', max_gaps: 1 } as NonNullable<StationConfig['window']>;
    const { later } = await way({ window }, [surface]);
    expect((await later(20))?.window).toMatchObject({ tags: ['plc.temp'], steps: 2 });
  });

  it('is what candidates may see, where there are some', async () => {
    const { plant, later } = await way({}, [surface, note], {
      spec: { shadows: new Map([[surface.id, second]]) },
      change: (changed) => changed.tag('plc.note', 'leak'),
    });
    const { seen } = (await later(20)) ?? {};
    expect([seen?.frames, [...(seen?.texts ?? [])], seen?.window]).toEqual([plant.frames, [['note', 'leak']], null]);
    expect(seen?.judgeWith('surface', plant.finding(surface, 0.9)).verdict).toBe('nok');
  });
});

it('starts models that look at pictures before all others', async () => {
  const order: string[] = [];
  const { later } = await way({}, [note, surface], {
    change: (plant, ports) => {
      plant.tag('plc.note', 'leak');
      const { prepare, infer } = ports.inference;
      ports.inference.prepare = (slot, frame) => {
        order.push(`prepare ${slot}`);
        return prepare(slot, frame);
      };
      ports.inference.infer = (slot, input) => {
        order.push(`infer ${slot}`);
        return infer(slot, input);
      };
    },
  });
  await later(20);
  expect(order.indexOf(`prepare ${surface.id}`)).toBeLessThan(order.indexOf(`infer ${note.id}`));
});

describe('a picture that comes later the deadline', () => {
  it('is let go, and the model that waited for it is told as late', async () => {
    let deliver: (frame: Frame) => void = () => {};
    const frame = new FakeFrame('top', 1, 0);
    const { late, course, later } = await way({}, [surface], {
      change: (plant) => {
        plant.source.waitFor = () =>
          new Promise((resolve) => {
            deliver = resolve;
          });
      },
    });
    await later(200);
    frame.hold();
    deliver(frame);
    await later(10);
    expect([frame.holders, course.frames, late]).toEqual([0, [], [['surface', null, 'FRAME_MISSING']]]);
  });
});

describe('a code on the part', () => {
  const part = { code: 'top', formats: ['data_matrix'] } as NonNullable<StationConfig['part']>;
  const reads = (ms: number) => (plant: Plant) => shows(plant, ms);

  it.each([
    [119, 'P7'],
    [121, null],
  ])('may keep the verdict waiting for four fifths of the deadline, from the trigger on: %d ms', async (ms, id) => {
    const { later } = await way({ part }, [surface], { agoMs: 40, change: reads(ms) });
    expect((await later(159))?.part).toBe(id);
  });

  it('is not read where a command names the part', async () => {
    let read = 0;
    const { later } = await way({ part }, [surface], {
      part: 'told',
      change: (plant, ports) => {
        reads(5)(plant);
        ports.symbols.readSymbols = async () => {
          read++;
          return ['P7'];
        };
      },
    });
    const result = await later(50);
    expect([read, result?.part, result?.outcome]).toEqual([0, null, 'judged']);
  });

  it('is looked for in the picture of its own camera', async () => {
    const asked: string[] = [];
    const { plant, later } = await way({ part: { code: 'side', formats: [] } }, [surface], {
      change: (changed, ports) => {
        reads(5)(changed);
        const side = { ...changed.source, waitFor: async () => new FakeFrame('side', 1, 0) };
        (ports.cameras as Map<string, typeof side>).set('side', side);
        ports.symbols.readSymbols = async ({ camera }) => {
          asked.push(camera);
          return ['P7'];
        };
      },
    });
    expect((await later(50))?.part).toBe('P7');
    expect([asked, plant.frames.length]).toEqual([['side'], 1]);
  });
});

describe('which recipe applies', () => {
  const tags = (value?: string) => {
    const plant = new Plant();
    if (value !== undefined) plant.tag('plc.product', value);
    return new ProductTag('plc.product', plant.tags, { node: 'n', memory: null, changed: () => {} });
  };
  const own = [second];
  const spec = (recipe?: object, slots: readonly (readonly [string, readonly ModelSlot[]])[] = [['', [surface]]], recipes?: object) =>
    specWith({ recipe, recipes } as never, { slots: new Map(slots) });
  const PRODUCT = { tag: 'plc.product', default: 'plain', values: { '7': 'coarse' } };

  it('is what the tag says, by its values, else the default', () => {
    const chosen = (value?: string, forced: string | null = null) => chooseRecipe(spec(PRODUCT), tags(value), forced).recipe;
    expect([chosen('7'), chosen('8'), chosen(), chosen(''), chosen('7', 'forced')]).toEqual(['coarse', '8', 'plain', 'plain', 'forced']);
    expect(chooseRecipe(spec({ tag: 'plc.product', default: 'plain' }), tags('7'), null).recipe).toBe('7');
    expect(chooseRecipe(spec(), null, null)).toMatchObject({ recipe: 'standard', fault: null });
  });

  it('is what the tag said last while there is no session with its server', () => {
    const plant = new Plant();
    plant.tag('plc.product', '7');
    plant.tags.lost('plc.product', plant.clock.elapsed());
    const product = new ProductTag('plc.product', plant.tags, { node: 'n', memory: null, changed: () => {} });
    expect(chooseRecipe(spec(PRODUCT), product, null)).toMatchObject({ recipe: 'coarse', doubt: { silence: 'away', isNamed: true } });
  });

  it('keeps to the last word of its tag while that says nothing, over a restart too, and is the default where it never spoke', () => {
    const plant = new Plant();
    const memory = { node: 'n', said: '7' };
    const told = (node = 'n', of: typeof memory | null = memory) =>
      new ProductTag('plc.product', plant.tags, { node, memory: of, changed: () => {} });
    const product = told();
    const chosen = () => {
      const { recipe, doubt } = chooseRecipe(spec(PRODUCT), product, null);
      return [recipe, doubt?.silence, doubt?.isNamed];
    };
    expect(chosen()).toEqual(['coarse', 'unheard', true]);
    expect(chooseRecipe(spec(PRODUCT), told('other'), null)).toMatchObject({
      recipe: 'plain',
      doubt: { silence: 'unheard', isNamed: false },
    });
    expect(chooseRecipe(spec(PRODUCT), told('n', null), 'forced').doubt).toBeUndefined();
    plant.tag('plc.product', '8', { status: 0x80000000 });
    expect(chosen()).toEqual(['coarse', 'bad', true]);
    plant.tag('plc.product', '8');
    expect(chosen()).toEqual(['8', undefined, undefined]);
    plant.tags.lost('plc.product', plant.clock.elapsed());
    expect(chosen()).toEqual(['8', 'away', true]);
    // What a station is built with that takes over while its server is away.
    expect([told().said, told().doubt?.silence, told().memory]).toEqual(['8', 'away', { node: 'n', said: '8' }]);
    plant.tag('plc.product', '');
    expect([...chosen(), product.memory]).toEqual(['plain', undefined, undefined, { node: 'n', said: '' }]);
    plant.tag('plc.product', null, { status: 0x80000000 });
    expect(chosen()).toEqual(['plain', 'bad', false]);
    plant.tag('plc.product', '9');
    plant.tags.forget('plc.product');
    expect([...chosen(), product.memory]).toEqual(['plain', 'unheard', false, null]);
    product.stop();
    plant.tag('plc.product', '9');
    plant.tags.lost('plc.product', plant.clock.elapsed());
    expect(chosen()).toEqual(['plain', 'unheard', false]);
  });

  it('has its own models, else those of all, else it is unknown', () => {
    const both = spec(PRODUCT, [
      ['', [surface]],
      ['coarse', own],
    ] as never);
    expect(chooseRecipe(both, tags('7'), null)).toEqual({ recipe: 'coarse', slots: own, fault: null });
    expect(chooseRecipe(both, tags('8'), null).slots).toEqual([surface]);
    const { slots, fault } = chooseRecipe(spec(PRODUCT, [['coarse', own]]), tags('8'), null);
    expect([slots, fault?.code, fault?.details]).toEqual([[], 'RECIPE_UNKNOWN', { station: 'outlet', recipe: '8' }]);
  });

  it.each([
    ['standard', undefined, true],
    ['plain', undefined, false],
    ['plain', PRODUCT, true],
    ['standard', PRODUCT, false],
    ['coarse', PRODUCT, true],
    ['7', PRODUCT, false],
    ['', PRODUCT, false],
    ['', undefined, false],
    ['own', undefined, true],
    ['fine', undefined, true],
  ])('%j is known with %j: %s', (recipe, choice, known) => {
    const slots = [
      ['', [surface]],
      ['own', own],
    ] as never;
    expect(isKnownRecipe(spec(choice, slots, { fine: {} }), recipe)).toBe(known);
  });
});

describe('what a candidate is asked', () => {
  const frames = [new FakeFrame('side', 1, 0), new FakeFrame('top', 2, 0)];
  const window = { tags: ['plc.temp'] } as unknown as TagWindow;
  const inspection = (...models: string[]) =>
    ({
      id: 'i',
      station: 'outlet',
      verdict: 'ok',
      part: 'P',
      recipe: 'r',
      findings: models.map((model) => ({ model, score: 0.1, threshold: 0.5 })),
    }) as unknown as Inspection;
  async function asked(
    slots: readonly ModelSlot[],
    given: {
      readonly window?: TagWindow | null;
      readonly stopped?: boolean;
      readonly of?: Inspection;
      readonly unseen?: boolean;
      readonly fails?: unknown;
    } = {},
  ) {
    const plant = new Plant();
    const ports = plant.ports([]);
    const questions: unknown[] = [];
    const compared: string[] = [];
    ports.inference.prepare = async (slot, frame) => {
      expect((frame as FakeFrame).holders).toBe(1);
      return { slot, pixels: new Uint8Array(1), camera: frame.camera } as never;
    };
    ports.inference.infer = async (id, input) => {
      questions.push([id, input]);
      if (given.fails) throw given.fails;
      return { model: 'x', score: 0.9, threshold: 0.5 } as unknown as Finding;
    };
    const candidates = slots.map((slot) => [slot.id, { ...slot, id: `${slot.id}~`, beside: slot.id }] as const);
    const shadows = new Shadows(specWith({}, { shadows: new Map(candidates) }), ports);
    if (given.stopped) shadows.stop();
    const seen = {
      frames,
      window: given.window === undefined ? window : given.window,
      texts: new Map([['note', 'leak']]),
      judgeWith: (model: string) => {
        compared.push(model);
        return { verdict: 'nok' as const, reasons: [] };
      },
    };
    shadows.look(given.of ?? inspection(...slots.map(({ name }) => name)), slots, given.unseen ? null : seen);
    await plant.clock.advance(10);
    return { plant, questions, compared, counters: shadows.counters };
  }

  it('is the text, the window or the picture that the model beside it had', async () => {
    const tags: ModelSlot = { id: 'outlet/tags', name: 'tags', package: 'p' };
    expect((await asked([note])).questions).toEqual([['outlet/note~', { text: 'leak' }]]);
    expect((await asked([{ ...note, name: 'other' }])).questions).toEqual([['outlet/note~', { text: '' }]]);
    expect((await asked([tags])).questions).toEqual([['outlet/tags~', { window }]]);
    expect((await asked([tags], { window: null })).questions).toEqual([['outlet/tags~', {}]]);
    const { questions } = await asked([surface]);
    expect(questions).toEqual([['outlet/surface~', { image: expect.objectContaining({ camera: 'top' }) }]]);
    expect(frames.map(({ holders }) => holders)).toEqual([0, 0]);
  });

  it('is nothing of a part that nobody saw, later the end, or where its model gave no finding', async () => {
    expect((await asked([note], { unseen: true })).questions).toEqual([]);
    expect((await asked([note], { stopped: true })).questions).toEqual([]);
    expect((await asked([note], { of: inspection('surface') })).questions).toEqual([]);
  });

  it('is compared with the finding of its own model', async () => {
    const { compared, plant, counters } = await asked([note], { of: inspection('surface', 'note') });
    expect(compared).toEqual(['note']);
    expect(plant.shadows).toMatchObject([{ model: 'note', difference: 'verdict' }]);
    expect(counters[note.id]).toEqual({ package: 'maintenance-text', compared: 1, differing: 1, skipped: 0, failed: 0 });
  });

  it('is in vain without its picture, or where it breaks: counted, and logged for whoever looks', async () => {
    const back: ModelSlot = { ...surface, camera: 'back' };
    const missing = await asked([back]);
    expect([missing.questions, missing.counters[surface.id]?.failed]).toEqual([[], 1]);
    expect(missing.plant.log.lines).toMatchObject([{ level: 'debug', details: { code: 'FRAME_MISSING', slot: 'outlet/surface~' } }]);
    const broken = await asked([note], { fails: new Error('it broke') });
    expect(broken.plant.log.lines).toMatchObject([
      { details: { code: 'MODEL_FAILED', slot: 'outlet/note~' }, text: expect.stringContaining('outlet/note~') },
    ]);
  });
});
