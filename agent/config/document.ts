/** The YAML file as a tree that knows where everything stands. Bounded: a config file is small, and an alias bomb is not one. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { ConfigFault, Place } from './faults.ts';
import { hideReferences, maskLine, referencesIn, showReferences } from './secrets.ts';

export type Path = readonly (string | number)[];
/** `stations.outlet.rules[0].when` */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`), '');

/** The kinds of syntax fault that people make, in their words: by the parser's code, or by its sentence where a code has several. */
const SYNTAX: readonly (readonly [RegExp, string])[] = [
  [/^TAB_AS_INDENT/, 'a tab stands where YAML wants spaces; indent with two spaces'],
  [/^MULTIPLE_DOCS/, 'a second document begins here (`---`); the config is one document'],
  [
    /^BLOCK_AS_IMPLICIT_KEY/,
    'a second `key:` on one line, or a line indented too far; put each key on a line of its own, or quote the text',
  ],
  [/^MULTILINE_IMPLICIT_KEY/, 'this is neither a key nor a value; a key ends with a colon and a space'],
  [/^BAD_SCALAR_START/, 'a text cannot begin with this character; put it in quotes'],
  [/^UNEXPECTED_TOKEN/, 'something follows the end of the value; put the whole text in one pair of quotes'],
  [/end with a (.)/, 'a closing $1 is missing before this place'],
  [/^MISSING_CHAR .*quote/, 'a closing quote is missing before this place'],
  [/^BAD_INDENT/, 'this line is indented differently from its neighbours'],
  [/at most 1024 chars/, 'a key of more than 1024 characters begins here'],
  [/^TAG_RESOLVE_FAILED/, 'a text that begins with ! must be in quotes'],
];

function syntaxText(code: string, message: string): string {
  const [pattern, text] = SYNTAX.find(([known]) => known.test(`${code} ${message}`)) ?? [];
  const sentence = message.split(/ at line|\n/)[0] ?? message;
  return text?.replace('$1', pattern?.exec(`${code} ${message}`)?.[1] ?? '') ?? showReferences(sentence);
}

/** What follows the first fault of syntax is guesswork; only tabs are told one by one. */
function firstOf<Fault extends { readonly code: string }>(faults: readonly Fault[]): readonly Fault[] {
  const [first] = faults;
  return first?.code === 'TAB_AS_INDENT' ? faults.filter(({ code }) => code === first.code) : first ? [first] : [];
}

/** A longer one is no line that anybody looks at, and masking it for each of its faults costs time. */
const LONGEST_LINE = 4000;

/** Faults of syntax that are told at once. */
const MOST = 20;

export class ConfigDocument {
  readonly file: string;
  readonly text: string;
  readonly root: Node | null;
  readonly syntaxFaults: readonly ConfigFault[];
  /** False where the tree is good enough to go on looking for other faults: a key that is there twice. */
  readonly broken: boolean;
  private readonly lines = new LineCounter();
  private readonly aliases = new Map<unknown, Node>();
  /** That stand for nothing. */
  private readonly loose: Alias[] = [];
  private readonly pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  private readonly texts: readonly string[];
  private readonly document: Document.Parsed;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.texts = text.split(/\r?\n/);
    // The parser compares each key with every other of its block; a set does.
    this.document = parseDocument(hideReferences(text), { lineCounter: this.lines, prettyErrors: false, uniqueKeys: false });
    this.root = this.document.contents;
    this.findAliases();
    const { errors, warnings } = this.document;
    this.broken = errors.length > 0;
    const found = this.broken ? firstOf(errors).slice(0, MOST) : warnings.slice(0, MOST);
    this.syntaxFaults = [
      ...found.map((error) => this.syntaxFault(error)),
      ...(this.broken ? [] : [...this.looseAliases(), ...this.doubleKeys()]),
    ];
  }

  private looseAliases(): readonly ConfigFault[] {
    return this.loose.slice(0, MOST).map((alias) => {
      // Its name may be a password that begins so.
      const text = 'this stands for nothing: nothing before it is marked with & and this name; a text that begins with * must be in quotes';
      return this.fault(this.placeOf(alias), text);
    });
  }

  private doubleKeys(): readonly ConfigFault[] {
    const faults: ConfigFault[] = [];
    visit(this.document, {
      Map: (_, { items }) => {
        const once = new Set<string>();
        for (const { key } of items) {
          const word = keyText(key);
          if (once.has(word) && faults.length < MOST)
            faults.push(
              this.fault(
                { ...this.placeOf(key), length: Math.max(1, word.length) },
                `${word || 'an empty key'} is there twice in the same block; keep one`,
              ),
            );
          once.add(word);
        }
      },
    });
    return faults;
  }

  /** Every `${…}` in a scalar, not those in comments. */
  references(): readonly string[] {
    const found: string[] = [];
    visit(this.document, {
      Scalar: (key, node) => {
        if (key !== 'key' && typeof node.value === 'string') found.push(...referencesIn(showReferences(node.value)));
      },
    });
    return found;
  }

  /** What an alias stands for, the node itself otherwise. */
  resolve(node: unknown): Node | null {
    const seen = isAlias(node) ? this.aliases.get(node) : node;
    return isMap(seen) || isSeq(seen) || isScalar(seen) ? (seen as Node) : null;
  }

  /** An alias that stands for nothing. */
  isLoose(node: unknown): boolean {
    return isAlias(node) && !this.aliases.has(node);
  }

  /** One pass over the file; the parser's own way looks through it again for each alias. */
  private findAliases(): void {
    const anchors = new Map<string, Node>();
    visit(this.document, {
      Node: (_, node) => {
        if (isAlias(node)) {
          const found = anchors.get(node.source);
          if (found) this.aliases.set(node, found);
          else this.loose.push(node);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  /** The pair of a block with this key. */
  pairOf(map: YAMLMap, key: string): Pair | undefined {
    const known = this.pairs.get(map) ?? new Map(map.items.map((pair) => [keyText(pair.key), pair]));
    this.pairs.set(map, known);
    return known.get(key);
  }

  /** Keys of the block at `path`, in the order of the file; none when there is no block. */
  keysAt(path: Path): readonly string[] {
    const node = this.find(path)?.value;
    return isMap(node) ? node.items.map(({ key }) => keyText(key)) : [];
  }

  /** The scalar at `path` as it is written; '' where there is none. */
  sourceAt(path: Path): string {
    const node = this.find(path)?.value;
    return isScalar(node) ? textOf(node) : '';
  }

  /** Place of the value at `path`, or of its key; of the nearest block around it where it is not in the file. */
  placeAt(path: Path, part: 'key' | 'value' = 'value'): Place {
    for (let length = path.length; length >= 0; length--) {
      const found = this.find(path.slice(0, length));
      if (!found) continue;
      const whole = length === path.length;
      return this.placeOf(whole && part === 'value' ? (found.value ?? found.key) : (found.key ?? found.value));
    }
    return { line: 1, column: 1, length: 1 };
  }

  /** Place of characters start..end of a text at `path`; the whole text where quoting or folding moves them. */
  placeIn(path: Path, start: number, end: number): Place {
    const node = this.find(path)?.value;
    const whole = this.placeAt(path);
    if (!isScalar(node) || !node.range) return whole;
    const [from, to] = node.range;
    const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
    if (this.text.slice(from + quote, to - quote) !== textOf(node)) return whole;
    return { ...whole, column: whole.column + quote + start, length: Math.max(1, end - start) };
  }

  placeOf(node: unknown): Place {
    const [start, end] = (node as Node | null)?.range ?? [0, 1];
    return this.place(start, end);
  }

  fault(place: Place, text: string): ConfigFault {
    const line = this.texts[place.line - 1] ?? '';
    return { file: this.file, ...place, text, excerpt: line.length > LONGEST_LINE ? '' : maskLine(line) };
  }

  private place(start: number, end: number): Place {
    const { line, col } = this.lines.linePos(start);
    const restOfLine = (this.texts[line - 1] ?? '').trimEnd().length - (col - 1);
    return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(1, Math.min(end - start, restOfLine)) };
  }

  private find(path: Path): { key: unknown; value: Node | null } | undefined {
    let found: { key: unknown; value: Node | null } = { key: null, value: this.resolve(this.root) };
    for (const step of path) {
      const { value } = found;
      if (isMap(value)) {
        const pair = this.pairOf(value, String(step));
        if (!pair) return undefined;
        found = { key: pair.key, value: this.resolve(pair.value) };
      } else if (isSeq(value) && typeof step === 'number' && step < value.items.length) {
        found = { key: null, value: this.resolve(value.items[step]) };
      } else return undefined;
    }
    return found;
  }

  private syntaxFault({ code, message, pos }: { code: string; message: string; pos: readonly [number, number] }): ConfigFault {
    return this.fault(this.place(pos[0], pos[1]), `not YAML: ${syntaxText(code, message)}`);
  }
}

/** Keys are texts: `1: x` and `true: x` name themselves. */
export const keyText = (key: unknown): string => (isScalar(key) ? textOf(key) : '[…]');

/** The text of a scalar: as written where it is plain (so that `line: 3` and `version: 3.10` keep their digits), else its content. */
export function textOf(node: Scalar): string {
  if (typeof node.value === 'string') return showReferences(node.value);
  return node.source ?? String(node.value);
}
