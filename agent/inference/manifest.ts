/** The manifest of a model package: schema, reading, and faults that say what to mend. Loads no onnxruntime. */
import { basename, resolve } from 'node:path';
import { type StaticDecode, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { Duration, Fraction } from '../config/units.ts';
import type { Region } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';
import { invalid } from './faults.ts';
import { KINDS, kindOf } from './kinds/index.ts';
import type { OptionsSchema } from './kinds/kind.ts';
import { LARGEST, mistakenFor, readOfPackage } from './package-file.ts';
import { READER_FILES } from './text/files.ts';

const closed = { additionalProperties: false } as const;
const open = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });

const ImageSchema = Type.Object(
  {
    width: Type.Integer({ minimum: 1, maximum: 8192, description: 'Pixels.' }),
    height: Type.Integer({ minimum: 1, maximum: 8192, description: 'Pixels.' }),
    channels: Type.Union([Type.Literal(1), Type.Literal(3)], { description: '1 grey, 3 red-green-blue.' }),
    resize: Type.Literal('bilinear', { default: 'bilinear', description: 'How the region becomes this size.' }),
  },
  closed,
);

const ChannelSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'What the channel carries.' }),
    unit: Type.Optional(Type.String()),
    range: Type.Optional(Type.Tuple([Type.Number(), Type.Number()], { description: 'Values seen in training.' })),
    fill: Type.Optional(
      Type.Number({ description: 'Stands for the rows before the first one, where a recording is scored from its beginning.' }),
    ),
  },
  closed,
);

const WindowSchema = Type.Object(
  {
    steps: Type.Integer({ minimum: 1, maximum: 100_000, description: 'Rows.' }),
    every: Type.Optional(Duration({ description: 'Time from row to row.' })),
    channels: Type.Array(Type.Union([Type.String({ minLength: 1 }), ChannelSchema]), { minItems: 1, description: 'Columns, in order.' }),
  },
  closed,
);

const TextSchema = Type.Object(
  {
    characters: Type.Integer({ minimum: 1, maximum: 4096, description: 'Read of a text, at most.' }),
    words: Type.Integer({ minimum: 1, maximum: 512, description: 'That the network takes, in plain language.' }),
  },
  closed,
);

const CalibrationSchema = Type.Object(
  {
    rows: Type.Integer({ default: 400, minimum: 2, maximum: 20_000, description: 'Normal rows to learn from.' }),
    autocorrelation: Type.Number({ default: 0.9, maximum: 1, description: 'A tag with more of it, row to row, is context only.' }),
    floor: Type.Number({ default: 1e-6, exclusiveMinimum: 0, description: 'Smallest spread.' }),
    ridge: Type.Number({ default: 1e-3, exclusiveMinimum: 0, description: 'Added to the diagonal of the covariance.' }),
    quantile: Type.Number({ default: 0.99, minimum: 0, maximum: 1, description: 'Of the distances of normal windows.' }),
    factor: Type.Number({ default: 2, exclusiveMinimum: 0, description: 'Limit: this times the quantile.' }),
  },
  { ...closed, default: {}, description: 'How a forecast is calibrated on the box.' },
);

