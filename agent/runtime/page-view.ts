/** The running agent as its page shows it. Reads only; pure but for what it is handed. */
import { usesOf } from '../config/checks/tags.ts';
import type { Config, StationConfig } from '../config/schema.ts';
import { isBad, isGood, type ModelSlot, type Region, type TagSample } from '../contracts/index.ts';
import type { Loaded } from '../inference/load.ts';
import { type Manifest, referenceOf } from '../inference/manifest.ts';
import { stepsOf } from '../stations/window.ts';
import type { LineView, ModelView, StationView, TagView } from '../web/ports.ts';
import { serverOf } from './plant.ts';
import type { StationSlots } from './slots.ts';
import type { MachinePlace, TaughtPlace } from './teach-desk.ts';
import type { TaughtWindow } from './teacher.ts';

export interface Shown {
  readonly agent: string;
  readonly version: string;
  readonly hash: string;
  readonly safeMode: boolean;
}

export function lineView(config: Config, { agent, version, hash, safeMode }: Shown): LineView {
  const { enterprise, site, area, line } = config.line;
  return {
    line: { enterprise, site, area, line, agent },
    version,
    config: hash,
    safeMode,
    stations: Object.fromEntries(Object.entries(config.stations).map(([name, station]) => [name, stationView(config, name, station)])),
  };
}

function stationView(config: Config, name: string, station: StationConfig): StationView {
  return {
    deadlineMs: station.deadline,
    onFailure: station.on_failure,
    cameras: camerasOf(config, station),
    models: Object.keys(station.models),
    servers: [...new Set(usesOf(name, station).map(({ tag }) => serverOf(tag)))],
  };
}

/** Names of the cameras that a station looks through. */
export function camerasOf({ cameras }: Pick<Config, 'cameras'>, { models, trigger }: StationConfig): readonly string[] {
  const named = Object.values(models).flatMap(({ camera }) => camera ?? []);
  const all = 'camera' in trigger ? [trigger.camera, ...named] : named;
  // A model that names none looks at the only one there is.
  return all.length > 0 ? [...new Set(all)] : Object.keys(cameras).slice(0, 1);
}

export interface Running {
  readonly slots: ReadonlyMap<string, StationSlots>;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly loaded: (slot: string) => Loaded | null;
}

export function modelViews({ stations }: Config, running: Running): readonly ModelView[] {
  return [...running.slots].flatMap(([station, { all, shadows }]) => {
    const view = (slot: ModelSlot, role: ModelView['role']) => {
      const recipe = slot.id.split('@')[1]?.split('~')[0] ?? null;
      const own = stations[station]?.models[slot.name];
      const previous =
        recipe === null ? own?.previous : (stations[station]?.recipes?.[recipe]?.models[slot.name]?.previous ?? own?.previous);
      return { station, model: slot.name, recipe, role, previous: previous?.model ?? null, ...packageView(slot, running) };
    };
    return all.flatMap((slot) => {
      const shadow = shadows.get(slot.id);
      return [view(slot, 'judges'), ...(shadow ? [view({ ...shadow, name: slot.name }, 'candidate')] : [])];
    });
  });
}

function packageView(slot: ModelSlot, { manifests, loaded }: Running) {
  const manifest = manifests.get(slot.package);
  const runs = loaded(slot.id);
  const { data, licence } = (manifest?.provenance ?? {}) as Readonly<Record<string, unknown>>;
  const variant = runs ? manifest?.variants[runs.variant] : undefined;
  return {
    package: slot.package,
    version: manifest?.version ?? null,
    kind: manifest?.kind ?? null,
    summary: manifest?.summary ?? null,
    labels: manifest?.labels ?? [],
    threshold: slot.threshold ?? manifest?.thresholds.score ?? null,
    running: runs && {
      variant: runs.variant,
      provider: runs.provider.used,
      sha256: runs.sha256,
      run_ms: runs.runMs,
      golden_difference: runs.golden.difference,
      golden_tolerance: runs.golden.tolerance,
    },
    figures: variant?.figures ?? null,
    licence: typeof licence === 'string' ? licence : licenceIn(data),
  };
}

const licenceIn = (data: unknown): string | null =>
  typeof data === 'object' && data !== null && 'licence' in data && typeof data.licence === 'string' ? data.licence : null;

export interface Tags {
  latest(tag: string): TagSample | undefined;
  /** What the server gives; undefined before it has said. */
  sampling(server: string, tag: string): number | undefined;
}

export function tagViews({ opcua }: Config, tags: Tags): readonly TagView[] {
  return Object.entries(opcua).flatMap(([server, { tags: named }]) =>
    Object.entries(named).map(([short, { node, unit, range, writable, sampling }]) => {
      const tag = `${server}.${short}`;
      const sample = tags.latest(tag);
      return {
        tag,
        node,
        unit: unit ?? null,
        range: range ? ([range[0], range[1]] as const) : null,
        writable,
        value: sample?.value ?? null,
        status: sample?.status ?? null,
        quality: qualityOf(sample),
        source: sample?.source ?? null,
        received: sample?.received ?? null,
        sampling_asked_ms: sampling ?? null,
        sampling_ms: tags.sampling(server, short) ?? null,
      };
    }),
  );
}

function qualityOf(sample: TagSample | undefined): TagView['quality'] {
  if (!sample) return 'none';
  if (isGood(sample.status)) return 'good';
  return isBad(sample.status) ? 'bad' : 'uncertain';
}

/** Where a model that looks at pictures stands in the config; null: there is none of that name. */
export function taughtPlace(
  { stations }: Config,
  slots: readonly ModelSlot[],
  { station, model }: { readonly station: string; readonly model: string },
  manifests: ReadonlyMap<string, Manifest>,
): TaughtPlace | null {
  const found = stations[station]?.models[model];
  const slot = slots.find(({ id }) => id === `${station}/${model}`);
  if (!found || !slot?.camera) return null;
  const region = found.region ?? null;
  const part = region && partWithin(region, referenceOf(manifests.get(found.model)));
  return { camera: slot.camera, region, part, judges: found.model, beside: found.shadow?.model ?? null };
}

/** What it is told of a region is where the part is looked for: the part itself is what the reference covers of it. */
function partWithin([x, y, width, height]: Region, reference: ReturnType<typeof referenceOf>): Region {
  const [left, top, across, down] = reference ?? [0, 0, 1, 1];
  return [Math.round(x + left * width), Math.round(y + top * height), Math.round(across * width), Math.round(down * height)];
}

/** Where a model that reads a window of tags stands in the config; null: there is none of that name. */
export function machinePlace(
  { stations }: Config,
  slots: readonly ModelSlot[],
  { station, model }: { readonly station: string; readonly model: string },
): MachinePlace | null {
  const found = stations[station]?.models[model];
  const window = stations[station]?.window;
  const slot = slots.find(({ id }) => id === `${station}/${model}`);
  if (!found || !window || !slot?.channels) return null;
  return {
    ...taughtWindow(window),
    judges: found.model,
    beside: found.shadow?.model ?? null,
  };
}

export function taughtWindow(window: NonNullable<StationConfig['window']>): TaughtWindow {
  const short = window.tags.map((tag) => tag.slice(tag.indexOf('.') + 1));
  return {
    tags: window.tags,
    // A package is the plant's, and not its servers': their names stay out of it where it can be done.
    names: new Set(short).size === short.length ? short : window.tags,
    steps: stepsOf(window),
    every: window.every,
  };
}
