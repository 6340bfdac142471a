import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModelSlot } from '#agent/contracts/index.js';
import { type Bench, bench, faultOf, firstPixels, frame, goodFrame, imageSlot, MODELS, scratchFrame, windowSlot } from './setup.ts';

const SLOT = 'outlet/classify';
const running = (slot: string) => (status: { slot: string; status: string }) => status.slot === slot && status.status === 'running';

async function started(slots: readonly ModelSlot[], over: Parameters<typeof bench>[1] = {}) {
  const made = await bench(slots, over);
  await made.engine.start();
  return made;
}
const workers = ({ threads }: Bench) => threads.filter(({ entry }) => entry === 'worker');
const image = async ({ engine }: Bench, slot: string, seen = goodFrame()) => ({ image: await engine.prepare(slot, seen) });

/** A folder of packages of our own, to be changed while they run. */
async function packages(...names: readonly [as: string, from: string][]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'packages-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [as, from] of names) await install(folder, as, from);
  return folder;
}
async function install(folder: string, as: string, from: string): Promise<void> {
  await rm(join(folder, as), { recursive: true, force: true });
  await cp(join(MODELS, from), join(folder, as), { recursive: true });
  const file = join(folder, as, 'manifest.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(`name: "${from}"`, `name: "${as}"`));
}

describe('a package that does not prove itself', () => {
  it.each([
    ['a file that is not the one its manifest names', 'bad-hash', 'MODEL_HASH', /model\.fp32\.onnx/],
    ['golden outputs that do not come out', 'bad-golden', 'MODEL_GOLDEN', /off by 0\.25, allowed 0\.0001/],
    ['a file that is no network', 'garbage', 'MODEL_INVALID', /onnxruntime cannot load it/],
    ['fewer labels than probabilities', 'bad-labels', 'MODEL_INVALID', /3 probabilities for 2 labels/],
    ['another input than its manifest says', 'bad-input', 'MODEL_INVALID', /\[1, 16, 16, 1\], the manifest says uint8 \[1, 16, 32, 1\]/],
    ['no folder', 'nowhere', 'MODEL_INVALID', /manifest\.yaml cannot be read/],
  ])('%s is refused, and the others run', async (_, name, code, why) => {
    const made = await started([imageSlot(name), imageSlot('classify')]);
    const [refused, live] = made.loads[0]?.slot === SLOT ? [...made.loads].reverse() : made.loads;
    expect(refused).toMatchObject({ state: 'refused', loaded: null, fault: { code } });
    expect(refused?.fault?.message).toMatch(why);
    expect(live).toMatchObject({ state: 'live', fault: null });
    expect(await faultOf(made.engine.infer(`outlet/${name}`, {}))).toMatchObject({ code });
    expect(made.statuses).toContainEqual(expect.objectContaining({ slot: `outlet/${name}`, status: 'failed' }));
    expect((await made.engine.infer(SLOT, await image(made, SLOT))).label).toBe('good');
  });

  it('falls back to the variant that holds, and says which did not', async () => {
    const { engine } = await started([imageSlot('half-golden')]);
    const loaded = engine.loaded('outlet/half-golden');
    expect(loaded).toMatchObject({ variant: 'fp32', provider: { asked: 'cpu', used: 'cpu', why: null } });
    expect(loaded?.passedOver[0]).toMatch(/int8-u8s8 on cpu: .*off by 0\.25/);
  });

  it('does not fall back where the config fixes the variant', async () => {
    const { loads } = await started([imageSlot('half-golden', { variant: 'int8-u8s8' }), imageSlot('classify', { variant: 'int4' })]);
    const faults = Object.fromEntries(loads.map(({ slot, fault }) => [slot, fault]));
    expect(faults['outlet/half-golden']?.code).toBe('MODEL_GOLDEN');
    expect(faults[SLOT]?.message).toMatch(/no variant int4, only fp32, int8-u8s8/);
  });

  it('has golden inputs for the variant that runs, or is refused', async () => {
    const models = await packages(['classify', 'classify']);
    await writeFile(join(models, 'classify', 'golden', 'cases.json'), '{"cases": []}');
    expect((await started([imageSlot('classify')], { models })).loads[0]?.fault?.message).toMatch(/no case for variant/);
    await writeFile(join(models, 'classify', 'golden', 'cases.json'), 'not JSON');
    expect((await started([imageSlot('classify')], { models })).loads[0]?.fault?.message).toMatch(/cases\.json cannot be read/);
  });
});

describe('a provider that is not there', () => {
  it('is said to be missing, with what runs instead and why', async () => {
    const { engine, statuses } = await started([imageSlot('classify')], { config: { providers: ['tensorrt', 'cuda', 'cpu'] } });
    const provider = engine.loaded(SLOT)?.provider;
    expect(provider).toMatchObject({ asked: 'tensorrt', used: 'cpu' });
    expect(provider?.why).toMatch(/tensorrt: .+; cuda: .+/);
    expect(statuses.at(-1)?.slot === SLOT ? statuses.at(-1) : statuses.find(({ slot }) => slot === SLOT)).toMatchObject({
      status: 'degraded',
      fault: { code: 'PROVIDER_MISSING', details: { provider: 'tensorrt', used: 'cpu' } },
    });
  });

  it('is replaced by the processor even where the config does not name that', async () => {
    const made = await started([imageSlot('classify')], { config: { providers: ['cuda'] } });
    expect((await made.engine.infer(SLOT, await image(made, SLOT))).provider).toBe('cpu');
  });
});

describe('a model thread that dies', () => {
  it('fails its jobs, keeps what waits, and is replaced', async () => {
    const made = await started([imageSlot('classify')]);
    const input = await image(made, SLOT);
    const recovered = made.next(running(SLOT));
    workers(made)[0]?.kill();
    // Two are handed to the thread, two wait.
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => made.engine.infer(SLOT, input)));
    expect(results.slice(0, 2).map((r) => r.status === 'rejected' && r.reason.code)).toEqual(['MODEL_CRASHED', 'MODEL_CRASHED']);
    expect(results.slice(2).map((r) => r.status)).toEqual(['fulfilled', 'fulfilled']);
    await recovered;
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'running', restarts: 1 });
    expect(made.statuses).toContainEqual(expect.objectContaining({ slot: SLOT, status: 'degraded' }));
  });

  it('comes back again and again', async () => {
    const made = await started([imageSlot('classify')]);
    for (let life = 0; life < 4; life++) {
      const recovered = made.next(running(SLOT));
      workers(made)
        .at(-1)
        ?.kill(life % 2 === 0 ? 'die' : 'throw');
      await recovered;
      expect((await made.engine.infer(SLOT, await image(made, SLOT, scratchFrame()))).label).toBe('scratch');
    }
    expect(made.engine.queues()[`model/${SLOT}`]).toMatchObject({ restarts: 4, done: 4 });
  });

  it('by an exception says which', async () => {
    const made = await started([imageSlot('classify')]);
    const recovered = made.next(running(SLOT));
    const down = made.next(({ fault }) => fault?.code === 'MODEL_CRASHED');
    workers(made)[0]?.kill('throw');
    expect((await down).fault?.message).toMatch(/thrown by the test/);
    await recovered;
  });

  it('does not touch the model beside it', async () => {
    const made = await started([imageSlot('classify'), imageSlot('classify-other')]);
    const other = await image(made, 'outlet/classify-other');
    const before = (await made.engine.infer('outlet/classify-other', other)).score;
    workers(made)[0]?.kill();
    await workers(made)[0]?.exit;
    expect((await made.engine.infer('outlet/classify-other', other)).score).toBe(before);
  });

  it('is refused by its hash when somebody changed the file meanwhile', async () => {
    const models = await packages(['classify', 'classify-other']);
    const made = await started([imageSlot('classify')], { models });
    await writeFile(join(models, 'classify', 'model.fp32.onnx'), 'another file');
    const down = made.next(({ slot, fault }) => slot === SLOT && fault?.code === 'MODEL_HASH');
    workers(made)[0]?.kill();
    await down;
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'degraded', fault: { code: 'MODEL_HASH' } });
  });
});

