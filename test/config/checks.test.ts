// More of what does not hold together: each sentence once, and what is beside it and fits.
import { describe, expect, it } from 'vitest';
import { loadConfig } from '#agent/config/load.js';
import { CATALOGUE, changed, ENV, faultsOf, LINE, told } from './lines.ts';

const station = (text: string) => changed(['    deadline: 200ms\n', `    deadline: 200ms\n${text}\n`]);
const tags = (text: string) => changed(['      reject:', `      ${text}\n      reject:`]);
const broker = (...lines: readonly string[]) => changed(['  username: lineside\n', ['  username: lineside', ...lines, ''].join('\n')]);
const model = (text: string) => changed(['surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}', `surface: ${text}`]);
const MODELS = / {4}models:\n(?: {6}.*\n)+(?: {4}(?:rules|decisions):\n(?: {6}.*\n)+)*/.exec(LINE)?.[0] ?? '';
const window = (text: string) => changed(['window: {tags: [plc.die_temp, plc.pressure], span: 12s, every: 200ms}', `window: ${text}`]);

/** By section: what was written, the file, and every line that the check prints. */
const CASES: Readonly<Record<string, readonly (readonly [did: string, text: string, ...faults: string[]])[]>> = {
  challenges: [
    [
      'that nobody can tell apart, that write and do not hold, and that wait for a shift which no calendar has',
      station(
        '    challenges:\n      a: {part: R1, expect: nok, every: shift, write: {plc.reject: true}}\n      b: {part: R1, expect: ok, every: [8h, package]}',
      ),
      'stations.outlet.challenges.a.every names the shift, and the config has no `calendar` that says when one begins',
      'stations.outlet.challenges.b.part is R1, which is the part of a as well: nobody can tell which one is shown',
      'warning stations.outlet.challenges.a.write is never written: the challenge does not hold the station',
    ],
    [
      'of a station that does not know its parts',
      changed(['    part: plc.serial\n', '    challenges: {a: {part: R1, expect: nok, every: 8h}}\n']),
      'warning stations.outlet.challenges are recognised by the id of their part, and the station has no `part` that says where an id comes from',
    ],
  ],
  studies: [
    [
      'that lack what they need, have what others need, or measure what is not there',
      station(
        [
          '    studies:',
          '      a: {kind: attributes, of: surface.score}',
          '      b: {kind: type_one, of: surface.scor, parts: [R1, R2], reference: 1, tolerance: 1}',
          '      c: {kind: repeatability, of: nok, parts: [R3, R3], appraisers: [x], repeats: 1}',
          '      d: {kind: attributes, masters: {M1: good, M2: good}}',
        ].join('\n'),
      ),
      'stations.outlet.studies.a.kind is attributes, which needs `masters`',
      'stations.outlet.studies.a.of means nothing to attributes; leave it out',
      'stations.outlet.studies.b.of is surface.scor: surface has no scor that can be charted; did you mean score?',
      'stations.outlet.studies.b.parts are several, and type_one measures one part; take repeatability',
      'stations.outlet.studies.c.of is nok, which is a verdict and no number; take kind attributes',
      'stations.outlet.studies.c.parts[1] is R3, which is there already; name each once',
      'stations.outlet.studies.c.appraisers are one, and repeatability compares several; leave them out for three runs',
      'stations.outlet.studies.c.repeats is 1, and who measures once repeats nothing',
      'stations.outlet.studies.d.masters must be good ones and bad ones: misses are counted of the bad, false alarms of the good',
    ],
    [
      'whose parts are those of a challenge, of which there are too many, and whose station knows no ids',
      changed([
        '    part: plc.serial\n',
        [
          '    challenges: {rabbit: {part: M?, expect: nok, every: 8h}}',
          '    studies:',
          '      a: {kind: attributes, masters: {M1: good, M2: bad}, repeats: 200}',
          '      b: {kind: repeatability, of: surface.score, parts: [P1, P2, P3], by: order, repeats: 200}',
          '',
        ].join('\n'),
      ]),
      'stations.outlet.studies.a has part M1, which is the part of challenge rabbit as well',
      'stations.outlet.studies.a has part M2, which is the part of challenge rabbit as well',
      'stations.outlet.studies.b.kind would ask for 1800 parts, at most 1000 are shown in one study',
      'warning stations.outlet.challenges are recognised by the id of their part, and the station has no `part` that says where an id comes from',
      'warning stations.outlet.studies.a knows its parts by their ids, and the station has no `part` that says where an id comes from; take `by: order`',
    ],
  ],
  tags: [
    [
      'a range that is turned round, or has no width',
      changed(['range: [0, 400]', 'range: [400, 0]'], ['unit: bar', 'unit: bar, range: [1, 1]']),
      'opcua.plc.tags.die_temp.range goes from 400 to 0; the lower end comes first',
      'opcua.plc.tags.pressure.range goes from 1 to 1; the lower end comes first',
    ],
    [
      'a node with two names',
      tags('again: {node: "nsu=urn:press;s=Serial"}'),
      'warning opcua.plc.tags.again.node is the node of plc.serial as well; one name is enough',
    ],
    [
      'a tag that is not there, wherever a tag is named',
      station('    counter: plc.count\n    recipe: {tag: plc.product, values: {a: default}}'),
      'stations.outlet.counter names the tag plc.count, which no server has; the tags are: plc.part_present, plc.serial, plc.die_temp, plc.pressure, plc.reject, plc.verdict',
      'stations.outlet.recipe.tag names the tag plc.product, which no server has; the tags are: plc.part_present, plc.serial, plc.die_temp, plc.pressure, plc.reject, plc.verdict',
    ],
    [
      'of texts and people: one that is a number, one that is not there, and the id of parts; events of no station',
      changed(
        ['    tags:\n', '    events: {station: outlt}\n    tags:\n'],
        ['inference: ', 'language: {texts: [plc.die_temp, plc.serial], operators: [plc.badge]}\ninference: '],
      ),
      'opcua.plc.events.station names the station outlt, which is not there; did you mean outlet?',
      'language.texts[0] needs a text, and plc.die_temp has a unit or a range and so is a number',
      'language.texts[1] names plc.serial, which is the part of a station: parts are found by it',
      'language.operators[0] names the tag plc.badge, which no server has; the tags are: plc.part_present, plc.serial, plc.die_temp, plc.pressure, plc.reject, plc.verdict',
    ],
    [
      'a counter that gets a text',
      changed(
        ['    deadline: 200ms\n', '    deadline: 200ms\n    counter: plc.reject\n'],
        ['write: {plc.reject: true}', 'write: {plc.reject: full}'],
      ),
      'stations.outlet.counter needs a number, and plc.reject gets a text in line 34',
    ],
    [
      'the answer to a tag with a unit',
      changed(
        ['s=Verdict", writable', 's=Verdict", unit: bar, writable'],
        ['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: good, nok: bad, review: new}}'],
      ),
      'stations.outlet.answer.verdict writes good to plc.verdict, which has a unit or a range and so is a number',
    ],
    [
      'a ready signal that cannot be written',
      changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, ready: {tag: plc.serial, value: true}}']),
      'stations.outlet.answer.ready.tag is written, and plc.serial is not writable; add writable: true to the tag if the PLC allows it',
    ],
    [
      'a text for a tag with a deadband, and true for one with a range',
      changed(
        ['s=Reject", writable', 's=Reject", deadband: 1, writable'],
        ['s=Verdict", writable', 's=Verdict", range: [0, 9], writable'],
        ['{plc.reject: true}', '{plc.reject: full, plc.verdict: true}'],
      ),
      'stations.outlet.decisions[0].write.plc.reject writes full to plc.reject, which has a unit or a range and so is a number',
      'stations.outlet.decisions[0].write.plc.verdict writes true to plc.verdict, which has a unit or a range and so is a number',
    ],
    [
      'a ready signal in words for a tag with a unit',
      changed(
        ['s=Reject", writable', 's=Reject", unit: pcs, writable'],
        ['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, ready: {tag: plc.reject, value: "on"}}'],
        ['{plc.reject: true}', '{plc.reject: 1}'],
      ),
      'stations.outlet.answer.ready.tag writes on to plc.reject, which has a unit or a range and so is a number',
    ],
    [
      'a counter that gets one text among numbers',
      changed(
        ['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: 1, nok: bad, review: 3}}'],
        ['    deadline: 200ms\n', '    deadline: 200ms\n    counter: plc.verdict\n'],
      ),
      'stations.outlet.counter needs a number, and plc.verdict gets a text in line 25',
      'stations.outlet.answer.values mixes kinds of values (1, bad, 3); one tag takes numbers, or texts, or true and false',
    ],
    [
      'a number that is compared with a text',
      changed(['tags.die_temp > 320', "tags.die_temp == 'hot'"]),
      'stations.outlet.rules[1].when: a number and a text do not go together with ==',
    ],
    [
      'the text of a model in a recipe',
      station('    recipe: {tag: plc.serial}\n    recipes: {coarse: {models: {surface: {model: maintenance-text, text: plc.die_temp}}}}'),
      'stations.outlet.recipes.coarse.models.surface.text needs a text, and plc.die_temp has a unit or a range and so is a number',
    ],
  ],
  stations: [
    [
      'a timer without time',
      changed(['{tag: plc.part_present}', '{every: 0ms}']),
      'stations.outlet.trigger.every is 0ms; it may be from 1ms to 31d',
    ],
    [
      'more parts than may be under inspection',
      changed(['{tag: plc.part_present}', '{every: 100ms}'], ['    deadline: 200ms\n', '    deadline: 200ms\n    inflight: 1\n']),
      'warning stations.outlet.deadline is 200ms, and a part comes every 100ms: more than 1 (inflight) would be under inspection at once',
    ],
    [
      'a picture that is waited for until the deadline',
      station('    frame: {offset: 200ms}'),
      'stations.outlet.frame.offset is 200ms, and the deadline of 200ms is over by then',
    ],
    [
      'as many parts as may be under inspection',
      changed(['{tag: plc.part_present}', '{every: 100ms}'], ['    deadline: 200ms\n', '    deadline: 200ms\n    inflight: 2\n']),
      'warning stations.outlet.deadline is longer than the 100ms between two triggers; parts overlap',
    ],
    [
      'a deadline without time, on which no picture is too late',
      changed(['deadline: 200ms', 'deadline: 0.9ms'], ['{tag: plc.part_present}', '{every: 0.001s}']),
      'stations.outlet.deadline is 0.9ms; it may be from 1ms to 10m',
    ],
    [
      'a value that leads to nothing like a recipe',
      station('    recipe: {tag: plc.serial, values: {"7": x}}\n    recipes: {coarse: {models: {}}}'),
      'stations.outlet.recipe.values.7 leads to the recipe x, which is not there; the recipes are: coarse, standard',
    ],
    [
      'a window without steps',
      window('{tags: [plc.die_temp, plc.pressure], span: 12s, every: 0.2ms}'),
      'stations.outlet.window.every is 0.2ms; it may be from 1ms to 1d',
    ],
    [
      'a window shorter than a step',
      window('{tags: [plc.die_temp, plc.pressure], span: 100ms, every: 200ms}'),
      'stations.outlet.window.span is shorter than one step of 200ms',
      'stations.outlet.window.span gives 1 steps of 200ms, and process-attention wants 60; write 12s',
    ],
    [
      'a tag of a window twice',
      window('{tags: [plc.pressure, plc.pressure], span: 12s, every: 200ms}'),
      'stations.outlet.window.tags[0] is plc.pressure in bar, and process-attention was trained on die_temp in °C',
      'stations.outlet.window.tags[1] has plc.pressure a second time',
    ],
    [
      'values of a product that nobody tells',
      station('    recipe: {values: {"7": coarse}}\n    recipes: {coarse: {models: {surface: {threshold: 0.8, review: [0.6, 0.8]}}}}'),
      'warning stations.outlet.recipe.values needs a `tag` whose values it names',
    ],
    [
      'a part that is answered where the verdict is',
      changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, part: plc.verdict}']),
      'stations.outlet.answer.part is the same tag as the verdict, plc.verdict; the PLC needs two',
    ],
    [
      'parts for review that pass',
      changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: 1, nok: 2, review: 1}}']),
      'warning stations.outlet.answer.values lets a part for review pass as ok: both are 1',
    ],
    [
      'a verdict tag of two stations',
      changed([
        'inference: {models: models}\n',
        '  inlet:\n    trigger: {every: 1s}\n    deadline: 200ms\n    answer: {verdict: plc.verdict}\n    models: {}\ninference: {models: models}\n',
      ]),
      'stations.inlet.answer.verdict is the verdict tag of station outlet as well; each needs its own',
    ],
    [
      'a tag of the answer that triggers the station',
      changed(['{tag: plc.part_present}', '{tag: plc.verdict}']),
      'stations.outlet.answer.verdict writes plc.verdict, which triggers this station: it would trigger itself',
    ],
  ],
  models: [
    [
      'limits of the package that a threshold of the station passes by',
      model('{model: surface-defect, threshold: 0.5}'),
      'warning stations.outlet.models.surface.threshold leaves nothing for review: scores from 0.5 are nok, and the band begins at 0.5',
    ],
    [
      'explanations that a rule reads and nobody makes',
      changed(
        ['process: {model: process-attention}', 'process: {model: process-attention, explain: never}'],
        ['process.score > 0.9 &&', 'process.contributions.die_temp > 0.5 &&'],
      ),
      'stations.outlet.models.process.explain is never, and an expression reads process.contributions; take it out',
    ],
    [
      'a candidate that looks at something else',
      model('{model: surface-defect, shadow: {model: process-attention}}'),
      'stations.outlet.models.surface.shadow.model is process-attention, which looks at a window of tags; surface-defect looks at pictures',
    ],
    [
      'a candidate that reads a text',
      changed(['process: {model: process-attention}', 'process: {model: process-attention, shadow: {model: maintenance-text}}']),
      'stations.outlet.models.process.shadow.model is maintenance-text, which looks at a text; process-attention looks at a window of tags',
    ],
    [
      'a region of a model of tags, and of one of texts',
      changed(['process: {model: process-attention}', 'process: {model: process-attention, region: [0, 0, 1, 1], text: plc.serial}']),
      'stations.outlet.models.process.region has no use: process-attention reads tags, not pictures; take it out',
      'stations.outlet.models.process.text has no use: process-attention reads a window of tags, not a text; take it out',
    ],
    [
      'a channel in another unit',
      changed(['unit: bar', 'unit: psi']),
      'stations.outlet.window.tags[1] is plc.pressure in psi, and process-attention was trained on pressure in bar',
    ],
    [
      'too many channels',
      window('{tags: [plc.die_temp, plc.pressure, plc.serial], span: 12s, every: 200ms}'),
      'stations.outlet.window.tags has 3 tags, and process-attention wants 2: die_temp, pressure',
    ],
    [
      'a model of a recipe that is not there',
      station('    recipe: {tag: plc.serial}\n    recipes: {coarse: {models: {surface: {model: surface-defekt}}}}'),
      'stations.outlet.recipes.coarse.models.surface.model is surface-defekt, and the folder models has no such model; did you mean surface-defect?',
    ],
    [
      'a folder of models that is not there',
      changed(['models: models}', 'models: nowhere}']),
      `inference.models is the folder of the model packages, and ${import.meta.dirname}/nowhere cannot be read; without this key they are those that come with the agent`,
    ],
  ],
  cameras: [
    [
      'one that nobody uses',
      changed(
        ['  top: {', '  side: {url: "still://side"}\n  top: {'],
        ['surface: {model: surface-defect,', 'surface: {camera: top, model: surface-defect,'],
      ),
      'warning cameras.side is used by no station',
    ],
    [
      'one that nobody uses, of three',
      changed(
        ['  top: {', '  side: {url: "still://side"}\n  rear: {url: "still://rear"}\n  top: {'],
        ['surface: {model: surface-defect,', 'surface: {camera: top, model: surface-defect,'],
        ['{tag: plc.part_present}', '{camera: rear}'],
      ),
      'warning cameras.side is used by no station',
    ],
    [
      'one that is near none',
      changed(['surface: {model: surface-defect,', 'surface: {camera: left, model: surface-defect,']),
      'stations.outlet.models.surface.camera names the camera left, which is not there; the cameras are: top',
    ],
    [
      'one that is not there, of a trigger, of a code, of a recipe',
      changed(
        ['{tag: plc.part_present}', '{camera: tip}'],
        ['part: plc.serial', 'part: {code: tup}'],
        [
          '    on_failure: nok\n',
          '    on_failure: nok\n    recipe: {tag: plc.serial}\n    recipes: {coarse: {models: {surface: {camera: tap}}}}\n',
        ],
      ),
      'stations.outlet.trigger.camera names the camera tip, which is not there; did you mean top?',
      'stations.outlet.part.code names the camera tup, which is not there; did you mean top?',
      'stations.outlet.recipes.coarse.models.surface.camera names the camera tap, which is not there; did you mean top?',
    ],
  ],
  security: [
    [
      'a broker over ws in the clear',
      changed(['mqtts://broker.plant:8883', 'ws://broker.plant/mqtt']),
      'mqtt.url is not encrypted, and broker.plant is another box; write wss://, or add insecure: true if the network is yours alone',
    ],
    [
      'an authority for what is not encrypted',
      changed(['mqtts://broker.plant:8883', 'mqtt://127.0.0.1\n  ca: ca.pem']),
      'warning mqtt.ca has no use: the connection is not encrypted',
    ],
    ['a key without its certificate', broker('  key: k.pem'), 'mqtt.key needs cert beside it'],
    ['a certificate without its key', broker('  cert: c.pem'), 'mqtt.cert needs key beside it'],
    ['a prefix with a wildcard', broker('  prefix: a/+'), 'mqtt.prefix is a/+; write levels such as lineside/v1, without + and #'],
    ['a prefix with an empty level', broker('  prefix: a//b'), 'mqtt.prefix is a//b; write levels such as lineside/v1, without + and #'],
    [
      'a prefix that begins with a level of no name',
      broker('  prefix: /a'),
      'mqtt.prefix is /a; write levels such as lineside/v1, without + and #',
    ],
    ['a prefix of nothing', broker('  prefix: ""'), 'mqtt.prefix is empty; write levels such as lineside/v1, without + and #'],
    [
      'a broker without a host',
      changed(['mqtts://broker.plant:8883', '"mqtts://"']),
      'mqtt.url has no host; write an address such as mqtts://broker.plant:8883',
    ],
    [
      'a broker that only begins like an address of this box',
      changed(['mqtts://broker.plant:8883', 'mqtt://127.plant']),
      'mqtt.url is not encrypted, and 127.plant is another box; write mqtts://, or add insecure: true if the network is yours alone',
    ],
    [
      'a server without a host, and one at a port that is none',
      changed(['10.1.3.20:4840\n', '10.1.3.20:99999\n'], ['cameras:\n', '  robot: {endpoint: "opc.tcp://", tags: {}}\ncameras:\n']),
      'opcua.plc.endpoint is opc.tcp://10.1.3.20:99999, which is no address; write one such as opc.tcp://10.1.3.20:4840',
      'opcua.robot.endpoint is opc.tcp://, which has no host; write one such as opc.tcp://10.1.3.20:4840',
    ],
    [
      'a user in the address of a server, though it is called like its host',
      changed(['opc.tcp://10.1.3.20:4840', 'opc.tcp://plant@plant:4840']),
      'opcua.plc.endpoint names a user; write it under `user`',
    ],
    [
      'a server without security that has a user',
      changed(['4840\n', '4840\n    security: {mode: None}\n    user: {name: a, password: "${env:SITE}"}\n']),
      'warning opcua.plc.security.mode is None: anybody on the network can read and write these tags, and the password is as safe as the server makes it; write SignAndEncrypt',
    ],
    ['a prefix that ends with one', broker('  prefix: a/'), 'mqtt.prefix is a/; write levels such as lineside/v1, without + and #'],
    [
      'a line that breaks topics',
      changed(['area: castings', 'area: "#1"'], ['line: line3', 'line: a+b']),
      'line.area is #1; it becomes a level of every MQTT topic, so it cannot have /, + or #',
      'line.line is a+b; it becomes a level of every MQTT topic, so it cannot have /, + or #',
    ],
    [
      'a server with security and no policy',
      changed(['    tags:\n', '    security: {policy: None}\n    tags:\n']),
      'opcua.plc.security.policy is None, and SignAndEncrypt needs one; write Basic256Sha256',
    ],
    [
      'a server that is only signed for',
      changed(['    tags:\n', '    security: {mode: Sign}\n    tags:\n']),
      'warning opcua.plc.security.mode is Sign: anybody on the network can read these tags',
    ],
    [
      'probes of what is no network',
      `${LINE}web: {probes: [10.1.3.7, 10.1.0.0/16, 10.1.0.0/33, "::1/129", "::1/128", plant, 1.2.3, 10.1.3.7/32]}\n`,
      'web.probes[2] is 10.1.0.0/33, which is no address and no network; write 10.1.3.7 or 10.1.0.0/16',
      'web.probes[3] is ::1/129, which is no address and no network; write 10.1.3.7 or 10.1.0.0/16',
      'web.probes[5] must be an address or a network such as 10.1.3.7 or 10.1.0.0/16, not plant',
      'web.probes[6] is 1.2.3, which is no address and no network; write 10.1.3.7 or 10.1.0.0/16',
    ],
  ],
};

