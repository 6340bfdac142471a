// What stands where something else belongs, in the words of the check; and what is taken for what.
import { describe, expect, it } from 'vitest';
import { changed, ENV, LINE, load, told } from './lines.ts';

const part = (value: string) => changed(['part: plc.serial', `part: ${value}`]);
const deadline = (value: string) => changed(['deadline: 200ms', `deadline: ${value}`]);
const DURATION = 'a duration such as 500ms (ms, s, m, h or d)';

describe('what is found in place of a value', () => {
  it.each([
    ['{a: 1}', 'a block of keys'],
    ['[]', 'an empty list'],
    ['[1, 2]', 'a list of 2'],
    ['', 'empty'],
    ['null', 'empty'],
    ['""', 'an empty text'],
    ['true', 'true'],
    [`${'x'.repeat(40)}`, 'x'.repeat(40)],
    [`${'x'.repeat(41)}`, `${'x'.repeat(40)}…`],
  ])('%s is told as %s', async (value, found) => {
    expect(await told(deadline(value))).toEqual([`stations.outlet.deadline must be ${DURATION}, not ${found}`]);
  });

  it('is not told of a password, whatever stands there', async () => {
    expect(await told(changed(['password: ${env:MQTT_PASSWORD}', 'password: [hunter22]']))).toEqual([
      'mqtt.password must be a text, not what stands there',
    ]);
    expect(await told(changed(['password: ${env:MQTT_PASSWORD}', 'password:']))).toEqual([
      'mqtt.password must be a text, not what stands there',
    ]);
  });

  it.each([
    ['yes', true],
    ['On', true],
    ['1', true],
    ['no', false],
    ['OFF', false],
    ['0', false],
  ])('is told with what was meant where it is a yes or a no: %s', async (word, meant) => {
    expect(await told(changed(['username: lineside', `username: lineside\n  insecure: ${word}`]))).toEqual([
      `mqtt.insecure must be true or false, not ${word}; write ${meant}`,
    ]);
  });

  it('is told as it is where nothing can be meant', async () => {
    expect(await told(changed(['username: lineside', 'username: lineside\n  insecure: yesterday']))).toEqual([
      'mqtt.insecure must be true or false, not yesterday',
    ]);
  });
});

describe('one of several', () => {
  const WHERE =
    'Where the id of the part comes from: a tag, a code in the picture, a model that reads. A tag that is empty when the trigger comes, or shows what stands there between parts, gives none. Default: the station counts.';
  it.each([
    ['{}', `stations.outlet.part needs one of the keys code or model: ${WHERE}`],
    ['{region: [0, 0, 1, 1]}', `stations.outlet.part needs one of the keys code or model: ${WHERE}`],
    ['{code: top, model: surface}', 'stations.outlet.part has code and model; keep one of them'],
    ['{coed: top}', 'stations.outlet.part.coed is not a known key; did you mean code?'],
    [
      '[plc.serial]',
      'stations.outlet.part must be a tag as server.tag, such as plc.die_temp, a block with the keys code, region, formats or a block with the keys model, confidence, not a list of 1',
    ],
  ])('%s', async (value, fault) => {
    expect((await told(part(value)))[0]).toBe(fault);
  });

  it('is a text where a text fits, a number where a number does', async () => {
    const written = async (value: string) => {
      const { config } = await load(changed(['{plc.reject: true}', `{plc.reject: ${value}}`]));
      return config.stations['outlet']?.decisions[0]?.write?.['plc.reject'];
    };
    expect([await written('1'), await written('1.5'), await written('true')]).toEqual([1, 1.5, true]);
    expect([await written('"1"'), await written('"true"'), await written('no')]).toEqual(['1', 'true', 'no']);
    expect(await told(changed(['{verdict: plc.verdict}', '{verdict: plc.verdict, values: {ok: [], nok: 2, review: 3}}']))).toEqual([
      'stations.outlet.answer.values.ok must be true or false, a number or a text, not an empty list',
    ]);
    expect(await told(changed(['{verdict: plc.verdict}', '{verdict: plc.verdict, values: {ok: , nok: 2, review: 3}}']))).toEqual([
      'stations.outlet.answer.values.ok must be true or false, a number or a text, not empty',
    ]);
  });
});

