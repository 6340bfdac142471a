// What is broken is told once, where it is broken: nothing that would only follow from what stands in for it.
import { describe, expect, it } from 'vitest';
import { changed, faultsOf, told, withRecipe, withRule, withSurface } from './lines.ts';

describe('a value that cannot be read is told alone', () => {
  it.each<readonly [string, string, string]>([
    [
      'a deadline, of a station with a timer',
      changed(['{tag: plc.part_present}', '{every: 300ms}'], ['deadline: 200ms', 'deadline: 250\n    frame: {offset: 600ms}']),
      'stations.outlet.deadline is 250 without a unit; write 250ms, 250s or another of m, h, d',
    ],
    [
      'how many parts may be under inspection',
      changed(['{tag: plc.part_present}', '{every: 10ms}'], ['deadline: 200ms', 'deadline: 200ms\n    inflight: many']),
      'stations.outlet.inflight must be a whole number from 1 to 256, not many',
    ],
    [
      'how long a camera may be silent',
      changed(['fps: 25', 'fps: 0.1, stall: 30']),
      'cameras.top.stall is 30 without a unit; write 30ms, 30s or another of m, h, d',
    ],
    ['how often a camera is asked', changed(['fps: 25', 'fps: slow, stall: 100ms']), 'cameras.top.fps must be'],
    [
      'leave for a connection in the clear',
      changed(['mqtts://broker.plant:8883', 'mqtt://broker.plant\n  insecure: yes']),
      'mqtt.insecure must be true or false, not yes; write true',
    ],
    [
      'the mode of a server that has no policy',
      changed(['    tags:\n', '    security: {mode: Nona, policy: None}\n    tags:\n']),
      'opcua.plc.security.mode must be None, Sign or SignAndEncrypt, not Nona; did you mean None?',
    ],
    [
      'the policy of a server without security',
      changed(['10.1.3.20:4840\n', '127.0.0.1:4840\n    security: {mode: None, policy: Nona}\n']),
      'opcua.plc.security.policy must be',
    ],
    [
      'a threshold, above which nothing would be left for review',
      changed(withSurface('{model: surface-defect, threshold: 80%, review: [0.75, 0.8]}')),
      'stations.outlet.models.surface.threshold must be a number from 0 to 1, not 80%',
    ],
    [
      'a review band, of which the package has another',
      changed(withSurface('{model: surface-defect, threshold: 0.4, review: 0.3}')),
      'stations.outlet.models.surface.review must be a list of 2 values like [0.4, 0.6], not 0.3',
    ],
    [
      'what chooses a recipe',
      changed(withRecipe('surface: {threshold: 0.8, review: [0.6, 0.8]}'), ['recipe: {tag: plc.serial}', 'recipe: product']),
      'stations.outlet.recipe must be a block with the keys tag, default, values, not product',
    ],
    [
      'the recipes that are chosen from',
      changed(withRecipe('surface: {threshold: 0.8}'), ['{coarse: {models: {surface: {threshold: 0.8}}}}', 'coarse']),
      'stations.outlet.recipes must be',
    ],
    [
      'the values that lead to recipes',
      changed(['    on_failure: nok\n', '    on_failure: nok\n    recipe: {tag: plc.serial, values: coarse}\n']),
      'stations.outlet.recipe.values must be',
    ],
  ])('%s', async (_, text, fault) => {
    const faults = await told(text);
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });
});