describe.each(Object.keys(CASES))('of %s is told', (what) => {
  it.each((CASES[what] ?? []).map(([did, text, ...faults]) => ({ did, text, faults })))('$did', async ({ text, faults }) => {
    expect(await told(text)).toEqual(faults);
  });
});

describe('nothing is told of', () => {
  it.each<readonly [string, string]>([
    ['a picture that is there before the deadline', station('    frame: {offset: 199ms}')],
    ['the newest picture, whatever its offset', station('    frame: {select: newest, offset: 300ms}')],
    ['a timer as long as the deadline', changed(['{tag: plc.part_present}', '{every: 200ms}'])],
    ['a broker on this box', changed(['mqtts://broker.plant:8883', 'mqtt://127.8.9.10'])],
    ['a broker on this box by its name', changed(['mqtts://broker.plant:8883', 'mqtt://LOCALHOST'])],
    ['a broker on this box by IPv6', changed(['mqtts://broker.plant:8883', 'mqtt://[::1]:1883'])],
    ['a server on this box', changed(['10.1.3.20:4840\n', '127.0.0.1:4840\n    security: {mode: None}\n'])],
    [
      'a server that is encrypted, with a policy',
      changed(['    tags:\n', '    security: {mode: SignAndEncrypt, policy: Basic256Sha256}\n    tags:\n']),
    ],
    [
      'a server without security that names none',
      changed(['10.1.3.20:4840\n', 'localhost:4840\n    security: {mode: None, policy: None}\n']),
    ],
    ['a page for this box', `${LINE}web: {listen: "127.0.0.1:8088"}\n`],
    ['a page for this box by its name', `${LINE}web: {listen: "LocalHost:80"}\n`],
    ['a page for this box by IPv6', `${LINE}web: {listen: "[::1]:8088"}\n`],
    ['no page', `${LINE}web: {listen: off}\n`],
    [
      'a picture that nobody waits for',
      changed(['deadline: 200ms', 'deadline: 200ms\n    frame: {offset: 300ms}'], [MODELS, '    models: {}\n']),
    ],
    [
      'a broker in the clear that nobody gives a password',
      changed(
        ['mqtts://broker.plant:8883', 'mqtt://broker.plant\n  insecure: true'],
        ['  username: lineside\n  password: ${env:MQTT_PASSWORD}\n', ''],
      ),
    ],
    ['an @ behind the host of a server', changed(['10.1.3.20:4840\n', '10.1.3.20:4840/a@b\n'])],
    ['a backslash in an address', changed(['"still://top"', "'still://top/a\\b'"])],
    [
      'a part id for a tag with a unit',
      changed(
        ['s=Reject", writable', 's=Reject", unit: pcs, writable'],
        ['{verdict: plc.verdict}', '{verdict: plc.verdict, part: plc.reject}'],
        ['{plc.reject: true}', '{plc.reject: 1}'],
      ),
    ],
    ['a counter that gets numbers', changed(['    deadline: 200ms\n', '    deadline: 200ms\n    counter: plc.verdict\n'])],
    ['recipes that are chosen by a command', station('    recipe: {default: coarse}\n    recipes: {coarse: {models: {}}}')],
    ['values of a tag without recipes', station('    recipe: {tag: plc.serial, values: {"7": a}}')],
    ['a decision that writes nothing', changed([', write: {plc.reject: true}', ''])],
    ['a key with its certificate', broker('  key: k.pem', '  cert: c.pem')],
    ['a last rule that always matches', changed(['verdict: review}', 'verdict: review}\n      - {verdict: ok}'])],
    [
      'recipes that values lead to, the one for all others too',
      station(
        '    recipe: {tag: plc.serial, default: other, values: {"7": coarse, "8": other}}\n    recipes: {coarse: {models: {surface: {threshold: 0.8, review: [0.6, 0.8]}}}}',
      ),
    ],
    [
      'answers of one kind',
      changed(['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: true, nok: false, review: false}}']),
    ],
    [
      'explanations that nobody reads',
      changed(['process: {model: process-attention}', 'process: {model: process-attention, explain: never}']),
    ],
    ['a lone camera that no model names', LINE],
    ['a variant that there is', model('{model: surface-defect, variant: int8-u8s8}')],
    ['a format that can be read', model('{model: code-reader, format: Addd|B-dd}')],
    [
      'a part that a model reads',
      changed(
        ['part: plc.serial', 'part: {model: surface}'],
        ['model: surface-defect, threshold: 0.62, review: [0.45, 0.62]', 'model: code-reader'],
      ),
    ],
    [
      'labels of a reader, of which the rules name one',
      changed(
        ['surface.score >= surface.threshold', "surface.label == 'AB12'"],
        ['model: surface-defect, threshold: 0.62, review: [0.45, 0.62]', 'model: code-reader'],
      ),
    ],
    [
      'labels that a recipe brings',
      changed(
        ['surface.score >= surface.threshold', "surface.label == 'State'"],
        [
          '    on_failure: nok\n',
          '    on_failure: nok\n    recipe: {tag: plc.serial}\n    recipes: {coarse: {models: {surface: {model: maintenance-text, text: plc.serial}}}}\n',
        ],
      ),
    ],
    [
      'a rule about a tag that two servers have, whatever its range on one',
      changed(
        ['cameras:\n', '  robot:\n    endpoint: opc.tcp://10.1.3.21:4840\n    tags:\n      die_temp: {node: "s=T"}\ncameras:\n'],
        ['tags.die_temp > 320', 'tags.plc_die_temp > 320'],
      ),
    ],
  ])('%s', async (_, text) => {
    expect(await told(text)).toEqual([]);
  });

  it('packages where nobody looks at them', async () => {
    const { readPackage: _, ...without } = CATALOGUE;
    const text = changed(['model: surface-defect', 'model: surface-defekt'], ['every: 200ms', 'every: 100ms']);
    const { warnings } = await loadConfig({ text, base: import.meta.dirname }, without, ENV);
    expect(warnings).toEqual([]);
  });

  it('what follows from a part that is broken itself', async () => {
    // Each of them is told by itself, and nothing of it a second time.
    expect(await told(changed(['writable: true}\n      verdict', 'writable: perhaps}\n      verdict']))).toEqual([
      'opcua.plc.tags.reject.writable must be true or false, not perhaps',
    ]);
    expect(await told(model('{model: [a]}'))).toEqual([
      'stations.outlet.models.surface.model must be the name of a model folder, such as surface-defect, not a list of 1',
    ]);
    expect(await told(window('{tags: 7, span: 12s, every: 200ms}'))).toHaveLength(1);
    expect(await told(changed(['top: {url: "still://top", fps: 25}', 'top: {url: "still://top", fps: 25, colour: red}']))).toHaveLength(1);
  });
});

