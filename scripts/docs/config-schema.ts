/** config/schema.json: JSON Schema 2020-12 of the config file, for editors. */
import { Type } from 'typebox';
import { cameraSchema } from '../../agent/config/cameras.ts';
import { BaseSchema } from '../../agent/config/schema.ts';
import { branchesOf, isTuple, limitsOf, type Shape, shapeOf } from '../../agent/config/shape.ts';
import type { CameraKind } from '../../agent/contracts/index.ts';

/** A value may stand in the environment or in a file; editors must not underline that. */
const REFERENCE = '\\$\\{(env|file):[^}]+\\}';

export function configSchema(kinds: readonly CameraKind[]): string {
  const base = shapeOf(Type.Object(BaseSchema, { additionalProperties: false }));
  const { properties = {}, required = [] } = base;
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Lineside',
    description: 'The config of one gateway.',
    ...editorView({ ...base, properties: { ...properties, cameras: camerasShape(kinds) }, required }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function camerasShape(kinds: readonly CameraKind[]): Shape {
  const entries = kinds.map((kind) => {
    const entry = shapeOf(cameraSchema(kind));
    const url = { ...entry.properties?.['url'], pattern: `^(${kind.schemes.join('|')})://` };
    return { ...entry, properties: { ...entry.properties, url } };
  });
  const name = Object.keys(BaseSchema.opcua.patternProperties)[0] ?? '';
  return { type: 'object', description: 'Cameras by name.', patternProperties: { [name]: { anyOf: entries } } };
}

/** The schema as a file may be: what has a default may be missing, and what is read from elsewhere may be a reference. */
function editorView(shape: Shape): Record<string, unknown> {
  const words = {
    ...(shape.description ? { description: described(shape) } : {}),
    ...(shape.default === undefined ? {} : { default: shape.default }),
  };
  if (shape.anyOf) return { ...words, ...union(branchesOf(shape)) };
  if (shape.const !== undefined) return { ...words, const: shape.const };
  if (shape.type === 'object') return { ...words, type: 'object', ...block(shape) };
  if (shape.type === 'array') return { ...words, type: 'array', ...list(shape) };
  return { ...words, ...scalar(shape) };
}

/** Editors know no bounds of quantities; people read them. */
const described = (shape: Shape) =>
  `${shape.description}${shape['x-form'] ? ` Write ${shape['x-form']}.` : ''}${limitsOf(shape) === '' ? '' : ` May be ${limitsOf(shape)}.`}`;

function union(branches: readonly Shape[]): Record<string, unknown> {
  if (branches.length === 1 && branches[0]) return editorView(branches[0]);
  if (branches.every((branch) => branch.const !== undefined)) return { enum: branches.map((branch) => branch.const) };
  return { anyOf: branches.map(editorView) };
}

function block({ properties, required, patternProperties }: Shape): Record<string, unknown> {
  if (!properties) {
    const [pattern = '', entry = {}] = Object.entries(patternProperties ?? {})[0] ?? [];
    return { patternProperties: { [pattern]: editorView(entry) }, additionalProperties: false };
  }
  const needed = (required ?? []).filter((key) => properties[key]?.default === undefined);
  return {
    properties: Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, editorView(property)])),
    ...(needed.length > 0 ? { required: needed } : {}),
    additionalProperties: false,
  };
}

function list(shape: Shape): Record<string, unknown> {
  const { minItems } = shape;
  if (isTuple(shape)) return { prefixItems: shape.items.map(editorView), minItems: shape.items.length, maxItems: shape.items.length };
  return { items: editorView((shape.items ?? {}) as Shape), ...(minItems === undefined ? {} : { minItems }) };
}

function scalar({ type, pattern, minimum, maximum, exclusiveMinimum, minLength }: Shape): Record<string, unknown> {
  if (type === 'string') {
    // `line: 3` is a text to the agent, and a number to the editor.
    return pattern === undefined
      ? { type: ['string', 'number'], ...(minLength ? { minLength } : {}) }
      : { type: 'string', pattern: `(${pattern})|${REFERENCE}` };
  }
  const limits = {
    ...(exclusiveMinimum === undefined ? {} : { exclusiveMinimum }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
  return { type: [type, 'string'], ...limits, pattern: REFERENCE };
}