describe('what a reference stands for', () => {
  const queue = async (value: string, text = '${env:VALUE}') => {
    const loaded = load(changed(['{models: models}', `{queue: ${text}}`]), { ...ENV, VALUE: value });
    return loaded.then(
      ({ config }) => config.inference.queue,
      (thrown) => (thrown as { faults: { text: string }[] }).faults.map((fault) => fault.text),
    );
  };

  it('is a number where one belongs, and none where it is empty space or words', async () => {
    const fault = ['inference.queue must be a whole number from 1 to 1024, not ${env:VALUE}'];
    expect([await queue('7'), await queue('1e2'), await queue(' 8 ')]).toEqual([7, 100, 8]);
    expect([await queue('seven'), await queue('  '), await queue('Infinity'), await queue('true')]).toEqual([fault, fault, fault, fault]);
  });

  it('is true or false where that belongs', async () => {
    const insecure = async (VALUE: string) => {
      const text = changed(['username: lineside', 'username: lineside\n  insecure: ${env:VALUE}']);
      return (await load(text, { ...ENV, VALUE }).catch(() => null))?.config.mqtt?.insecure;
    };
    expect([await insecure('true'), await insecure('false'), await insecure('yes')]).toEqual([true, false, undefined]);
  });

  it('is a text where a text belongs, though it reads like a number', async () => {
    const { config } = await load(changed(['line: line3', 'line: ${env:VALUE}']), { ...ENV, VALUE: '007' });
    expect(config.line.line).toBe('007');
  });

  it('is a text where several may stand, in quotes, and a number without', async () => {
    const written = async (text: string) => {
      const { config } = await load(changed(['{plc.reject: true}', `{plc.reject: ${text}}`]), { ...ENV, VALUE: '12' });
      return config.stations['outlet']?.decisions[0]?.write?.['plc.reject'];
    };
    expect([await written('${env:VALUE}'), await written('"${env:VALUE}"')]).toEqual([12, '12']);
  });

  it('is told once where it stands for nothing, however often it is used', async () => {
    expect(await told(changed(['line: line3', 'line: ${env:NONE}-${env:NONE}']))).toEqual([
      'line.line uses ${env:NONE}: the environment variable NONE is not set',
    ]);
  });
});

describe('a list', () => {
  it('must have what it needs, and keeps the entries that are right', async () => {
    expect(await told(part('{code: top, formats: []}'))).toEqual([
      expect.stringMatching(/^stations\.outlet\.part\.formats needs at least 1 entry: a list of data_matrix, qr_code, .* or upc_a$/),
    ]);
    expect(await told(changed(['{models: models}', '{providers: [cpu, gpu, tpu]}']))).toEqual([
      'inference.providers[1] must be cpu, cuda or tensorrt, not gpu; did you mean cpu?',
      'inference.providers[2] must be cpu, cuda or tensorrt, not tpu; did you mean cpu?',
    ]);
    expect(await told(changed(['score > 0.9 && tags.die_temp > 320", verdict: review', 'score > 0.9", verdict: reveiw']))).toEqual([
      'stations.outlet.rules[1].verdict must be ok, nok or review, not reveiw; did you mean review?',
    ]);
  });

  it('of a fixed length is broken as a whole', async () => {
    const review = (value: string) => changed(['review: [0.45, 0.62]', `review: ${value}`]);
    expect(await told(review('[0.45, 1.5]'))).toEqual(['stations.outlet.models.surface.review[1] must be a number from 0 to 1, not 1.5']);
    expect(await told(review('[]'))).toEqual([
      'stations.outlet.models.surface.review must be a list of 2 values like [0.4, 0.6], not an empty list',
    ]);
  });
});

describe('a name', () => {
  it.each([
    ['Gießerei 1', 'giesserei_1'],
    ['1st', 'st'],
    ['out-let', 'out_let'],
    ['Outlet_', 'outlet'],
    ['_in', 'in'],
    ['7', ''],
    ['"+"', ''],
  ])('is told with one that can be had: %s', async (name, mended) => {
    const [fault] = await told(changed(['  outlet:\n', `  ${name}:\n`]));
    const hint = mended === '' ? '' : `; write ${mended}`;
    const rule = 'a name has lower-case letters, digits and _, and begins with a letter';
    const shown = name.replaceAll('"', '');
    expect(fault?.replace('gie_erei', 'giesserei')).toBe(`stations.${shown} cannot be named so: ${rule}${hint}`);
  });

  it('of a camera, a tag, a server and a model is held to the same', async () => {
    for (const [from, to, path] of [
      ['  top: {', '  Top: {', 'cameras.Top'],
      ['      pressure:', '      Pressure:', 'opcua.plc.tags.Pressure'],
      ['      process:', '      Process:', 'stations.outlet.models.Process'],
    ] as const)
      expect((await told(changed([from, to]))).filter((fault) => fault.startsWith(`${path} cannot be named so`))).toHaveLength(1);
  });
});