describe('too much at once', () => {
  const rules = (n: number) =>
    changed([
      '    rules:\n',
      `    rules:\n${Array.from({ length: n }, () => `      - {when: "surfac.score > 0.5", verdict: nok}\n`).join('')}`,
    ]);

  it('is told as far as fifty, and how many more there are', async () => {
    const faults = await loadConfig({ text: rules(60), base: import.meta.dirname }, CATALOGUE, ENV).catch((thrown: unknown) => thrown);
    expect(faults).toMatchObject({ code: 'CONFIG_INVALID', faults: { length: 50 }, more: 10 });
  });

  it('is told as far as fifty of values as well', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `plc.none_${i}`).join(', ');
    const text = changed(['    deadline: 200ms\n', `    deadline: 200ms\n    record: [${names}]\n`]);
    const faults = await loadConfig({ text, base: import.meta.dirname }, CATALOGUE, ENV).catch((thrown: unknown) => thrown);
    expect(faults).toMatchObject({ code: 'CONFIG_INVALID', faults: { length: 50 }, more: 10 });
  });

  it('is warned of as far as fifty', async () => {
    const nodes = Array.from({ length: 60 }, (_, i) => `again${i}: {node: "nsu=urn:press;s=Serial"}`).join('\n      ');
    expect(await faultsOf(tags(nodes))).toHaveLength(50);
  });
});

