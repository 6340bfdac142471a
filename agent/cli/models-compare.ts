/** `lineside models compare`. */
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { ModelSlot } from '../contracts/index.ts';
import { drawChart } from '../desk/comparison/chart.ts';
import { type Compared, type Comparison, type Contender, compare, type Difference, lookAgain } from '../desk/comparison/compare.ts';
import { isJournal, type Material, ofPath, ofProtocol } from '../desk/comparison/material.ts';
import { ofJournal, type RecordedWish } from '../desk/comparison/recorded.ts';
import { canWrite, drawSheet } from '../desk/comparison/sheet.ts';
import { choice } from '../desk/evaluation/evaluate.ts';
import { protocolOf } from '../desk/evaluation/protocols/index.ts';
import { LinesideError } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { WITHOUT_SECRETS } from '../runtime/config-catalogue.ts';
import { slotsOf } from '../runtime/slots.ts';
import { setFolder } from './evaluate.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { comparisonText, differencesText } from './models-compare-text.ts';
import { out, outJson } from './print.ts';
import { countedProgress } from './progress.ts';
import { type ModelsOptions, type Shelf, shelfOf } from './shelf.ts';

interface Options extends ModelsOptions {
  readonly on?: string;
  readonly data?: string;
  readonly config?: string;
  readonly station?: string;
  readonly from?: number;
  readonly to?: number;
  readonly newest: number;
  readonly picture?: string;
  readonly show: number;
  readonly provider: readonly string[];
}

export async function compareModels(first: string, second: string, options: Options): Promise<ExitCode> {
  const loaded = options.config === undefined ? null : await loadConfig(options.config, WITHOUT_SECRETS);
  const shelf = shelfOf(options, loaded);
  const a = await contender(first, shelf, first);
  const b = await contender(second, shelf, first);
  const material = await materialOf(a.manifest, b.manifest, loaded, options);
  const bar = countedProgress('comparing');
  const running = { providers: options.provider, onTotal: bar.more, onStep: bar.step };
  try {
    const compared = await compare(a, b, material, running);
    const shown = compared.differences.slice(0, options.show);
    if (options.picture !== undefined) await draw(options.picture, { a, b, material, compared, shown, running });
    bar.stop();
    tell(compared.comparison, shown, options, options.picture !== undefined && !(await canWrite()));
  } finally {
    bar.stop();
  }
  return EXIT.ok;
}

const NO_FONT = ', without words, since this box has no font; the order is that of the table';

function tell(comparison: Comparison, shown: readonly Difference[], { json, picture }: Options, wordless: boolean): void {
  if (json) outJson({ ...comparison, differences: shown.map(plain), picture: picture ?? null });
  else
    out(
      [comparisonText(comparison), ...differencesText(shown), ...(picture ? [`picture: ${picture}${wordless ? NO_FONT : ''}`] : [])].join(
        '\n\n',
      ),
    );
}

const plain = ({ sample: { id, truth }, row, a, b }: Difference) => ({ id, row, truth, a, b });

/** `package`, `package@variant`, or `@variant` of the first one's package. A package is a name, or the path of its folder. */
async function contender(text: string, shelf: Shelf, first: string): Promise<Contender> {
  const [, named = '', variant] = /^(.*?)(?:@([^@/]+))?$/.exec(text) ?? [];
  const name = named === '' ? first.replace(/@[^@/]*$/, '') : named;
  if (name === '') throw new LinesideError('USAGE', { why: `${text} names no package: write package@variant` });
  const manifest = await readManifest(shelf.folderOf(name));
  const known = Object.keys(manifest.variants);
  if (variant !== undefined && !known.includes(variant)) {
    throw new LinesideError('USAGE', { why: `${manifest.name} has no variant ${variant}, only ${known.join(', ')}` });
  }
  return { manifest, variant: variant ?? choice(manifest) };
}

