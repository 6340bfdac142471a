/** The config file: mutated lines through the loader, as text and as bytes. */
import { ConfigInvalid } from '../../agent/config/faults.ts';
import { type Catalogue, loadConfig } from '../../agent/config/load.ts';
import { decodeText } from '../../agent/config/text.ts';
import { checkExpressions } from '../../agent/rules/judge.ts';
import { CAMERA_KINDS } from '../../agent/runtime/catalogue.ts';
import type { Door } from './door.ts';
import { mutated, mutatedText, type Random, reworded } from './mutate.ts';

const LINE = `line: {enterprise: acme, site: dresden, area: castings, line: line3}
mqtt: {url: "mqtts://broker.plant:8883", username: name, password: "\${env:PW}", keepalive: 30s}
opcua:
  plc:
    endpoint: opc.tcp://10.1.3.20:4840
    security: {mode: SignAndEncrypt}
    user: {name: lineside, password: "\${env:PW}"}
    tags:
      part_present: {node: "nsu=urn:press;s=PartPresent", sampling: 10ms}
      die_temp: {node: "nsu=urn:press;s=DieTemp", unit: °C, range: [0, 400]}
      verdict: &verdict {node: "nsu=urn:press;s=Verdict", writable: true}
cameras:
  top: {url: "http://admin:\${env:PW}@10.1.3.31/snap?pwd=\${env:PW}", fps: 25, stall: 5s, memory: 64MB}
stations:
  outlet:
    trigger: {tag: plc.part_present}
    recipe: {tag: plc.die_temp, values: {"1": fine}}
    recipes: {fine: {models: {surface: {threshold: 0.5}}}}
    deadline: 200ms
    answer: {verdict: plc.verdict, values: {ok: 1, nok: 2, review: 3}}
    window: {tags: [plc.die_temp], span: 12s, every: 200ms}
    models:
      surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62], region: [0, 0, 64, 64]}
    rules:
      - {when: "surface.score >= surface.threshold && tags.die_temp > 320", verdict: nok}
    decisions:
      - {when: "verdict == 'nok'", do: reject, write: {plc.verdict: 2}}
store: {path: data, keep: {records: 400d, images: 20GB}}
web: {listen: "127.0.0.1:8088"}
`;
const PASSWORD = 'Zebra/42#Kilo';

export const yaml: Door = {
  name: 'yaml',
  summary: 'Mutated config files through the loader: a good config, or faults with their places, which show no secret.',
  inputs: { full: 40_000, quick: 150 },
  meets: [/^taken$/, /^undecodable$/, /^CONFIG_INVALID$/],
  open: async () => {
    // What is compiled at first use is no finding.
    for (let round = 0; round < 20; round++) await loadConfig({ text: LINE }, CATALOGUE, ENV).catch(() => {});
    return { try: tryOne };
  },
};

const CATALOGUE: Catalogue = { cameras: CAMERA_KINDS, checkExpressions };
const ENV = { PW: PASSWORD };

async function tryOne(random: Random): Promise<string> {
  const text = changed(random);
  if (text === undefined) return 'undecodable';
  try {
    await loadConfig({ text }, CATALOGUE, ENV);
    return 'taken';
  } catch (thrown) {
    if (thrown instanceof ConfigInvalid) assertFit(thrown);
    throw thrown;
  }
}

const WORDS = [
  '8',
  '0',
  '1s',
  '1000000d',
  '-1',
  '~',
  'true',
  '[]',
  '{}',
  '"a"',
  '*verdict',
  '!!binary',
  'mqtts:',
  '"${env:PW}"',
  '0x1F',
  '1_000',
];

function changed(random: Random): string | undefined {
  const how = random();
  if (how < 0.2) return ofBytes(mutated(random, Buffer.from(LINE)));
  return how < 0.5 ? mutatedText(random, LINE) : reworded(random, LINE, WORDS);
}

function ofBytes(bytes: Uint8Array): string | undefined {
  const decoded = decodeText(bytes);
  return 'text' in decoded ? decoded.text : undefined;
}

/** Every fault has a place in the file, and none shows what the environment holds. */
function assertFit({ faults }: ConfigInvalid): void {
  for (const { line, column, length, text, excerpt } of faults) {
    const placed = line >= 1 && column >= 1 && length >= 1;
    if (!placed || /Zebra|Kilo/.test(text + excerpt))
      throw new RangeError(`a fault that is not fit to be shown: ${line}:${column} ${text}`);
  }
}