describe('a package that was taught to look for its part in a region', () => {
  const of = async (region: readonly number[] | null, text: string) => {
    const readPackage = async (folder: string) => {
      const found = await CATALOGUE.readPackage?.(folder);
      if (!found) throw new Error('there is no such package');
      return folder.endsWith('surface-defect') ? { ...found, region: region as never } : found;
    };
    const source = { text: model(text), name: 'line.yaml', base: import.meta.dirname };
    return (await loadConfig(source, { ...CATALOGUE, readPackage }, ENV)).warnings.map(({ text: told }) => told);
  };
  const wrong = (path: string, is: string, was: string, mend: string) => [
    `stations.outlet.models.surface.${path} makes surface-defect look at ${is}, and it was taught on ${was}: it would find no part; write ${mend}, or teach it anew where the camera has been moved`,
  ];

  it('is warned of where the config names another one, or none', async () => {
    const taught = [15, 15, 170, 170];
    expect(await of(taught, '{model: surface-defect, region: [15, 15, 170, 170]}')).toEqual([]);
    expect(await of(taught, '{model: surface-defect}')).toEqual(
      wrong('model', 'whole pictures', 'the region [15, 15, 170, 170]', 'region: [15, 15, 170, 170]'),
    );
    expect(await of(taught, '{model: surface-defect, region: [36, 36, 128, 128]}')).toEqual(
      wrong('region', 'the region [36, 36, 128, 128]', 'the region [15, 15, 170, 170]', 'region: [15, 15, 170, 170]'),
    );
    expect(await of(null, '{model: surface-defect, region: [36, 36, 128, 128]}')).toEqual(
      wrong('region', 'the region [36, 36, 128, 128]', 'whole pictures', 'no region'),
    );
    expect(await of(null, '{model: surface-defect}')).toEqual([]);
  });
});
