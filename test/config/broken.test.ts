// Keys, values and YAML itself. The exact sentences, since they are all that a technician gets.
import { describe, expect, it } from 'vitest';
import { changed, faultsOf, LINE } from './lines.ts';

const models = (text: string) =>
  changed(['      surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}', `      surface: ${text}`]);

/** What a technician did, the file, and every line that the check prints. */
const CASES: readonly (readonly [did: string, text: string, ...faults: string[]])[] = [
  [
    'forgets a unit',
    changed(['deadline: 200ms', 'deadline: 200']),
    '22:15: stations.outlet.deadline is 200 without a unit; write 200ms, 200s or another of m, h, d',
  ],
  ['spells the unit out', changed(['deadline: 200ms', 'deadline: 200 msec']), '22:15: stations.outlet.deadline is 200 msec; write 200ms'],
  ['writes the unit in capitals', changed(['span: 12s', 'span: 12S']), '25:56: stations.outlet.window.span is 12S; write 12s'],
  [
    'takes a unit that is none',
    changed(['every: 200ms', 'every: 1 Hz']),
    '25:68: stations.outlet.window.every is 1 Hz, and Hz is no unit here; the units are ms, s, m, h, d',
  ],
  [
    'writes a duration as words',
    changed(['deadline: 200ms', 'deadline: soon']),
    '22:15: stations.outlet.deadline must be a duration such as 500ms (ms, s, m, h or d), not soon',
  ],
  [
    'writes a negative deadline',
    changed(['deadline: 200ms', 'deadline: -200ms']),
    '22:15: stations.outlet.deadline is -200ms; it cannot be negative',
  ],
  [
    'allows no time at all',
    changed(['deadline: 200ms', 'deadline: 0ms']),
    '22:15: stations.outlet.deadline is 0ms; it may be from 1ms to 10m',
  ],
  [
    'forgets the unit of a size',
    `${LINE}store: {keep: {images: 20}}\n`,
    '35:24: store.keep.images is 20 without a unit; write 20B, 20kB or another of MB, GB, TB',
  ],
  ['writes GiB', `${LINE}store: {keep: {images: 20GiB}}\n`, '35:24: store.keep.images is 20GiB; write 20GB'],
  [
    'misspells a key',
    changed(['deadline: 200ms', 'dedline: 200ms']),
    '22:5: stations.outlet.dedline is not a known key; did you mean deadline?',
  ],
  [
    'writes a key with a dash',
    changed(['on_failure: nok', 'on-failure: nok']),
    '23:5: stations.outlet.on-failure is not a known key; did you mean on_failure?',
  ],
  [
    'invents a key',
    changed(['deadline: 200ms', 'colour: red']),
    '22:5: stations.outlet.colour is not a known key; known here: trigger, part, counter, recipe, recipes, deadline, on_failure, frame, answer, window, models, rules, decisions, charts, record, challenges and 7 more',
  ],
  [
    'misspells a key that must be there',
    changed(['    models:\n', '    modles:\n']),
    '26:5: stations.outlet.modles is not a known key; did you mean models?',
  ],
  [
    'leaves out what must be there',
    changed(['    trigger: {tag: plc.part_present}\n', '']),
    '19:3: stations.outlet lacks trigger: What starts an inspection. An MQTT command triggers any station.',
  ],
  [
    'leaves out the line',
    changed(['line: {enterprise: acme, site: dresden, area: castings, line: line3}\n', '']),
    '1:1: the file lacks line: The production line this agent serves.',
  ],
  [
    'misspells a choice',
    changed(['on_failure: nok', 'on_failure: nock']),
    '23:17: stations.outlet.on_failure must be ok, nok or review, not nock; did you mean nok?',
  ],
  [
    'takes a choice that is none',
    changed(['on_failure: nok', 'on_failure: scrap']),
    '23:17: stations.outlet.on_failure must be ok, nok or review, not scrap',
  ],
  [
    'writes a tag where a block belongs',
    changed(['trigger: {tag: plc.part_present}', 'trigger: plc.part_present']),
    '20:14: stations.outlet.trigger must be a block with one of the keys tag, camera, every or command, not plc.part_present; write {tag: plc.part_present}',
  ],
  [
    'names two triggers',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {tag: plc.part_present, every: 5s}']),
    '20:5: stations.outlet.trigger has tag and every; keep one of them',
  ],
  [
    'names no trigger',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {}']),
    '20:5: stations.outlet.trigger needs one of the keys tag, camera, every or command: What starts an inspection. An MQTT command triggers any station.',
  ],
  [
    'misspells the trigger',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {tga: plc.part_present}']),
    '20:15: stations.outlet.trigger.tga is not a known key; did you mean tag?',
  ],
  [
    'misspells the edge',
    changed(['trigger: {tag: plc.part_present}', 'trigger: {tag: plc.part_present, edge: rise}']),
    '20:44: stations.outlet.trigger.edge must be rising, falling or change, not rise',
  ],
  [
    'takes a number out of range',
    changed(['threshold: 0.62', 'threshold: 62']),
    '27:51: stations.outlet.models.surface.threshold must be a number from 0 to 1, not 62',
  ],
  [
    'takes half a whole number',
    changed(['sampling: 10ms', 'queue: 1.5']),
    '10:66: opcua.plc.tags.part_present.queue must be a whole number from 1 to 1000, not 1.5',
  ],
  [
    'writes a text for a number',
    changed(['fps: 25', 'fps: fast']),
    '17:34: cameras.top.fps must be a number above 0 and up to 1000, not fast',
  ],
  [
    'writes one number for two',
    changed(['review: [0.45, 0.62]', 'review: 0.45']),
    '27:65: stations.outlet.models.surface.review must be a list of 2 values like [0.4, 0.6], not 0.45',
  ],
  [
    'writes three numbers for four',
    models('{model: surface-defect, region: [0, 0, 640]}'),
    '27:48: stations.outlet.models.surface.region must be a list of 4 values like [0, 0, 640, 480], not a list of 3',
  ],
  [
    'writes yes for true',
    changed(['s=Reject", writable: true', 's=Reject", writable: yes']),
    '14:58: opcua.plc.tags.reject.writable must be true or false, not yes; write true',
  ],
  [
    'writes a list for a block',
    changed(['    deadline: 200ms\n', '    deadline: 200ms\n    frame: [nearest]\n']),
    '23:12: stations.outlet.frame must be a block with the keys select, offset, tolerance, clock, not a list of 1',
  ],
  [
    'leaves a value empty',
    changed(['deadline: 200ms', 'deadline:']),
    '22:14: stations.outlet.deadline must be a duration such as 500ms (ms, s, m, h or d), not empty',
  ],
  [
    'names a station in capitals',
    changed(['  outlet:\n', '  Outlet 1:\n']),
    '19:3: stations.Outlet 1 cannot be named so: a name has lower-case letters, digits and _, and begins with a letter; write outlet_1',
  ],
  [
    'writes the same key twice',
    changed(['    part: plc.serial\n', '    part: plc.serial\n    part: plc.serial\n']),
    '22:5: part is there twice in the same block; keep one',
  ],
  [
    'indents with a tab',
    changed(['    part: plc.serial', '\tpart: plc.serial']),
    '21:1: not YAML: a tab stands where YAML wants spaces; indent with two spaces',
  ],
  [
    'forgets a quote',
    changed(['"nsu=urn:press;s=Serial"', '"nsu=urn:press;s=Serial']),
    '11:46: not YAML: a closing quote is missing before this place',
  ],
  [
    'forgets a bracket',
    changed(['tags: [plc.die_temp, plc.pressure]', 'tags: [plc.die_temp, plc.pressure']),
    '25:72: not YAML: a closing ] is missing before this place',
  ],
  [
    'writes two keys on one line',
    changed(['    part: plc.serial', '    part: plc.serial deadline: 1s']),
    '21:11: not YAML: a second `key:` on one line, or a line indented too far; put each key on a line of its own, or quote the text',
  ],
  [
    'uses a variable that is not set',
    changed(['${env:MQTT_PASSWORD}', '${env:MQTT_PASWORD}']),
    '5:13: mqtt.password uses ${env:MQTT_PASWORD}: the environment variable MQTT_PASWORD is not set',
  ],
  [
    'uses a variable that is empty',
    changed(['${env:MQTT_PASSWORD}', '${env:EMPTY}']),
    '5:13: mqtt.password uses ${env:EMPTY}: the environment variable EMPTY is empty',
  ],
  [
    'uses a file that is not there',
    changed(['${env:MQTT_PASSWORD}', '${file:/nowhere/mqtt}']),
    '5:13: mqtt.password uses ${file:/nowhere/mqtt}: there is no file /nowhere/mqtt',
  ],
  [
    "uses a shell's way of writing",
    changed(['${env:MQTT_PASSWORD}', '${MQTT_PASSWORD}']),
    '5:13: mqtt.password uses ${MQTT_PASSWORD}: write ${env:NAME} or ${file:/path}',
  ],
  [
    'writes a password down',
    changed(['${env:MQTT_PASSWORD}', 'hunter22']),
    'warning 5:13: mqtt.password has a secret in plain text; use ${env:NAME} or ${file:/path}',
  ],
  [
    'writes a password into an address',
    changed(['still://top', 'stills://admin:hunter22@10.1.3.31/top']),
    'warning 17:14: cameras.top.url has a secret in plain text; use ${env:NAME} or ${file:/path}',
  ],
  [
    'takes a camera of an unknown kind',
    changed(['still://top', 'stil://top']),
    '17:14: cameras.top.url is stil://top, and there is no camera kind stil; did you mean still?',
  ],
  [
    'takes a key of another kind of camera',
    changed(['fps: 25', 'transport: tcp']),
    '17:29: cameras.top.transport is not a known key; known here: url, stall, memory, fps, latency, format, password',
  ],
  [
    'writes no address',
    changed(['url: "still://top"', 'url: 10.1.3.31']),
    '17:14: cameras.top.url must be an address such as rtsp://10.1.3.31/stream1, not 10.1.3.31',
  ],
  [
    'writes an address of another protocol',
    changed(['mqtts://broker.plant:8883', 'http://broker.plant']),
    '3:8: mqtt.url must be an address such as mqtts://broker.plant:8883 (mqtt, mqtts, ws or wss), not http://broker.plant',
  ],
  [
    'writes a list for the whole file',
    '- line\n- mqtt\n',
    '1:1: the file must be a block with the keys line, opcua, cameras, stations and so on',
  ],
  ['leaves the file empty', '# nothing yet\n', '1:1: the file must be a block with the keys line, opcua, cameras, stations and so on'],
];

describe('a config with a mistake in it is told', () => {
  it('nothing when there is none', async () => {
    expect(await faultsOf(LINE)).toEqual([]);
  });
  it.each(CASES.map(([did, text, ...faults]) => ({ did, text, faults })))('$did', async ({ text, faults }) => {
    expect(await faultsOf(text)).toEqual(faults);
  });
});
