// A text from the tag to what it names: tables and rules on the small package of test/fixtures, and what hostile notes do to them.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readManifest } from '#agent/inference/manifest.js';
import { READER_FILES, type ReaderFiles } from '#agent/inference/text/files.js';
import { readerOf } from '#agent/inference/text/reader.js';
import { isWithin, masked, oneEdit, parts, shape, skeleton } from '#agent/inference/text/shapes.js';
import { spell, vocabularyOf } from '#agent/inference/text/spelling.js';
import { bench, faultOf, MODELS, tagWindow, textSlot } from './setup.ts';

const files = Object.fromEntries(
  await Promise.all(READER_FILES.map(async (file) => [file, await readFile(join(MODELS, 'text', file), 'utf8')])),
) as ReaderFiles;
const reader = readerOf(files, { characters: 60, words: 8 });
const plain = (text: string) => reader.read(text).words.map((word) => word.plain);

describe('what a token looks like', () => {
  it.each([
    ['POS1+2', ['POS', '1', '+', '2']],
    ['DO7053Blade', ['DO', '7053', 'Blade']],
    ['oil/filter', ['oil', '/', 'filter']],
    ['', []],
    ['--', ['-', '-']],
  ])('%s falls into %j', (token, wanted) => expect(parts(token)).toEqual(wanted));

  it('has a mask, a shape and a skeleton', () => {
    expect([masked('24V'), masked('POS12a'), shape('XK976'), shape('a-b')]).toEqual(['0v', 'pos0a', 'AA000', 'A-A']);
    expect([skeleton('filter'), skeleton('assembly'), skeleton('')]).toEqual(['fltr', 'asmbl', '']);
  });

  it.each([
    ['leak', 'leak', true],
    ['leak', 'leaks', true],
    ['lkea', 'leak', false],
    ['laek', 'leak', true],
    ['leik', 'leak', true],
    ['eak', 'leak', true],
    ['le', 'leak', false],
    ['', 'a', true],
  ])('%s is one edit from %s: %s', (a, b, wanted) => {
    expect(oneEdit(a, b)).toBe(wanted);
    expect(oneEdit(b, a)).toBe(wanted);
  });

  it('is within a longer word when its letters come in order', () => {
    expect([isWithin('fltr', 'filter'), isWithin('frtl', 'filter'), isWithin('', 'x'), isWithin('xx', 'x')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('reading', () => {
  it('puts shorthand into plain words, each with its place in the text', () => {
    expect(reader.read(' R/R  hse - lkg')).toEqual({
      text: ' R/R  hse - lkg',
      truncated: false,
      words: [
        { plain: 'remove', from: 1, to: 4 },
        { plain: 'and', from: 1, to: 4 },
        { plain: 'replace', from: 1, to: 4 },
        { plain: 'hose', from: 6, to: 9 },
        { plain: 'leaking', from: 12, to: 15 },
      ],
    });
  });

  it('knows a token in another case, mends a slip of the finger and takes a code by its look', () => {
    expect(plain('LKG laeking XK97 wobble')).toEqual(['leaking', 'leaking', '<id>', 'wobble']);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \t\r\n  '],
    ['what a PLC pads with', '\0'.repeat(50)],
  ])('%s is no word', (_, text) => expect(plain(text)).toEqual([]));

  it('ends at its bounds, and says so', () => {
    const many = reader.read('hse '.repeat(9));
    expect([many.words.length, many.truncated]).toEqual([8, true]);
    const long = reader.read(`hse ${'x'.repeat(100)}`);
    expect([long.text.length, long.words.at(-1)?.to, long.truncated]).toEqual([60, 60, true]);
    expect(reader.read('hse '.repeat(8).trim()).truncated).toBe(false);
  });

  it.each([
    '__proto__ constructor toString',
    'hasOwnProperty/valueOf',
    '<script>alert(1)</script>',
    "';DROP",
    '\ud800 \udc00 😀 é',
    'ａｂｃ',
    '%s%n %x',
  ])('takes %j as words like any others', (text) => {
    const { words } = reader.read(text);
    expect(words.length).toBeGreaterThan(0);
    for (const { plain: word, from, to } of words) {
      expect(typeof word).toBe('string');
      expect(from).toBeLessThan(to);
      expect(to).toBeLessThanOrEqual(text.length);
    }
  });

  it('does bounded work on a token made to be slow', () => {
    const wide = readerOf(files, { characters: 4096, words: 512 });
    for (const text of ['a'.repeat(4096), '/-'.repeat(2048), 'a1'.repeat(2048), "s's".repeat(1300), 'hse/'.repeat(1000)]) {
      expect(wide.read(text).text).toBe(text.slice(0, 4096));
    }
  });
});

describe('spelling', () => {
  it('writes ids and letters over what was there', () => {
    const [ids, letters] = [new Int32Array(8).fill(9), new Uint8Array(8 * 16).fill(9)];
    spell(reader.readPlain(['Hose', 'é', 'abcdefghijklmnopqrstuvwxyz']), vocabularyOf('hose\nleaking\n'), ids, letters);
    expect([...ids]).toEqual([2, 1, 1, 0, 0, 0, 0, 0]);
    expect([...letters.subarray(0, 5)]).toEqual([104, 111, 115, 101, 0]);
    expect([...letters.subarray(16, 18)]).toEqual([127, 0]);
    expect([letters[47], letters[48]]).toEqual(['p'.charCodeAt(0), 0]);
  });
});

describe('a text model in its thread', () => {
  it('says what the text names, in which words, and how sure it is', async () => {
    const { engine, loads } = await bench([textSlot('text')]);
    await engine.start();
    expect(loads[0]).toMatchObject({ state: 'live', fault: null });
    expect(await engine.infer('outlet/text', { text: 'R/R hse lkg' })).toMatchObject({
      kind: 'text',
      label: 'State',
      score: expect.closeTo(0.9, 5),
      threshold: 0.5,
      note: { text: 'R/R hse lkg', truncated: false },
      entities: [
        { label: 'Part', text: 'hose', span: [4, 7] },
        { label: 'State', text: 'leaking', span: [8, 11] },
      ],
    });
    expect(await engine.infer('outlet/text', { text: '' })).toMatchObject({ label: 'none', score: 0, entities: [] });
    const huge = await engine.infer('outlet/text', { text: 'hse '.repeat(1_000_000) });
    expect(huge.note).toMatchObject({ truncated: true });
    expect(huge.note?.text).toHaveLength(60);
  });

  it('keeps texts apart when many are under way at once', async () => {
    const { engine } = await bench([textSlot('text')], { config: { queue: 64 } });
    await engine.start();
    const labels = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => (await engine.infer('outlet/text', { text: i % 3 === 0 ? 'hse lkg' : 'hse' })).label),
    );
    expect(labels).toEqual(Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 'State' : 'none')));
  });

  it('wants a text', async () => {
    const { engine } = await bench([textSlot('text')]);
    await engine.start();
    expect(await faultOf(engine.infer('outlet/text', { window: tagWindow([[1, 2, 3]]) }))).toMatchObject({ code: 'MODEL_FAILED' });
  });

  it('is refused when it reads its golden text otherwise than where it was made', async () => {
    const { engine, loads } = await bench([textSlot('bad-reading')]);
    await engine.start();
    expect(loads[0]?.fault?.message).toMatch(
      /MODEL_INVALID.*reads "remove and replace hose leaking" here, and "remove and replace hose" is wanted/,
    );
  });

  it.each(READER_FILES)('is refused when %s is not the file that its manifest names', async (file) => {
    const models = await copied();
    await writeFile(join(models, 'text', file), `${await readFile(join(models, 'text', file), 'utf8')}\n`);
    const { engine, loads } = await bench([textSlot('text')], { models });
    await engine.start();
    expect(loads[0]).toMatchObject({ state: 'refused', fault: { code: 'MODEL_HASH', details: { file } } });
  });

  it('is refused without the names of its tables', async () => {
    const models = await copied();
    const manifest = join(models, 'text', 'manifest.yaml');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/^files: .*$/m, ''));
    await expect(readManifest(join(models, 'text'))).rejects.toThrow(/files must name normaliser.json, english.txt, vocabulary.txt/);
  });
});

async function copied(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lineside-text-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(MODELS, 'text'), join(folder, 'text'), { recursive: true });
  return folder;
}
