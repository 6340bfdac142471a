/** What the config's editor works out by itself, without a browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { offersAt, type Schema } from '../../agent/web/page/views/config/completion.ts';
import { differenceOf } from '../../agent/web/page/views/config/lines.ts';

const schema = JSON.parse(readFileSync(join(packageRoot, 'config', 'schema.json'), 'utf8')) as Schema;
/** `|`: where the caret is. */
function at(text: string) {
  const caret = text.indexOf('|');
  const { from, path, offers } = offersAt(schema, text.replace('|', ''), caret);
  return { from: caret - from, path: path.join('.'), offers: offers.map((offer) => offer.text) };
}

describe('what may stand where the caret is', () => {
  it('are the keys of the block, with what they mean, but for those that are there', () => {
    const top = at('line:\n  site: dresden\n|');
    expect(top.path).toBe('');
    expect(top.offers).toContain('cameras: ');
    expect(top.offers).not.toContain('line: ');
    const line = at('line:\n  site: dresden\n  |\n  area: castings\n');
    expect([line.path, line.offers]).toEqual(['line', ['enterprise: ', 'line: ', 'agent: ']]);
    expect(offersAt(schema, 'line:\n  ', 8).offers[0]?.about).toMatch(/ISA-95/);
  });

  it('are those that begin with what is typed, which they replace', () => {
    expect(at('stations:\n  outlet:\n    dead|')).toEqual({ from: 4, path: 'stations.outlet', offers: ['deadline: '] });
  });

  it('are found in lists, wherever their dashes stand', () => {
    for (const rules of ['    - |', '      - |', '    - when: "x"\n      |', '      - when: "x"\n        |']) {
      const { path, offers } = at(`stations:\n  outlet:\n    deadline: 200ms\n    rules:\n${rules}`);
      expect([rules, path]).toEqual([rules, 'stations.outlet.rules.[]']);
      expect(offers).toContain('verdict: ');
      expect(offers.includes('when: ')).toBe(!rules.includes('when'));
    }
  });

  it('are the values that a key can have', () => {
    expect(at('stations:\n  outlet:\n    on_failure: |').offers).toEqual(expect.arrayContaining(['ok', 'nok', 'review']));
    expect(at('stations:\n  outlet:\n    on_failure: n|')).toMatchObject({ from: 1, offers: ['nok'] });
    expect(at('mqtt:\n  insecure: |').offers).toEqual(['true', 'false']);
  });

  it('are none where nothing is known: an unknown key, within braces, within a text', () => {
    for (const text of ['nonsense:\n  |', 'line: {site: |', 'line:\n  site: dres |']) expect(at(text).offers, text).toEqual([]);
  });
});

describe('what differs between two texts', () => {
  const short = (before: string, after: string) => differenceOf(before, after).map(({ kind, text, line }) => `${kind} ${line} ${text}`);

  it('are the lines that are gone and new, with a little around them', () => {
    expect(short('a\nb\nc\nd\ne\nf', 'a\nb\nc\nD\ne\nf')).toEqual(['same 2 b', 'same 3 c', 'gone 4 d', 'new 4 D', 'same 5 e', 'same 6 f']);
    expect(short('a\nb', 'a\nx\nb')).toEqual(['same 1 a', 'new 2 x', 'same 2 b']);
    expect(short('a', 'a')).toEqual([]);
  });

  it('leaves out what is the same between', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    const changed = lines.map((text, i) => (i === 5 || i === 30 ? 'other' : text));
    const shown = differenceOf(lines.join('\n'), changed.join('\n'));
    expect(shown.filter(({ kind }) => kind === 'gone').map(({ line }) => line)).toEqual([6, 31]);
    expect(shown.length).toBe(12);
  });

  it('stays quick where everything differs', () => {
    const text = (sign: string) => Array.from({ length: 5000 }, (_, i) => `${sign}${i}`).join('\n');
    expect(differenceOf(text('a'), text('b')).length).toBe(10_000);
  });
});
