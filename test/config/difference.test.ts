import { describe, expect, it } from 'vitest';
import { type ConfigDifference, differences, masked, revealed } from '#agent/config/difference.js';
import { changed, ENV, LINE, load } from './lines.ts';

const plain = async (text: string, env = ENV) => revealed((await load(text, env)).config);
/** What the second text touches, as `path: parts that start anew`. */
async function touched(before: string, after: string): Promise<readonly string[]> {
  const found = differences(await plain(before), await plain(after));
  return found.map(({ path, restarts }) => `${path}: ${restarts.join(', ')}`);
}
const edit = (from: string, to: string) => touched(LINE, changed([from, to]));
const add = (text: string) => touched(LINE, `${LINE}${text}`);

/** A second station, which names another tag. */
const INLET = `  inlet:
    trigger: {tag: plc.pressure}
    models: {}
`;
const TWO = changed(['inference:', `${INLET}inference:`]);

describe('what a changed config touches', () => {
  it('is nothing where it says the same', async () => {
    expect(await touched(LINE, `# a comment\n${LINE.replace('200ms', '0.2s')}`)).toEqual([]);
  });

  it.each([
    ['nothing anew: the level of the log', 'log: {level: debug}\n', 'log.level: '],
    ['nothing anew: the web page', 'web: {listen: "127.0.0.1:9000"}\n', 'web.listen: '],
    ['nothing anew: what is kept', 'store: {keep: {records: 10d}}\n', 'store.keep.records: '],
    ['the agent: where the journal lies', 'store: {path: elsewhere}\n', 'store.path: agent'],
  ])('is %s', async (_, text, found) => {
    expect(await add(text)).toEqual([found]);
  });

  it.each([
    ['the publisher: an address of the broker', 'mqtts://broker.plant:8883', 'mqtts://broker.plant:8884', 'mqtt.url: mqtt'],
    ['the publisher: the name of the line', 'line: line3', 'line: line4', 'line.line: mqtt'],
    ['the agent: how models run', '{models: models}', '{models: models, threads: 2}', 'inference.threads: agent'],
    ['a camera: its options', 'fps: 25', 'fps: 24', 'cameras.top.options.fps: camera/top'],
    ['a server: its endpoint', '10.1.3.20', '10.1.3.21', 'opcua.plc.endpoint: opcua/plc'],
    ['a server: a tag', 'sampling: 10ms', 'sampling: 20ms', 'opcua.plc.tags.part_present.sampling: opcua/plc'],
    ['a station: a list is one value', 'score > 0.9', 'score > 0.8', 'stations.outlet.rules: station outlet'],
    ['a station: its deadline', 'deadline: 200ms', 'deadline: 300ms', 'stations.outlet.deadline: station outlet'],
    ['a station: a threshold', 'threshold: 0.62', 'threshold: 0.63', 'stations.outlet.models.surface.threshold: station outlet'],
  ])('is %s', async (_, from, to, found) => {
    expect(await edit(from, to)).toEqual([found]);
  });

  it('is every station that names the tag whose unit changed, and no other', async () => {
    const wider = TWO.replace('range: [0, 400]', 'range: [0, 500]');
    expect(await touched(TWO, wider)).toEqual(['opcua.plc.tags.die_temp.range: station outlet']);
    const range = TWO.replace('unit: bar', 'unit: bar, range: [0, 9]');
    expect(await touched(TWO, range)).toEqual(['opcua.plc.tags.pressure.range: station outlet, station inlet']);
    const spare = TWO.replace('    tags:\n', '    tags:\n      spare: {node: "ns=2;i=9"}\n');
    expect(await touched(spare, spare.replace('i=9"', 'i=9", unit: bar'))).toEqual(['opcua.plc.tags.spare.unit: ']);
  });

  it('is every station where a server writes under another deadline', async () => {
    const slow = TWO.replace('4840\n', '4840\n    write_timeout: 1s\n');
    expect(await touched(TWO, slow)).toEqual(['opcua.plc.write_timeout: station outlet, station inlet']);
  });

  it('is the publisher too where a station comes or goes, which has topics', async () => {
    const both = 'stations.inlet: station inlet, mqtt';
    expect([await touched(LINE, TWO), await touched(TWO, LINE)]).toEqual([[both], [both]]);
  });

  it('is a source alone where one comes or goes, and which pictures are kept is the stations’', async () => {
    const second = changed(['cameras:\n', 'cameras:\n  side: {url: "still://side"}\n']);
    const one = (text: string) => text.replace('surface-defect,', 'surface-defect, camera: top,');
    expect(await touched(one(LINE), one(second))).toEqual(['cameras.side: camera/side']);
    const images = `${TWO}store: {images: {ok: all}}\n`;
    expect(await touched(TWO, images)).toEqual(['store.images.ok: station outlet, station inlet']);
  });

  it('is in the order of the file', async () => {
    const found = await touched(LINE, changed(['line: line3', 'line: l4'], ['fps: 25', 'fps: 24'], ['deadline: 200ms', 'deadline: 1s']));
    expect(found.map((one) => one.split(':')[0])).toEqual(['line.line', 'stations.outlet.deadline', 'cameras.top.options.fps']);
  });

  it('names the scope beside the parts', async () => {
    const [found] = differences(await plain(LINE), await plain(changed(['fps: 25', 'fps: 24'])));
    expect(found).toEqual({ path: 'cameras.top.options.fps', scope: 'source', restarts: ['camera/top'] } satisfies ConfigDifference);
  });
});

describe('a config as plain values', () => {
  const text = changed(['still://top', 'still://me:${env:MQTT_PASSWORD}@top']);

  it('shows another password where it is compared, and none where it is written down', async () => {
    const { config } = await load(text);
    const other = (await load(text, { ...ENV, MQTT_PASSWORD: 'another one' })).config;
    expect(differences(revealed(config), revealed(other)).map(({ path }) => path)).toEqual(['mqtt.password', 'cameras.top.url']);
    expect(differences(masked(config), masked(other))).toEqual([]);
    expect(JSON.stringify(masked(config))).not.toContain(ENV.MQTT_PASSWORD);
    expect(masked(config)).toMatchObject({ mqtt: { password: '***' }, cameras: { top: { url: 'still://me:***@top' } } });
  });

  it('is the same after it was written to a file and read back', async () => {
    const { config } = await load(text);
    expect(differences(masked(config), JSON.parse(JSON.stringify(masked(config))))).toEqual([]);
  });
});
