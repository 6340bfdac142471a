/** `lineside models select`. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { StationModelConfig } from '../config/schema.ts';
import { durationMs, inUnits } from '../config/units.ts';
import { isJournal, OWN } from '../desk/comparison/material.ts';
import { protocolOf } from '../desk/evaluation/protocols/index.ts';
import type { AccuracyWish } from '../desk/selection/accuracy.ts';
import { type Reserve, ruleOfThumb } from '../desk/selection/choose.ts';
import { restOf } from '../desk/selection/rest.ts';
import { type Selection, select, type Wanted } from '../desk/selection/select.ts';
import { LinesideError } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { WITHOUT_SECRETS } from '../runtime/config-catalogue.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { setFolder } from './evaluate.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { configLines, selectionText } from './models-select-text.ts';
import { out, outJson } from './print.ts';
import { countedProgress } from './progress.ts';
import { type ModelsOptions, type Shelf, shelfOf } from './shelf.ts';

interface Options extends ModelsOptions {
  readonly config?: string;
  readonly station?: string;
  /** With their units. */
  readonly deadline?: string;
  readonly reserve?: string;
  readonly figure?: string;
  readonly on?: string;
  readonly data?: string;
  readonly provider: readonly string[];
  readonly threads?: readonly number[];
  readonly rounds: number;
  readonly runs: number;
}

/** What the choice is for. */
interface Target {
  readonly wanted: readonly Wanted[];
  readonly deadline: Milliseconds;
  readonly reserve: Pick<Reserve, 'rest_ms' | 'from'>;
  readonly remarks: readonly string[];
  /** The config's own words for a model; none where there is no config. */
  readonly models: Readonly<Record<string, StationModelConfig>>;
  readonly station: string | null;
  readonly threadsNow: number | null;
}

export async function selectModels(packages: readonly string[], options: Options): Promise<ExitCode> {
  const target =
    options.station === undefined ? await forPackages(packages, options) : await forStation(options.station, packages, options);
  const bar = countedProgress('measuring');
  let selection: Selection;
  try {
    const { provider: providers, threads = threadsHere(), rounds, runs } = options;
    const { deadline, reserve, wanted } = target;
    const accuracy = accuracyWish(wanted, options);
    const measuring = { providers, threads, rounds, runs, clock: systemClock, onStep: bar.step, onTotal: bar.more };
    selection = await select(wanted, { ...measuring, deadline, reserve, accuracy });
  } finally {
    bar.stop();
  }
  const lines = selection.chosen ? configLines(selection, target) : [];
  const remarks = [...selection.remarks, ...target.remarks];
  if (options.json) outJson({ station: target.station, ...selection, remarks, config: lines });
  else out(selectionText({ ...selection, remarks }, lines, target.station));
  if (!selection.chosen) throw tooShort(selection);
  return EXIT.ok;
}

const threadsHere = (): readonly number[] => [1, 2, 4].filter((count) => count === 1 || count <= availableParallelism());

function tooShort({ deadline_ms, room_ms, tried }: Selection): LinesideError {
  const fastest = Math.min(...tried.map(({ p99_ms }) => p99_ms));
  return new LinesideError('DEADLINE_TOO_SHORT', {
    deadline: inUnits(deadline_ms),
    room: `${room_ms} ms`,
    fastest: Number.isFinite(fastest) ? `${fastest} ms` : 'no time, since none runs',
  });
}

/** The packages named stand for one place. */
async function forPackages(packages: readonly string[], options: Options): Promise<Target> {
  if (packages.length === 0) throw usage('name packages, or a station with --station');
  if (options.deadline === undefined) throw usage('say how much time there is, with --deadline 50ms');
  const deadline = durationMs(options.deadline);
  const manifests = await Promise.all(packages.map((name) => readManifest(shelfOf(options).folderOf(name))));
  const [first] = manifests;
  const other = manifests.find((one) => first && inputOf(one) !== inputOf(first));
  if (first && other)
    throw usage(`${first.name} looks at ${inputOf(first)}, ${other.name} at ${inputOf(other)}: they cannot stand in for each other`);
  const wanted = [{ models: [{ name: 'model', region: null }], manifests }];
  return { wanted, deadline, reserve: given(options) ?? thumb(deadline), remarks: [], models: {}, station: null, threadsNow: null };
}

