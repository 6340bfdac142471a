/** The desk of a lesson with processes that answer when they are told to, on a disk that may take nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DifferingPart, Frame, Region } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { taughtPlace } from '#agent/runtime/page-view.js';
import type { ScoreOrder, StoredScore } from '#agent/runtime/scorer.js';
import type { SwitchQuestion } from '#agent/runtime/switcher.js';
import { type MachinePlace, TeachDesk, type TeachProcesses } from '#agent/runtime/teach-desk.js';
import type { MachineOrder, PartOrder } from '#agent/runtime/teacher.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { ManualClock } from '../simulators/clock.ts';
import { type LogLine, memoryLog } from '../simulators/log.ts';

const PART = { station: 'outlet', model: 'surface', package: 'my-ring', wanted: 4, reject: 20 } as const;
const MACHINE = { station: 'outlet', model: 'process', package: 'my-pump', wanted: 4, reject: 100 } as const;
const REPLY = {
  good: 4,
  bad: 0,
  odd: [],
  repeated: [],
  promise: { one_in: 2, parts: 4, parts_wanted: 59, text: 'at most 1 in 2' },
  limits: [{ at: 0.5, refused: 0, one_in: 2 }],
  held_out: [],
  with_bad: null,
  remarks: [],
  kind: 'anomaly',
  variant: 'fp32',
  memory: 1e6,
};
const SECOND: MachinePlace = { tags: ['plc.a'], names: ['a'], steps: 60, every: 100, judges: 'as-bought', beside: null };

/** A process that somebody asked for. */
class Asked<Order, Reply> {
  readonly order: Order;
  readonly reply: Promise<Reply>;
  resolve: (reply: Reply) => void = () => {};
  reject: (thrown: unknown) => void = () => {};
  stopped = false;

  constructor(order: Order) {
    this.order = order;
    this.reply = new Promise<Reply>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.reject(new LinesideError('SANDBOX_DIED', { what: 'It', why: 'it was stopped' }));
  }
}

function workshop() {
  const store = scratch();
  const folder = join(store, 'teach');
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const there = { judges: 'as-bought', beside: null as string | null, region: null as Region | null, part: null as Region | null };
  const state = { machine: SECOND as MachinePlace | null };
  const teachers: Asked<PartOrder | MachineOrder, object>[] = [];
  const looks: Asked<ScoreOrder, readonly StoredScore[]>[] = [];
  const questions: SwitchQuestion[] = [];
  /** What a change of the config comes to. */
  const changes = { apply: (_: SwitchQuestion) => {} };
  const begun = <Order, Reply>(list: Asked<Order, Reply>[], order: Order) => {
    const job = new Asked<Order, Reply>(order);
    list.push(job);
    return job;
  };
  const processes = {
    teach: (order: PartOrder | MachineOrder) => begun(teachers, order),
    score: (order: ScoreOrder) => begun(looks, order),
    change: async (question: SwitchQuestion) => {
      questions.push(question);
      changes.apply(question);
    },
  } as unknown as TeachProcesses;
  const start = async () => {
    const desk = new TeachDesk({
      clock,
      log: memoryLog(lines),
      folder,
      store,
      backbone: store,
      packages: join(store, 'packages'),
      isTaken: () => false,
      file: () => join(store, 'line.yaml'),
      place: (_, model) => (model === 'surface' ? { camera: 'top', ...there } : null),
      machine: (_, model) => (model === 'process' ? state.machine : null),
      shadow: () => null,
      encode: async () => null,
      reload: async () => {},
      processes,
    });
    await desk.start();
    // Nothing is written any more when the folder goes.
    onTestFinished(() => desk.stop());
    return desk;
  };
  return { folder, clock, lines, there, state, teachers, looks, questions, changes, start };
}

type Desk = Awaited<ReturnType<ReturnType<typeof workshop>['start']>>;

const phase = (desk: Desk) => desk.lesson()?.phase;
/** Steps go over the disk. */
const comes = (work: () => unknown) => vi.waitFor(work, { timeout: 20_000, interval: 5 });
const becomes = (desk: Desk, wanted: string) => comes(() => expect(phase(desk)).toBe(wanted));

/** The next parts at the camera, as they pass. */
async function collect(desk: Desk): Promise<void> {
  await desk.begin('mueller', PART);
  for (let i = 0; i < PART.wanted; i++) {
    const bytes = Uint8Array.of(i);
    const frame = { camera: 'top', width: 64, height: 64, original: { type: 'image/png', bytes } } as unknown as Frame;
    // One that passes while another one is on its way to the disk is not taken.
    await comes(() => {
      if (desk.lesson()?.pictures.length === i) desk.judged({ station: 'outlet', id: `part-${i}` }, [frame]);
      expect(desk.lesson()?.pictures).toHaveLength(i + 1);
    });
  }
  await becomes(desk, 'collected');
}

