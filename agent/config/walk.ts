/**
 * Walks file and schema together: values with their defaults and in code's units come out, faults with their places. A library's
 * validator says `must match pattern "^…$"` at a JSON pointer; a technician needs a line, a column and a sentence.
 *
 * What is wrong is left out of the result, up to the nearest entry that may be missing, so that the rest can still be checked
 * against itself and all faults of a file are told at once.
 */
import { Value } from 'typebox/value';
import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { Secret } from '../contracts/secrets.ts';
import { readAddress } from './address.ts';
import { type ConfigDocument, keyText, type Path, pathText, textOf } from './document.ts';
import { type ConfigFault, MOST_FAULTS, type Place } from './faults.ts';
import { fillReferences, isFileReference, isSecretKey, maskAddress, passwordIn, type References, referencesIn } from './secrets.ts';
import { allowed, branchesOf, entryOf, isBlock, isTuple, isWithin, markOf, type Shape, unitFault } from './shape.ts';
import { didYouMean, either, nearest } from './suggest.ts';

/** What could not be used; its fault is reported already. */
export const BROKEN = Symbol('broken');
/** More nodes than any line needs: an alias bomb or somebody's log file. */
const MOST_NODES = 50_000;
const DEEPEST = 32;

export class Walk {
  readonly faults: ConfigFault[] = [];
  readonly warnings: ConfigFault[] = [];
  /** Faults beyond the first fifty. */
  more = 0;
  readonly secrets = new Set<string>();
  /** By path text: what stands in the canonical config instead of a secret. */
  readonly masks = new Map<string, string>();
  /** Paths whose value is a default, or missing, because what the file has there is broken; of entries of a list as the file counts them. */
  readonly replaced = new Set<string>();
  private nodes = 0;
  private readonly document: ConfigDocument;
  private readonly references: References;
  /** Secrets that cannot be had are no fault; they stand for themselves. */
  private readonly lenient: boolean;

  constructor(document: ConfigDocument, references: References, lenient = false) {
    this.lenient = lenient;
    this.document = document;
    this.references = references;
  }

  /** The file is larger than any config; there is no sense in looking at it further. */
  get exhausted(): boolean {
    return this.nodes > MOST_NODES;
  }

  fault(place: Place, text: string): typeof BROKEN {
    if (this.isFull) this.more++;
    else this.faults.push(this.document.fault(place, text));
    return BROKEN;
  }

  /** There are more faults than anybody mends in one go: the rest is counted, not described. */
  private get isFull(): boolean {
    return this.faults.length >= MOST_FAULTS;
  }

  faultAt(path: Path, text: string): typeof BROKEN {
    return this.fault(this.document.placeAt(path), text);
  }

  resolve(node: unknown): Node | null {
    return this.document.resolve(node);
  }

  /** The value of `node` as `shape` wants it, or BROKEN. */
  value(shape: Shape, given: Node | null, path: Path): unknown {
    const node = this.document.resolve(given);
    // Told already, as what it is.
    if (this.exhausted || this.document.isLoose(given)) return BROKEN;
    if (++this.nodes > MOST_NODES || path.length > DEEPEST) return this.tooMuch();
    const branches = branchesOf(shape);
    if (branches.length > 1 || branches[0] !== shape) return this.union(shape, branches, node, path);
    if (shape.type === 'object') return isMap(node) ? this.block(shape, node, path) : this.wrong(shape, node, path);
    if (shape.type === 'array') return isSeq(node) ? this.list(shape, node, path) : this.wrong(shape, node, path);
    return isScalar(node) ? this.scalar(shape, node, path) : this.wrong(shape, node, path);
  }

  /** Defaults of a shape for which the file has nothing; undefined when it has none. */
  absent(shape: Shape, fallback: unknown = shape.default): unknown {
    if (fallback === undefined) return undefined;
    if (isBlock(shape) && shape.properties) return this.defaults(shape.properties, fallback as Readonly<Record<string, unknown>>);
    return shape['x-unit'] ? Value.Decode(shape, fallback) : structuredClone(fallback);
  }