describe('a model that hangs', () => {
  it('is given up after its timeout and replaced; the thread that is stuck keeps nobody waiting', async () => {
    // The longest this model can take is some 600 ms: three times the timeout, and that many times what a quick input takes.
    const made = await started([imageSlot('slow', { id: SLOT })], { config: { timeout: 200 } });
    const recovered = made.next(running(SLOT));
    const stuck = await faultOf(made.engine.infer(SLOT, await image(made, SLOT, firstPixels(255, 255))));
    expect(stuck).toMatchObject({ code: 'MODEL_HUNG', details: { model: SLOT } });
    await recovered;
    expect((await made.engine.infer(SLOT, await image(made, SLOT))).label).toBe('good');
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ restarts: 1 });
  });

  it('does not keep the engine from stopping, and leaves by itself', async () => {
    const made = await started([imageSlot('slow', { id: SLOT })]);
    const stuck = faultOf(made.engine.infer(SLOT, await image(made, SLOT, firstPixels(250, 250))));
    await made.engine.stop();
    expect((await stuck).code).toBe('STOPPING');
    await Promise.all(made.threads.map(({ exit }) => exit));
    expect(made.engine.threads).toBe(0);
  });

  it('is not given up while it answers, however long the queue', async () => {
    const made = await started([imageSlot('slow', { id: SLOT })], { config: { timeout: 3000 } });
    const input = await image(made, SLOT, firstPixels(60, 60));
    const results = await Promise.all(Array.from({ length: 12 }, () => made.engine.infer(SLOT, input)));
    expect(results).toHaveLength(12);
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ restarts: 0 });
  });
});

