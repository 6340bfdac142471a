/** From the YAML file to the config that the agent runs with. The one way in: `run`, `check` and the watch all come through here. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { isMap, type Node, type YAMLMap } from 'yaml';
import type { CameraKind } from '../contracts.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { readCameras } from './cameras.ts';
import { ConfigDocument, keyText } from './document.ts';
import { type ConfigFault, ConfigInvalid, inOrder } from './faults.ts';
import { packagesFolder } from './packages-folder.ts';
import { checkReferences } from './references.ts';
import { BaseSchema, type CameraConfig, type Config } from './schema.ts';
import { isFileReference, resolveReferences } from './secrets.ts';
import { shapeOf } from './shape.ts';
import type { CheckExpressions, PackageShelf, PackageSummary } from './targets.ts';
import { Walk } from './walk.ts';

export interface Catalogue {
  readonly cameras: readonly CameraKind[];
  /** Reads a model package's manifest from its folder; rejects with MODEL_INVALID. Without it models are not looked at. */
  readonly readPackage?: (folder: string) => Promise<PackageSummary>;
  /** Compiles rules and decisions; without it they are not looked at. */
  readonly checkExpressions?: CheckExpressions;
}

/** A file, or a text that stands for one (`base` is the folder that its relative paths mean). */
export type ConfigSource = string | { readonly text: string; readonly name?: string; readonly base?: string };

export interface LoadedConfig {
  readonly config: Config;
  /** SHA-256 in hexadecimal of the config with its defaults, its keys sorted and its secrets left out. */
  readonly hash: string;
  readonly warnings: readonly ConfigFault[];
  /** For redactor(); never to be written anywhere. */
  readonly secrets: readonly string[];
  /** As given. */
  readonly file: string;
  /** Folder that relative paths in the config mean: where the file is. Absolute. */
  readonly base: string;
  /** The config file and the secret files it names, absolute: what the watch looks at. */
  readonly files: readonly string[];
  /** Like `hash`, with the secrets in it; salted anew in every process, so that it tells nobody anything. */
  readonly identity: string;
}

/** Larger is not a config. */
const LARGEST = 1_000_000;
const salt = randomBytes(16);

/**
 * Reads, checks and fills in a config. Rejects with ConfigInvalid (CONFIG_INVALID, every fault of the file at once) or
 * CONFIG_UNREADABLE. `env` is where `${env:NAME}` looks.
 */