/** Taught; the look back at stored parts has begun. */
async function taught({ start, teachers, looks }: ReturnType<typeof workshop>): Promise<Desk> {
  const desk = await start();
  await collect(desk);
  await desk.learn(false);
  teachers[0]?.resolve(REPLY);
  await comes(() => expect(looks).toHaveLength(1));
  expect(phase(desk)).toBe('learned');
  return desk;
}

const scored = (inspection: string): StoredScore => ({ inspection, at: 1, verdict: 'ok', score: 0.2, mask: 'iVBORw==' });

const differing = (inspection: string): DifferingPart => ({
  inspection,
  at: 1,
  part: null,
  difference: 'verdict',
  verdict: 'ok',
  candidate_verdict: 'nok',
  score: 0.2,
  threshold: 0.5,
  candidate_score: 0.7,
  candidate_threshold: 0.6,
  picture: 0,
  heat: null,
});
/** What is shown of the newest parts that differ; a part with a heat map has a star. */
const pairs = (desk: Desk, ...newest: readonly string[]) =>
  desk.lookAt(newest.map(differing)).map(({ inspection, candidate_heat }) => `${inspection}${candidate_heat ? '*' : ''}`);

/** As far as the last one: it runs beside what judges. */
async function beside(of: ReturnType<typeof workshop>): Promise<Desk> {
  const desk = await taught(of);
  of.looks[0]?.resolve([scored('old')]);
  await comes(() => expect(desk.lesson()?.stored).toBe(1));
  of.changes.apply = () => {
    of.there.beside = 'my-ring';
  };
  await desk.shadow({ threshold: null, anyway: true });
  await becomes(desk, 'shadow');
  await comes(() => expect(desk.lesson()?.step).toBeNull());
  return desk;
}

