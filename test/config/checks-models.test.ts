// What packages say of themselves against what the config makes of them.
import { describe, expect, it } from 'vitest';
import { loadConfig } from '#agent/config/load.js';
import { type PackageSummary, RESERVED_NAMES } from '#agent/config/targets.js';
import { CATALOGUE, changed, ENV, LINE, told, withRecipe, withRule, withSurface } from './lines.ts';

const process = (text: string) => ['process: {model: process-attention}', `process: ${text}`] as const;
const window = (text: string) => ['window: {tags: [plc.die_temp, plc.pressure], span: 12s, every: 200ms}', `window: ${text}`] as const;

/** Faults and warnings where packages say something else than those of lines.ts. */
async function toldOf(text: string, own: Readonly<Record<string, Partial<PackageSummary>>>): Promise<readonly string[]> {
  const readPackage = async (folder: string) => {
    const found = await CATALOGUE.readPackage?.(folder);
    if (!found) throw new Error('there is no such package');
    return { ...found, ...own[folder.split('/').at(-1) ?? ''] };
  };
  try {
    const { warnings } = await loadConfig({ text, base: import.meta.dirname }, { ...CATALOGUE, readPackage }, ENV);
    return warnings.map((warning) => warning.text);
  } catch (thrown) {
    return (thrown as { faults: readonly { text: string }[] }).faults.map((fault) => fault.text);
  }
}

describe('a model is told of', () => {
  it.each<readonly [string, string, ...string[]]>([
    [
      'a package that is near none, with those that there are',
      changed(withSurface('{model: cat}')),
      'stations.outlet.models.surface.model is cat, and the folder models has no such model; there are: backbone, code-reader, maintenance-text, process-attention, surface-defect, torn',
    ],
    [
      'a band that begins at the threshold of the package',
      changed(withSurface('{model: surface-defect, review: [0.7, 0.8]}')),
      'warning stations.outlet.models.surface.review leaves nothing for review: scores from 0.7 are nok, and the band begins at 0.7',
    ],
    [
      'explanations that a decision reads and nobody makes',
      changed(process('{model: process-attention, explain: never}'), [`verdict == 'nok'"`, `process.contributions.die_temp > 0.5"`]),
      'stations.outlet.models.process.explain is never, and an expression reads process.contributions; take it out',
    ],
    [
      'explanations of a station without rules',
      changed(
        process('{model: process-attention, explain: never}'),
        [/ {4}rules:\n(?: {6}- .*\n){2}/.exec(LINE)?.[0] ?? '', ''],
        [`verdict == 'nok'"`, `process.contributions.die_temp > 0.5"`],
      ),
      'stations.outlet.models.process.explain is never, and an expression reads process.contributions; take it out',
    ],
    [
      'a format that neither it nor its candidate reads',
      changed(withSurface('{model: code-reader, format: Tddd, shadow: {model: code-reader}}')),
      'stations.outlet.models.surface.format has a place for "T", and code-reader reads nothing of it; it reads 0 1 2 3 4 5 6 7 8 9 A B C -',
      'stations.outlet.models.surface.shadow.model has a place for "T", and code-reader reads nothing of it; it reads 0 1 2 3 4 5 6 7 8 9 A B C -',
    ],
    [
      'a text where no server has a tag',
      `line: {enterprise: e, site: s, area: a, line: l}
stations: {outlet: {trigger: {command: true}, models: {note: {model: maintenance-text}}}}
inference: {models: models}
`,
      'stations.outlet.models.note reads a text (maintenance-text); name the tag that holds it, such as text: plc.note',
    ],
    [
      'a window of less than half a step',
      changed(window('{tags: [plc.die_temp, plc.pressure], span: 50ms, every: 200ms}')),
      'stations.outlet.window.span is shorter than one step of 200ms',
      'stations.outlet.window.span gives 1 steps of 200ms, and process-attention wants 60; write 12s',
    ],
    [
      'a window of one step',
      changed(window('{tags: [plc.die_temp, plc.pressure], span: 200ms, every: 200ms}')),
      'stations.outlet.window.span gives 1 steps of 200ms, and process-attention wants 60; write 12s',
    ],
    [
      'a window of as many steps as there may be',
      changed(window('{tags: [plc.die_temp, plc.pressure], span: 20000s, every: 200ms}')),
      'stations.outlet.window.span gives 100000 steps of 200ms, and process-attention wants 60; write 12s',
    ],
    [
      'a part id that another model reads',
      changed(['part: plc.serial', 'part: {model: camera}']),
      'stations.outlet.part.model names the model camera, which the station does not have; its models are: surface, process',
    ],
    [
      'a recipe that changes another model',
      changed(withRecipe('weld: {threshold: 0.8}')),
      'stations.outlet.recipes.coarse.models.weld changes a model that the station does not have; its models are: surface, process',
    ],
  ])('%s', async (_, text, ...faults) => {
    expect(await told(text)).toEqual(faults);
  });
});

