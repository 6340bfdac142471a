/** docs/config.md: every key of the config file, by section. */
import { cameraSchema } from '../../agent/config/cameras.ts';
import { BaseSchema } from '../../agent/config/schema.ts';
import { branchesOf, entryOf, isBlock, isTuple, limitsOf, type Shape, shapeOf, UNITS } from '../../agent/config/shape.ts';
import { either } from '../../agent/config/suggest.ts';
import type { CameraKind } from '../../agent/contracts/index.ts';
import { EXPRESSIONS, INTRODUCTION } from './config-text.ts';
import { anchor, page, table } from './markdown.ts';

export function configReference(kinds: readonly CameraKind[]): string {
  const sections = Object.entries(BaseSchema).flatMap(([key, schema]) => {
    const own = section(key, shapeOf(schema));
    // Cameras stand after the tag servers, as in the file.
    return key === 'opcua' ? [...own, ...cameraSections(kinds)] : own;
  });
  return page(INTRODUCTION, ...sections, EXPRESSIONS);
}

function cameraSections(kinds: readonly CameraKind[]): readonly string[] {
  const of = (kind: CameraKind) => {
    const heading = `### cameras.*name* with ${kind.schemes.map((scheme) => `\`${scheme}://\``).join(' or ')}`;
    return [heading, kind.summary, keyTable('cameras', shapeOf(cameraSchema(kind)))];
  };
  return [
    '## cameras',
    'Cameras by name. The scheme of the address picks the kind.',
    `A change starts anew: ${RESTARTS.source}.`,
    ...PICTURES,
    ...kinds.flatMap(of),
  ];
}

/** What every kind of camera, `models evaluate` and `models compare` make of a picture. */
const PICTURES = [
  'Pictures are judged as people see them. A picture whose EXIF data say how the camera was held (a phone held upright: orientation 6) is turned and mirrored first, as viewers and `cv2.imread` do; a video whose pixels are not square is stretched until they are. `region`, boxes and stored pictures mean the result. `lineside check` prints its size.',
  'Grey (`format: mono8`, packages of one channel) is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B of the values as they are stored (no gamma is undone), whatever the format and the decoder: within 1 of 255 of `cv2.cvtColor(…, COLOR_BGR2GRAY)` where the colours are the same.',
];

/** Heading, description and table of a block, then of the blocks in it. */
function section(path: string, shape: Shape): readonly string[] {
  const entry = shape.properties ? undefined : entryOf(shape)?.[1];
  if (entry && isBlock(entry)) return [...heading(path, shape), ...section(`${path}.*name*`, entry)];
  if (entry) return [];
  const inner = Object.entries(shape.properties ?? {}).flatMap(([key, property]) => innerSections(`${path}.${key}`, property));
  return [...heading(path, shape), keyTable(path, shape), ...inner];
}

const heading = (path: string, { description, 'x-restarts': scope }: Shape): readonly string[] => [
  `${path.includes('.') ? '###' : '##'} ${path}`,
  ...(description ? [description] : []),
  ...(scope ? [`A change starts anew: ${RESTARTS[scope]}.`] : []),
];

/** Said where the schema says it, and true of everything below that says nothing else. */
const RESTARTS = {
  none: 'nothing that judges',
  publisher: 'the publisher',
  source: 'this camera or server',
  station: 'the stations concerned',
  agent: 'the whole agent',
} as const;

function innerSections(path: string, shape: Shape): readonly string[] {
  const branches = branchesOf(shape);
  const blocks = branches.filter(isBlock);
  if (branches.length > 1 && blocks.length > 0) {
    const words = blocks.length === branches.length ? 'One of these:' : 'The value itself, or one of these:';
    return [...heading(path, shape), words, ...blocks.map((branch) => keyTable(path, branch))];
  }
  const item = shape.type === 'array' && !isTuple(shape) ? (shape.items as Shape | undefined) : shape;
  return item && isBlock(item) && hasSection(item)
    ? section(path, { ...item, ...(shape.description ? { description: shape.description } : {}) })
    : [];
}

/** Blocks of names and plain values need no table of their own. */
function hasSection(shape: Shape): boolean {
  return shape.properties !== undefined || isBlock(entryOf(shape)?.[1] ?? {});
}

function keyTable(path: string, shape: Shape): string {
  const rows = Object.entries(shape.properties ?? {}).map(([key, property]) => [
    `\`${key}\``,
    typeOf(`${path}.${key}`, property),
    unitOf(property),
    rangeOf(property),
    defaultOf(property, key, shape),
    describe(property),
  ]);
  return table(['key', 'type', 'unit', 'range', 'default', 'description'], rows);
}

/** A value that starts anew something else than its block says so itself; a block has a heading for that. */
function describe({ description = '', 'x-restarts': scope, ...shape }: Shape): string {
  return scope && !isBlock(shape) ? `${description} A change starts anew: ${RESTARTS[scope]}.` : description;
}

function typeOf(path: string, shape: Shape): string {
  const branches = branchesOf(shape);
  if (branches.length > 1 && branches.every(isBlock)) return link(path, 'block');
  if (branches.length > 1 || branches[0] !== shape) return either([...new Set(branches.map((branch) => typeOf(path, branch)))]);
  if (shape.const !== undefined) return `\`${String(shape.const)}\``;
  if (shape['x-unit']) return shape['x-unit'] === 'bytes' ? 'size' : 'duration';
  if (shape.type === 'array' || isBlock(shape)) return compoundType(path, shape);
  return { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false' }[shape.type as 'string'] ?? 'value';
}

function compoundType(path: string, shape: Shape): string {
  if (isTuple(shape)) return `list of ${shape.items.length} numbers`;
  if (!isBlock(shape)) return `list of ${listed(path, shape)}`;
  return hasSection(shape) ? link(path, shape.properties ? 'block' : 'blocks by name') : 'values by name';
}

const listed = (path: string, { items }: Shape) => (isBlock(items as Shape) ? link(path, 'blocks') : typeOf(path, (items ?? {}) as Shape));
const link = (path: string, text: string) => `[${text}](#${anchor(path)})`;

const unitOf = (shape: Shape): string => (shape['x-unit'] ? UNITS[shape['x-unit']].join(', ') : '');

function rangeOf(shape: Shape): string {
  const { minimum, maximum, exclusiveMinimum: above } = shape;
  if (limitsOf(shape) !== '') return limitsOf(shape);
  const form = branchesOf(shape).find((branch) => branch['x-form'])?.['x-form'];
  if (above !== undefined) return `above ${above}${maximum === undefined ? '' : `, to ${maximum}`}`;
  if (minimum === undefined && maximum === undefined) return form ?? '';
  return maximum === undefined ? `${minimum} or more` : `${minimum ?? ''} to ${maximum}`;
}

function defaultOf(shape: Shape, key: string, { required, default: parent }: Shape): string {
  const value = shape.default ?? (parent as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (value !== undefined)
    return isBlock(shape) && Object.keys(value as object).length === 0
      ? ''
      : `\`${typeof value === 'object' ? JSON.stringify(value) : String(value)}\``;
  return required?.includes(key) ? '**required**' : '';
}