const inputOf = ({ inputs }: Manifest): string => Object.keys(inputs)[0] ?? '';
const usage = (why: string): LinesideError => new LinesideError('USAGE', { why });
const thumb = (deadline: Milliseconds) => ({ rest_ms: ruleOfThumb(deadline), from: 'rule of thumb' }) as const;
const given = ({ reserve }: Options) => (reserve === undefined ? null : ({ rest_ms: durationMs(reserve), from: 'given' } as const));

async function forStation(name: string, packages: readonly string[], options: Options): Promise<Target> {
  const loaded = await loadConfig(options.config ?? process.env['LINESIDE_CONFIG'] ?? 'lineside.yaml', WITHOUT_SECRETS);
  const { config, base } = loaded;
  const station = config.stations[name];
  if (!station) throw usage(`the config has no station ${name}; it has ${Object.keys(config.stations).join(', ')}`);
  const deadline = options.deadline === undefined ? station.deadline : durationMs(options.deadline);
  const store = resolve(base, config.store.path);
  const measured = isJournal(store) ? await restOf(store, name) : null;
  const recipes = Object.entries(station.recipes ?? {}).filter(([, { models }]) =>
    Object.values(models).some((one) => one.model ?? one.variant),
  );
  return {
    wanted: await placesOf(Object.entries(station.models), packages, shelfOf(options, loaded)),
    deadline,
    reserve: given(options) ?? measured ?? thumb(deadline),
    remarks:
      recipes.length > 0 ? [`recipes with packages of their own were not looked at: ${recipes.map(([recipe]) => recipe).join(', ')}`] : [],
    models: station.models,
    station: name,
    threadsNow: config.inference.threads,
  };
}

/** Models that run one package are one place: they change together. Beside it may stand what is measured by the same protocol, or was named. */
async function placesOf(
  models: readonly (readonly [string, StationModelConfig])[],
  named: readonly string[],
  packages: Shelf,
): Promise<readonly Wanted[]> {
  const shelf = await readShelf(packages);
  const missing = named.find((name) => !shelf.some((one) => one.name === name));
  if (missing !== undefined)
    throw new LinesideError('MODEL_INVALID', { model: missing, why: `there is no such package in ${packages.folder}` });
  const current = await Promise.all(
    [...new Set(models.map(([, { model }]) => model))].map((name) => readManifest(packages.folderOf(name))),
  );
  return current.map((manifest) => {
    const rivals = shelf.filter((one) => one.name !== manifest.name && standsIn(one, manifest, named, current));
    const places = models.filter(([, { model }]) => model === manifest.name);
    return { models: places.map(([name, { region }]) => ({ name, region: region ?? null })), manifests: [manifest, ...rivals] };
  });
}

function standsIn(one: Manifest, current: Manifest, named: readonly string[], all: readonly Manifest[]): boolean {
  if (one.kind === 'embed' || inputOf(one) !== inputOf(current)) return false;
  if (one.inputs.window?.channels.length !== current.inputs.window?.channels.length) return false;
  if (one.evaluation !== undefined && one.evaluation === current.evaluation) return true;
  return named.includes(one.name) && all.filter((other) => inputOf(other) === inputOf(one)).length === 1;
}

/** Packages that cannot be read are not candidates; `models list` says why. */
async function readShelf({ names, folderOf }: Shelf): Promise<readonly Manifest[]> {
  const known = await names().catch(() => []);
  const found = await Promise.allSettled(known.map((name) => readManifest(folderOf(name))));
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** Manifests' figures, unless somebody says on what to measure. */
function accuracyWish(wanted: readonly Wanted[], options: Options): AccuracyWish {
  const { figure, on, data, provider: providers } = options;
  if (on !== undefined && wanted.length > 1)
    throw usage('--on holds pictures for one package, the station runs several: name a package without --station');
  const first = wanted[0]?.manifests[0];
  if (on !== undefined) return { figure, providers, on: { protocol: OWN, folder: resolve(on) } };
  if (data === undefined || !first?.evaluation) return { figure, providers };
  const protocol = protocolOf(first.evaluation);
  return { figure, providers, on: { protocol, folder: setFolder(first, protocol, { data }) } };
}