describe('a model is not told of', () => {
  it.each<readonly [string, string]>([
    ['a band of one score', changed(withSurface('{model: surface-defect, review: [0.5, 0.5]}'))],
    ['a band that ends above the threshold', changed(withSurface('{model: surface-defect, threshold: 0.62, review: [0.45, 0.9]}'))],
    ['explanations that are made', changed([`verdict == 'nok'"`, `process.contributions.die_temp > 0.5"`])],
    ['as many formats as there may be', changed(withSurface('{model: code-reader, format: 0|1|2|3|4|5|6|7}'))],
    ['a region, where nobody knows what it was taught on', changed(withSurface('{model: surface-defect, region: [0, 0, 64, 64]}'))],
    ['a tag of the window without a unit', changed([', unit: bar', ''])],
    [
      'labels that a candidate brings',
      changed(withSurface('{model: surface-defect, shadow: {model: code-reader}}'), withRule("surface.label == 'AB12'")),
    ],
    ['a tag that may be anything', changed(withRule("tags.serial == 'A1'"))],
  ])('%s', async (_, text) => {
    expect(await told(text)).toEqual([]);
  });

  it('labels, where one package that a recipe takes cannot be read', async () => {
    expect(await told(changed(withRecipe('surface: {model: torn}'), withRule("surface.label == 'seam'")))).toEqual([
      'warning stations.outlet.recipes.coarse.models.surface.model cannot be used, so every part here is answered by `on_failure`: the manifest is torn',
    ]);
  });

  it('a band that the package itself has above its threshold: no config mends it', async () => {
    const thresholds = { score: 0.5, review: [0.6, 0.7] } as const;
    expect(await toldOf(changed(withSurface('{model: surface-defect}')), { 'surface-defect': { thresholds } })).toEqual([]);
    expect(await toldOf(changed(withRecipe('surface: {model: code-reader}')), { 'code-reader': { thresholds: { score: 0.3 } } })).toEqual(
      [],
    );
  });

  it('the grid and the units of a package that names none', async () => {
    const any = { steps: 60, channels: [{ name: 'die_temp' }, { name: 'pressure' }] };
    const text = changed(window('{tags: [plc.die_temp, plc.pressure], span: 6s, every: 100ms}'));
    expect(await toldOf(text, { 'process-attention': { window: any } })).toEqual([]);
    expect(await toldOf(text, { 'process-attention': { window: { ...any, steps: 61 } } })).toEqual([
      'stations.outlet.window.span gives 60 steps of 100ms, and process-attention wants 61; write 6100ms',
    ]);
  });

  it('a folder of models that is not there, where no station has one', async () => {
    const text = `line: {enterprise: e, site: s, area: a, line: l}
stations: {outlet: {trigger: {command: true}, models: {}}}
inference: {models: nowhere}
`;
    expect(await told(text)).toEqual([]);
  });

  it('packages and expressions, where nobody looks at them', async () => {
    const { readPackage: _, checkExpressions: __, ...without } = CATALOGUE;
    const text = changed(['part: plc.serial', 'part: {model: surface}'], withRule('surfac.scor > 0.5'));
    const { warnings } = await loadConfig({ text, base: import.meta.dirname }, without, ENV);
    expect(warnings).toEqual([]);
  });
});

describe('a name that means something else in expressions', () => {
  it.each([
    'true',
    'false',
    'null',
    'in',
    'as',
    'function',
    'while',
    'prototype',
    'int',
    'double',
    'has',
    'rate',
    'tags',
    'recipe',
    'verdict',
    'ok_in_a_row',
    'since_changeover',
  ])('is not taken for a model: %s', async (name) => {
    expect(RESERVED_NAMES.has(name)).toBe(true);
    expect(await told(changed(['      process: {', `      ${name}: {`], ['process.score > 0.9 && ', '']))).toEqual([
      `stations.outlet.models.${name} has a name that means something else in expressions; take another`,
    ]);
  });
});
