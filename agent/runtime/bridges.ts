/** Small translations between stages that do not know each other: a manifest as the config check sees it, a station as its judge does. */
import { chartedTags, isCapable } from '../config/charts.ts';
import { askableFrom, askedIn } from '../config/following.ts';
import type { Config } from '../config/schema.ts';
import { studiedTags } from '../config/studies.ts';
import type { PackageSummary } from '../config/targets.ts';
import type { ChartFacts, Judge, ModelKindName, PartPast, RecordedRules, RuleInput } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Manifest, readManifest, taughtRegionOf } from '../inference/manifest.ts';
import { aliasesOf } from '../rules/facts.ts';
import { createJudge } from '../rules/judge.ts';

export async function packageSummary(folder: string): Promise<PackageSummary> {
  const manifest = await readManifest(folder);
  const { kind, labels, thresholds, variants, inputs } = manifest;
  const region = taughtRegionOf(manifest);
  const { image, window, text } = inputs;
  return {
    kind: kind as ModelKindName,
    labels,
    thresholds,
    variants: Object.keys(variants),
    ...(image ? { image } : {}),
    ...(region === undefined ? {} : { region }),
    ...(text ? { text: true as const } : {}),
    ...(window
      ? {
          window: {
            steps: window.steps,
            everyMs: window.every,
            channels: window.channels.map(channelOf),
          },
        }
      : {}),
  };
}

const channelOf = (channel: string | { readonly name: string }) => (typeof channel === 'string' ? { name: channel } : channel);

/** What is known beside the part itself; absent where a part is judged again later. */
export interface Beside {
  /** What the control charts say with a part. */
  readonly says: (input: RuleInput) => ChartFacts;
  /** What other stations have said of it. */
  readonly past: (part: string | null) => PartPast;
  /** The tags as reasons may tell them. */
  readonly told: (tags: RuleInput['tags']) => RuleInput['tags'];
}

export function judgeOf(name: string, config: Config, manifests: ReadonlyMap<string, Manifest>, beside?: Beside): Judge {
  const station = stationOf(name, config);
  const around = { models: Object.keys(station.models), tags: Object.keys(tagTypes(config)) };
  const charted = chartedTags(station.charts, around);
  const studied = studiedTags(station.studies, around);
  const judge = createJudge({
    ...beside,
    charts: chartScope(station),
    askable: askableFrom(name, config.stations),
    models: modelsOf(station, manifests),
    tags: tagTypes(config),
    rules: station.rules,
    decisions: station.decisions,
    route: station.route?.table,
    unknownTo: station.route?.unknown,
  });
  // What is charted is on the record of every part: the charts are caught up with from there. What a study measures is found there as well.
  return { ...judge, tags: [...new Set([...judge.tags, ...charted, ...studied])] };
}

/** What judges the parts of a station, as it is kept beside its records: with the tags alone that its rules may mean. */
export function rulesOf(name: string, config: Config, manifests: ReadonlyMap<string, Manifest>): RecordedRules {
  const station = stationOf(name, config);
  const { rules = null } = station;
  const words = new Set((rules ?? []).flatMap(({ when }) => when?.match(/\w+/g) ?? []));
  const named = [...aliasesOf(Object.keys(tagTypes(config)))].flatMap(([alias, tags]) => (words.has(alias) ? tags : []));
  const meant = new Set(named);
  const of = <T>(all: Readonly<Record<string, T>>) => Object.fromEntries(Object.entries(all).filter(([tag]) => meant.has(tag)));
  return {
    models: modelsOf(station, manifests),
    tags: of(tagTypes(config)),
    ranges: of(rangesOf(config)),
    charts: chartScope(station),
    askable: askedOf(name, config, rules ?? []),
    rules,
  };
}

function stationOf(name: string, { stations }: Config) {
  const station = stations[name];
  if (!station) throw new LinesideError('INTERNAL', { why: `no station ${name}` });
  return station;
}

/** Those alone that the rules ask: it is kept beside the records of every config. */
function askedOf(name: string, { stations }: Config, rules: readonly { readonly when?: string | undefined }[]) {
  const asked = new Set(askedIn(rules.map(({ when }) => when)));
  return Object.fromEntries(Object.entries(askableFrom(name, stations)).filter(([other]) => asked.has(other)));
}

const chartScope = ({ charts = {} }: Config['stations'][string]) =>
  Object.fromEntries(Object.entries(charts).map(([name, chart]) => [name, { capable: isCapable(chart) }] as const));

const modelsOf = (station: Config['stations'][string], manifests: ReadonlyMap<string, Manifest>) =>
  Object.fromEntries(Object.keys(station.models).map((name) => [name, { labels: labelsOf(station, name, manifests) }] as const));

const tagTypes = ({ opcua }: Config) =>
  Object.fromEntries(
    Object.entries(opcua).flatMap(([server, { tags }]) =>
      Object.entries(tags).map(([tag, { unit, range }]) => [`${server}.${tag}`, unit !== undefined || range ? 'number' : 'any'] as const),
    ),
  );

const rangesOf = ({ opcua }: Config) =>
  Object.fromEntries(
    Object.entries(opcua).flatMap(([server, { tags }]) =>
      Object.entries(tags).flatMap(([tag, { range }]) => (range ? [[`${server}.${tag}`, [range[0], range[1]] as const] as const] : [])),
    ),
  );

/** Of every package that a recipe, or a candidate, may put in this model's place; undefined where one is not known, or reads texts of its own. */
function labelsOf(
  { models, recipes }: Config['stations'][string],
  name: string,
  manifests: ReadonlyMap<string, Manifest>,
): readonly string[] | undefined {
  const changes = [models[name], ...Object.values(recipes ?? {}).map((recipe) => recipe.models[name])];
  const packages = changes.flatMap((change) => [change?.model ?? [], change?.shadow?.model ?? []].flat());
  const labels = packages.map((each) => manifests.get(each)).map((found) => (found?.kind === 'read' ? undefined : found?.labels));
  return labels.every((list) => list !== undefined) ? labels.flat() : undefined;
}

/** By `server.tag`, of those that have one. */
export const unitsOf = ({ opcua }: Config): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(opcua).flatMap(([server, { tags }]) =>
      Object.entries(tags).flatMap(([tag, { unit }]) => (unit === undefined ? [] : [[`${server}.${tag}`, unit] as const])),
    ),
  );

/** By `server.tag`, endpoint and node: two tags that are the same there are the same variable of the same PLC. */
export const nodesOf = ({ opcua }: Config): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(opcua).flatMap(([server, { endpoint, tags }]) =>
      Object.entries(tags).map(([tag, { node }]) => [`${server}.${tag}`, `${endpoint} ${node}`] as const),
    ),
  );