describe('a section that is broken', () => {
  it('is left out alone: the others are checked all the same', async () => {
    expect(await told(`${changed(['deadline: 200ms', 'deadline: 200'])}web: off\nlog: [debug]\n`)).toEqual([
      'stations.outlet.deadline is 200 without a unit; write 200ms, 200s or another of m, h, d',
      expect.stringMatching(/^web must be a block with the keys listen, .*, not off$/),
      'log must be a block with the key level, not a list of 1',
    ]);
  });

  it('may be the cameras, or one of them', async () => {
    const cameras = (text: string) => changed(['cameras:\n  top: {url: "still://top", fps: 25}\n', text]);
    expect((await told(cameras('cameras: [top]\n')))[0]).toBe(
      'cameras must be a block of named entries such as {top: {url: "rtsp://10.1.3.31/stream1"}}',
    );
    expect((await told(cameras('cameras: {top: "still://top"}\n')))[0]).toBe(
      'cameras.top must be a block with the key url, not still://top; write {url: still://top}',
    );
    expect((await told(cameras('cameras: {top: {fps: 25}}\n')))[0]).toMatch(/^cameras\.top lacks url: Where the pictures come from/);
    expect((await told(cameras('cameras: {top: {url: }}\n')))[0]).toBe(
      'cameras.top.url must be an address such as rtsp://10.1.3.31/stream1, not empty',
    );
  });

  it('is told of a kind of camera that is far from all that there are', async () => {
    expect((await told(changed(['still://top', 'webcam://top'])))[0]).toBe(
      'cameras.top.url is webcam://top, and there is no camera kind webcam; the kinds are: still, stills',
    );
  });
});

describe('a file that unfolds', () => {
  it('to deeper levels than any config is told', async () => {
    const deep = `${'{a: '.repeat(40)}1${'}'.repeat(40)}`;
    expect(await told(`${LINE}web: ${deep}\n`)).not.toEqual([]);
    expect(await told(changed(['{plc.reject: true}', `{plc.reject: ${deep}}`]))).not.toEqual([]);
  });
});

describe('a value that is nearly right', () => {
  const range = (text: string) => told(changed(['range: [0, 400]', `range: [0, ${text}]`]));
  it.each([
    ['"5"', 'must be a number, not 5; write 5 without quotes'],
    ['1_000', 'must be a number, not 1_000; write 1000'],
    ["'0,5'", 'must be a number, not 0,5'],
    ['\u22125', 'must be a number, not \u22125; write -5'],
    ['\uff15', 'must be a number, not \uff15; write 5'],
    ['50%', 'must be a number, not 50%; write 0.5'],
    ['1:30', 'must be a number, not 1:30'],
  ])('is told with the mend, as a number: %s', async (text, fault) => {
    expect(await range(text)).toEqual([`opcua.plc.tags.die_temp.range[1] ${fault}`]);
  });

  it('is told with the mend, in quotes and as a name', async () => {
    expect(await told(changed(['writable: true', 'writable: "true"']))).toContain(
      'opcua.plc.tags.reject.writable must be true or false, not true; write true without quotes',
    );
    expect(await told(changed(['{model: surface-defect,', '{model: surface-defect, camera: Top,']))).toEqual([
      'stations.outlet.models.surface.camera must be a name with lower-case letters, digits and _, such as top, not Top',
    ]);
  });

  it('is told where a letter of another alphabet looks like the right one', async () => {
    expect(await told(changed(['deadline:', 'de\u0430dline:']))).toEqual([
      'stations.outlet.de\u0430dline is not a known key; did you mean deadline? (the \u0430 in it, \\u0430, is of another alphabet)',
    ]);
  });

  it('is told where an alias stands for nothing', async () => {
    expect(await told(changed(['range: [0, 400]', 'range: *limits']))).toEqual([
      'this stands for nothing: nothing before it is marked with & and this name; a text that begins with * must be in quotes',
    ]);
  });
});