/** --on, else the journal of --config, else the data set that one of the manifests names. */
async function materialOf(a: Manifest, b: Manifest, loaded: LoadedConfig | null, options: Options): Promise<Material> {
  const path = options.on === undefined ? loaded && resolve(loaded.base, loaded.config.store.path) : resolve(options.on);
  if (path !== null) return isJournal(path) || options.on === undefined ? ofJournal(wish(path, a, b, loaded, options)) : ofPath(path);
  const [owner] = [a, b].filter(({ evaluation }) => evaluation !== undefined);
  if (!owner?.evaluation)
    throw new LinesideError('USAGE', { why: `neither manifest names an evaluation: say on what to compare with --on` });
  const protocol = protocolOf(owner.evaluation);
  return ofProtocol(protocol, setFolder(owner, protocol, options));
}

function wish(store: string, a: Manifest, b: Manifest, loaded: LoadedConfig | null, options: Options): RecordedWish {
  const { from, to, newest: most } = options;
  const station = options.station ?? (loaded ? onlyStation(loaded) : undefined);
  const slot = loaded && station !== undefined ? slotFor(a, b, loaded, station) : undefined;
  const input = a.inputs.image ? 'picture' : a.inputs.text ? 'note' : 'window';
  return { store, input, station, from, to, most, slot };
}

function onlyStation({ config }: LoadedConfig): string {
  const [name = '', ...more] = Object.keys(config.stations);
  if (more.length === 0) return name;
  throw new LinesideError('USAGE', { why: `the config has the stations ${[name, ...more].join(', ')}: name one with --station` });
}

/** The place of the station where one of the two runs, or could. */
function slotFor(a: Manifest, b: Manifest, { config }: LoadedConfig, station: string): ModelSlot {
  const input = a.inputs.image ? 'image' : a.inputs.text ? 'text' : 'window';
  if (!config.stations[station]) throw new LinesideError('USAGE', { why: `the config has no station ${station}` });
  const { all } = slotsOf(station, config, (name) => (name === a.name ? input : name === b.name ? input : 'image'));
  const found = [a, b].map(({ name }) => all.find((slot) => slot.package === name)).find((slot) => slot !== undefined);
  if (found) return found;
  throw new LinesideError('USAGE', { why: `station ${station} runs neither ${a.name} nor ${b.name}` });
}

interface Drawing {
  readonly a: Contender;
  readonly b: Contender;
  readonly material: Material;
  readonly compared: Compared;
  readonly shown: readonly Difference[];
  readonly running: Parameters<typeof compare>[3];
}

async function draw(file: string, { a, b, material, compared, shown, running }: Drawing): Promise<void> {
  if (material.input === 'note') throw new LinesideError('USAGE', { why: 'notes make no picture: leave --picture out' });
  const names = { title: titleOf(compared.comparison), a: nameOf(a), b: nameOf(b) };
  if (material.input !== 'picture') return writeFile(file, await drawChart(tracksOf(material, compared), names));
  const seen = await lookAgain(
    a,
    b,
    material,
    shown.map(({ sample }) => sample),
    running,
  );
  const entries = shown.flatMap((difference, i) => {
    const of = seen[i];
    return of ? [{ ...difference, seen: of }] : [];
  });
  await writeFile(file, await drawSheet(entries, names));
}

/** The recordings with most changed verdicts; windows of single parts in a row. */
function tracksOf({ samples, name }: Material, { pairs }: Compared) {
  const long = samples.map((sample, i) => ({ name: sample.id, pairs: pairs[i] ?? [] })).filter((track) => track.pairs.length > 1);
  if (long.length === 0) return [{ name, pairs: pairs.flat() }];
  const changed = (track: (typeof long)[number]) => track.pairs.filter(({ a, b }) => a.verdict !== b.verdict).length;
  return long.sort((one, other) => changed(other) - changed(one)).slice(0, TRACKS);
}
const TRACKS = 6;

const nameOf = ({ manifest: { name, version }, variant }: Contender): string => `${basename(name)} ${version} ${variant}`;
const titleOf = ({ on, agreement: { verdict } }: Comparison): string =>
  `${on.name}: the same verdict for ${verdict.same} of ${on.judged}; those most different`;
