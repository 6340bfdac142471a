/** From the YAML file to the config that the agent runs with. The one way in: `run`, `check` and the watch all come through here. */
import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { isMap, type Node, type YAMLMap } from 'yaml';
import { Address, type CameraKind, Secret } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { readCameras } from './cameras.ts';
import { type Covered, covering, NOTHING } from './covered.ts';
import { ConfigDocument, keyText } from './document.ts';
import { type ConfigFault, ConfigInvalid, inOrder, MOST_FAULTS } from './faults.ts';
import { packageFolder, packageNames, packagesFolder, taughtFolder } from './packages-folder.ts';
import { checkReferences } from './references.ts';
import { BaseSchema, type CameraConfig, type Config } from './schema.ts';
import { isFileReference, redactor, resolveReferences } from './secrets.ts';
import { shapeOf } from './shape.ts';
import type { CheckExpressions, PackageShelf, PackageSummary } from './targets.ts';
import { decodeText, LARGEST, type TextFault, textFaults } from './text.ts';
import { Walk } from './walk.ts';

export interface Catalogue {
  readonly cameras: readonly CameraKind[];
  /** Reads a model package's manifest from its folder; rejects with MODEL_INVALID. Without it models are not looked at. */
  readonly readPackage?: (folder: string) => Promise<PackageSummary>;
  /** Compiles rules and decisions; without it they are not looked at. */
  readonly checkExpressions?: CheckExpressions;
  /** Passwords and addresses whose references stand for nothing here are no fault: for commands that connect to nobody. */
  readonly withoutSecrets?: boolean;
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
  /** As it was read. May hold secrets: never to be logged. */
  readonly text: string;
  /** Folder that relative paths in the config mean: where the file is. Absolute. */
  readonly base: string;
  /** The config file and the secret files it names: what the watch looks at. */
  readonly covered: Covered;
  /** Like `hash`, with the secrets in it; salted anew in every process, so that it tells nobody anything. */
  readonly identity: string;
}

/** Of the `identity` of a config: it tells nobody anything, and is the same for all that is read for one process. */
export const SALT: Uint8Array = randomBytes(16);

/**
 * Reads, checks and fills in a config. Rejects with ConfigInvalid (CONFIG_INVALID, every fault of the file at once) or
 * CONFIG_UNREADABLE. `env` is where `${env:NAME}` looks.
 */
export async function loadConfig(
  source: ConfigSource,
  catalogue: Catalogue,
  env: Readonly<Record<string, string | undefined>> = process.env,
  salt: Uint8Array = SALT,
): Promise<LoadedConfig> {
  const own = await covering(NOTHING, typeof source === 'string' ? [resolve(source)] : []);
  const { name, text, base } = await read(source, own);
  const document = new ConfigDocument(name, text);
  if (document.broken) throw new ConfigInvalid(name, inOrder(document.syntaxFaults), [], { covered: own });
  const references = document.references();
  const covered = await covering(own, secretFiles(references, base));
  const walk = new Walk(document, await resolveReferences(references, base, env), catalogue.withoutSecrets);
  const config = readConfig(walk, document, catalogue.cameras);
  const shown = redacted(walk.secrets);
  if (!config || walk.exhausted) throw new ConfigInvalid(name, inOrder(shown(walk.faults)), [], { more: walk.more, covered });
  const packaged = await covering(covered, packageFiles(config, base));
  const shelf = catalogue.readPackage ? await packages(config, base, catalogue.readPackage) : undefined;
  const found = checkReferences({
    config,
    document,
    standsFor: walk.standsFor,
    replaced: walk.replaced,
    sound: document.syntaxFaults.length === 0 && walk.faults.length === 0,
    shelf,
    checkExpressions: catalogue.checkExpressions,
  });
  const faults = inOrder(shown([...document.syntaxFaults, ...walk.faults, ...found.faults]));
  const warnings = inOrder(shown([...walk.warnings, ...found.warnings]));
  if (faults.length > 0) {
    const told = faults.slice(0, MOST_FAULTS);
    const more = walk.more + found.more + faults.length - told.length;
    throw new ConfigInvalid(name, told, warnings, { more, covered: packaged });
  }
  const secrets = [...walk.secrets];
  withoutIdlePolicies(config);
  withoutBrokenCandidates(config, shelf);
  const prints = {
    hash: sha256(canonical(config, (secret) => secret.toJSON(), walk.masks)),
    identity: sha256(
      Buffer.from(salt),
      canonical(config, (secret) => secret.reveal()),
    ),
  };
  absolutePaths(config, base);
  return {
    ...prints,
    config,
    warnings,
    secrets,
    base,
    file: name,
    text,
    covered,
  };
}

/** Neither a sentence nor a line that is shown holds what is a secret anywhere in the file. */
function redacted(secrets: Iterable<string>): (faults: readonly ConfigFault[]) => readonly ConfigFault[] {
  const redact = redactor([...secrets]);
  // What is underlined stays in its place.
  const blank = redactor([...secrets], (secret) => '*'.repeat(secret.length));
  return (faults) => faults.map((fault) => ({ ...fault, text: redact(fault.text), excerpt: blank(fault.excerpt) }));
}