const VariantSchema = Type.Object(
  {
    file: Type.String({ pattern: '^[\\w][\\w.-]*\\.onnx$', description: 'ONNX file in the package folder.' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the file, hexadecimal.' }),
    quantization: Type.Optional(Type.Union([Type.Null(), open('How it was quantized.')])),
    figures: Type.Optional(open('What it reached.')),
  },
  closed,
);

export const ManifestSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', description: 'The name of the folder.' }),
    version: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+(-[\\w.]+)?$', description: 'Semantic version.' }),
    kind: Type.Union(
      KINDS.map((kind) => Type.Literal(kind.name)),
      { description: 'What the outputs mean.' },
    ),
    summary: Type.String({ minLength: 1, description: 'One sentence.' }),
    inputs: Type.Object(
      { image: Type.Optional(ImageSchema), window: Type.Optional(WindowSchema), text: Type.Optional(TextSchema) },
      closed,
    ),
    labels: Type.Array(Type.String({ minLength: 1 }), { default: [], uniqueItems: true, description: 'In the order of the outputs.' }),
    good: Type.Optional(Type.String({ description: 'The label that means: nothing wrong.' })),
    thresholds: Type.Object({ score: Fraction({}), review: Type.Optional(Type.Tuple([Fraction({}), Fraction({})])) }, closed),
    decode: Type.Record(Type.String(), Type.Unknown(), { default: {}, description: 'What the kind needs.' }),
    calibration: CalibrationSchema,
    golden: Type.Object({ tolerance: Type.Number({ minimum: 0, description: 'Largest absolute difference in any output.' }) }, closed),
    tensors: Type.Record(Type.String(), Type.String({ minLength: 1 }), {
      default: {},
      description: "The network's own names, where they differ from models/README.md: {image: x, probabilities: probs}.",
    }),
    evaluation: Type.Optional(
      Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', description: 'Protocol that `lineside models evaluate` measures it by.' }),
    ),
    files: Type.Record(Type.String({ pattern: '^[\\w][\\w.-]*$' }), Type.String({ pattern: '^[0-9a-f]{64}$' }), {
      default: {},
      description: 'Files beside the networks, with their sha256: the tables that a text is read with.',
    }),
    variants: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }), VariantSchema, { minProperties: 1 }),
    provenance: Type.Optional(open('Where it comes from.')),
  },
  closed,
);

type Content = StaticDecode<typeof ManifestSchema>;
/** A manifest that has been checked, durations in ms. `folder` is absolute. */
export type Manifest = Content & { readonly folder: string };
export type ImageInput = StaticDecode<typeof ImageSchema>;

/**
 * Reads and checks `<folder>/manifest.yaml`. Rejects with MODEL_INVALID, its faults together. The files that it names are not looked
 * at: `lineside models verify` and the load do that. Whatever lies there costs some milliseconds and is refused: this runs on the
 * thread that judges.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const name = basename(resolve(folder));
  const refuse = (why: string) => invalid(name, `manifest.yaml cannot be read (${why})`);
  const bytes = await readOfPackage(folder, 'manifest.yaml', { most: LARGEST.manifest, refuse });
  const manifest = check(parse(bytes, name), name);
  return { ...manifest, folder: resolve(folder) };
}

/** Names of the window's channels, in order; none for a picture. */
export function channelNames({ inputs: { window } }: Pick<Manifest, 'inputs'>): readonly string[] {
  return window?.channels.map((channel) => (typeof channel === 'string' ? channel : channel.name)) ?? [];
}

/** What stands for rows before the first one, channel by channel. */
export function fillsOf({ inputs: { window } }: Pick<Manifest, 'inputs'>): readonly (number | undefined)[] {
  return window?.channels.map((channel) => (typeof channel === 'string' ? undefined : channel.fill)) ?? [];
}

/** Of all keys and items, and of blocks within blocks: parsers recurse, and compare every key with every other. */
const MOST = { pieces: 20_000, deep: 100 };

function parse(bytes: Buffer, model: string): unknown {
  const foreign = mistakenFor(bytes);
  if (foreign) throw invalid(model, `manifest.yaml: ${foreign.why}; ${foreign.mend}`);
  const text = bytes.toString('utf8');
  const excess = excessOf(text);
  if (excess) throw invalid(model, `manifest.yaml ${excess}`);
  const lines = new LineCounter();
  // Keys said twice are looked for below: the parser's own search takes minutes for some ten thousand.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [fault] = [...document.errors.map(({ pos, message }) => ({ at: pos[0], message })), ...repeated(document)];
  if (fault) {
    const { line, col } = lines.linePos(fault.at);
    throw invalid(model, `manifest.yaml:${line}:${col}: ${fault.message}`);
  }
  try {
    return document.toJS();
  } catch (thrown) {
    throw invalid(model, `manifest.yaml: ${messageOf(thrown)}`);
  }
}

