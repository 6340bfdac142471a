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
});
