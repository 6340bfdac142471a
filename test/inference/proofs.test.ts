import { spawnSync } from 'node:child_process';
import { readdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { benchModel } from '#agent/desk/bench/models.js';
import { type Manifest, readManifest } from '#agent/inference/manifest.js';
import { Proofs } from '#agent/inference/proofs.js';
import { Trial } from '#agent/inference/trial.js';
import { verifyPackage } from '#agent/inference/verify.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { systemClock } from '#agent/time.js';
import { endless, greedy, harmless, packagesFolder, writePackage } from './hostile.ts';
import { bench, faultOf, frame, imageSlot, MODELS } from './setup.ts';

const QUICK = { time: 3000, memory: 600e6 };
const verified = (folder: string, name: string) =>
  verifyPackage(join(folder, name), { providers: ['cpu'], threads: 1, rounds: 1, bounds: QUICK });

/** What each does to the folder of a package that was good. */
const HARM: readonly (readonly [what: string, harm: (folder: string) => Promise<unknown>, why: RegExp])[] = [
  ['a network that never ends', (folder) => broken(folder, endless()), /does not load and give its outputs within 3 s/],
  ['a network that takes all memory', (folder) => broken(folder, greedy(6)), /more than 600 MB of memory|cannot load it|allocat/i],
  ['a network that wants more than there is', (folder) => broken(folder, greedy(2 ** 20)), /MODEL_/],
  ['a device for a network', (folder) => replaced(folder, 'model.onnx', '/dev/zero'), /model\.onnx cannot be read \(it is a device/],
  ['a pipe for a network', (folder) => piped(folder, 'model.onnx'), /it is a pipe/],
  ['a network outside of its folder', (folder) => lentOut(folder), /leads out of the package folder/],
  ['a pointer for a network', (folder) => broken(folder, Buffer.from(POINTER)), /Git LFS pointer.*git lfs pull/],
  ['a device for its goldens', (folder) => replaced(folder, 'golden/cases.json', '/dev/zero'), /it is a device/],
  ['goldens that unpack to more than their picture', (folder) => bomb(folder), /larger than|truncated|maxOutputLength|a picture of/i],
  ['goldens of another shape than they say', (folder) => goldens(folder, { shape: [1, 3], data: [1] }), /1 values for the shape \[1, 3\]/],
  ['goldens that are no numbers', (folder) => goldens(folder, { shape: [1, 3], data: ['1', '0', '0'] }), /no \{shape, data\}/],
  ['goldens that are nothing', (folder) => goldens(folder, null), /no \{shape, data\}/],
];
const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

const broken = (folder: string, network: Buffer) => writePackage(join(folder, '..'), 'one', { network });
async function replaced(folder: string, name: string, by: string) {
  await unlink(join(folder, name));
  await symlink(by, join(folder, name));
}
async function piped(folder: string, name: string) {
  await unlink(join(folder, name));
  spawnSync('mkfifo', [join(folder, name)]);
}
async function lentOut(folder: string) {
  await rename(join(folder, 'model.onnx'), join(folder, '..', 'model.onnx'));
  await symlink('../model.onnx', join(folder, 'model.onnx'));
}
async function goldens(folder: string, probabilities: unknown) {
  const input = { shape: [1, 16, 16, 1], data: Array(256).fill(0) };
  await writeFile(
    join(folder, 'golden/cases.json'),
    JSON.stringify({ cases: [{ name: 'x', inputs: { image: input }, outputs: { fp32: { probabilities } } }] }),
  );
}
/** A picture of the right size, whose rows would be a hundred megabytes. */
async function bomb(folder: string) {
  const picture = await readFile(join(MODELS, 'classify', 'golden', 'case.png'));
  const rows = deflateSync(Buffer.alloc(1e8));
  const { crc32 } = await import('node:zlib');
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('IDAT'), rows, Buffer.alloc(4)]);
  chunk.writeUInt32BE(rows.length);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  await writeFile(join(folder, 'golden', 'case.png'), Buffer.concat([picture.subarray(0, 33), chunk]));
  const outputs = { fp32: { probabilities: { shape: [1, 3], data: [1, 0, 0] } } };
  await writeFile(join(folder, 'golden/cases.json'), JSON.stringify({ cases: [{ name: 'x', inputs: { image: 'case.png' }, outputs }] }));
}

