import { describe, expect, it } from 'vitest';
import { explain } from '#agent/config/explain.js';
import { type ConfigFault, ConfigInvalid, inOrder } from '#agent/config/faults.js';
import { changed, load } from './lines.ts';

const explained = async (text: string, options?: { colour: boolean }) => {
  const fault = await load(text).catch((thrown: unknown) => thrown);
  return fault instanceof ConfigInvalid ? explain(fault, options) : explain(fault as { warnings: readonly ConfigFault[] }, options);
};
const fault = (over: Partial<ConfigFault>): ConfigFault => ({
  file: 'a.yaml',
  line: 3,
  column: 1,
  length: 1,
  text: 'wrong',
  excerpt: 'x: 1',
  ...over,
});

describe('explain', () => {
  it('shows each fault with its line and a mark under the place', async () => {
    expect(
      await explained(changed(['deadline: 200ms', 'deadline: 200'], ['surface.score >= surface.threshold', 'surface.scor >= 1'])),
    ).toBe(
      [
        'line.yaml:22:15: stations.outlet.deadline is 200 without a unit; write 200ms, 200s or another of m, h, d',
        '   22 |     deadline: 200',
        '      |               ^^^',
        'line.yaml:30:25: stations.outlet.rules[0].when: surface has no scor; did you mean score?',
        '   30 |       - {when: "surface.scor >= 1", verdict: nok}',
        '      |                         ^^^^',
      ].join('\n'),
    );
  });

  it('shows warnings as such, after the faults', async () => {
    const text = await explained(changed(['${env:MQTT_PASSWORD}', 'hunter22'], ['deadline: 200ms', 'deadline: 200']));
    expect(text.split('\n').filter((line) => line.includes('line.yaml'))).toEqual([
      'line.yaml:22:15: stations.outlet.deadline is 200 without a unit; write 200ms, 200s or another of m, h, d',
      'warning: line.yaml:5:13: mqtt.password has a secret in plain text; use ${env:NAME} or ${file:/path}',
    ]);
    expect(text).toContain('    5 |   password: ********\n      |             ^^^^^^^^');
  });

  it('uses colours only when asked', async () => {
    const text = changed(['deadline: 200ms', 'deadline: 200']);
    expect(await explained(text)).not.toContain('\u001b');
    expect(await explained(text, { colour: true })).toContain('\u001b[31m^^^\u001b[0m');
  });

  it('says nothing of nothing', () => expect(explain({ faults: [], warnings: [] })).toBe(''));

  it('cuts a long line around the place', () => {
    const excerpt = `${'a'.repeat(300)}HERE${'b'.repeat(300)}`;
    const [, line = '', mark = ''] = explain({ faults: [fault({ column: 301, length: 4, excerpt })] }).split('\n');
    expect(line.length).toBeLessThan(130);
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('keeps tabs, so that the mark stands under the place', () => {
    expect(explain({ faults: [fault({ column: 3, length: 1, excerpt: '\t\tx: 1' })] })).toContain('      | \t\t^');
  });

  it('shows no line where there is none, and marks no further than the line goes', () => {
    expect(explain({ faults: [fault({ excerpt: '' })] })).toBe('a.yaml:3:1: wrong');
    expect(explain({ faults: [fault({ length: 50 })] }).split('\n')[2]).toBe('      | ^^^^');
  });

  it('stops at a hundred', () => {
    const many = Array.from({ length: 130 }, (_, line) => fault({ line }));
    expect(explain({ faults: many }).endsWith('… and 30 more')).toBe(true);
  });
});

describe('the order of faults', () => {
  it('is that of the file, the same fault once', () => {
    const found = [fault({ line: 9 }), fault({ line: 2, column: 5 }), fault({ line: 2 }), fault({ line: 9 })];
    expect(inOrder(found).map(({ line, column }) => [line, column])).toEqual([
      [2, 1],
      [2, 5],
      [9, 1],
    ]);
  });
});

describe('the marked place of an expression', () => {
  it.each([
    ['in double quotes', '"surface.scor > 1"', 25],
    ['in single quotes', "'surface.scor > 1'", 25],
    ['without quotes', 'surface.scor > 1', 24],
  ])('is exact %s', async (_, when, column) => {
    const thrown = await load(changed(['"surface.score >= surface.threshold"', when])).catch((e: unknown) => e);
    expect(thrown).toMatchObject({ faults: [{ line: 30, column, length: 4 }] });
  });

  it.each([
    ['with escapes', '"surface.scor > 1 \\u0026\\u0026 true"'],
    ['over several lines', '"surface.scor\n          > 1"'],
  ])('is the whole text %s', async (_, when) => {
    const thrown = await load(changed(['"surface.score >= surface.threshold"', when])).catch((e: unknown) => e);
    expect(thrown).toMatchObject({ faults: [{ line: 30, column: 16 }] });
  });
});