describe('what nobody waits for', () => {
  it('ends nothing where the disk takes no heat map: the lesson has failed, says why, and can learn again', async () => {
    const of = workshop();
    const desk = await of.start();
    await collect(desk);
    await desk.learn(false);
    writeFileSync(join(of.folder, 'heat'), 'no folder');
    of.teachers[0]?.resolve({ ...REPLY, masks: { 'part-0': 'iVBORw==' } });
    await becomes(desk, 'failed');
    expect(desk.lesson()?.fault?.text).toMatch(/^The lesson cannot be kept on the disk: E/);
    expect(desk.lesson()?.fault?.text).not.toContain(of.folder);
    await desk.learn(false);
    of.teachers[1]?.resolve(REPLY);
    await becomes(desk, 'learned');
  });

  it('is told where a look back fails, by the process or by the disk, and tried again by the next start', async () => {
    const of = workshop();
    const desk = await taught(of);
    expect(desk.lesson()).toMatchObject({ stored: null, stored_fault: null });
    of.looks[0]?.reject(new LinesideError('SANDBOX_DIED', { what: 'Looking at stored parts', why: 'it ended' }));
    await comes(() => expect(desk.lesson()?.stored_fault?.text).toContain('Looking at stored parts'));
    await desk.stop();

    mkdirSync(join(of.folder, 'stored.json'));
    const second = await of.start();
    expect(second.lesson()).toMatchObject({ phase: 'learned', stored: null, stored_fault: null });
    await comes(() => expect(of.looks).toHaveLength(2));
    of.looks[1]?.resolve([scored('old')]);
    await comes(() => expect(second.lesson()?.stored_fault?.text).toContain('cannot be kept on the disk'));
    await second.stop();

    rmSync(join(of.folder, 'stored.json'), { recursive: true });
    const third = await of.start();
    await comes(() => expect(of.looks).toHaveLength(3));
    of.looks[2]?.resolve([scored('old')]);
    await comes(() => expect(third.lesson()).toMatchObject({ stored: 1, stored_fault: null }));
    // No heat map of them is ever shown: none is made.
    expect(of.looks.map(({ order }) => order.masks)).toEqual([false, false, false]);
  });

  it('is so all the same where the disk does not take the lesson, and nobody is left learning', async () => {
    const of = workshop();
    const desk = await of.start();
    await desk.begin('mueller', MACHINE);
    await desk.mark({ from: 0, to: 1000 });
    await desk.learn(false);
    await desk.stop();
    // Taken out of the config meanwhile, on a disk that is full.
    of.state.machine = null;
    mkdirSync(join(of.folder, 'lesson.json.new'));
    const second = await of.start();
    await becomes(second, 'failed');
    expect(second.lesson()?.fault?.text).toContain('has no model process that reads tags any more');
    await comes(() => expect(of.lines.map(({ text }) => text)).toContain('what was learned could not be kept'));
    // What somebody asks for and cannot be kept is not done.
    await expect(second.learn(false)).rejects.toMatchObject({ code: 'LESSON_UNKEPT' });
    expect(phase(second)).toBe('failed');
    expect(of.teachers).toHaveLength(1);
  });

  it('looks at parts of which the two differ later and later where it fails', async () => {
    const of = workshop();
    const desk = await beside(of);
    const asked = () => pairs(desk, 'a', 'b');
    const fail = async () => {
      const before = of.lines.length;
      of.looks.at(-1)?.reject(new LinesideError('SANDBOX_DIED', { what: 'It', why: 'it ended' }));
      await comes(() => expect(of.lines.length).toBeGreaterThan(before));
    };
    expect(asked()).toEqual(['a', 'b']);
    await fail();
    for (let i = 0; i < 10; i++) expect(asked()).toEqual(['a', 'b']);
    expect(of.looks).toHaveLength(2);
    await of.clock.advance(60_000);
    asked();
    expect(of.looks).toHaveLength(3);
    // The disk takes none of it.
    writeFileSync(join(of.folder, 'stored'), 'no folder');
    const before = of.lines.length;
    of.looks[2]?.resolve([scored('a')]);
    await comes(() => expect(of.lines.length).toBeGreaterThan(before));
    await of.clock.advance(60_000);
    asked();
    expect(of.looks).toHaveLength(3);
    await of.clock.advance(60_000);
    rmSync(join(of.folder, 'stored'));
    asked();
    of.looks[3]?.resolve([scored('a')]);
    // The other one has no picture any more.
    await comes(() => expect(asked()).toEqual(['a*', 'b']));
    expect(of.looks).toHaveLength(4);
  });

  it('goes on making heat maps of new parts, and keeps those of two hundred', async () => {
    const of = workshop();
    const desk = await beside(of);
    for (let n = 0; n < 22; n++) {
      const ids = Array.from({ length: 10 }, (_, i) => `p${n}-${i}`);
      // One look at a time: the one before may still be at its end on the disk.
      await comes(() => {
        pairs(desk, ...ids);
        expect(of.looks).toHaveLength(n + 2);
      });
      of.looks.at(-1)?.resolve(ids.map(scored));
      await comes(() => expect(pairs(desk, ...ids)).toEqual(ids.map((id) => `${id}*`)));
    }
    expect(of.looks).toHaveLength(23);
    await comes(() => expect(readdirSync(join(of.folder, 'stored'))).toHaveLength(200));
    expect(await desk.storedHeat('p0-0')).toBeNull();
    expect(await desk.storedHeat('p21-9')).not.toBeNull();
  });

  it('shows pairs with their heat maps where parts pass faster than they are looked at', async () => {
    const of = workshop();
    const desk = await beside(of);
    // The first ones, until there are heat maps; the same ones then, whatever has passed since.
    expect(pairs(desk, 'b1', 'a1')).toEqual(['b1', 'a1']);
    expect(pairs(desk, 'd1', 'c1')).toEqual(['b1', 'a1']);
    for (let n = 1; n < 4; n++) {
      of.looks.at(-1)?.resolve([`b${n}`, `a${n}`].map(scored));
      const [shown, next] = [[`b${n}*`, `a${n}*`], [`b${n + 1}`, `a${n + 1}`] as const];
      // One look at a time: the one before may still be at its end on the disk.
      await comes(() => {
        expect(pairs(desk, ...next)).toEqual(shown);
        expect(of.looks).toHaveLength(n + 2);
      });
      expect(pairs(desk, 'passed', 'as well')).toEqual(shown);
    }
    // A new one beside those that were looked at is shown with its heat map, and one whose picture is not kept without.
    of.looks.at(-1)?.resolve(['b4', 'a4'].map(scored));
    await comes(() => expect(pairs(desk, 'b4', 'a4')).toEqual(['b4*', 'a4*']));
    expect(pairs(desk, 'new', 'b4', 'a4')).toEqual(['b4*', 'a4*']);
    of.looks.at(-1)?.resolve([scored('new')]);
    await comes(() => expect(pairs(desk, 'new', 'b4', 'a4')).toEqual(['new*', 'b4*', 'a4*']));
    const unkept = { ...differing('unkept'), picture: null };
    expect(desk.lookAt([unkept])).toEqual([{ ...unkept, candidate_heat: false }]);
  });

  it('leaves stored parts for pairs as soon as the limit is taken', async () => {
    const of = workshop();
    const desk = await taught(of);
    of.changes.apply = () => {
      of.there.beside = 'my-ring';
    };
    await desk.shadow({ threshold: null, anyway: true });
    await becomes(desk, 'shadow');
    expect(of.looks.map(({ stopped }) => stopped)).toEqual([true]);
    expect(pairs(desk, 'a')).toEqual(['a']);
    expect(of.looks.map(({ order }) => order.masks)).toEqual([false, true]);
  });
});

