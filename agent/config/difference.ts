/**
 * What a changed config touches: each key of the schema says what its change starts anew (`x-restarts`, inherited downwards), and what
 * differs between two configs becomes the parts that are concerned. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { type TSchema, Type } from 'typebox';
import { Address, Secret } from '../contracts/secrets.ts';
import type { Scope } from './pieces.ts';
import { BaseSchema, type Config } from './schema.ts';
import { entryOf, type Shape, shapeOf } from './shape.ts';

export interface ConfigDifference {
  /** As in the file: `stations.outlet.rules`. */
  readonly path: string;
  readonly scope: Scope;
  /** Parts that start anew: `station outlet`, `camera/top`, `opcua/plc`, `mqtt`; `agent` stands for all of them. */
  readonly restarts: readonly string[];
}

export type Plain = Readonly<Record<string, unknown>>;

/** A config as plain values, its secrets in clear: for comparison only, never to be written anywhere. */
export const revealed = (config: Config): Plain => plainOf(config, (secret) => secret.reveal()) as Plain;
/** A config as plain values that may be written down; two secrets look the same in it. */
export const masked = (config: Config): Plain => plainOf(config, (secret) => secret.toJSON()) as Plain;

function plainOf(value: unknown, textOf: (secret: Secret | Address) => string): unknown {
  if (value instanceof Secret || value instanceof Address) return textOf(value);
  if (Array.isArray(value)) return value.map((item) => plainOf(item, textOf));
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.entries(value).filter(([, of]) => of !== undefined);
  return Object.fromEntries(keys.map(([key, of]) => [key, plainOf(of, textOf)]));
}

/** In the order of the file's keys. Both come from revealed(), or both from masked(). */
export function differences(before: Plain, after: Plain): readonly ConfigDifference[] {
  const stations = { ...blockOf(before['stations']), ...blockOf(after['stations']) };
  return pathsOf(before, after, []).flatMap((path) => concerned(path, stations, before, after));
}

/** Paths of the smallest values that differ; a list is one value. */
function pathsOf(before: unknown, after: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isBlockValue(before) || !isBlockValue(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => pathsOf(before[key], after[key], [...path, key]));
}

function concerned(path: readonly string[], stations: Plain, before: Plain, after: Plain): ConfigDifference[] {
  const [section = '', name = ''] = path;
  const scope = scopeAt(path);
  const found: ConfigDifference = { path: path.join('.'), scope, restarts: restartsOf(path, scope, stations) };
  const comesOrGoes =
    section === 'stations' && (blockOf(before['stations'])[name] === undefined || blockOf(after['stations'])[name] === undefined);
  // The publisher has the topics of every station.
  return comesOrGoes ? [{ ...found, restarts: [...found.restarts, 'mqtt'] }] : [found];
}

function restartsOf([section = '', name = '', , tag = '']: readonly string[], scope: Scope, stations: Plain): readonly string[] {
  if (scope === 'none') return [];
  if (scope === 'agent') return ['agent'];
  if (scope === 'publisher') return ['mqtt'];
  if (scope === 'source') return [section === 'cameras' ? `camera/${name}` : `opcua/${name}`];
  if (section === 'stations') return [`station ${name}`];
  return Object.entries(stations).flatMap(([station, of]) => (mentions(of, tag) ? [`station ${station}`] : []));
}

/** A tag's name anywhere in a station: expressions name it in two forms. '' is mentioned by all. */
const mentions = (station: unknown, tag: string): boolean => JSON.stringify(station).includes(tag);

/** Of the annotation nearest above. Cameras have the schemas of their kinds, and are sources as a whole. */
function scopeAt(path: readonly string[]): Scope {
  if (path[0] === 'cameras') return 'source';
  let shape: Shape | undefined = ROOT;
  let scope: Scope = 'agent';
  for (const key of path) {
    shape = shape && (shape.properties?.[key] ?? entryOf(shape)?.[1]);
    scope = shape?.['x-restarts'] ?? scope;
  }
  return scope;
}

const ROOT: Shape = shapeOf(Type.Object(BaseSchema as Record<string, TSchema>));
const isBlockValue = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value);
const blockOf = (value: unknown): Plain => (isBlockValue(value) ? value : {});