describe('a queue that is full', () => {
  it('refuses at once what is one too many, counts it, and judges the rest', async () => {
    const made = await started([imageSlot('slow', { id: SLOT })], { config: { queue: 3 } });
    const input = await image(made, SLOT, firstPixels(60, 60));
    // Two are with the thread, three wait.
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => made.engine.infer(SLOT, input)));
    expect(results.map((r) => (r.status === 'rejected' ? r.reason.code : 'judged'))).toEqual([
      ...Array(5).fill('judged'),
      ...Array(3).fill('MODEL_OVERLOADED'),
    ]);
    expect(made.engine.queues()[`model/${SLOT}`]).toMatchObject({ depth: 0, bound: 3, dropped: 3, done: 5 });
  });
});

describe('a network that fails', () => {
  it('inside onnxruntime fails that part, and judges the next', async () => {
    const made = await started([imageSlot('fragile', { id: SLOT })]);
    const fault = await faultOf(made.engine.infer(SLOT, await image(made, SLOT, firstPixels(200, 5))));
    expect(fault.code).toBe('MODEL_FAILED');
    expect(fault.message).toMatch(/Gather/);
    expect((await made.engine.infer(SLOT, await image(made, SLOT, firstPixels(5, 5)))).probabilities).toBeDefined();
    expect(made.engine.queues()[`model/${SLOT}`]).toMatchObject({ failed: 1, done: 2, restarts: 0 });
  });

  it('with NaN gives a fault, never a verdict', async () => {
    const made = await started([imageSlot('fragile', { id: SLOT })]);
    const fault = await faultOf(made.engine.infer(SLOT, await image(made, SLOT, firstPixels(5, 0))));
    expect(fault.message).toMatch(/MODEL_FAILED.*probabilities holds NaN/);
  });
});

