import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain } from '#agent/config/explain.js';
import { ConfigInvalid } from '#agent/config/faults.js';
import { loadConfig } from '#agent/config/load.js';
import { decodeText, textFaults } from '#agent/config/text.js';
import { LinesideError } from '#agent/errors.js';
import { CATALOGUE, changed, ENV, faultsOf, LINE } from './lines.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-text-'));
});
afterEach(() => rm(folder, { recursive: true }));

const models = join(import.meta.dirname, 'models');
const line = changed(['inference: {models: models}', `inference: {models: ${models}}`]);

async function told(bytes: Uint8Array): Promise<readonly string[]> {
  const file = join(folder, 'line.yaml');
  await writeFile(file, bytes);
  return loadConfig(file, CATALOGUE, ENV).then(
    () => [],
    (thrown) => (thrown as ConfigInvalid).faults.map(({ line, column, text }) => `${line}:${column}: ${text}`),
  );
}

const wide = (text: string): number[] => [...text].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0]);

describe('a file that an editor on Windows saved', () => {
  it('is read where it is UTF-8, with and without a byte order mark, whatever ends its lines', async () => {
    expect(await told(Buffer.from(line))).toEqual([]);
    expect(await told(Buffer.from(`\ufeff${line}`))).toEqual([]);
    expect(await told(Buffer.from(line.replaceAll('\n', '\r\n')))).toEqual([]);
  });

  it.each([
    ['UTF-16 with its mark', Buffer.from(`\ufeff${LINE}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\ufeff${LINE}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(LINE, 'utf16le')],
  ])('is told for what it is: %s', async (_, bytes) => {
    expect(await told(bytes)).toEqual(['1:1: the file is UTF-16; save it as UTF-8']);
  });

  it.each([
    ['UTF-32 with its mark', Buffer.from([0xff, 0xfe, 0, 0, ...wide(LINE)]), 'the file is UTF-32; save it as UTF-8'],
    ['UTF-32 without a mark', Buffer.from(wide(LINE)), 'the file is UTF-32; save it as UTF-8'],
    ['packed', gzipSync(LINE), 'the file is no text: it is packed, or of another program; name the YAML file itself'],
    ['zeros', Buffer.alloc(8192), 'the file holds zeros in place of text, as after a power cut; put a copy of it back'],
  ])('is told for what it is: %s', async (_, bytes, text) => {
    expect(await told(bytes)).toEqual([`1:1: ${text}`]);
  });

  it('is told by line and column where it is windows-1252', async () => {
    const bytes = Buffer.from(line.replace('s=Serial', 's=Größe'), 'latin1');
    expect(await told(bytes)).toEqual([
      '11:41: not UTF-8 (this may be meant as ö); save the file as UTF-8',
      '12:57: not UTF-8 (this may be meant as °); save the file as UTF-8',
    ]);
  });

  it('is told where a character is cut off at the end of a line', () => {
    const row = Buffer.concat([Buffer.from('a: ok\nb: '), Buffer.of(0xc3, 0x0a), Buffer.from('c: 1\n')]);
    expect(decodeText(row)).toEqual({ faults: [{ line: 2, column: 4, length: 1, text: expect.stringContaining('meant as Ã') }] });
    expect(decodeText(Buffer.of(0x61, 0xff))).toEqual({ faults: [expect.objectContaining({ line: 1, column: 2 })] });
  });

  it('is UTF-16 by the zeros between its letters, of which a text of few bytes tells nothing', () => {
    const isTold = (...bytes: number[]) => JSON.stringify(decodeText(Buffer.of(...bytes))).includes('UTF-16');
    expect([isTold(0x61, 0, 0x62, 0), isTold(0, 0x61, 0, 0x62), isTold(0xff, 0xfe), isTold(0xfe, 0xff)]).toEqual([true, true, true, true]);
    expect([isTold(0x61, 0, 0x62), isTold(0x61, 0x62, 0x63, 0), isTold(0xff, 0xff), isTold(0xfe, 0xfe)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('is no longer read after twenty such lines', () => {
    const { faults } = decodeText(Buffer.from('a: °\n'.repeat(100), 'latin1')) as { faults: readonly unknown[] };
    expect(faults).toHaveLength(20);
  });
});

describe('what nobody sees', () => {
  it.each([
    ['deadline: 200ms', 'deadline:\u00a0200ms', 'a no-break space (\\u00a0) stands here where YAML wants a plain space; type a space'],
    ['    deadline: 200ms', '\u00a0   deadline: 200ms', 'a no-break space'],
    ['s=Serial', 's=Se\u200brial', 'an invisible zero-width space (\\u200b) stands here; delete it, or write \\u200b in double quotes'],
    ['s=Serial', 's=Se\u202erial', 'an invisible character (\\u202e)'],
    ['s=Serial', 's=Se\ufeffrial', 'an invisible byte order mark'],
    ['deadline: 200ms', 'deadline: 200\u202fms', 'narrow no-break space'],
  ])('is told with its place: %s as %s', async (from, to, text) => {
    const [fault, ...more] = await faultsOf(changed([from, to]));
    expect(fault).toContain(text);
    expect(fault).toMatch(/^(11|22):/);
    expect(more).toEqual([]);
  });

  it.each([
    ['\u00a0', 'a no-break space (\\u00a0) stands here where'],
    ['\u202f', 'a narrow no-break space (\\u202f) stands here where'],
    ['\u3000', 'a ideographic space (\\u3000) stands here where'],
    ['\u2003', 'a character (\\u2003) stands here where'],
    ['\u00ad', 'an invisible soft hyphen (\\u00ad) stands here'],
    ['\u200b', 'an invisible zero-width space (\\u200b) stands here'],
    ['\u200c', 'an invisible zero-width non-joiner (\\u200c) stands here'],
    ['\u200d', 'an invisible zero-width joiner (\\u200d) stands here'],
    ['\ufeff', 'an invisible byte order mark (\\ufeff) stands here'],
    ['\u2066', 'an invisible character (\\u2066) stands here'],
    ['\u0007', 'an invisible control character (\\u0007) stands here; delete it, or write \\u0007 in double quotes'],
    ['\u0000', 'an invisible control character (\\u0000) stands here'],
    ['\u0085', 'an invisible control character (\\u0085) stands here'],
    ['\u061c', 'an invisible character (\\u061c) stands here'],
    ['\u034f', 'an invisible character (\\u034f) stands here'],
    ['\u180e', 'an invisible character (\\u180e) stands here'],
    ['\u3164', 'an invisible character (\\u3164) stands here'],
    ['\u2800', 'an invisible character (\\u2800) stands here'],
    ['\ufe0f', 'an invisible character (\\ufe0f) stands here'],
    ['\ufff9', 'an invisible character (\\ufff9) stands here'],
    ['\ue041', 'an invisible character (\\ue041) stands here'],
    ['\ufffe', 'an invisible character (\\ufffe) stands here'],
    ['\u{e0041}', 'an invisible character (\\U000e0041) stands here'],
    ['\u1680', 'a character (\\u1680) stands here where YAML wants a plain space'],
    ['\ufffd', 'a letter was lost here when the file was saved (\\ufffd); type it again'],
    ['\r', 'a line ends here with CR alone, as on old Macs; save the file with line ends LF or CRLF'],
  ])('is told by its name: %j', (character, told) => {
    expect(textFaults(`a: 1\nbb:${character}2\n`)).toEqual([{ line: 2, column: 4, length: 1, text: expect.stringContaining(told) }]);
  });

  it('is a letter in two characters, which looks like one and is another name at the server', () => {
    expect(textFaults('a: Gro\u0308\u00dfe\n')).toEqual([
      {
        line: 1,
        column: 7,
        length: 1,
        text: '\u00f6 is written here in two characters, o and \\u0308; type \u00f6, or write \\u0308 in double quotes if it is meant',
      },
    ]);
    expect(textFaults('a: \u0915\u093f\nb: Gr\u00f6\u00dfe\n')).toEqual([]);
  });

  it('is no part of a picture sign, of tabs, or of text beyond the first plane', () => {
    expect(textFaults('a: "\u26a0\ufe0f \u{1f600}"\t# x\nb:\t1\n')).toEqual([]);
    expect(textFaults('a: "\u{1f600}" \u200b\n')).toEqual([expect.objectContaining({ column: 9 })]);
  });

  it('is told once a line and twenty times at most, and a mark at the very beginning is none', () => {
    expect(textFaults('a:\u200b\u200b1\n'.repeat(30))).toHaveLength(20);
    expect(textFaults('\ufeffa: 1\n')).toEqual([]);
    expect(textFaults('a: 1\n\ufeffb: 2\n')).toEqual([expect.objectContaining({ line: 2, column: 1 })]);
    expect(textFaults('a\ufeff: 1\n')).toEqual([expect.objectContaining({ line: 1, column: 2 })]);
  });

  it('is told in quotes where it is hidden, in either kind of them, and the other kind inside is none', () => {
    const columns = (text: string) => textFaults(text).map(({ column }) => column);
    expect(columns('a: "it\'s\u00a0x" \u00a0')).toEqual([13]);
    expect(columns('a: \'say "x"\u00a0y\' \u00a0')).toEqual([16]);
    expect(columns('a: "x\u200by"')).toEqual([6]);
    expect(columns('# all of it\u200b')).toEqual([]);
    expect(columns('a: "# no comment\u200b"')).toEqual([17]);
  });

  it('counts not in comments, and a space in quotes is the author’s', () => {
    expect(textFaults('a: "5\u00a0µm"\nb: \'5\u00a0µm\' # a\u200bb\n#\u00a0c\n')).toEqual([]);
    expect(textFaults('a: b#\u00a0c\n')).toEqual([expect.objectContaining({ line: 1, column: 6 })]);
    expect(textFaults('a: "b" \u00a0')).toEqual([expect.objectContaining({ column: 8 })]);
  });
});

describe('somebody else’s file', () => {
  const foreign = (keys: number) => Array.from({ length: keys }, (_, i) => `key${i}: {a: [1,2,3], b: "some text here"}`).join('\n');

  it('is told with its first faults and the number of the rest', async () => {
    const fault = await loadConfig({ text: foreign(3000) }, CATALOGUE, ENV).catch((thrown: ConfigInvalid) => thrown);
    expect(fault).toBeInstanceOf(ConfigInvalid);
    const { faults, more, details } = fault as ConfigInvalid;
    expect([faults.length, faults.length + more, details['count']]).toEqual([50, 3002, 3002]);
    expect(explain(fault as ConfigInvalid)).toMatch(/… and 2952 more$/);
  });

  it('is not read at all where it is larger than any config', async () => {
    const file = join(folder, 'large.yaml');
    await writeFile(file, foreign(14_000));
    await expect(loadConfig(file, CATALOGUE, ENV)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it.each([
    ['brackets', '['.repeat(2000), /^1:101: the file has more than 100 brackets open here/],
    ['braces over lines', 'a: {\n'.repeat(200), /^101:4: the file has more than 100/],
    ['dashes', '- '.repeat(1000), /^1:201: the file is indented by more than 200 columns/],
    ['question marks', '? '.repeat(1000), /^1:201: the file is indented/],
    ['steps', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /^202:201: the file is indented/],
  ])('that nests %s is told before a parser follows it', async (_, text, fault) => {
    expect(await faultsOf(text)).toEqual([expect.stringMatching(fault)]);
  });

  it('may nest as deep as any config, and no deeper', () => {
    expect(textFaults('['.repeat(100))).toEqual([]);
    expect(textFaults('['.repeat(101))).toMatchObject([{ line: 1, column: 101, length: 1 }]);
    expect(textFaults(`${' '.repeat(200)}a: 1`)).toEqual([]);
    expect(textFaults(`a: 1\n${' '.repeat(201)}a: 1`)).toMatchObject([{ line: 2, column: 201 }]);
    expect(textFaults(`${' '.repeat(300)}\n`)).toEqual([]);
    expect(textFaults('{'.repeat(60) + '['.repeat(60) + ']}'.repeat(60))).toMatchObject([{ column: 101 }]);
  });

  it('may have brackets one after the other, and deep lines that are only comments', () => {
    expect(textFaults(`a: [${'[1], '.repeat(300)}]\n${' '.repeat(300)}# far right\n`)).toEqual([]);
    expect(textFaults(`${']'.repeat(50)}${'['.repeat(100)}`)).toEqual([]);
  });

  it('of more than 50 faults between its parts is cut as well', async () => {
    const rules = Array.from({ length: 80 }, (_, i) => `      - {when: "nobody${i}.score > 0.5", verdict: nok}\n`).join('');
    const fault = await loadConfig({ text: line.replace('    rules:\n', `    rules:\n${rules}`) }, CATALOGUE, ENV).catch(
      (thrown) => thrown,
    );
    expect(fault).toBeInstanceOf(LinesideError);
    expect([fault.faults.length, fault.more]).toEqual([50, 30]);
  });
});