describe('a part that cannot be read is told alone', () => {
  it.each<readonly [string, string, string]>([
    ['a server, whose tags are named', changed(['opc.tcp://10.1.3.20:4840', 'plc.plant']), 'opcua.plc.endpoint must be an address'],
    ['a tag that a rule compares', changed(['"nsu=urn:press;s=DieTemp"', 'DieTemp']), 'opcua.plc.tags.die_temp.node must be a node id'],
    ['a tag of the window', changed(['"nsu=urn:press;s=Pressure"', 'Pressure']), 'opcua.plc.tags.pressure.node must be a node id'],
    ['a tag that is written', changed(['"nsu=urn:press;s=Reject"', 'Reject']), 'opcua.plc.tags.reject.node must be a node id'],
    [
      'a model that the part id comes from',
      changed(['part: plc.serial', 'part: {model: surface}'], withSurface('{model: [a]}')),
      'stations.outlet.models.surface.model must be the name of a model folder',
    ],
    [
      'a model of whose labels a recipe has others',
      changed(
        withSurface('{model: [a]}'),
        withRecipe('surface: {model: maintenance-text, text: plc.serial}'),
        withRule("surface.label == 'crack'"),
      ),
      'stations.outlet.models.surface.model must be the name of a model folder',
    ],
    [
      'a model that is compared with what it never gives',
      changed(withSurface('{model: [a]}'), withRule('surface.score > 62')),
      'stations.outlet.models.surface.model must be the name of a model folder',
    ],
    [
      'a candidate',
      changed(withSurface('{model: surface-defect, shadow: {model: [a]}}')),
      'stations.outlet.models.surface.shadow.model must be the name of a model folder',
    ],
    [
      'the tag of a text',
      changed(withSurface('{model: maintenance-text, text: [a]}')),
      'stations.outlet.models.surface.text must be a tag as server.tag',
    ],
    [
      'the tag of a text that a recipe would read',
      changed(withSurface('{model: surface-defect, text: [a]}'), withRecipe('surface: {model: maintenance-text}')),
      'stations.outlet.models.surface.text must be a tag as server.tag',
    ],
    [
      'the camera of a trigger, where cameras seem idle',
      changed(['  top: {', '  side: {url: "still://side"}\n  top: {'], ['{tag: plc.part_present}', '{camara: side}']),
      'stations.outlet.trigger.camara is not a known key; did you mean camera?',
    ],
    [
      'a key that is there twice, where cameras seem idle',
      changed(['  top: {', '  side: {url: "still://side"}\n  top: {'], withSurface('{model: surface-defect, camera: top}'), [
        '    on_failure: nok\n',
        '    on_failure: nok\n    on_failure: nok\n',
      ]),
      'on_failure is there twice in the same block; keep one',
    ],
  ])('%s', async (_, text, fault) => {
    const faults = await told(text);
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  it('a model that a recipe changes and that is not there', async () => {
    expect(await told(changed(withRecipe('surfac: {model: surface-defekt}')))).toEqual([
      'stations.outlet.recipes.coarse.models.surfac changes a model that the station does not have; did you mean surface?',
    ]);
  });

  it('a package that is not there, of a model that gives the part its id', async () => {
    expect(await told(changed(['part: plc.serial', 'part: {model: surface}'], withSurface('{model: surface-defekt}')))).toEqual([
      'stations.outlet.models.surface.model is surface-defekt, and the folder models has no such model; did you mean surface-defect?',
    ]);
  });
});

describe('what a recipe leaves as it is is told once, with the station', () => {
  const coarse = withRecipe('surface: {threshold: 0.9}');
  it.each<readonly [string, string, string]>([
    ['a package that is not there', '{model: surface-defekt}', 'surface.model is surface-defekt, and the folder models has no such model'],
    [
      'one that is torn',
      '{model: torn}',
      'surface.model cannot be used, so every part here is answered by `on_failure`: the manifest is torn',
    ],
    [
      'a candidate that is torn',
      '{model: surface-defect, shadow: {model: torn}}',
      'surface.shadow.model cannot be used, and does not run: the manifest is torn',
    ],
    ['features', '{model: backbone}', 'surface.model is backbone, which gives features'],
    ['a variant', '{model: surface-defect, variant: int8}', 'surface.variant is int8, which surface-defect does not have'],
    ['a band that is turned round', '{model: surface-defect, review: [0.6, 0.5]}', 'surface.review goes from 0.6 to 0.5'],
    ['a key without a use', '{model: surface-defect, text: plc.serial}', 'surface.text has no use'],
    ['a format without a use', '{model: surface-defect, format: dd}', 'surface.format has no use'],
    ['a text that is missing', '{model: maintenance-text}', 'surface reads a text (maintenance-text); name the tag that holds it'],
  ])('%s', async (_, model, fault) => {
    const faults = await told(changed(withSurface(model), coarse));
    expect(faults).toEqual([expect.stringContaining(`stations.outlet.models.${fault}`)]);
  });

  it('that it is not explained, and a rule reads it', async () => {
    const text = changed(
      withSurface('{model: surface-defect, explain: never, shadow: {model: surface-defect}}'),
      coarse,
      withRule('surface.contributions.x > 0.5'),
    );
    expect(await told(text)).toEqual([
      'stations.outlet.models.surface.explain is never, and an expression reads surface.contributions; take it out',
    ]);
  });

  it('a camera that is missing', async () => {
    const text = changed(['  top: {', '  side: {url: "still://side"}\n  top: {'], coarse);
    expect(await told(text)).toEqual([
      'stations.outlet.models.surface looks at pictures (surface-defect), and there are several cameras; add camera: side or another',
    ]);
  });

  it('and a package of another kind may leave without a use what the model of the station needs', async () => {
    const text = changed(
      ['  top: {', '  side: {url: "still://side"}\n  top: {'],
      ['{tag: plc.part_present}', '{camera: side}'],
      withSurface('{model: surface-defect, camera: top}'),
      withRecipe('surface: {model: maintenance-text, text: plc.serial}'),
    );
    expect(await told(text)).toEqual([]);
  });

  it.each<readonly [string, string, string]>([
    ['its threshold', 'threshold: 0.4', 'threshold leaves nothing for review: scores from 0.4 are nok, and the band begins at 0.45'],
    ['its band', 'review: [0.7, 0.8]', 'review leaves nothing for review: scores from 0.62 are nok, and the band begins at 0.7'],
    ['both', 'threshold: 0.7, review: [0.7, 0.8]', 'review leaves nothing for review: scores from 0.7 are nok, and the band begins at 0.7'],
  ])('while %s is told with the recipe that writes it', async (_, keys, fault) => {
    expect(await told(changed(withRecipe(`surface: {${keys}}`)))).toEqual([
      `warning stations.outlet.recipes.coarse.models.surface.${fault}`,
    ]);
  });
});

describe('what stands behind a broken entry of a list is told where it stands', () => {
  it.each<readonly [string, string, readonly string[]]>([
    [
      'a rule, and one that is never reached',
      changed([
        '    rules:\n',
        '    rules:\n      - {when: "true", verdict: no}\n      - {when: "surfac.score > 0.5", verdict: nok}\n      - {verdict: maybe}\n      - {verdict: ok}\n',
      ]),
      [
        '30:33: stations.outlet.rules[0].verdict must be ok, nok or review, not no; did you mean nok?',
        '31:17: stations.outlet.rules[1].when: there is no surfac; did you mean surface?',
        '32:19: stations.outlet.rules[2].verdict must be ok, nok or review, not maybe',
        'warning 34:9: stations.outlet.rules[4] is never reached: the rule in line 33 always matches',
      ],
    ],
    [
      'a decision',
      changed(['    decisions:\n', '    decisions:\n      - {when: "true", do: nothing}\n'], ['{plc.reject: true}', '{plc.rejekt: true}']),
      [
        expect.stringContaining('33:28: stations.outlet.decisions[0].do must be'),
        '34:56: stations.outlet.decisions[1].write.plc.rejekt names the tag plc.rejekt, which no server has; did you mean plc.reject?',
      ],
    ],
    [
      'a tag on record',
      changed(['    deadline: 200ms', '    record: [serial, plc.presure]\n    deadline: 200ms']),
      [
        expect.stringContaining('22:14: stations.outlet.record[0] must be a tag'),
        '22:22: stations.outlet.record[1] names the tag plc.presure, which no server has; did you mean plc.pressure?',
      ],
    ],
  ])('%s', async (_, text, faults) => {
    expect(await faultsOf(text)).toEqual(faults);
  });
});