async function harmed(harm: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = await packagesFolder();
  await writePackage(folder, 'one', { network: harmless() });
  await harm(join(folder, 'one'));
  return folder;
}

describe('a package that means harm', () => {
  it('is told from one that does not', async () => {
    const folder = await harmed(async () => {});
    expect((await verified(folder, 'one')).variants).toMatchObject([{ variant: 'fp32', ok: true, fault: null }]);
  });

  it.each(HARM)('%s gets a verdict with its reason, in time', { timeout: 60_000 }, async (_, harm, why) => {
    const folder = await harmed(harm);
    const { variants } = await verified(folder, 'one');
    expect(variants).toMatchObject([{ variant: 'fp32', ok: false }]);
    expect(variants[0]?.fault).toMatch(why);
  });

  it.each(HARM)('%s at the start stops nobody else, and at a reload the one before keeps running', { timeout: 60_000 }, async (_, harm) => {
    const folder = await harmed(harm);
    await writePackage(folder, 'good', { network: harmless() });
    const made = await bench([imageSlot('one'), imageSlot('good')], { models: folder, bounds: QUICK });
    const reports = await made.engine.start();
    const codes = Object.fromEntries(reports.map(({ slot, fault }) => [slot, fault?.code ?? null]));
    expect(codes['outlet/good']).toBeNull();
    expect(codes['outlet/one']).toMatch(/^MODEL_INVALID$/);
    const judged = async () => (await made.engine.infer('outlet/good', { image: await made.engine.prepare('outlet/good', dark()) })).label;
    expect(await judged()).toBe('good');
    const [report] = await made.engine.reload([imageSlot('good', { package: 'one' })]);
    expect(report).toMatchObject({ state: 'kept', package: 'one', loaded: { variant: 'fp32' } });
    expect(await judged()).toBe('good');
    const [next] = await made.engine.reload([imageSlot('good')]);
    expect(next).toMatchObject({ state: 'live', fault: null });
  });
});

describe('a package at a desk', () => {
  const trying: Readonly<Record<string, (manifest: Manifest) => Promise<unknown>>> = {
    'on trial, as evaluate and compare do it': async (manifest) => {
      const trial = await Trial.open(manifest, { variant: 'fp32', providers: ['cpu'], threads: 1, bounds: QUICK });
      await trial.close();
    },
    'in a bench': (manifest) =>
      benchModel(manifest, {
        variants: ['fp32'],
        providers: ['cpu'],
        threads: [1],
        rounds: 1,
        runs: 1,
        meter: null,
        onStep: () => {},
        bounds: QUICK,
      }),
  };

  it.each(Object.keys(trying))('%s, is loaded where it can be ended first', { timeout: 60_000 }, async (how) => {
    const tried = trying[how] ?? (() => Promise.reject(new Error(how)));
    const folder = await harmed(async () => {});
    const manifest = await readManifest(join(folder, 'one'));
    await expect(tried(manifest)).resolves.not.toThrow();
    await broken(join(folder, 'one'), endless());
    await expect(tried(await readManifest(join(folder, 'one')))).rejects.toThrow(/MODEL_INVALID.*within 3 s/);
    await broken(join(folder, 'one'), greedy(6));
    await expect(tried(await readManifest(join(folder, 'one')))).rejects.toThrow(/MODEL_INVALID/);
    // The file of another network under the old manifest.
    await expect(tried(manifest)).rejects.toMatchObject({ code: 'MODEL_HASH' });
  });
});

const dark = () => frame(16, 16, 'mono8', () => 0);

