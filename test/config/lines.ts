/** A small, valid line for tests to break, and what a load needs beside it. */
import { Type } from 'typebox';
import { ConfigInvalid, formatFault } from '#agent/config/faults.js';
import { type Catalogue, type ConfigSource, type LoadedConfig, loadConfig } from '#agent/config/load.js';
import type { PackageSummary } from '#agent/config/targets.js';
import { Duration } from '#agent/config/units.js';
import { type CameraKind, defineCamera } from '#agent/contracts/index.js';
import { checkExpressions } from '#agent/rules/judge.js';

export const LINE = `line: {enterprise: acme, site: dresden, area: castings, line: line3}
mqtt:
  url: mqtts://broker.plant:8883
  username: lineside
  password: \${env:MQTT_PASSWORD}
opcua:
  plc:
    endpoint: opc.tcp://10.1.3.20:4840
    tags:
      part_present: {node: "nsu=urn:press;s=PartPresent", sampling: 10ms}
      serial: {node: "nsu=urn:press;s=Serial"}
      die_temp: {node: "nsu=urn:press;s=DieTemp", unit: °C, range: [0, 400]}
      pressure: {node: "nsu=urn:press;s=Pressure", unit: bar}
      reject: {node: "nsu=urn:press;s=Reject", writable: true}
      verdict: {node: "nsu=urn:press;s=Verdict", writable: true}
cameras:
  top: {url: "still://top", fps: 25}
stations:
  outlet:
    trigger: {tag: plc.part_present}
    part: plc.serial
    deadline: 200ms
    on_failure: nok
    answer: {verdict: plc.verdict}
    window: {tags: [plc.die_temp, plc.pressure], span: 12s, every: 200ms}
    models:
      surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}
      process: {model: process-attention}
    rules:
      - {when: "surface.score >= surface.threshold", verdict: nok}
      - {when: "process.score > 0.9 && tags.die_temp > 320", verdict: review}
    decisions:
      - {when: "verdict == 'nok'", do: reject, write: {plc.reject: true}}
inference: {models: models}
`;

/** A camera kind that opens nothing. */
export const still = defineCamera({
  schemes: ['still', 'stills'],
  summary: 'A picture that stands still.',
  options: Type.Object({
    fps: Type.Number({ default: 10, exclusiveMinimum: 0, maximum: 1000, description: 'Pictures a second.' }),
    latency: Duration({ default: '0ms', description: 'Jitter buffer.' }),
    format: Type.Union([Type.Literal('rgb8'), Type.Literal('mono8')], { default: 'rgb8', description: 'Pixel format.' }),
    password: Type.Optional(Type.String({ description: 'Password.' })),
  }),
  create: () => ({ run: async () => {} }),
}) as unknown as CameraKind;

const surface: PackageSummary = {
  kind: 'classify',
  labels: ['good', 'crack', 'fray'],
  thresholds: { score: 0.7, review: [0.5, 0.7] },
  variants: ['fp32', 'int8-u8s8'],
  image: { width: 224, height: 224, channels: 1 },
};
const attention: PackageSummary = {
  kind: 'sequence',
  labels: ['normal', 'unexpected'],
  thresholds: { score: 0.5 },
  variants: ['fp32'],
  window: {
    steps: 60,
    everyMs: 200,
    channels: [
      { name: 'die_temp', unit: '°C' },
      { name: 'pressure', unit: 'bar' },
    ],
  },
};
const features: PackageSummary = { ...surface, kind: 'embed', labels: [], thresholds: { score: 0.5 } };
const note: PackageSummary = {
  kind: 'text',
  labels: ['none', 'Activity', 'State'],
  thresholds: { score: 0.5 },
  variants: ['fp32'],
  text: true,
};
const reader: PackageSummary = { ...surface, kind: 'read', labels: [...'0123456789ABC-'], thresholds: { score: 0.5 } };
const PACKAGES: Readonly<Record<string, PackageSummary>> = {
  'surface-defect': surface,
  'process-attention': attention,
  backbone: features,
  'maintenance-text': note,
  'code-reader': reader,
};

/** Model folders exist on the disk (test/config/models); what their manifests say is given here. */
export const CATALOGUE: Catalogue = {
  cameras: [still],
  readPackage: async (folder) => PACKAGES[folder.split('/').at(-1) ?? ''] ?? Promise.reject(new Error('the manifest is torn')),
  checkExpressions,
};
export const ENV = { MQTT_PASSWORD: 'correct horse', EMPTY: '', THREADS: '4', SITE: 'dresden' };

export const load = (text: string, env: Readonly<Record<string, string>> = ENV, base = import.meta.dirname): Promise<LoadedConfig> =>
  loadConfig({ text, name: 'line.yaml', base } satisfies ConfigSource, CATALOGUE, env);

/** Every fault as `line:column: sentence`; warnings marked as such. None for a good config without warnings. */
export async function faultsOf(text: string, env?: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const short = (found: Parameters<typeof formatFault>[0]) => formatFault(found).replace(/^line\.yaml:/, '');
  try {
    const { warnings } = await load(text, env);
    return warnings.map((warning) => `warning ${short(warning)}`);
  } catch (thrown) {
    if (!(thrown instanceof ConfigInvalid)) throw thrown;
    return [...thrown.faults.map(short), ...thrown.warnings.map((warning) => `warning ${short(warning)}`)];
  }
}

/** As faultsOf, without where each stands; a warning still begins with `warning`. */
export const told = async (text: string, env?: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  (await faultsOf(text, env)).map((fault) => fault.replace(/^(warning )?\d+:\d+: /, '$1'));

/** Edits of LINE for changed(): another model, what a recipe changes of the models, another rule. */
export const withSurface = (text: string) =>
  ['surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}', `surface: ${text}`] as const;
export const withRecipe = (models: string) =>
  ['    on_failure: nok\n', `    on_failure: nok\n    recipe: {tag: plc.serial}\n    recipes: {coarse: {models: {${models}}}}\n`] as const;
export const withRule = (when: string) => ['"surface.score >= surface.threshold"', JSON.stringify(when)] as const;

/** LINE with one piece replaced; a piece that is not there is a mistake of the test. */
export function changed(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`not in the line: ${from}`);
    return text.replace(from, () => to);
  }, LINE);
}
