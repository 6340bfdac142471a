/** Camera entries: the scheme of the address picks the kind, and the kind's own schema says which further keys there are. */
import { type TObject, Type } from 'typebox';
import { isMap, isScalar, type Node, type YAMLMap } from 'yaml';
import type { Address, CameraKind } from '../contracts/index.ts';
import { keyText, type Path, textOf } from './document.ts';
import { CameraCommon, type CameraConfig } from './schema.ts';
import { maskAddress } from './secrets.ts';
import { shapeOf } from './shape.ts';
import { didYouMean, either } from './suggest.ts';
import { BROKEN, type Walk } from './walk.ts';

/** The whole entry of a camera of this kind, common keys first. */
export const cameraSchema = (kind: CameraKind): TObject =>
  Type.Object({ ...CameraCommon, ...kind.options.properties }, { additionalProperties: false, description: kind.summary });

const NAME = /^[a-z][a-z0-9_]*$/;

/** Every camera of the file with its options apart; broken ones are left out, their faults are with the walk. */
export function readCameras(walk: Walk, node: Node | null, kinds: readonly CameraKind[]): Record<string, CameraConfig> {
  const cameras: Record<string, CameraConfig> = {};
  if (node === null) return cameras;
  if (!isMap(node)) {
    walk.faultAt(['cameras'], 'cameras must be a block of named entries such as {top: {url: "rtsp://10.1.3.31/stream1"}}');
    return cameras;
  }
  for (const pair of node.items) {
    const name = keyText(pair.key);
    const path = ['cameras', name];
    if (!NAME.test(name)) walk.badName(name, pair.key, ['cameras']);
    const camera = readCamera(walk, pair.value as Node | null, path, kinds);
    if (camera) cameras[name] = camera;
  }
  return cameras;
}

function readCamera(walk: Walk, given: Node | null, path: Path, kinds: readonly CameraKind[]): CameraConfig | undefined {
  const node = walk.resolve(given);
  const kind = isMap(node) ? kindOf(walk, node, path, kinds) : undefined;
  if (kind === BROKEN) return undefined;
  const url = isMap(node) && !kind ? node.items.find(({ key }) => keyText(key) === 'url') : undefined;
  // Without a kind nobody knows the other keys: only the address can be wrong.
  if (url) walk.value(shapeOf(CameraCommon.url), url.value as Node | null, [...path, 'url']);
  if (url) return undefined;
  const shape = shapeOf(kind ? cameraSchema(kind) : Type.Object({ url: CameraCommon.url }));
  const value = walk.value(shape, node, path);
  return value === BROKEN ? undefined : apart(value as Readonly<Record<string, unknown>>);
}

function kindOf(walk: Walk, node: YAMLMap, path: Path, kinds: readonly CameraKind[]): CameraKind | undefined | typeof BROKEN {
  const url = walk.resolve(node.items.find(({ key }) => keyText(key) === 'url')?.value);
  const source = isScalar(url) ? textOf(url) : '';
  const address = walk.filledIn(source);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1];
  if (scheme === undefined) return undefined;
  const kind = kinds.find(({ schemes }) => schemes.includes(scheme));
  if (kind) return kind;
  const known = kinds.flatMap(({ schemes }) => schemes);
  const hint = didYouMean(scheme, known, 'the kinds are') || `; the kinds are ${either(known)}`;
  // As it is written: only an address that can be read tells what of it is a secret.
  return walk.faultAt([...path, 'url'], `${path.join('.')}.url is ${maskAddress(source)}, and there is no camera kind ${scheme}${hint}`);
}

function apart({ url, stall, memory, ...options }: Readonly<Record<string, unknown>>): CameraConfig {
  return { url: url as Address, stall: Number(stall), memory: Number(memory), options };
}