describe('a manifest that means harm', () => {
  const manifests: readonly (readonly [string, string, RegExp])[] = [
    ['60,000 keys', Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n'), /it has 0\.\d+ MB|keys, items and lines/],
    ['15,000 keys', Array.from({ length: 15_000 }, (_, i) => `k${i}: 1`).join('\n'), /keys, items and lines|and \d+ more|additional/],
    ['a thousand brackets', '['.repeat(1000), /nested 1000 deep/],
    ['a thousand dashes', '- '.repeat(1000), /nested 1000 deep/],
    ['a key twice', 'labels: []', /the key labels stands here twice/],
    [
      'aliases of aliases',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefghi'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /alias/i,
    ],
    ['a picture of gigabytes', 'decode: {}\ninputs: {image: {width: 8192, height: 8192, channels: 3}}', /twice|numbers/],
  ];
  it.each(manifests)('by %s is refused without keeping the thread that judges', async (_, manifest, why) => {
    const folder = await packagesFolder();
    await writePackage(folder, 'one', { network: harmless(), manifest });
    const began = performance.now();
    expect((await faultOf(readManifest(join(folder, 'one')))).message).toMatch(why);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('by the size of its picture is refused', async () => {
    const folder = await packagesFolder();
    await writePackage(folder, 'one', { network: harmless() });
    const file = join(folder, 'one', 'manifest.yaml');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('width: 16, height: 16, channels: 1', 'width: 8192, height: 8192, channels: 3'),
    );
    expect((await faultOf(readManifest(join(folder, 'one')))).message).toMatch(/201326592 numbers, 50000000 are taken at most/);
  });

  it('that is a device or a pipe is refused', async () => {
    const folder = await harmed((home) => replaced(home, 'manifest.yaml', '/dev/zero'));
    expect((await faultOf(readManifest(join(folder, 'one')))).message).toMatch(/it is a device/);
    await piped(join(folder, 'one'), 'manifest.yaml');
    expect((await faultOf(readManifest(join(folder, 'one')))).message).toMatch(/it is a pipe/);
  });
});

describe('what has been proved', () => {
  const orderOf = async (folder: string) => ({
    manifest: await readManifest(join(folder, 'one')),
    variant: null,
    providers: ['cpu'],
    threads: 1,
  });

  it('is remembered over a restart, until anything of it changes', { timeout: 60_000 }, async () => {
    const folder = await harmed(async () => {});
    const file = join(folder, 'proofs.json');
    const proofs = (bounds = {}) => new Proofs({ clock: systemClock, file, bounds });
    expect(await proofs().prove(await orderOf(folder))).toMatchObject({ variant: 'fp32', provider: { used: 'cpu' } });
    // In so little memory no process would come up: it is not asked.
    const impossible = { memory: 1e6, time: 3000 };
    expect(await proofs(impossible).prove(await orderOf(folder))).toMatchObject({ variant: 'fp32' });
    await goldens(join(folder, 'one'), { shape: [1, 3], data: [1, 0.0001, 0] });
    expect((await faultOf(proofs(impossible).prove(await orderOf(folder)))).code).toBe('MODEL_INVALID');
    await writePackage(folder, 'one', { network: harmless(), manifest: 'provenance: {}\n' });
    expect((await faultOf(proofs(impossible).prove(await orderOf(folder)))).code).toBe('MODEL_INVALID');
    await writePackage(folder, 'one', { network: harmless() });
    expect(await proofs(impossible).prove(await orderOf(folder))).toMatchObject({ variant: 'fp32' });
    await writeFile(file, 'nonsense');
    expect((await faultOf(proofs(impossible).prove(await orderOf(folder)))).code).toBe('MODEL_INVALID');
  });

  it('needs no proof where it came with the agent', async () => {
    const models = join(packageRoot, 'models');
    for (const name of await readdir(models)) {
      if (name === 'README.md') continue;
      const manifest = await readManifest(join(models, name));
      expect(
        await new Proofs({ clock: systemClock, bounds: { memory: 1e6 } }).prove({
          manifest,
          variant: null,
          providers: ['cpu'],
          threads: 1,
        }),
      ).toBeNull();
    }
  });

  it('ends when it is stopped', async () => {
    const folder = await harmed((home) => broken(home, endless()));
    const proofs = new Proofs({ clock: systemClock });
    const fault = faultOf(proofs.prove(await orderOf(folder)));
    proofs.stop();
    expect((await fault).code).toBe('STOPPING');
  });
});
