import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { wantedOf, withPackage } from '#agent/config/edit.js';

const FILE = `stations:
  outlet:
    models:
      surface:            # looks at the seal
        model: old        # since March
        camera: top
        shadow: {model: new, threshold: 0.4}   # on trial

      # the press
      process: {model: tags, shadow: {model: tags-2}}
      press: {"model": "a", "shadow": {"model": "b"}}
`;
const at = (name: string) => ['stations', 'outlet', 'models', name];
const NEW = { model: 'new', threshold: 0.4 };
const OLD = { model: 'old' };
const edited = (text: string, name: string, ...wanted: Parameters<typeof wantedOf>): string => {
  const result = withPackage(text, at(name), wantedOf(...wanted));
  if ('why' in result) throw new Error(result.why);
  return result.text;
};

describe('changing a package in the text of the config', () => {
  it('touches the keys in question and nothing else', () => {
    expect(edited(FILE, 'surface', NEW, { previous: OLD })).toBe(
      FILE.replace(
        `        model: old        # since March
        camera: top
        shadow: {model: new, threshold: 0.4}   # on trial
`,
        `        model: new        # since March
        threshold: 0.4
        previous: {model: old}
        camera: top
`,
      ),
    );
  });

  it('goes back to the same meaning', () => {
    const back = edited(edited(FILE, 'surface', NEW, { previous: OLD }), 'surface', OLD, { shadow: NEW });
    expect(parse(back)).toEqual(parse(FILE));
    expect(back).toContain('# since March');
  });

  it.each([
    ['a flow map', 'process', 'process: {model: tags-2, previous: {model: tags}}', 'tags-2', 'tags'],
    ['a map written as JSON', 'press', 'press: {"model": "b", "previous": {"model":"a"}}', 'b', 'a'],
  ])('writes %s as it was written', (_, name, line, to, from) => {
    expect(edited(FILE, name, { model: to }, { previous: { model: from } })).toContain(line);
  });

  it('quotes what YAML would take for something else', () => {
    const text = edited(FILE, 'process', { model: 'yes' }, { previous: { model: './models/a: b' } });
    expect(parse(text).stations.outlet.models.process).toEqual({ model: 'yes', previous: { model: './models/a: b' } });
  });

  it('leaves references to secrets as they stand', () => {
    const text = FILE.replace('camera: top', `camera: \${env:CAMERA}`);
    expect(edited(text, 'surface', NEW, { previous: OLD })).toContain(`camera: \${env:CAMERA}`);
  });

  it.each([
    ['an alias', 'm: &x {model: a}\nn: *x\n', ['n'], /alias/],
    ['an anchor', 'm: &x {model: a}\nn: *x\n', ['m'], /anchor/],
    ['no map', 'm: 3\n', ['m'], /not in the file/],
    ['nothing', 'm: {model: a}\n', ['n'], /not in the file/],
  ])('says why where there is %s', (_, text, path, why) => {
    expect(withPackage(text, path, wantedOf({ model: 'b' }, {}))).toEqual({ why: expect.stringMatching(why) });
  });

  const rewritten = (text: string, wanted: Partial<ReturnType<typeof wantedOf>>, path: readonly (string | number)[] = ['m']) => {
    const none = { model: undefined, variant: undefined, threshold: undefined, review: undefined, shadow: undefined, previous: undefined };
    const result = withPackage(text, path, { ...none, ...wanted });
    return 'why' in result ? result.why : result.text;
  };

  it.each([
    ['what is first in a flow map', 'm: {shadow: {model: b}, model: a}\n', { model: 'a' }, 'm: {model: a}\n'],
    ['what is last in it', 'm: {model: a, shadow: {model: b} }\n', { model: 'a' }, 'm: {model: a }\n'],
    ['what is between others', 'm: {model: a, threshold: 0.4, camera: top}\n', { model: 'a' }, 'm: {model: a, camera: top}\n'],
    ['the last line of a file without an end', 'm:\n  model: a\n  shadow: {model: b}', { model: 'a' }, 'm:\n  model: a\n'],
    [
      'a block with a comment behind it',
      'm:\n  model: a\n  shadow:\n    model: b\n    threshold: 0.4  # on trial\n\n  # the next\nn: 1\n',
      { model: 'a' },
      'm:\n  model: a\n\n  # the next\nn: 1\n',
    ],
  ])('takes out %s', (_, text, wanted, after) => {
    expect(rewritten(text, wanted)).toBe(after);
  });

  it.each([
    [
      'behind the model, each on its line',
      'm:\n  model: a  # it\n  camera: top\n',
      { model: 'a', variant: 'fp32', threshold: 0.4, review: [0.3, 0.5] },
      'm:\n  model: a  # it\n  variant: fp32\n  threshold: 0.4\n  review: [0.3, 0.5]\n  camera: top\n',
    ],
    ['at the end of a file without one', 'm:\n  model: a', { model: 'a', threshold: 0.4 }, 'm:\n  model: a\n  threshold: 0.4'],
    [
      'in front where there is no model',
      'm:\n  camera: top\n',
      { model: 'a', threshold: 0.4 },
      'm:\n  model: a\n  threshold: 0.4\n  camera: top\n',
    ],
    [
      'in front of a flow map without one',
      'm: {camera: top}\n',
      { model: 'a', threshold: 0.4 },
      'm: {model: a, threshold: 0.4, camera: top}\n',
    ],
    [
      'in a JSON file',
      '{"m": {"camera": "top"}}',
      { model: 'a', review: [0.3, 0.5] },
      '{"m": {"model": "a", "review": [0.3,0.5], "camera": "top"}}',
    ],
    ['where the block begins the file', 'model: a\n', { model: 'a', variant: 'fp32' }, 'model: a\nvariant: fp32\n'],
  ])('adds %s', (_, text, wanted, after) => {
    expect(rewritten(text, wanted, text.startsWith('model') ? [] : ['m'])).toBe(after);
  });

  it('leaves out of a package what it does not say', () => {
    const shadow = { model: 'b', variant: undefined, threshold: 0.4 };
    expect(rewritten('m: {model: a}\n', { model: 'a', shadow })).toBe('m: {model: a, shadow: {model: b, threshold: 0.4}}\n');
  });

  it('changes nothing where all is as wanted', () => {
    const text = 'm: {model:  a, review: [0.30, 0.5], shadow: {model: b,  threshold: 0.10}, threshold: 0.20}  # as it is\n';
    expect(rewritten(text, { model: 'a', threshold: 0.2, review: [0.3, 0.5], shadow: { model: 'b', threshold: 0.1 } })).toBe(text);
  });

  it('changes a value and nothing behind it, as often as it is asked', () => {
    const text = 'm:\n  threshold: 0.4   # since March\n  model: a\n';
    expect(rewritten(text, { model: 'b', threshold: 0.5 })).toBe('m:\n  threshold: 0.5   # since March\n  model: b\n');
  });

  it('finds names that look like numbers', () => {
    expect(rewritten('s:\n  7: {model: a}\n', { model: 'b' }, ['s', 7])).toBe('s:\n  7: {model: b}\n');
    expect(rewritten('s: [{model: a}]\n', { model: 'b' }, ['s', 0])).toMatch(/not in the file/);
  });

  it.each(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n', '2x', '-x', 'A', 'a b', 'a: b', 'a#b', ''])(
    'quotes %j',
    (model) => {
      const text = rewritten('m: {model: a}\n', { model });
      expect(text).toBe(`m: {model: ${JSON.stringify(model)}}\n`);
      expect(parse(text).m.model).toBe(model);
    },
  );

  it.each(['surface-defect.v1_2', 'x', 'nod', 'only'])('does not quote %s', (model) => {
    expect(rewritten('m: {model: a}\n', { model })).toBe(`m: {model: ${model}}\n`);
  });
});