/** Counted before anything is parsed, and too much rather than too little: what stands in quotes counts as well. */
function excessOf(text: string): string | null {
  let [pieces, deep, flow] = [0, 0, 0];
  for (const character of text) {
    if (character === '\n' || character === ',' || character === ':') pieces++;
    if (character === '[' || character === '{') flow++;
    if (character === ']' || character === '}') flow = Math.max(0, flow - 1);
    deep = Math.max(deep, flow);
  }
  // A block within a block stands further to the right, or behind one more dash.
  for (const [indent] of text.matchAll(/^[ \t?:-]+/gm)) deep = Math.max(deep, indent.length / 2);
  if (pieces > MOST.pieces) return `holds ${pieces} keys, items and lines; ${MOST.pieces} are read at most`;
  return deep > MOST.deep ? `is nested ${Math.round(deep)} deep; ${MOST.deep} are read at most` : null;
}

function repeated(document: ReturnType<typeof parseDocument>): readonly { readonly at: number; readonly message: string }[] {
  const found: { at: number; message: string }[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          found.push({ at: key.range?.[0] ?? 0, message: `the key ${String(key.value).slice(0, 40)} stands here twice` });
        seen.add(key.value);
      }
    },
  });
  return found;
}

function check(found: unknown, name: string): Content {
  const manifest = Value.Decode(ManifestSchema, checked(ManifestSchema, found, '', name));
  const kind = kindOf(manifest.kind);
  const decode = checked(kind.options, { ...defaultsOf(kind.options), ...manifest.decode }, '/decode', name) as Record<string, unknown>;
  const faults = [
    ...inputFaults(manifest),
    ...fileFaults(manifest),
    ...labelFaults(manifest, kind.needsGood(decode)),
    ...thresholdFaults(manifest),
    ...(kind.faults?.(decode, manifest.inputs.image ?? null) ?? []),
  ];
  if (manifest.name !== name) faults.push(`name is ${manifest.name}, the folder is ${name}: they must be the same`);
  if (faults.length > 0) throw invalid(name, together(faults));
  return { ...manifest, decode };
}

/** `value` with the schema's defaults, or MODEL_INVALID with every fault. */
function checked(schema: object, value: unknown, path: string, name: string): unknown {
  const filled = Value.Default(schema as TSchema, value);
  const faults = Value.Errors(schema as TSchema, filled);
  if (faults.length === 0) return filled;
  throw invalid(
    name,
    together(
      faults
        .slice(0, TOLD + 1)
        .map((fault) => `${dotted(path + fault.instancePath)} ${fault.message}${detail(fault.message, fault.params)}`),
      faults.length,
    ),
  );
}

/** Faults told at once: nobody reads more, and each alarm, log line and topic carries them. */
const TOLD = 10;

const together = (faults: readonly string[], of = faults.length): string =>
  [...faults.slice(0, TOLD).map((fault) => fault.slice(0, 300)), ...(of > TOLD ? [`and ${of - TOLD} more`] : [])].join('; ');

/** Value.Default() fills in for schemas that Type made; a kind's options are plain JSON Schema. */
function defaultsOf({ properties }: OptionsSchema): Record<string, unknown> {
  const given = Object.entries(properties).filter(([, property]) => property['default'] !== undefined);
  return Object.fromEntries(given.map(([name, property]) => [name, property['default']]));
}

const dotted = (pointer: string): string => pointer.slice(1).replaceAll('/', '.') || 'the manifest';

/** What the message leaves out: which properties, which values. */
function detail(message: string, params: object): string {
  const names = Object.values(params).flat().slice(0, TOLD).map(String);
  return names.length === 0 || names.every((name) => message.includes(name)) ? '' : ` (${names.join(', ')})`;
}

/** Numbers in one input, at most: each part has its memory twice, and 4000x4000 in colour is more than any line judges. */
const LARGEST_INPUT = 50_000_000;

