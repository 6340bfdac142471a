import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ImportWish, importModel, parseScaling } from '#agent/desk/importing/import.js';
import { readOnnx } from '#agent/desk/importing/onnx.js';
import { strip } from '#agent/desk/importing/strip.js';
import { readManifest } from '#agent/inference/manifest.js';
import { verifyPackage } from '#agent/inference/verify.js';
import { delimited, varint } from '#agent/onnx/wire.js';
import { FLOAT, greedy, integer, LONG, longs, modelOf, tensor, value } from '../../inference/hostile.ts';
import { faultOf, MODELS } from '../../inference/setup.ts';
import { scratch, write } from '../evaluation/setup.ts';

const IMPORTS = join(import.meta.dirname, '..', '..', 'fixtures', 'imports');
const nobody = async () => null;
const wish = (file: string, more: Partial<ImportWish> = {}): ImportWish => ({
  file,
  models: scratch(),
  name: 'imported',
  version: '1.0.0',
  threshold: 0.5,
  tensors: {},
  tolerance: 1e-3,
  force: false,
  ...more,
});
const PARTS = { labels: ['good', 'scratch', 'dent'], good: 'good' };
const CHANNELS = { channels: ['a', 'b', 'c', 'd'] };

describe('a network from another framework', () => {
  it.each([
    ['pytorch-cnn', { scaling: parseScaling('0..1', 3) }, ['uint8 NHWC in, NCHW and floats behind', 'softmax']],
    ['lightning-cnn', {}, []],
    ['keras-cnn', { scaling: parseScaling('0..255', 3) }, ['uint8 NHWC in, NHWC and floats behind']],
    ['tensorflow-cnn', {}, []],
    ['pytorch-encoder', CHANNELS, []],
    ['keras-encoder', CHANNELS, []],
  ])('%s becomes a package that gives its own outputs to 0.001', async (name, more, wrapped) => {
    const golden = join(IMPORTS, `${name}.npz`);
    const asked = wish(join(IMPORTS, `${name}.onnx`), { ...PARTS, ...more, golden });
    const imported = await importModel(asked, nobody);
    expect(imported).toMatchObject({ wrapped, goldens: { from: 'framework', cases: 4 }, variant: 'fp32' });
    expect(imported.goldens.difference).toBeLessThan(1e-3);
    const manifest = await readManifest(join(asked.models, 'imported'));
    expect(manifest).toMatchObject({ kind: 'channels' in more ? 'sequence' : 'classify', labels: PARTS.labels, good: 'good' });
    expect((await verifyPackage(join(asked.models, 'imported'), { providers: ['cpu'], threads: 1, rounds: 1 })).variants[0]?.ok).toBe(true);
  });

  it('is refused when its own outputs are not reproduced', async () => {
    const golden = join(IMPORTS, 'pytorch-cnn.npz');
    const wrong = wish(join(IMPORTS, 'pytorch-cnn.onnx'), { ...PARTS, golden, scaling: parseScaling('-1..1', 3) });
    expect((await faultOf(importModel(wrong, nobody))).message).toMatch(/MODEL_UNFIT.*golden outputs.*how bytes become floats/);
  });

  it('says what nobody has told it, and takes what is answered', async () => {
    const file = join(IMPORTS, 'pytorch-cnn.onnx');
    expect((await faultOf(importModel(wish(file, PARTS), nobody))).message).toMatch(/USAGE.*how bytes become the floats/);
    const answers: Record<string, string> = { scaling: '0..1', labels: 'good, scratch, dent', good: 'good' };
    const imported = await importModel(wish(file), async (question) => answers[question] ?? null);
    expect(imported.goldens).toMatchObject({ from: 'this runtime', cases: 3 });
  });
});

describe('what an exporter wrote beside the network', () => {
  const TRACE = 'File "/home/ann/secret/train.py", line 3, in forward';
  const pair = (number: number, key: string, value: string) => delimited(number, [delimited(1, key), delimited(2, value)]);
  const trace = (number: number) => pair(number, 'pkg.torch.onnx.stack_trace', TRACE);
  const chatty = () =>
    Buffer.concat([
      readFileSync(join(MODELS, 'classify', 'model.fp32.onnx')),
      delimited(6, TRACE),
      trace(14),
      pair(14, 'names', '{0: good, 1: bad}'),
      delimited(7, [
        delimited(10, TRACE),
        trace(16),
        delimited(1, [
          delimited(1, 'image'),
          delimited(2, 'unused'),
          delimited(4, 'Cast'),
          delimited(6, TRACE),
          trace(9),
          delimited(5, [delimited(1, 'to'), varint(3, 1), varint(20, 2), delimited(13, TRACE)]),
        ]),
        delimited(5, [
          varint(2, 1),
          varint(1, 1),
          delimited(8, 'unused_weight'),
          delimited(9, Buffer.alloc(4)),
          delimited(12, TRACE),
          trace(16),
        ]),
        delimited(13, [delimited(1, 'unused'), delimited(3, TRACE), trace(4)]),
      ]),
    ]);
  it('stays behind, with the paths of the machine that exported; what the network says of itself comes along', async () => {
    const path = join(scratch(), 'chatty.onnx');
    write(path, chatty());
    const asked = wish(path, PARTS);
    const imported = await importModel(asked, nobody);
    expect(imported.stripped).toBeGreaterThan(8 * TRACE.length);
    const kept = readFileSync(join(imported.folder, 'model.fp32.onnx'));
    expect(kept.includes('ann')).toBe(false);
    expect(kept.includes('stack_trace')).toBe(false);
    expect(kept.includes('{0: good, 1: bad}')).toBe(true);
  });
  it('is nothing in a file that has none: not a byte changes', () => {
    const source = readFileSync(join(IMPORTS, 'lightning-cnn.onnx'));
    expect(strip(source)).toBe(source);
  });
});

