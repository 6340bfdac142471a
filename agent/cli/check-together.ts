/** What `lineside check` tries of the answers together: the region in the real picture, the verdict on the real tag, the time of the real models. */
import { askableFrom } from '../config/following.ts';
import type { Config, StationConfig } from '../config/schema.ts';
import type { Finding, Said, TagReading, TagValue } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { createJudge } from '../rules/judge.ts';

export interface Result {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, or the operator's sentence with the next step. */
  readonly detail: string;
}

/** What cameras, servers and packages showed. */
export interface Seen {
  readonly pictures: Map<string, { readonly width: number; readonly height: number; readonly bytes: number }>;
  /** By server.tag. */
  readonly values: Map<string, TagValue>;
  /** Milliseconds of an inference, by package and variant. */
  readonly models: Map<string, ReadonlyMap<string, number>>;
  /** Faults beside the first of a server. */
  readonly more: Result[];
}

/** Pictures in flight at least: one that comes, one that is judged, one that waits. */
const IN_FLIGHT = 3;

/** A line for each thing that would go wrong with every part; none where all fits. */
export function together(config: Config, seen: Seen): readonly Result[] {
  const cameras = Object.keys(config.cameras).flatMap((name) => memoryOf(config, name, seen));
  const stations = Object.entries(config.stations).flatMap(([name, station]) => stationFaults(config, name, station, seen));
  return [...cameras, ...stations];
}

const result = (what: string, detail: string): Result => ({ what, ok: false, detail });
const told = (what: string, fault: LinesideError): Result => result(what, `${fault.message} ${fault.next}`);

function memoryOf(config: Config, name: string, { pictures }: Seen): readonly Result[] {
  const picture = pictures.get(name);
  const memory = config.cameras[name]?.memory ?? 0;
  if (!picture || picture.bytes * IN_FLIGHT <= memory) return [];
  const [one, needed] = [Math.ceil(picture.bytes / 1e6), Math.ceil((picture.bytes * IN_FLIGHT) / 1e6)];
  return [result(`camera ${name}`, `a picture takes ${one} MB, and \`memory\` is ${memory / 1e6} MB; write memory: ${needed}MB or more`)];
}

function stationFaults(config: Config, name: string, station: StationConfig, seen: Seen): readonly Result[] {
  const what = `station ${name}`;
  return [
    ...regionFaults(config, what, station, seen),
    ...timeFaults(what, station, seen),
    ...answerFaults(what, station, seen),
    ...recipeFaults(what, name, station, seen),
    ...ruleFaults(config, { what, name }, station, seen),
  ];
}

function regionFaults(config: Config, what: string, { models, part }: StationConfig, { pictures }: Seen): readonly Result[] {
  const [only] = Object.keys(config.cameras);
  const regions = [
    ...Object.entries(models).map(([model, { camera = only, region }]) => ({ model, camera, region })),
    ...(typeof part === 'object' && 'code' in part ? [{ model: 'part', camera: part.code, region: part.region }] : []),
  ];
  return regions.flatMap(({ model, camera = '', region }) => {
    const picture = pictures.get(camera);
    if (!region || !picture) return [];
    const [x, y, width, height] = region;
    if (x + width <= picture.width && y + height <= picture.height) return [];
    const { width: across, height: down } = picture;
    return [told(what, new LinesideError('REGION_OUTSIDE', { region: region.join(', '), model, camera, width: across, height: down }))];
  });
}

/** The models of a station run beside each other: the slowest counts, and on one processor all of them. */
function timeFaults(what: string, { models, deadline }: StationConfig, seen: Seen): readonly Result[] {
  return Object.values(models).flatMap(({ model, variant }) => {
    const times = seen.models.get(model);
    const ms = variant === undefined ? Math.min(...(times?.values() ?? [])) : times?.get(variant);
    if (ms === undefined || !Number.isFinite(ms) || ms < deadline) return [];
    return [
      result(what, `the deadline is ${deadline} ms, and ${model} takes ${ms.toFixed(1)} ms here; raise it, or take a smaller package`),
    ];
  });
}