  private defaults(properties: Readonly<Record<string, Shape>>, given: Readonly<Record<string, unknown>>) {
    const entries = Object.entries(properties).map(([key, shape]) => [key, this.absent(shape, given[key] ?? shape.default)] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  /** The file's top level: like a block, but a broken section is left out alone. `elsewhere` are keys that others read. */
  sections(shape: Shape, node: YAMLMap, elsewhere: readonly string[]): Readonly<Record<string, unknown>> {
    const properties = shape.properties ?? {};
    const mistaken = this.unknownKeys(properties, node, []);
    const sections = Object.entries(properties).flatMap(([key, property]) => {
      const value = elsewhere.includes(key) ? undefined : this.property(shape, key, property, node, [], mistaken);
      return value === undefined || value === BROKEN ? [] : [[key, value] as const];
    });
    return Object.fromEntries(sections);
  }

  private tooMuch(): typeof BROKEN {
    this.nodes = MOST_NODES + 1;
    return this.fault(
      { line: 1, column: 1, length: 1 },
      `the file unfolds to more than ${MOST_NODES} values or ${DEEPEST} levels; a config is smaller`,
    );
  }

  // ------------------------------------------------------------ blocks and lists

  private block(shape: Shape, node: YAMLMap, path: Path): unknown {
    return shape.properties ? this.record(shape, shape.properties, node, path) : this.dictionary(shape, node, path);
  }

  /** A block of known keys. */
  private record(shape: Shape, properties: Readonly<Record<string, Shape>>, node: YAMLMap, path: Path): unknown {
    const result: Record<string, unknown> = {};
    const mistaken = this.unknownKeys(properties, node, path);
    let broken = false;
    for (const [key, property] of Object.entries(properties)) {
      const value = this.property(shape, key, property, node, path, mistaken);
      if (value === BROKEN) broken = true;
      else if (value !== undefined) result[key] = value;
    }
    return broken ? BROKEN : result;
  }

  private property(shape: Shape, key: string, property: Shape, node: YAMLMap, path: Path, mistaken: ReadonlySet<string | undefined>) {
    const pair = this.document.pairOf(node, key);
    const fallback = (shape.default as Readonly<Record<string, unknown>> | undefined)?.[key] ?? property.default;
    if (pair) {
      const value = this.value(property, pair.value as Node | null, [...path, key]);
      if (value !== BROKEN) return value;
      this.replaced.add(pathText([...path, key]));
      return fallback === undefined && shape.required?.includes(key) ? BROKEN : this.absent(property, fallback);
    }
    if (fallback !== undefined) return this.absent(property, fallback);
    if (!shape.required?.includes(key)) return undefined;
    if (mistaken.has(key)) return BROKEN;
    const what = property.description ?? `${allowed(property)}.`;
    return this.fault(this.document.placeAt(path, 'key'), `${pathText(path) || 'the file'} lacks ${key}: ${what}`);
  }

  /** Reports the keys that the block does not know; returns the known ones that were probably meant. */
  private unknownKeys(properties: Readonly<Record<string, Shape>>, node: YAMLMap, path: Path): ReadonlySet<string | undefined> {
    const present = new Set(node.items.map(({ key }) => keyText(key)));
    const free = Object.keys(properties).filter((known) => !present.has(known));
    const unknown = node.items.filter(({ key }) => !Object.hasOwn(properties, keyText(key)));
    return new Set(unknown.map(({ key }) => this.unknownKey(properties, free, key, path)));
  }

  private unknownKey(properties: Readonly<Record<string, Shape>>, free: readonly string[], key: unknown, path: Path): string | undefined {
    if (this.isFull) {
      this.more++;
      return undefined;
    }
    const word = keyText(key);
    const near = nearest(word, free);
    const hint =
      word === '<<'
        ? '; merge keys are not supported, write the keys out'
        : didYouMean(word, near ? [near] : Object.keys(properties), 'known here');
    this.fault(this.document.placeOf(key), `${pathText([...path, word])} is not a known key${hint}`);
    return near;
  }

  /** A block whose keys are names given by the user. */
  private dictionary(shape: Shape, node: YAMLMap, path: Path): unknown {
    const [pattern, entry] = entryOf(shape) ?? ['', {}];
    const entries = node.items.map((pair) => {
      const key = keyText(pair.key);
      if (!new RegExp(pattern).test(key)) this.badName(key, pair.key, path);
      return [key, this.value(entry, pair.value as Node | null, [...path, key])] as const;
    });
    // fromEntries makes `__proto__` a key like any other.
    return Object.fromEntries(entries.filter(([, value]) => value !== BROKEN));
  }

  badName(key: string, node: unknown, path: Path): void {
    const mended = key
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^[^a-z]+|_+$/g, '');
    const hint = mended === '' ? '' : `; write ${mended}`;
    const rule = 'a name has lower-case letters, digits and _, and begins with a letter';
    this.fault(this.document.placeOf(node), `${pathText([...path, key])} cannot be named so: ${rule}${hint}`);
  }

  private list(shape: Shape, node: YAMLSeq, path: Path): unknown {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
    if (isTuple(shape) && node.items.length !== shape.items.length) return this.wrong(shape, node, path);
    if (node.items.length < minItems || node.items.length > maxItems) {
      return this.fault(this.document.placeOf(node), `${pathText(path)} needs at least ${minItems} entry: ${allowed(shape)}`);
    }
    const items = node.items.map((item, index) => {
      const of = isTuple(shape) ? shape.items[index] : (shape.items as Shape | undefined);
      const value = this.value(of ?? {}, item as Node | null, [...path, index]);
      if (value === BROKEN) this.replaced.add(pathText([...path, index]));
      return value;
    });
    return items.includes(BROKEN) ? (isTuple(shape) ? BROKEN : items.filter((item) => item !== BROKEN)) : items;
  }

  // ------------------------------------------------------------ unions

  private union(shape: Shape, branches: readonly Shape[], node: Node | null, path: Path): unknown {
    if (branches.every(isBlock)) return isMap(node) ? this.choice(shape, branches, node, path) : this.wrong(shape, node, path);
    const blocks = branches.filter(isBlock);
    if (isMap(node) && blocks.length > 0) return this.choice(shape, blocks, node, path);
    const list = branches.find(({ type }) => type === 'array');
    if (isSeq(node) && list) return this.list(list, node, path);
    if (!isScalar(node)) return this.wrong(shape, node, path);
    const read = this.read(node, path);
    if (read === BROKEN) return BROKEN;
    for (const branch of branches.filter((each) => !isBlock(each))) {
      const value = fitting(branch, node, read, branches.length > 1);
      if (value !== undefined) return value;
    }
    return this.wrong({ ...shape, anyOf: branches }, node, path);
  }

  /** A block that is one of several, told apart by the keys that only one of them needs. */
  private choice(shape: Shape, branches: readonly Shape[], node: YAMLMap, path: Path): unknown {
    const marks = branches.map(markOf);
    const present = marks.filter((mark) => node.items.some(({ key }) => keyText(key) === mark));
    const at = this.document.placeAt(path, 'key');
    if (present.length > 1) return this.fault(at, `${pathText(path)} has ${either(present).replace(' or ', ' and ')}; keep one of them`);
    const branch = branches[marks.indexOf(present[0] ?? '')];
    if (branch) return this.block(branch, node, path);
    const words = node.items.map(({ key }) => keyText(key));
    const meant = words.map((word) => [word, nearest(word, marks)] as const).find(([, near]) => near !== undefined);
    if (meant)
      return this.fault(
        this.document.placeOf(node.items[words.indexOf(meant[0])]?.key),
        `${pathText([...path, meant[0]])} is not a known key; did you mean ${meant[1]}?`,
      );
    return this.fault(at, `${pathText(path)} needs one of the keys ${either(marks)}${shape.description ? `: ${shape.description}` : ''}`);
  }

  // ------------------------------------------------------------ scalars

  private scalar(shape: Shape, node: Scalar, path: Path): unknown {
    const read = this.read(node, path, shape);
    if (read === BROKEN) return BROKEN;
    const value = fitting(shape, node, read, false);
    if (value === undefined) return this.wrong(shape, node, path);
    return shape['x-address'] ? this.address(node, path) : value;
  }

  /** The text of a scalar with its references filled in; what is secret in it is kept to be hidden. */
  private read(node: Scalar, path: Path, shape?: Shape): string | typeof BROKEN {
    const source = textOf(node);
    let sound = true;
    for (const reference of new Set(referencesIn(source))) {
      const found = this.references.get(reference);
      if (found && 'value' in found) continue;
      // Who only looks for a folder needs no password.
      if (this.lenient && (shape?.['x-secret'] || shape?.['x-address'] || isSecretKey(String(path.at(-1))))) continue;
      sound = false;
      this.fault(this.document.placeOf(node), `${pathText(path)} uses ${reference}: ${found?.fault ?? 'it stands for nothing'}`);
    }
    const text = fillReferences(source, this.standsFor);
    if (sound && !shape?.['x-address']) this.remember(source, text, path);
    return sound ? text : BROKEN;
  }

  /** A text with its references filled in, as far as they stand for something. */
  filledIn(source: string): string {
    return fillReferences(source, this.standsFor);
  }

  /** What a reference stands for; itself where it stands for nothing. */
  readonly standsFor = (reference: string): string => {
    const found = this.references.get(reference);
    return found && 'value' in found ? found.value : reference;
  };

  /** An address with its credentials apart; what is secret in it is kept to be hidden. */
  private address(node: Scalar, path: Path): unknown {
    const source = textOf(node);
    const { address, secrets, encoded, torn } = readAddress(source, this.standsFor);
    for (const secret of secrets) this.secrets.add(secret);
    for (const reference of referencesIn(source).filter(isFileReference)) this.secrets.add(this.standsFor(reference));
    for (const reference of encoded) {
      this.warn(path, `uses ${reference}, which stands for percent-encoded text and is decoded; it may hold the password as it is`);
    }
    if (secrets.some((secret) => source.includes(secret) || source.includes(encodeURIComponent(secret)))) this.warn(path, IN_PLAIN_TEXT);
    if (torn) return this.fault(this.document.placeOf(node), `${pathText(path)} has a password with / ? or # in it; ${ENCODE}`);
    // As it is written: what a reference stands for may be a password that came to stand in the wrong place.
    if (/^rtsps?$/.test(address.scheme) && URL.canParse(address.target) && new URL(address.target).hostname === '')
      return this.fault(this.document.placeOf(node), `${pathText(path)} is ${maskAddress(source)}, which names no host`);
    if (address.scheme !== 'dir' && !URL.canParse(address.target)) {
      return this.fault(
        this.document.placeOf(node),
        `${pathText(path)} is ${maskAddress(source)}, which is no address; if that is half a password, ${ENCODE}`,
      );
    }
    return address;
  }

  /** Keeps what is secret in a text: a password by its key, the password in an address, whatever came from a file. */
  private remember(source: string, text: string, path: Path): void {
    const whole = isSecretKey(String(path.at(-1)));
    const written = whole ? source : passwordIn(source);
    const secret = whole ? text : written === undefined ? passwordIn(text) : fillReferences(written, this.standsFor);
    for (const reference of referencesIn(source).filter(isFileReference)) this.secrets.add(this.standsFor(reference));
    if (secret === undefined || secret === '') {
      if (source.includes('${file:')) this.masks.set(pathText(path), source);
      return;
    }
    this.secrets.add(secret);
    this.masks.set(pathText(path), whole ? '***' : text.replace(`:${secret}@`, ':***@'));
    if (written !== undefined && written === secret) this.warn(path, IN_PLAIN_TEXT);
  }

  warn(path: Path, text: string): void {
    this.warnings.push(this.document.fault(this.document.placeAt(path), `${pathText(path)} ${text}`));
  }

  private wrong(shape: Shape, node: Node | null, path: Path): typeof BROKEN {
    const secret = isSecretKey(String(path.at(-1)));
    const found = secret ? 'what stands there' : describe(node);
    const text = isScalar(node) ? textOf(node) : '';
    const quantity = isScalar(node) ? unitFault(shape, text) : undefined;
    const hint = isScalar(node) && !secret ? meant(shape, text, node.type !== 'PLAIN') : '';
    const place = node ? this.document.placeOf(node) : this.document.placeAt(path, 'key');
    return this.fault(place, `${pathText(path) || 'the file'} ${quantity ?? `must be ${allowed(shape)}, not ${found}${hint}`}`);
  }
}

const ENCODE = 'put it into ${env:NAME}, or write / as %2F, ? as %3F, # as %23 and @ as %40';
const IN_PLAIN_TEXT = 'has a secret in plain text; use ${env:NAME} or ${file:/path}';

/** What was probably meant by a text that does not fit. */
function meant(shape: Shape, text: string, isQuoted: boolean): string {
  const branches = branchesOf(shape);
  const choices = branches.flatMap((branch) => (typeof branch.const === 'string' ? [branch.const] : []));
  const near = text === '' ? undefined : nearest(text, choices);
  if (near !== undefined) return `; did you mean ${near}?`;
  if (shape.type === 'boolean' && /^(yes|on|1|no|off|0)$/i.test(text)) return `; write ${/^(yes|on|1)$/i.test(text)}`;
  const bare = isQuoted ? bareOf(branches, text) : numberMeant(branches, text);
  if (bare !== undefined) return isQuoted ? `; write ${bare} without quotes` : `; write ${bare}`;
  const wrapped = branches.every(isBlock) && branches.find((branch) => fits(branch.properties?.[markOf(branch)], text));
  return wrapped ? `; write {${markOf(wrapped)}: ${text}}` : '';
}

/** What a text in quotes is without them, where that fits. */
const bareOf = (branches: readonly Shape[], text: string): string | undefined =>
  branches.some(
    (branch) =>
      branch.const === undefined && ['number', 'integer', 'boolean'].includes(branch.type ?? '') && isPlain(branch, plainValue(text)),
  )
    ? text
    : undefined;

/** A number as people write it elsewhere: 0,5 or 1_000, with a long minus, in full-width digits, in percent. */
function numberMeant(branches: readonly Shape[], text: string): string | undefined {
  const plain = text
    .normalize('NFKC')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replaceAll('_', '')
    .replace(/^(-?\d+),(\d+)$/, '$1.$2');
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(plain) ?? [];
  const number = percent === undefined ? plain : String(Number((Number(percent) / 100).toPrecision(12)));
  const isNumber = /^-?\d+(\.\d+)?$/.test(number) && number !== text;
  return isNumber && branches.some((branch) => ['number', 'integer'].includes(branch.type ?? '') && isPlain(branch, Number(number)))
    ? number
    : undefined;
}

const fits = (shape: Shape | undefined, text: string): boolean => shape?.pattern !== undefined && new RegExp(shape.pattern).test(text);

/** The value when the scalar fits the shape. In a union a text that looks like a number is one; elsewhere the shape decides. */
function fitting(shape: Shape, node: Scalar, text: string, strict: boolean): unknown {
  const raw = rawOf(node, text);
  if (shape.const !== undefined) return shape.const === raw || shape.const === text ? shape.const : undefined;
  if (shape.type !== 'string') return isPlain(shape, raw) ? raw : undefined;
  if (node.value === null || (strict && typeof raw !== 'string') || !isText(shape, text)) return undefined;
  if (shape['x-secret']) return new Secret(text);
  return shape['x-unit'] ? quantity(shape, text) : text;
}

/** What the parser made of it, or of what a reference in it stands for. */
function rawOf(node: Scalar, text: string): unknown {
  const substituted = typeof node.value === 'string' && node.type === 'PLAIN' && text !== node.value;
  return substituted ? plainValue(text) : node.value;
}

/** Every bound that the schema has for a text. */
function isText({ minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern }: Shape, text: string): boolean {
  return text.length >= minLength && text.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(text));
}

function quantity(shape: Shape, text: string): unknown {
  const value: unknown = Value.Decode(shape, text);
  return isWithin(shape, Number(value)) ? value : undefined;
}

const plainValue = (text: string): unknown => {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
};

const isPlain = (shape: Shape, raw: unknown): boolean => (shape.type === 'boolean' ? typeof raw === 'boolean' : inRange(shape, raw));

function inRange({ type, minimum = -Infinity, maximum = Infinity, exclusiveMinimum: above = -Infinity }: Shape, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return value >= minimum && value <= maximum && value > above && (type !== 'integer' || Number.isSafeInteger(value));
}

const LONGEST_SHOWN = 40;
function describe(node: Node | null): string {
  if (isMap(node)) return 'a block of keys';
  if (isSeq(node)) return node.items.length === 0 ? 'an empty list' : `a list of ${node.items.length}`;
  if (!isScalar(node) || node.value === null) return 'empty';
  const text = maskAddress(textOf(node));
  if (text === '') return 'an empty text';
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