describe('a reload', () => {
  it('goes over to a new package without losing a part', async () => {
    const made = await started([imageSlot('classify')]);
    const input = await image(made, SLOT, scratchFrame());
    const before = Array.from({ length: 10 }, () => made.engine.infer(SLOT, input));
    const reload = made.engine.reload([imageSlot('classify', { package: 'classify-other' })]);
    const during = Array.from({ length: 5 }, () => made.engine.infer(SLOT, input));
    expect((await Promise.all([...before, ...during])).map((f) => f.package)).toEqual(Array(15).fill('classify'));
    expect((await reload)[0]).toMatchObject({ state: 'live', package: 'classify-other', fault: null });
    expect((await made.engine.infer(SLOT, input)).package).toBe('classify-other');
  });

  it.each(['bad-golden', 'bad-hash', 'garbage', 'nowhere'])('to %s is refused, and the one before keeps running', async (name) => {
    const made = await started([imageSlot('classify')]);
    const [report] = await made.engine.reload([imageSlot('classify', { package: name })]);
    expect(report).toMatchObject({ state: 'kept', package: name, loaded: { variant: 'int8-u8s8' } });
    expect(report?.fault).toBeTruthy();
    expect((await made.engine.infer(SLOT, await image(made, SLOT))).package).toBe('classify');
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'degraded', fault: { code: report?.fault?.code } });
    await made.engine.reload([imageSlot('classify')]);
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'running', fault: null });
  });

  it('keeps the thread where the package is the same, and takes the new threshold', async () => {
    const made = await started([imageSlot('classify')]);
    await made.engine.reload([imageSlot('classify', { threshold: 0.9 })]);
    expect(workers(made)).toHaveLength(1);
    expect((await made.engine.infer(SLOT, await image(made, SLOT))).threshold).toBe(0.9);
  });

  it('loads anew where the files in the same folder are others', async () => {
    const models = await packages(['classify', 'classify']);
    const made = await started([imageSlot('classify')], { models });
    const before = made.engine.loaded(SLOT)?.sha256;
    await install(models, 'classify', 'classify-other');
    await made.engine.reload([imageSlot('classify')]);
    expect(workers(made)).toHaveLength(2);
    expect(made.engine.loaded(SLOT)?.sha256).not.toBe(before);
  });

  it('ends slots that are gone, and starts new ones', async () => {
    const made = await started([imageSlot('classify'), imageSlot('garbage')]);
    await made.engine.reload([imageSlot('detect')]);
    await workers(made)[0]?.exit;
    expect(made.engine.threads).toBe(2);
    expect(Object.keys(made.engine.health()).sort()).toEqual(['model/outlet/detect', 'model/pixels']);
    expect((await faultOf(made.engine.infer(SLOT, {}))).message).toMatch(/no such slot/);
    const seen = frame(16, 16, 'rgb8', () => 200);
    expect((await made.engine.infer('outlet/detect', await image(made, 'outlet/detect', seen))).label).toBe('crack');
  });

  it('brings the pixels thread along when the first picture comes into the config', async () => {
    const made = await started([windowSlot('sequence-score')]);
    await made.engine.reload([imageSlot('classify')]);
    expect(
      (
        await made.engine.infer(
          SLOT,
          await image(
            made,
            SLOT,
            frame(40, 40, 'mono8', () => 0),
          ),
        )
      ).label,
    ).toBe('good');
  });
});

describe('the pixels thread', () => {
  it('that dies fails the picture it has, and is replaced', async () => {
    const made = await started([imageSlot('classify')]);
    const recovered = made.next(running('pixels'));
    made.threads.find(({ entry }) => entry === 'pixels')?.kill();
    const lost = frame(64, 48, 'mono8', () => 0);
    expect((await faultOf(made.engine.prepare(SLOT, lost))).code).toBe('MODEL_CRASHED');
    expect(lost.held).toBe(0);
    await recovered;
    const seen = frame(64, 48, 'mono8', () => 0);
    expect((await made.engine.infer(SLOT, await image(made, SLOT, seen))).label).toBe('good');
    expect(seen.held).toBe(0);
    expect(made.engine.health()['model/pixels']).toMatchObject({ status: 'running', restarts: 1 });
  });
});