/** The kind of what stands in the tag now says what may be written; a tag without a value says nothing. */
function answerFaults(what: string, { answer, decisions }: StationConfig, { values }: Seen): readonly Result[] {
  const written = [
    ...(answer ? Object.values(answer.values).map((value) => [answer.verdict, value] as const) : []),
    ...(answer?.ready ? [[answer.ready.tag, answer.ready.value] as const] : []),
    ...decisions.flatMap(({ write }) => Object.entries(write ?? {})),
  ];
  const unfit = written.filter(([tag, value]) => !fits(values.get(tag), value));
  return unfit.map(([tag, value]) =>
    told(what, new LinesideError('OPCUA_TYPE', { tag, type: typeName(values.get(tag)), value: String(value) })),
  );
}

function fits(now: TagValue | undefined, value: unknown): boolean {
  if (typeof now === 'number') return typeof value === 'boolean' || (String(value).trim() !== '' && Number.isFinite(Number(value)));
  return typeof now !== 'boolean' || /^(true|false|0|1)$/.test(String(value));
}
const typeName = (now: TagValue | undefined) => (typeof now === 'number' ? 'number' : 'true or false');

function recipeFaults(what: string, name: string, { recipe, recipes }: StationConfig, { values }: Seen): readonly Result[] {
  const now = recipe?.tag === undefined ? undefined : values.get(recipe.tag);
  if (!recipe || !recipes || now === undefined || now === null || now === '') return [];
  const present = recipe.values?.[String(now)] ?? String(now);
  return present === recipe.default || Object.hasOwn(recipes, present)
    ? []
    : [told(what, new LinesideError('RECIPE_UNKNOWN', { station: name, recipe: present }))];
}

interface Named {
  readonly what: string;
  readonly name: string;
}

/** Every rule once, on the tags as they are now and findings in the middle: a rule that compares a text with a number fails here too. */
function ruleFaults(
  config: Config,
  { what, name }: Named,
  { models, rules = [], charts = {} }: StationConfig,
  { values }: Seen,
): readonly Result[] {
  const tags: Record<string, TagReading> = {};
  for (const [tag, value] of values) tags[tag] = { value, status: 0, source: 0 };
  const names = Object.keys(models);
  const findings = Object.fromEntries(names.map((model) => [model, neutral(model)]));
  const all = Object.entries(config.opcua).flatMap(([server, of]) =>
    Object.keys(of.tags).map((tag) => [`${server}.${tag}`, 'any'] as const),
  );
  return rules.flatMap((rule) => {
    try {
      const judge = createJudge({
        models: Object.fromEntries(names.map((model) => [model, {}])),
        tags: Object.fromEntries(all),
        rules: [rule],
        charts: Object.fromEntries(Object.keys(charts).map((chart) => [chart, { capable: true }])),
        says: () => ({
          facts: Object.fromEntries(Object.keys(charts).map((chart) => [chart, { out: false, rule: '', phase: 'learning' }])),
          cpk: () => Number.NaN,
        }),
        askable: askableFrom(name, config.stations),
        past: () => ({ now: 0, last: (of) => neutralWord(Object.keys(config.stations[of]?.models ?? {})) }),
      });
      if (judge.tags.every((tag) => values.get(tag) !== undefined && values.get(tag) !== null)) {
        judge.judge({ findings, tags, recipe: '', part: null });
      }
      return [];
    } catch (thrown) {
      return [told(what, asLinesideError(thrown, 'RULE_FAILED', { rule: rule.when ?? '' }))];
    }
  });
}

/** As though the part had passed every station before. */
const neutralWord = (models: readonly string[]): Said => ({
  verdict: 'ok',
  reasons: [],
  recipe: '',
  at: 0,
  scores: Object.fromEntries(models.map((model) => [model, 0.5])),
  passes: 1,
});

const neutral = (model: string): Finding =>
  ({
    model,
    package: '',
    version: '',
    variant: '',
    provider: 'cpu',
    sha256: '',
    kind: 'classify',
    label: '',
    score: 0.5,
    threshold: 0.5,
    review: null,
    margin: 0,
    queueMs: 0,
    runMs: 0,
    probabilities: {},
    contributions: {},
    reading: { text: '', confidence: 0.5 },
  }) as unknown as Finding;