describe('a network that does not fit', () => {
  const file = join(MODELS, 'classify', 'model.fp32.onnx');
  const source = () => readFileSync(file);
  const refused = async (bytes: Uint8Array) => {
    const path = join(scratch(), 'changed.onnx');
    write(path, Buffer.from(bytes));
    return (await faultOf(importModel(wish(path, PARTS), nobody))).message;
  };
  // What is said twice in a protocol buffer is said by the last one, and lists go on.
  const and = (...more: readonly Uint8Array[]) => Buffer.concat([source(), ...more]);
  const opset = (version: number) => delimited(8, [delimited(1, ''), varint(2, version)]);
  const node = (operator: string, domain: string) =>
    delimited(7, delimited(1, [delimited(2, 'y'), delimited(4, operator), delimited(7, domain)]));
  const input = (shape: readonly Uint8Array[] | null, type = 1) =>
    delimited(
      7,
      delimited(11, [delimited(1, 'x'), delimited(2, delimited(1, [varint(1, type), ...(shape ? [delimited(2, shape)] : [])]))]),
    );
  const weights = (...tensor: readonly Uint8Array[]) => delimited(7, delimited(5, [delimited(8, 'w'), ...tensor]));
  it.each([
    ['an IR that is too new', () => and(varint(1, 14)), /IR version is 14.*ir_version = 13/],
    ['an opset that is too new', () => and(opset(28)), /opset is 28.*opset_version=26/],
    ['an operator that nobody knows', () => and(node('Wobble', 'com.example')), /com\.example\.Wobble.*express it in ONNX/],
    [
      'weights in another file',
      () => and(weights(delimited(13, [delimited(1, 'location'), delimited(2, 'w.data')]), varint(14, 1))),
      /w\.data.*external_data=False/,
    ],
    ['float16', () => and(weights(varint(2, 10))), /float16.*export in float32/],
    ['two inputs', () => and(input([])), /2 inputs/],
    ['no ONNX at all', () => Buffer.from('weights'), /no ONNX file/],
    ['nothing', () => Buffer.alloc(0), /no ONNX file/],
  ])('with %s is refused with what to change', async (_, bytes, why) => {
    const message = await refused(bytes());
    expect(message).toMatch(/MODEL_UNFIT/);
    expect(message).toMatch(why);
  });
  it('reads what stands in the file', () => {
    expect(readOnnx(source())).toMatchObject({ ir: 10, opset: 18, inputs: [{ name: 'image', type: 'uint8', shape: [1, 16, 16, 1] }] });
  });
});