describe('steps of a lesson', () => {
  it('say of marked faults whether the map is highest there, and take up a lesson of before that knows no marks', async () => {
    const box = workshop();
    const desk = await box.start();
    await collect(desk);
    const [first, second, third] = desk.lesson()?.pictures ?? [];
    await desk.say(first?.id ?? '', 'bad', null, [[10, 10, 4, 4]]);
    await desk.say(second?.id ?? '', 'bad', null, [
      [0, 0, 2, 2],
      [30, 10, 4, 4],
    ]);
    await desk.say(third?.id ?? '', 'bad', null);
    expect(desk.lesson()?.pointed).toBeNull();
    await desk.learn(false);
    // Places of a map of 4 x 4 over 64 x 64 pixels; the marks that touch one only by its edge lie beside it.
    const peaks = { 'part-0': [14, 0, 16, 16], 'part-1': [16, 0, 16, 16], 'part-2': [0, 0, 16, 16] };
    box.teachers[0]?.resolve({ ...REPLY, maps: { masks: {}, peaks } });
    await becomes(desk, 'learned');
    const told = (of: Desk) => of.lesson()?.pictures.map(({ pointed }) => pointed);
    expect(told(desk)).toEqual([false, true, null, null]);
    expect(desk.lesson()?.pointed).toMatchObject({ value: 0.5 });
    await desk.say(first?.id ?? '', 'bad', null, [[10, 10, 5, 4]]);
    await desk.say(second?.id ?? '', 'good', null);
    expect([told(desk), desk.lesson()?.pictures[1]?.boxes]).toEqual([[true, null, null, null], []]);
    await desk.stop();

    const path = join(box.folder, 'lesson.json');
    const lesson = JSON.parse(await readFile(path, 'utf8'));
    for (const picture of lesson.pictures) {
      delete picture.boxes;
      delete picture.peak;
    }
    writeFileSync(path, JSON.stringify(lesson));
    const again = await box.start();
    expect([told(again), again.lesson()?.pointed]).toEqual([[null, null, null, null], null]);
  });

  it('come one after the other: two touches on Learn are one teacher, and whoever ends it meanwhile leaves none', async () => {
    const of = workshop();
    const desk = await of.start();
    await collect(desk);
    const twice = await Promise.allSettled([desk.learn(false), desk.learn(false)]);
    expect(twice.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(of.teachers).toHaveLength(1);
    of.teachers[0]?.reject(new LinesideError('DATA_INVALID', { file: 'x', why: 'too few' }));
    await becomes(desk, 'failed');
    const [learned, ended] = await Promise.allSettled([desk.learn(false), desk.end()]);
    expect([learned.status, ended.status, desk.lesson()]).toEqual(['fulfilled', 'fulfilled', null]);
    expect(of.teachers.map(({ stopped }) => stopped)).toEqual([false, true]);
    expect(existsSync(of.folder)).toBe(false);
    await expect(desk.learn(false)).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  });

  it('ended while it looks at stored parts, nothing of it is left', async () => {
    const of = workshop();
    const desk = await beside(of);
    pairs(desk, 'a');
    of.looks.at(-1)?.resolve([scored('a')]);
    await desk.end();
    await comes(() => expect(desk.lesson()).toBeNull());
    await comes(() => expect(existsSync(of.folder)).toBe(false));
  });

  it('keep what is said of a picture while a look back is written down', async () => {
    const of = workshop();
    const desk = await taught(of);
    // Whoever writes there waits for a reader.
    const file = join(of.folder, 'stored.json');
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    of.looks[0]?.resolve([scored('old')]);
    const [one] = desk.lesson()?.pictures ?? [];
    // As far as it comes without one.
    await of.clock.advance(0);
    const said = desk.say(one?.id ?? '', 'good', 'shiny');
    await comes(() => expect(desk.lesson()?.pictures[0]?.kind).toBe('shiny'));
    await readFile(file);
    await said;
    await comes(() => expect(desk.lesson()?.stored).toBe(1));
    expect(desk.lesson()?.pictures[0]?.kind).toBe('shiny');
  });

  it('tell where the package stands by what the config says then', async () => {
    const of = workshop();
    const desk = await beside(of);
    // What judges looks at a part of the picture, and draws its heat map there; what was taught looks at all of it.
    of.there.region = [0, 0, 32, 32];
    expect(desk.lesson()).toMatchObject({ judges: 'as-bought', judges_region: [0, 0, 32, 32], region: null });
    of.changes.apply = () => Object.assign(of.there, { judges: 'my-ring', beside: null });
    await desk.promote();
    await becomes(desk, 'promoted');
    // What there was to go back to was the same package with another threshold.
    of.changes.apply = () => Object.assign(of.there, { judges: 'my-ring', beside: 'my-ring' });
    await comes(() => expect(desk.lesson()?.step).toBeNull());
    await desk.back();
    await comes(() => expect(desk.lesson()?.step).toBeNull());
    expect(phase(desk)).toBe('promoted');
    of.changes.apply = () => Object.assign(of.there, { judges: 'as-bought', beside: 'my-ring' });
    await desk.back();
    await becomes(desk, 'back');
    expect(of.questions.map(({ verb }) => verb)).toEqual(['shadow', 'promote', 'rollback', 'rollback']);
  });

  it('teach the part again, and not what is looked through around it, where nobody says a region', async () => {
    const of = workshop();
    const desk = await of.start();
    Object.assign(of.there, { region: [15, 15, 170, 170], part: [36, 36, 128, 128] });
    expect(desk.live('outlet', 'surface')).toMatchObject({ region: [36, 36, 128, 128] });
    expect(await desk.begin('mueller', PART)).toMatchObject({ region: [36, 36, 128, 128], judges_region: [15, 15, 170, 170] });
  });

  it.each([
    ['looks for its part', [15, 15, 170, 170], { reference: [28, 28, 224, 224], field: [280, 280] }, [32, 32, 136, 136]],
    ['looks at all of it', [15, 15, 170, 170], undefined, [15, 15, 170, 170]],
    ['looks for its part in whole pictures', undefined, { reference: [37, 37, 224, 224], field: [298, 298] }, null],
  ] as const)('begin with the part where the package there %s', (_, region, registered, part) => {
    const config = { stations: { outlet: { models: { surface: { model: 'ring', ...(region ? { region } : {}) } } } } };
    const slots = [{ id: 'outlet/surface', camera: 'top' }];
    const manifests = new Map([['ring', { decode: registered ? { registered } : {} }]]);
    const place = taughtPlace(config as never, slots as never, { station: 'outlet', model: 'surface' }, manifests as never);
    expect(place).toEqual({ camera: 'top', region: region ?? null, part, judges: 'ring', beside: null });
  });

  it('take more pictures after a lesson that failed for want of them', async () => {
    const of = workshop();
    const desk = await of.start();
    await collect(desk);
    await desk.learn(false);
    of.teachers[0]?.reject(new LinesideError('DATA_INVALID', { file: 'x', why: '3 different good parts are shown, and 4 are the least' }));
    await becomes(desk, 'failed');
    expect(desk.lesson()?.fault?.text).toBe(
      'Nothing can be learned from these pictures: 3 different good parts are shown, and 4 are the least.',
    );
    expect(desk.camera()).toBe('top');
    expect(await desk.add([{ inspection: 'stored', type: 'image/png', kind: null, boxes: [], bytes: Uint8Array.of(9) }], 'good')).toBe(1);
    expect(desk.lesson()).toMatchObject({ phase: 'collected', fault: null });
  });

  it('of a machine are told in words of stretches, and a stretch more or less is a beginning', async () => {
    const of = workshop();
    const desk = await of.start();
    await desk.begin('mueller', MACHINE);
    await desk.mark({ from: 0, to: 1000 });
    const fail = async () => {
      await desk.learn(false);
      of.teachers.at(-1)?.reject(new LinesideError('DATA_INVALID', { file: 'x', why: '0 rows are left of it' }));
      await becomes(desk, 'failed');
      expect(desk.lesson()?.fault).toEqual({
        text: 'Nothing can be learned from these stretches: 0 rows are left of it.',
        next: expect.stringContaining('Mark longer stretches'),
      });
    };
    await fail();
    const marked = await desk.mark({ from: 2000, to: 3000 });
    expect(marked).toMatchObject({ phase: 'collected', fault: null });
    await fail();
    expect(await desk.unmark(marked.stretches[0]?.id ?? '')).toMatchObject({ phase: 'collected', fault: null });
  });
});