const secretFiles = (references: readonly string[], base: string): readonly string[] =>
  references.filter(isFileReference).map((reference) => resolve(base, reference.slice('${file:'.length, -1)));

/** Where a package that is missing or broken would be mended. */
function packageFiles(config: Config, base: string): readonly string[] {
  const folders = [packagesFolder({ config, base }), taughtFolder({ config, base }) ?? []].flat();
  const names = packagesIn(config);
  return folders.flatMap((folder) => [folder, ...names.flatMap((name) => [resolve(folder, name), resolve(folder, name, 'manifest.yaml')])]);
}

async function read(source: ConfigSource, covered: Covered): Promise<{ name: string; text: string; base: string }> {
  const { name, text, base } = typeof source === 'string' ? await readFrom(source) : { name: 'config', base: '.', ...source };
  refuse(name, typeof text === 'string' ? textFaults(text) : text.faults, covered);
  return { name, text: typeof text === 'string' ? text : '', base: resolve(base) };
}

/** What is not even text is told alone: everything behind it would be guesswork. */
function refuse(file: string, faults: readonly TextFault[], covered: Covered): void {
  const told = faults.map((fault) => ({ file, ...fault, excerpt: '' }));
  if (told.length > 0) throw new ConfigInvalid(file, told, [], { covered });
}

async function readFrom(file: string) {
  const bytes = await readBytes(file);
  const decoded = decodeText(bytes);
  return { name: file, base: dirname(resolve(file)), text: 'text' in decoded ? decoded.text : decoded };
}

const notFile = (about: Stats): string => (about.isDirectory() ? 'it is a folder' : 'it is a pipe or a device, not a file');

async function readBytes(source: string): Promise<Uint8Array> {
  try {
    const about = await stat(source);
    const { size } = about;
    // A pipe that has a name holds whoever opens it; `check <(…)` and /dev/stdin are pipes that somebody writes to.
    const isPiped = about.isFIFO() && /^\/(dev|proc)\//.test(source);
    if (!about.isFile() && !isPiped) throw new LinesideError('CONFIG_UNREADABLE', { file: source, why: notFile(about) });
    if (size > LARGEST) throw new LinesideError('CONFIG_UNREADABLE', { file: source, why: `it is larger than ${LARGEST / 1000} kB` });
    return await readFile(source);
  } catch (thrown) {
    if (thrown instanceof LinesideError) throw thrown;
    const why = /ENOENT/.test(messageOf(thrown)) ? 'there is no such file' : messageOf(thrown);
    throw new LinesideError('CONFIG_UNREADABLE', { file: source, why }, { cause: thrown });
  }
}

/** The file's sections, with what is broken left out; sections that the rest needs are never missing. Undefined when there are none. */
function readConfig(walk: Walk, document: ConfigDocument, kinds: readonly CameraKind[]): Config | undefined {
  const root = document.resolve(document.root);
  const base = shapeOf(Type.Object({ ...BaseSchema, cameras: Type.Optional(Type.Unknown()) }));
  const fallback = { line: {}, stations: {}, opcua: {} };
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

/** All paths of the file mean its own folder, wherever the agent was started. After the hash, which is the same in every folder. */
function absolutePaths({ mqtt, web }: Config, base: string): void {
  if (web.tls) web.tls = { cert: resolve(base, web.tls.cert), key: resolve(base, web.tls.key) };
  for (const key of ['ca', 'cert', 'key'] as const) if (mqtt?.[key] !== undefined) mqtt[key] = resolve(base, mqtt[key]);
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

/** Packages that the config names, candidates too. */
function packagesIn({ stations }: Config): readonly string[] {
  const used = Object.values(stations).flatMap((station) => [
    ...Object.values(station.models),
    ...Object.values(station.recipes ?? {}).flatMap(({ models }) => Object.values(models)),
  ]);
  return [...new Set(used.flatMap(({ model, shadow }) => [model ?? [], shadow?.model ?? []].flat()))];
}

async function packages(config: Config, base: string, readPackage: (folder: string) => Promise<PackageSummary>): Promise<PackageShelf> {
  const folder = packagesFolder({ config, base });
  const names = await packageNames({ config, base });
  const present = new Set(names);
  const wanted = packagesIn(config).filter((name) => present.has(name));
  const summary = (name: string) =>
    readPackage(packageFolder({ config, base }, name)).catch((thrown: unknown) =>
      thrown instanceof LinesideError ? thrown.sentence : messageOf(thrown),
    );
  return { folder, names, packages: new Map(await Promise.all([...wanted].map(async (name) => [name, await summary(name)] as const))) };
}

/**
 * JSON with sorted keys, secrets and addresses as `textOf` gives them; `masks` stand in for the values at their paths. Paths are those
 * of the file, camera options beside the rest.
 */
function canonical(config: Config, textOf: (secret: Secret | Address) => string, masks: ReadonlyMap<string, string> = new Map()): string {
  const plain = (value: unknown, path: string): unknown => {
    const mask = masks.get(path);
    if (mask !== undefined) return mask;
    if (value instanceof Secret || value instanceof Address) return textOf(value);
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
