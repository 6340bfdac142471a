/** What may stand where the caret is, by the config's JSON schema. Pure; block style only: within braces it offers nothing. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
}

export interface Offer {
  readonly text: string;
  readonly about: string;
}

/** The text from `from` to the caret is replaced by what is chosen. */
export interface Offers {
  readonly from: number;
  /** Of the block that the caret is in: stations.outlet */
  readonly path: readonly string[];
  readonly offers: readonly Offer[];
}

const KEY = /^(?<indent> *)(?<dash>- +)?(?:(?<key>["']?[\w.-]+["']?)(?<colon>:)?)?(?<rest>.*)$/;

export function offersAt(schema: Schema, text: string, caret: number): Offers {
  const begin = text.lastIndexOf('\n', caret - 1) + 1;
  const typed = text.slice(begin, caret);
  const { indent = '', dash = '', key = '', colon, rest = '' } = KEY.exec(typed)?.groups ?? {};
  const column = indent.length + dash.length;
  const own = dash === '' ? [] : [{ at: indent.length, step: '[]' }];
  const above = [...text.slice(0, begin).split('\n').flatMap(placesOf), ...own].toReversed();
  const path = blockAt(above, column);
  const blocks = path.reduce<readonly Schema[]>((at, step) => at.flatMap((one) => inner(one, step)), [schema]);
  const value = rest.trimStart();
  if (colon !== undefined) {
    const choices = blocks.flatMap((block) => inner(block, bare(key))).flatMap(valuesOf);
    const from = caret - value.length;
    return { from: rest === '' ? caret : from, path: [...path, bare(key)], offers: rest === '' ? [] : beginning(choices, value) };
  }
  if (rest !== '') return { from: caret, path, offers: [] };
  const below = text.slice(caret).split('\n').slice(1).flatMap(placesOf);
  const present = new Set([...siblings(above, column), ...siblings(below, column)]);
  const keys = blocks.flatMap(keysOf).filter(({ text: name }) => !present.has(name.replace(/: $/, '')));
  return { from: begin + column, path, offers: beginning(keys, key) };
}

const bare = (key: string): string => key.replaceAll(/["']/g, '');
const beginning = (offers: readonly Offer[], typed: string): readonly Offer[] =>
  [...new Map(offers.map((offer) => [offer.text, offer])).values()].filter(({ text }) => text.startsWith(typed) && text !== typed);

/** A key, or the dash of an entry of a list, and the column that it stands at. */
interface Place {
  readonly at: number;
  /** `[]`: a dash. */
  readonly step: string;
}

/** Of one line, from left to right. */
function placesOf(line: string): readonly Place[] {
  if (line.trim() === '' || line.trimStart().startsWith('#')) return [];
  const { indent = '', dash = '', key = '', colon } = KEY.exec(line)?.groups ?? {};
  return [
    ...(dash === '' ? [] : [{ at: indent.length, step: '[]' }]),
    ...(colon === undefined ? [] : [{ at: indent.length + dash.length, step: bare(key) }]),
  ];
}

/** The way to a line at `column`: of what stands above it, bottom first, whatever stands further left than all before. */
function blockAt(above: readonly Place[], column: number): readonly string[] {
  const path: string[] = [];
  let limit = column;
  for (const { at, step } of above) {
    // A list may stand at the indent of its own key.
    const isKeyOfList = at === limit && path[0] === '[]' && step !== '[]';
    if (at >= limit && !isKeyOfList) continue;
    path.unshift(step);
    limit = at;
  }
  return path;
}

/** Keys of the same block: up or down to the first place that is further left. */
function siblings(places: readonly Place[], column: number): readonly string[] {
  const end = places.findIndex(({ at }) => at < column);
  return places
    .slice(0, end < 0 ? places.length : end)
    .filter(({ at }) => at === column)
    .map(({ step }) => step);
}

function inner(schema: Schema, step: string): readonly Schema[] {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => inner(one, step));
  if (step === '[]') return schema.items ? [schema.items] : [];
  const own = schema.properties && Object.hasOwn(schema.properties, step) ? schema.properties[step] : undefined;
  return own ? [own] : Object.values(schema.patternProperties ?? {});
}

function keysOf(schema: Schema): readonly Offer[] {
  if (schema.anyOf) return schema.anyOf.flatMap(keysOf);
  return Object.entries(schema.properties ?? {}).map(([key, { description = '' }]) => ({ text: `${key}: `, about: description }));
}

function valuesOf(schema: Schema): readonly Offer[] {
  if (schema.anyOf) return schema.anyOf.flatMap(valuesOf);
  const about = schema.description ?? '';
  const choices = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const all = schema.type === 'boolean' || (Array.isArray(schema.type) && schema.type.includes('boolean')) ? [true, false] : choices;
  return all.map((value) => ({ text: String(value), about }));
}