export async function loadConfig(
  source: ConfigSource,
  catalogue: Catalogue,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LoadedConfig> {
  const { name, text, base } = await read(source);
  const document = new ConfigDocument(name, text);
  if (document.broken) throw new ConfigInvalid(name, inOrder(document.syntaxFaults), []);
  const walk = new Walk(document, await resolveReferences(document.references(), base, env));
  const config = readConfig(walk, document, catalogue.cameras);
  if (!config || walk.exhausted) throw new ConfigInvalid(name, inOrder(walk.faults), []);
  const shelf = catalogue.readPackage ? await packages(config, base, catalogue.readPackage) : undefined;
  const found = checkReferences({ config, document, replaced: walk.replaced, shelf, checkExpressions: catalogue.checkExpressions });
  const faults = inOrder([...document.syntaxFaults, ...walk.faults, ...found.faults]);
  const warnings = inOrder([...walk.warnings, ...found.warnings]);
  if (faults.length > 0) throw new ConfigInvalid(name, faults, warnings);
  const secrets = [...walk.secrets];
  withoutIdlePolicies(config);
  withoutBrokenCandidates(config, shelf);
  const files = document
    .references()
    .filter(isFileReference)
    .map((reference) => resolve(base, reference.slice('${file:'.length, -1)));
  return {
    ...{ config, warnings, secrets, base, file: name },
    files: [...new Set(typeof source === 'string' ? [resolve(source), ...files] : files)],
    hash: sha256(canonical(config, walk.masks)),
    identity: sha256(salt, canonical(config, new Map())),
  };
}

async function read(source: ConfigSource): Promise<{ name: string; text: string; base: string }> {
  if (typeof source !== 'string') return { name: source.name ?? 'config', text: source.text, base: resolve(source.base ?? '.') };
  try {
    const { size } = await stat(source);
    if (size > LARGEST) throw new LinesideError('CONFIG_UNREADABLE', { file: source, why: 'it is larger than 1 MB' });
    return { name: source, text: await readFile(source, 'utf8'), base: dirname(resolve(source)) };
  } catch (thrown) {
    if (thrown instanceof LinesideError) throw thrown;
    const why = /ENOENT/.test(messageOf(thrown)) ? 'there is no such file' : messageOf(thrown);
    throw new LinesideError('CONFIG_UNREADABLE', { file: source, why }, { cause: thrown });
  }
}

/** The file's sections, with what is broken left out; sections that the rest needs are never missing. Undefined when there are none. */
function readConfig(walk: Walk, document: ConfigDocument, kinds: readonly CameraKind[]): Config | undefined {
  const root = document.resolve(document.root);
  const base = shapeOf(Type.Object({ ...BaseSchema, cameras: Type.Optional(Type.Unknown()) }, { additionalProperties: false }));
  const fallback = { line: { enterprise: '', site: '', area: '', line: '' }, stations: {}, opcua: {} };
  if (!isMap(root)) {
    walk.fault({ line: 1, column: 1, length: 1 }, 'the file must be a block with the keys line, opcua, cameras, stations and so on');
    return undefined;
  }
  const cameras = readCameras(walk, document.resolve(pairOf(root, 'cameras')), kinds);
  const sections = walk.sections(base, root, ['cameras']);
  // Checked key by key against the schema that Config is derived from; what is broken stops the load before anybody uses it.
  return { ...fallback, ...(sections as object), cameras: cameras as Readonly<Record<string, CameraConfig>> } as unknown as Config;
}

/** Mode None has no policy, whatever the default of the key says; everybody after the check may rely on it. */
function withoutIdlePolicies({ opcua }: Config): void {
  for (const { security } of Object.values(opcua)) if (security.mode === 'None') security.policy = 'None';
}

/** A warning has told of them; everybody after the check may rely on every package being readable. */
function withoutBrokenCandidates({ stations }: Config, shelf: PackageShelf | undefined): void {
  for (const { models, recipes = {} } of Object.values(stations)) {
    for (const place of [models, ...Object.values(recipes).map((recipe) => recipe.models)].flatMap((of) => Object.values(of))) {
      if (place.shadow && typeof shelf?.packages.get(place.shadow.model) === 'string') delete place.shadow;
    }
  }
}

const pairOf = (map: YAMLMap, key: string): Node | null =>
  (map.items.find((item) => keyText(item.key) === key)?.value ?? null) as Node | null;

async function packages(config: Config, base: string, readPackage: (folder: string) => Promise<PackageSummary>): Promise<PackageShelf> {
  const folder = packagesFolder({ config, base });
  const names = await readdir(folder, { withFileTypes: true }).then(
    (entries) => entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name),
    () => undefined,
  );
  const used = Object.values(config.stations).flatMap((station) => [
    ...Object.values(station.models),
    ...Object.values(station.recipes ?? {}).flatMap(({ models }) => Object.values(models)),
  ]);
  const wanted = new Set(
    used.flatMap(({ model, shadow }) => [model ?? [], shadow?.model ?? []].flat()).filter((model) => names?.includes(model)),
  );
  const summary = (name: string) =>
    readPackage(resolve(folder, name)).catch((thrown: unknown) => (thrown instanceof LinesideError ? thrown.sentence : messageOf(thrown)));
  return { folder, names, packages: new Map(await Promise.all([...wanted].map(async (name) => [name, await summary(name)] as const))) };
}

/** JSON with sorted keys; `masks` stand in for the values at their paths. Paths are those of the file, camera options beside the rest. */
function canonical(config: Config, masks: ReadonlyMap<string, string>): string {
  const plain = (value: unknown, path: string): unknown => {
    const mask = masks.get(path);
    if (mask !== undefined) return mask;
    if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, path === '' ? key : `${path}.${key}`)]));
  };
  const cameras = Object.entries(config.cameras).map(([name, { options, ...common }]) => [name, { ...options, ...common }] as const);
  return JSON.stringify(plain({ ...config, cameras: Object.fromEntries(cameras) }, ''));
}

function sha256(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