describe('what exporters add, and names that are ours as well', () => {
  const more = { ...PARTS, scaling: parseScaling('0..1', 1) };
  const pictureOf = (name: string) => value(name, FLOAT, [1, 1, 8, 8]);
  /** A classifier of 1 x 1 x 8 x 8 floats: `input`, its odds, and what an exporter put beside them. */
  const classifier = (input: string, odds: string, extra: Partial<Parameters<typeof modelOf>[0]> = {}) =>
    modelOf(
      {
        nodes: [
          { operator: 'Flatten', inputs: [input], outputs: ['lineside_mean'] },
          { operator: 'Gather', inputs: ['lineside_mean', 'three'], outputs: [odds], attributes: [integer('axis', 1)] },
          ...(extra.nodes ?? []),
        ],
        constants: [tensor('three', LONG, [3], longs(0n, 9n, 63n))],
        inputs: [pictureOf(input)],
        outputs: [value(odds, FLOAT, [1, 3]), ...(extra.outputs ?? [])],
      },
      ['ai.onnx.ml', 3],
    );
  const LABEL = {
    nodes: [{ operator: 'ArgMax', inputs: ['probs'], outputs: ['label'], attributes: [integer('axis', 1), integer('keepdims', 0)] }],
    outputs: [value('label', LONG, [1])],
  };
  const SEQUENCE = {
    nodes: [{ operator: 'SequenceConstruct', inputs: ['probs'], outputs: ['seq'] }],
    outputs: [Buffer.concat([delimited(1, 'seq'), delimited(2, delimited(4, delimited(1, delimited(1, varint(1, FLOAT)))))])],
  };
  const imported = async (network: Uint8Array, over: Partial<ImportWish> = {}) => {
    const path = join(scratch(), 'net.onnx');
    write(path, Buffer.from(network));
    const asked = wish(path, { ...more, ...over });
    const told = await importModel(asked, nobody);
    const check = await verifyPackage(told.folder, { providers: ['cpu'], threads: 1, rounds: 1 });
    expect(check.variants.map(({ ok, fault }) => ({ ok, fault }))).toEqual([{ ok: true, fault: null }]);
    return { ...told, manifest: await readManifest(told.folder) };
  };

  it.each([
    ['image', 'probs'],
    ['image', 'probabilities'],
    ['lineside_step_0', 'image'],
    ['probabilities', 'image'],
  ])('a network whose input is called %s and whose odds %s is imported like any other', async (input, odds) => {
    const { wrapped, manifest } = await imported(classifier(input, odds));
    expect(wrapped).toEqual(['uint8 NHWC in, NCHW and floats behind', 'softmax']);
    expect(manifest.tensors['image'] ?? 'image').not.toBe(input);
  });

  it.each([
    ['an ArgMax beside the probabilities', LABEL, 'label (int64)'],
    ['a sequence beside the probabilities', SEQUENCE, 'seq (a sequence)'],
  ])('%s is left out, whether or not the probabilities are named', async (_, extra, left) => {
    for (const tensors of [{}, { probabilities: 'probs' }]) {
      const { left_out: out, kind } = await imported(classifier('x', 'probs', extra), { tensors });
      expect({ out, kind }).toEqual({ out: [left], kind: 'classify' });
    }
  });

  it('of two outputs that the agent could read, the one that is asked for stays', async () => {
    const extra = {
      nodes: [{ operator: 'Identity', inputs: ['lineside_mean'], outputs: ['features'] }],
      outputs: [value('features', FLOAT, [1, 64])],
    };
    const path = join(scratch(), 'net.onnx');
    write(path, classifier('x', 'probs', extra));
    expect((await faultOf(importModel(wish(path, more), nobody))).message).toMatch(/probs, features tell no kind.*--tensor/);
    const { left_out: out } = await imported(classifier('x', 'probs', extra), { tensors: { probabilities: 'probs' } });
    expect(out).toEqual(['features (float32)']);
  });

  it('an output that is asked for and cannot be read is refused by what it is', async () => {
    for (const [extra, name, why] of [
      [LABEL, 'label', /label is int64/],
      [SEQUENCE, 'seq', /seq is a sequence/],
    ] as const)
      expect((await faultOf(imported(classifier('x', 'probs', extra), { tensors: { probabilities: name } }))).message).toMatch(why);
  });

  it.each([
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n', /Git LFS pointer.*git lfs pull/],
    ['a web page', '<!DOCTYPE html><html></html>', /web page.*download the file/],
    ['a checkpoint', 'PK\x03\x04rest', /ZIP archive.*export the network as ONNX/],
  ])('%s instead of the file is called that', async (_, text, why) => {
    expect((await faultOf(imported(Buffer.from(text, 'latin1')))).message).toMatch(why);
  });

  it('a network that would never end, a device and a pipe are refused', { timeout: 120_000 }, async () => {
    expect((await faultOf(importModel(wish('/dev/zero', more), nobody))).message).toMatch(/DATA_INVALID.*it is a device/);
    expect((await faultOf(imported(greedy(2 ** 20)))).message).toMatch(/MODEL_UNFIT.*it asks for .* memory.*look for loops/);
  });
});

describe('goldens that come with a network', () => {
  const of = async (bytes: Buffer) => {
    const golden = join(scratch(), 'goldens.npz');
    write(golden, bytes);
    return (await faultOf(importModel(wish(join(IMPORTS, 'lightning-cnn.onnx'), { ...PARTS, golden }), nobody))).message;
  };
  const good = () => readFileSync(join(IMPORTS, 'lightning-cnn.npz'));
  it('are refused where a bit of them has flipped, whatever it was', async () => {
    const bytes = good();
    // Within the first array, behind the header of the archive and of the array.
    bytes[300] = (bytes[300] ?? 0) ^ 16;
    expect(await of(bytes)).toMatch(/DATA_INVALID.*(checksum|invalid|damaged|incorrect)/);
  });
  it.each([
    ['half an archive', () => good().subarray(0, 500), /not an \.npz file/],
    ['nothing', () => Buffer.alloc(0), /not an \.npz file/],
    ['a pointer', () => Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
  ])('are refused where they are %s', async (_, bytes, why) => {
    expect(await of(bytes())).toMatch(why);
  });
});
