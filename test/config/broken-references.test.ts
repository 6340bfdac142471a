// What does not hold together: names, models, rules, times, security. The exact sentences.
import { describe, expect, it } from 'vitest';
import { changed, faultsOf, LINE } from './lines.ts';

const models = (text: string) =>
  changed(['      surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}', `      surface: ${text}`]);
const rule = (when: string) => changed(['"surface.score >= surface.threshold"', JSON.stringify(when)]);
const station = (text: string) => changed(['    deadline: 200ms\n', `    deadline: 200ms\n${text}\n`]);

/** What a technician did, the file, and every line that the check prints. */
const CASES: readonly (readonly [did: string, text: string, ...faults: string[]])[] = [
  [
    'misspells a tag',
    changed(['part: plc.serial', 'part: plc.seriel']),
    '21:11: stations.outlet.part names the tag plc.seriel, which no server has; did you mean plc.serial?',
  ],
  [
    'misspells a tag that shall be on record',
    changed(['    deadline: 200ms', '    record: [plc.die_temp, plc.presure]\n    deadline: 200ms']),
    '22:28: stations.outlet.record[1] names the tag plc.presure, which no server has; did you mean plc.pressure?',
  ],
  [
    'forgets the server of a tag',
    changed(['part: plc.serial', 'part: serial']),
    '21:11: stations.outlet.part must be a tag as server.tag, such as plc.die_temp, a block with the keys code, region, formats or a block with the keys model, confidence, not serial',
  ],
  [
    'takes a tag of no server',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {tag: robot.gripper}']),
    '20:20: stations.outlet.trigger.tag names the tag robot.gripper, which no server has; the tags are: plc.part_present, plc.serial, plc.die_temp, plc.pressure, plc.reject, plc.verdict',
  ],
  [
    'looks for a code with a camera that is not there',
    changed(['part: plc.serial', 'part: {code: tpo}']),
    '21:18: stations.outlet.part.code names the camera tpo, which is not there; did you mean top?',
  ],
  [
    'takes the id from a model that is not there',
    changed(['part: plc.serial', 'part: {model: surfaces}']),
    '21:19: stations.outlet.part.model names the model surfaces, which the station does not have; did you mean surface?',
  ],
  [
    'takes the id from a model that reads nothing',
    changed(['part: plc.serial', 'part: {model: surface}']),
    '21:19: stations.outlet.part.model is surface, and its package surface-defect (classify) reads no text',
  ],
  [
    'gives an id by two ways',
    changed(['part: plc.serial', 'part: {model: surface, code: top}']),
    '21:5: stations.outlet.part has code and model; keep one of them',
  ],
  [
    'gives a format to a model that reads no code',
    models('{model: surface-defect, format: Ldddddd}'),
    '27:40: stations.outlet.models.surface.format has no use: surface-defect reads no code; take it out',
  ],
  [
    'gives a format with what the model does not read',
    models('{model: code-reader, format: BATCH_ddd}'),
    '27:45: stations.outlet.models.surface.format has a place for "T", and code-reader reads nothing of it; it reads 0 1 2 3 4 5 6 7 8 9 A B C -',
  ],
  [
    'gives several formats, one of which cannot be',
    models('{model: code-reader, format: "Addd|[XYZ]ddd"}'),
    '27:45: stations.outlet.models.surface.format has a place for "[XYZ]", and code-reader reads nothing of it; it reads 0 1 2 3 4 5 6 7 8 9 A B C -',
  ],
  [
    'writes a format that has no place',
    models('{model: code-reader, format: "Addd | "}'),
    '27:45: stations.outlet.models.surface.format has a format without a place; write places such as Ldddddd, and | only between two formats',
  ],
  [
    'writes a format of spaces',
    models('{model: code-reader, format: " "}'),
    '27:45: stations.outlet.models.surface.format has a format without a place; write places such as Ldddddd, and | only between two formats',
  ],
  [
    'tries a candidate that reads no code where codes are read',
    models('{model: code-reader, format: Addd, shadow: {model: surface-defect}}'),
    '27:67: stations.outlet.models.surface.shadow.model is surface-defect, and surface-defect reads no code: the place has a format',
  ],
  [
    'lists every product in one format',
    models('{model: code-reader, format: 0|1|2|3|4|5|6|7|8}'),
    '27:45: stations.outlet.models.surface.format has 9 formats, 8 are taken; use [AB], or a recipe for each product',
  ],
  [
    'forgets to close a bracket of a format',
    models('{model: code-reader, format: "A[BCddd"}'),
    '27:45: stations.outlet.models.surface.format must be places such as Ldddddd or ddaa|BATCH-ddd: d a digit, a a letter, x either, [AB] one of these, | or, all else itself, not A[BCddd',
  ],
  [
    'writes a tag that is read only',
    changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, part: plc.serial}']),
    '24:42: stations.outlet.answer.part is written, and plc.serial is not writable; add writable: true to the tag if the PLC allows it',
  ],
  [
    'writes a text to a temperature',
    changed(['s=DieTemp", unit', 's=DieTemp", writable: true, unit'], ['{plc.reject: true}', '{plc.die_temp: hot}']),
    '25:21: stations.outlet.window.tags[0] needs a number, and plc.die_temp gets a text in line 33',
    '33:56: stations.outlet.decisions[0].write.plc.die_temp writes hot to plc.die_temp, which has a unit or a range and so is a number',
  ],
  [
    'puts a text into the window',
    changed(['{plc.reject: true}', '{plc.pressure: high}'], ['unit: bar', 'writable: true']),
    '25:35: stations.outlet.window.tags[1] needs a number, and plc.pressure gets a text in line 33',
  ],
  [
    'mixes answers',
    changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: 1, nok: no, review: 3}}']),
    '24:44: stations.outlet.answer.values mixes kinds of values (1, no, 3); one tag takes numbers, or texts, or true and false',
  ],
  [
    'answers ok and nok alike',
    changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: 1, nok: 1, review: 3}}']),
    '24:44: stations.outlet.answer.values tells ok and nok apart by nothing: both are 1',
  ],
  [
    'triggers itself',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {tag: plc.reject}']),
    '33:68: stations.outlet.decisions[0].write.plc.reject writes plc.reject, which triggers this station: it would trigger itself',
  ],
  [
    'misspells a model',
    models('{model: surface-defects}'),
    '27:24: stations.outlet.models.surface.model is surface-defects, and the folder models has no such model; did you mean surface-defect?',
  ],
  [
    'takes a model that is torn',
    models('{model: torn}'),
    'warning 27:24: stations.outlet.models.surface.model cannot be used, so every part here is answered by `on_failure`: the manifest is torn',
  ],
  [
    'tries a candidate that is torn',
    models('{model: surface-defect, shadow: {model: torn}}'),
    'warning 27:56: stations.outlet.models.surface.shadow.model cannot be used, and does not run: the manifest is torn',
  ],
  [
    'misspells a candidate',
    models('{model: surface-defect, shadow: {model: surface-defekt}}'),
    '27:56: stations.outlet.models.surface.shadow.model is surface-defekt, and the folder models has no such model; did you mean surface-defect?',
  ],
  [
    'takes features for a verdict',
    models('{model: backbone}'),
    '27:24: stations.outlet.models.surface.model is backbone, which gives features for heads to be taught on and finds nothing by itself',
  ],
  [
    'misspells a variant',
    models('{model: surface-defect, variant: int8}'),
    '27:49: stations.outlet.models.surface.variant is int8, which surface-defect does not have; it has: fp32, int8-u8s8',
  ],
  [
    'turns the review band round',
    changed(['review: [0.45, 0.62]', 'review: [0.62, 0.45]']),
    '27:65: stations.outlet.models.surface.review goes from 0.62 to 0.45; the lower end comes first',
  ],
  [
    'leaves nothing for review',
    changed(['review: [0.45, 0.62]', 'review: [0.7, 0.9]']),
    'warning 27:65: stations.outlet.models.surface.review leaves nothing for review: scores from 0.62 are nok, and the band begins at 0.7',
  ],
  [
    'forgets the window',
    changed(['    window: {tags: [plc.die_temp, plc.pressure], span: 12s, every: 200ms}\n', '']),
    '27:7: stations.outlet.models.process reads a window of 2 tags (die_temp, pressure); give the station a `window`',
  ],
  [
    "takes another grid than the model's",
    changed(['every: 200ms', 'every: 100ms']),
    '25:68: stations.outlet.window.every is 100ms, and process-attention was trained on 200ms',
  ],
  [
    "takes a shorter window than the model's",
    changed(['span: 12s', 'span: 6s']),
    '25:56: stations.outlet.window.span gives 30 steps of 200ms, and process-attention wants 60; write 12s',
  ],
  [
    'forgets a channel',
    changed(['[plc.die_temp, plc.pressure]', '[plc.die_temp]']),
    '25:20: stations.outlet.window.tags has one tag, and process-attention wants 2: die_temp, pressure',
  ],
  [
    'swaps two channels',
    changed(['[plc.die_temp, plc.pressure]', '[plc.pressure, plc.die_temp]']),
    '25:21: stations.outlet.window.tags[0] is plc.pressure, and process-attention wants die_temp here; the order is die_temp, pressure',
    '25:35: stations.outlet.window.tags[1] is plc.die_temp, and process-attention wants pressure here; the order is die_temp, pressure',
  ],
  [
    'gives a model of tags a camera',
    changed(['process: {model: process-attention}', 'process: {model: process-attention, camera: top}']),
    '28:43: stations.outlet.models.process.camera has no use: process-attention reads tags, not pictures; take it out',
  ],
  [
    'says not which camera',
    changed(['  top: {', '  side: {url: "still://side"}\n  top: {']),
    '28:7: stations.outlet.models.surface looks at pictures (surface-defect), and there are several cameras; add camera: side or another',
  ],
  [
    'has no camera at all',
    changed(['cameras:\n  top: {url: "still://top", fps: 25}\n', '']),
    '25:7: stations.outlet.models.surface looks at pictures (surface-defect), and there is no camera; add one under `cameras`',
  ],
  [
    'misspells a camera',
    models('{model: surface-defect, camera: topp}'),
    '27:48: stations.outlet.models.surface.camera names the camera topp, which is not there; did you mean top?',
  ],
  [
    'forgets the text of a model that reads one',
    models('{model: maintenance-text}'),
    '27:7: stations.outlet.models.surface reads a text (maintenance-text); name the tag that holds it, such as text: plc.part_present',
  ],
  [
    'has a number read as a text',
    models('{model: maintenance-text, text: plc.die_temp}'),
    '27:48: stations.outlet.models.surface.text needs a text, and plc.die_temp has a unit or a range and so is a number',
  ],
  [
    'misspells the tag of a text',
    models('{model: maintenance-text, text: plc.seriel}'),
    '27:48: stations.outlet.models.surface.text names the tag plc.seriel, which no server has; did you mean plc.serial?',
  ],
  [
    'points a camera at a text',
    models('{model: maintenance-text, text: plc.serial, camera: top}'),
    '27:60: stations.outlet.models.surface.camera has no use: maintenance-text reads a text, not pictures; take it out',
  ],
  [
    'gives a text to a model of pictures',
    models('{model: surface-defect, text: plc.serial}'),
    '27:40: stations.outlet.models.surface.text has no use: surface-defect looks at pictures, not at a text; take it out',
  ],
  [
    'calls a model tags',
    changed(['process: {model: process-attention}', 'tags: {model: surface-defect}']),
    '28:7: stations.outlet.models.tags has a name that means something else in expressions; take another',
  ],
  [
    'misspells a model in a rule',
    rule('surfac.score > 0.5'),
    '30:17: stations.outlet.rules[0].when: there is no surfac; did you mean surface?',
  ],
  [
    'misspells a field in a rule',
    rule('surface.scor > 0.5'),
    '30:25: stations.outlet.rules[0].when: surface has no scor; did you mean score?',
  ],
  [
    'misspells a tag in a rule',
    rule('tags.die_tmp > 320'),
    '30:22: stations.outlet.rules[0].when: there is no tag die_tmp; did you mean die_temp?',
  ],
  [
    'writes a tag in a rule as elsewhere',
    rule('plc.die_temp > 320'),
    '30:17: stations.outlet.rules[0].when: here a tag of plc is written tags.die_temp',
  ],
  [
    'compares a number with a text',
    rule("surface.score > 'high'"),
    '30:17: stations.outlet.rules[0].when: a number and a text do not go together with >',
  ],
  ['writes one =', rule('surface.score = 1'), '30:31: stations.outlet.rules[0].when: write == to compare'],
  ['writes and', rule('surface.score > 0.5 and tags.die_temp > 320'), '30:37: stations.outlet.rules[0].when: write && instead of and'],
  ['forgets a parenthesis', rule('(surface.score > 0.5'), '30:37: stations.outlet.rules[0].when: a closing ) is missing'],
  [
    'asks for a label that is never given',
    rule("surface.label == 'crak'"),
    "30:17: stations.outlet.rules[0].when: surface.label is never 'crak'; did you mean crack?",
  ],
  [
    'asks a rule for its own verdict',
    rule("verdict == 'nok'"),
    '30:17: stations.outlet.rules[0].when: verdict is known to decisions only; a rule is what makes it',
  ],
  [
    'forgets to compare',
    rule('surface.score'),
    '30:17: stations.outlet.rules[0].when: this gives a number, not true or false; compare it with something',
  ],
  [
    'looks back too far',
    rule("rate('nok', 5000) > 0.1"),
    '30:17: stations.outlet.rules[0].when: rate() looks back 1 to 1000 parts, not 5000',
  ],
  [
    'puts a rule after one that always matches',
    changed(['    rules:\n', '    rules:\n      - {verdict: ok}\n']),
    'warning 31:9: stations.outlet.rules[1] is never reached: the rule in line 30 always matches',
  ],
  [
    'changes a model that is not there by recipe',
    station('    recipe: {tag: plc.serial}\n    recipes: {coarse: {models: {surfac: {threshold: 0.8}}}}'),
    '24:33: stations.outlet.recipes.coarse.models.surfac changes a model that the station does not have; did you mean surface?',
  ],
  [
    'leads to a recipe that is not there',
    station('    recipe: {tag: plc.serial, values: {"7": corse}}\n    recipes: {coarse: {models: {surface: {threshold: 0.8}}}}'),
    '23:45: stations.outlet.recipe.values.7 leads to the recipe corse, which is not there; did you mean coarse?',
  ],
  [
    'has recipes and nothing that chooses',
    station('    recipes: {coarse: {models: {surface: {threshold: 0.8, review: [0.6, 0.8]}}}}'),
    'warning 23:5: stations.outlet.recipes are never chosen: the station has no `recipe` that says which applies',
  ],
  [
    'names the product, and has no recipes',
    station('    recipe: {tag: plc.serial}'),
    'warning 23:5: stations.outlet.recipe names the product, and there are no `recipes`: every product, an unknown one too, is judged alike',
  ],
  [
    'has values, and no tag that has them',
    station('    recipe: {values: {"7": coarse}}\n    recipes: {coarse: {models: {}}}'),
    'warning 23:14: stations.outlet.recipe.values needs a `tag` whose values it names',
  ],
  [
    'has a camera that nobody looks through',
    changed(['  top: {', '  side: {url: "still://side"}\n  top: {'], ['surface: {model', 'surface: {camera: top, model']),
    'warning 17:3: cameras.side is used by no station',
  ],
  [
    'writes a tag that is not there',
    changed(['{plc.reject: true}', '{plc.rejekt: true}']),
    '33:56: stations.outlet.decisions[0].write.plc.rejekt names the tag plc.rejekt, which no server has; did you mean plc.reject?',
  ],
  [
    'talks to the broker in the clear',
    changed(['mqtts://broker.plant:8883', 'mqtt://broker.plant']),
    '3:8: mqtt.url is not encrypted, and broker.plant is another box; write mqtts://, or add insecure: true if the network is yours alone',
  ],
  [
    'talks to the broker in the clear, knowingly',
    changed(['mqtts://broker.plant:8883', 'mqtt://broker.plant\n  insecure: true']),
    'warning 6:13: mqtt.password goes over the network unencrypted to broker.plant',
  ],
  [
    'turns security off',
    changed(['    tags:\n', '    security: {mode: None}\n    tags:\n']),
    'warning 9:22: opcua.plc.security.mode is None: anybody on the network can read and write these tags',
  ],
  [
    'turns security off by half',
    changed(['    tags:\n', '    security: {mode: None, policy: Basic256Sha256}\n    tags:\n']),
    '9:36: opcua.plc.security.policy is Basic256Sha256, and mode None has none; take it out, or write mode: SignAndEncrypt',
    'warning 9:22: opcua.plc.security.mode is None: anybody on the network can read and write these tags',
  ],
  [
    'shows the metrics to everybody',
    `${LINE}web: {listen: "0.0.0.0:8088"}\n`,
    'warning 35:15: web.listen is 0.0.0.0:8088: whoever reaches this box sees the sign-in of the page; it is served there over TLS, once a password is set',
  ],
  [
    'names a site that breaks topics',
    changed(['site: dresden', 'site: dresden/north']),
    '1:32: line.site is dresden/north; it becomes a level of every MQTT topic, so it cannot have /, + or #',
  ],
  ['forgets the user of a password', changed(['  username: lineside\n', '']), '4:13: mqtt.password needs username beside it'],
  [
    'triggers faster than it can answer',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {every: 100ms}']),
    'warning 22:15: stations.outlet.deadline is longer than the 100ms between two triggers; parts overlap',
  ],
  [
    'waits for the picture beyond the deadline',
    changed(['deadline: 200ms', 'deadline: 200ms\n    frame: {offset: 300ms}']),
    '23:21: stations.outlet.frame.offset is 300ms, and the deadline of 200ms is over by then',
  ],
  [
    'does many things wrong at once',
    changed(
      ['deadline: 200ms', 'dedline: 200'],
      ['on_failure: nok', 'on_failure: bad'],
      ['part: plc.serial', 'part: plc.seriel'],
      ['tags.die_temp > 320', 'tags.die_tmp > 320'],
      ['model: process-attention', 'model: process-atention'],
    ),
    '21:11: stations.outlet.part names the tag plc.seriel, which no server has; did you mean plc.serial?',
    '22:5: stations.outlet.dedline is not a known key; did you mean deadline?',
    '23:17: stations.outlet.on_failure must be ok, nok or review, not bad',
    '28:24: stations.outlet.models.process.model is process-atention, and the folder models has no such model; did you mean process-attention?',
    '31:45: stations.outlet.rules[1].when: there is no tag die_tmp; did you mean die_temp?',
  ],
];

describe('a config whose parts do not fit is told', () => {
  it.each(CASES.map(([did, text, ...faults]) => ({ did, text, faults })))('$did', async ({ text, faults }) => {
    expect(await faultsOf(text)).toEqual(faults);
  });
});
