import { describe, expect, it } from 'vitest';
import { mendOf } from '#agent/config/checks/paths.js';
import type { ConfigInvalid } from '#agent/config/faults.js';
import { loadConfig } from '#agent/config/load.js';
import { CATALOGUE as CONFIG_CATALOGUE } from '#agent/runtime/config-catalogue.js';
import { changed, ENV, faultsOf, LINE } from './lines.ts';

describe('a path', () => {
  it.each([
    ['~', 'and the home folder is filled in by a shell only', '${env:HOME}'],
    ['~/', 'and the home folder is filled in by a shell only', '${env:HOME}'],
    ['~/lineside-data', 'and the home folder is filled in by a shell only', '${env:HOME}/lineside-data'],
    ['$HOME/lineside', 'and the home folder is filled in by a shell only', '${env:HOME}/lineside'],
    ['$HOME', 'and the home folder is filled in by a shell only', '${env:HOME}'],
    ['%USERPROFILE%\\lineside\\a', 'and the home folder is filled in by a shell only', '${env:HOME}/lineside/a'],
    ['%home%', 'and the home folder is filled in by a shell only', '${env:HOME}'],
    ['~lineside/data', 'and home folders are filled in by a shell only', 'the whole path, such as /home/name'],
    ['~root', 'and home folders are filled in by a shell only', 'the whole path, such as /home/name'],
    ['$DATA/lineside', 'and variables are filled in by a shell only', '${env:DATA}/lineside'],
    ['$DATA', 'and variables are filled in by a shell only', '${env:DATA}'],
    ['$DATA/', 'and variables are filled in by a shell only', '${env:DATA}/'],
    ['file:///var/lib/line%20side', 'and an address is no path', '/var/lib/line side'],
    ['smb://server/share', 'and an address is no path', 'the folder of this box at which it is mounted'],
    ['NFS://server/share', 'and an address is no path', 'the folder of this box at which it is mounted'],
    ['$(pwd)/data', 'and commands are run by a shell only', 'the path itself'],
    ['`pwd`/data', 'and commands are run by a shell only', 'the path itself'],
    ['FILE://localhost/var', 'and an address is no path', '/var'],
    ['C:\\data\\lineside', 'and there are no drives on this system', 'a path of this box such as /data/lineside'],
    ['/C:/data', 'and there are no drives on this system', 'a path of this box such as /data'],
    ['d:/data', 'and there are no drives on this system', 'a path of this box such as /data'],
    ['data\\line\\side', 'and \\ is a letter of a name here', 'data/line/side'],
  ])('%s is told with what was meant', (value, why, write) => {
    expect(mendOf(value)).toEqual({ why, write });
  });

  it.each([
    'lineside-data',
    '/var/lib/lineside',
    '../x',
    'a~b',
    'data/~old',
    'a$b',
    './$',
    'file',
    'c:',
    'x~/y',
    '~1/y',
    '~old.bak',
    'x$HOME',
    '$a-b/c',
    'xfile:///a',
    'file://share',
    'ab:/data',
  ])('%s is taken as it is', (value) => {
    expect(mendOf(value)).toBeUndefined();
  });
});

describe('a path in the config', () => {
  it.each([
    [
      '35:15: store.path is ~/data, and the home folder is filled in by a shell only; write ${env:HOME}/data',
      `${LINE}store: {path: ~/data}\n`,
    ],
    ['inference.models is ~/models, and the home', changed(['models: models', 'models: ~/models'])],
    ['mqtt.ca is $HOME/ca.pem, and the home', changed(['  username: lineside', '  username: lineside\n  ca: $HOME/ca.pem'])],
    ['mqtt.cert is a\\b, and \\ is a letter', changed(['  username: lineside', '  username: lineside\n  cert: a\\b\n  key: file:///k'])],
    [
      'mqtt.key is file:///k, and an address is no path; write /k',
      changed(['  username: lineside', '  username: lineside\n  cert: b\n  key: file:///k']),
    ],
  ])('is told with its line: %s', async (told, text) => {
    expect((await faultsOf(text)).join('\n')).toContain(told);
  });

  it('of a camera is told, of its recording too', async () => {
    const text = `line: {enterprise: e, site: s, area: a, line: l}
cameras:
  one: {url: "dir://~/pictures"}
  two: {url: "dir:///pictures", csv: "C:/list.csv"}
stations: {outlet: {trigger: {camera: one}, models: {}}}
`;
    const fault = await loadConfig({ text }, CONFIG_CATALOGUE, ENV).catch((thrown: ConfigInvalid) => thrown);
    expect((fault as ConfigInvalid).faults.map(({ line, text: told }) => `${line}: ${told}`)).toEqual([
      '3: cameras.one.url is dir://~/pictures, and the home folder is filled in by a shell only; write dir://${env:HOME}/pictures',
      '4: cameras.two.csv is C:/list.csv, and there are no drives on this system; write a path of this box such as /list.csv',
    ]);
  });
});

describe('a duration', () => {
  it.each([
    ['cameras.top.stall is 30d; it may be from 100ms to 1d', changed(['fps: 25', 'fps: 25, stall: 30d'])],
    ['stations.outlet.trigger.every is 60d; it may be from 1ms to 31d', changed(['{tag: plc.part_present}', '{every: 60d}'])],
    ['stations.outlet.deadline is 25d; it may be from 1ms to 10m', changed(['deadline: 200ms', 'deadline: 25d'])],
    ['opcua.plc.silence is 30d; it may be from 100ms to 1d', changed(['4840\n', '4840\n    silence: 30d\n'])],
    ['opcua.plc.write_timeout is 0ms; it may be from 1ms to 1m', changed(['4840\n', '4840\n    write_timeout: 0ms\n'])],
    ['inference.timeout is 30d; it may be from 10ms to 10m', changed(['models: models', 'models: models, timeout: 30d'])],
    [
      'stations.outlet.frame.offset is -1h; it may be from -10m to 10m',
      changed(['200ms\n    on_failure', '200ms\n    frame: {offset: -1h}\n    on_failure']),
    ],
    ['cameras.top.memory is 1kB; it may be from 1MB to 16GB', changed(['fps: 25', 'fps: 25, memory: 1kB'])],
    ['store.keep.records is 1m; it may be from 1h to 36500d', `${LINE}store: {keep: {records: 1m}}\n`],
    [
      'stations.outlet.window.every makes more than 100000 steps of a span of 3600s; take a longer step',
      changed(['every: 200ms', 'every: 1ms'], ['span: 12s', 'span: 1h']),
    ],
  ])('is bounded by what it means: %s', async (told, text) => {
    expect((await faultsOf(text)).map((fault) => fault.replace(/^\d+:\d+: /, ''))).toContainEqual(told);
  });

  it('at its bounds is taken', async () => {
    const none = async (...edits: (readonly [string, string])[]) =>
      expect((await faultsOf(changed(...edits))).filter((fault) => /stall|every|silence/.test(fault))).toEqual([]);
    await none(['fps: 25', 'fps: 25, stall: 1d']);
    await none(['fps: 25', 'fps: 25, stall: 100ms']);
    await none(['{tag: plc.part_present}', '{every: 31d}']);
    await none(['4840\n', '4840\n    silence: 24h\n']);
  });
});