function inputFaults({ kind, inputs }: Content): string[] {
  const wanted = kindOf(kind).input;
  const given = Object.keys(inputs);
  if (given.length !== 1 || given[0] !== wanted) return [`inputs must hold ${wanted}, and nothing else, for ${kind}`];
  const { image, window } = inputs;
  const size = image ? image.width * image.height * image.channels : (window?.steps ?? 0) * (window?.channels.length ?? 0);
  return size > LARGEST_INPUT ? [`inputs.${wanted} holds ${size} numbers, ${LARGEST_INPUT} are taken at most`] : [];
}

function fileFaults({ inputs, files }: Content): string[] {
  const missing = inputs.text ? READER_FILES.filter((file) => files[file] === undefined) : [];
  return missing.length === 0 ? [] : [`files must name ${missing.join(', ')}, which a text is read with`];
}

function labelFaults({ good, labels }: Content, needed: boolean): string[] {
  if (good === undefined) return needed ? ['good is missing: the label that means nothing wrong'] : [];
  return labels.includes(good) ? [] : [`good is ${good}, which is not among the labels ${labels.join(', ')}`];
}

function thresholdFaults({ thresholds: { review } }: Content): string[] {
  return review && review[0] > review[1] ? [`thresholds.review runs backwards: ${review.join(' to ')}`] : [];
}

/** Scores that good and bad parts had where they were held out, as `lineside teach` writes them; empty in every other package. */
export const heldOutOf = (manifest: Manifest | undefined, said: 'good' | 'bad' = 'good'): readonly number[] => {
  const taught = manifest?.provenance?.['taught'];
  const heldOut = isRecord(taught) ? taught['held_out'] : undefined;
  const scores = isRecord(heldOut) ? heldOut[said] : undefined;
  return Array.isArray(scores) && scores.length <= MOST_HELD_OUT && scores.every((score) => Number.isFinite(score)) ? scores : [];
};

/** Infinite where nothing is known of it. */
export function highestTaught(manifest: Manifest): number {
  const scores = [...heldOutOf(manifest, 'good'), ...heldOutOf(manifest, 'bad')];
  return scores.length > 0 ? Math.max(...scores) : Number.POSITIVE_INFINITY;
}

/** Where a package that looks for its part has its reference, as x, y, width and height in shares of its picture; null: it looks for none. */
export function referenceOf(manifest: Manifest | undefined): readonly [x: number, y: number, width: number, height: number] | null {
  // As anomaly.ts has checked it.
  const registered = manifest?.decode['registered'] as
    | { readonly reference: readonly number[]; readonly field: readonly number[] }
    | undefined;
  if (!registered) return null;
  const [x = 0, y = 0, width = 1, height = 1] = registered.reference;
  const [across = 1, down = 1] = registered.field;
  return [x / across, y / down, width / across, height / down];
}

/**
 * Part of every picture that a package was taught on which looks for its part, in pixels of the frame: on any other it is looked for at another
 * scale. Null: whole pictures. Undefined: it looks for none, or nothing is known of that.
 */
export function taughtRegionOf(manifest: Manifest | undefined): Region | null | undefined {
  const taught = manifest?.provenance?.['taught'];
  if (!isRecord(taught) || !manifest?.decode['registered']) return undefined;
  const region = taught['region'];
  return region === null || Value.Check(TaughtRegion, region) ? region : undefined;
}

const Pixels = Type.Integer({ minimum: 0, maximum: 65_535 });
const TaughtRegion = Type.Tuple([
  Pixels,
  Pixels,
  Type.Integer({ minimum: 1, maximum: 65_535 }),
  Type.Integer({ minimum: 1, maximum: 65_535 }),
]);

/** At most one good part in so many is rejected, where the package was taught with such a promise; null elsewhere. */
export function promisedOf(manifest: Manifest | undefined): { readonly one_in: number; readonly at: number } | null {
  const taught = manifest?.provenance?.['taught'];
  const promised = isRecord(taught) ? taught['promised'] : undefined;
  const oneIn = isRecord(promised) ? promised['one_in'] : undefined;
  return manifest && typeof oneIn === 'number' && oneIn > 1 ? { one_in: oneIn, at: manifest.thresholds.score } : null;
}

const MOST_HELD_OUT = 10_000;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
