/**
 * Changes which package a model is, in the text of the file: only the keys in question are touched, so that comments, order, alignment
 * and references stay as somebody wrote them. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { keyText, type Path } from './document.ts';
import type { BroughtChoice, PackageChoice } from './model.ts';
import { hideReferences } from './secrets.ts';

/** Keys of a model that say which package it is; undefined: the key shall not be there. `region`: as it is where it is not among them. */
export type Wanted = Readonly<Record<'model' | 'variant' | 'threshold' | 'review' | 'shadow' | 'previous', unknown>> & {
  readonly region?: unknown;
};

export const wantedOf = (
  { model, variant, threshold, review }: PackageChoice,
  beside: { readonly shadow?: BroughtChoice | undefined; readonly previous?: BroughtChoice | undefined },
): Wanted => ({ model, variant, threshold, review, shadow: beside.shadow, previous: beside.previous });

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The text with the model at `path` as wanted, or why it cannot be edited, in words. */
export function withPackage(text: string, path: Path, wanted: Wanted): { readonly text: string } | { readonly why: string } {
  const found = find(parseDocument(hideReferences(text)).contents, path);
  if (isAlias(found)) return { why: 'it is written as an alias, which others share' };
  if (!isMap(found) || !found.range) return { why: 'it is not in the file as a block of keys' };
  if (found.anchor !== undefined) return { why: 'it carries an anchor, which others share' };
  const block = new Block(text, found);
  const edits = Object.entries(wanted).flatMap(([key, value]) => block.edit(key, value));
  return { text: apply(text, [...edits, ...block.additions(wanted)]) };
}

function find(node: unknown, path: Path): unknown {
  return path.reduce((at, step) => (isMap(at) ? at.items.find(({ key }) => keyText(key) === String(step))?.value : undefined), node);
}

const apply = (text: string, edits: readonly Edit[]): string =>
  edits
    .toSorted((a, b) => b.from - a.from || b.to - a.to)
    .reduce((done, { from, to, text: put }) => done.slice(0, from) + put + done.slice(to), text);

class Block {
  private readonly text: string;
  private readonly map: YAMLMap;
  /** As in a JSON file. */
  private readonly quoted: boolean;

  constructor(text: string, map: YAMLMap) {
    this.text = text;
    this.map = map;
    this.quoted = this.text[startOf(map.items[0]?.key)] === '"';
  }

  /** For a key that is there: another value, or none. */
  edit(key: string, value: unknown): readonly Edit[] {
    const pair = this.pairOf(key);
    if (!pair || isDeepStrictEqual(plainOf(pair.value), value)) return [];
    if (value === undefined) return [this.removal(pair)];
    const node = pair.value as Node | null;
    const [from, to] = node?.range ?? [0, 0];
    return [{ from, to: trimmed(this.text, to), text: this.write(value) }];
  }

  /** Keys that are not there yet, behind `model`, or in front of all where there is none. */
  additions(wanted: Wanted): readonly Edit[] {
    const added = Object.entries(wanted).filter(([key, value]) => value !== undefined && !this.pairOf(key));
    if (added.length === 0) return [];
    const entries = added.map(([key, value]) => `${this.quoted ? JSON.stringify(key) : key}: ${this.write(value)}`);
    const model = this.pairOf('model');
    const [first] = this.map.items;
    if (this.map.flow) {
      if (model) return [insertion(endOf(this.text, model), entries.map((entry) => `, ${entry}`).join(''))];
      return [insertion((this.map.range?.[0] ?? 0) + 1, entries.map((entry) => `${entry}, `).join(''))];
    }
    const start = startOf((model ?? first)?.key);
    const indent = this.text.slice(lineStart(this.text, start), start);
    if (model) return [insertion(lineEnd(this.text, endOf(this.text, model)), entries.map((entry) => `\n${indent}${entry}`).join(''))];
    return [insertion(lineStart(this.text, start), entries.map((entry) => `${indent}${entry}\n`).join(''))];
  }

  private pairOf(key: string): Pair | undefined {
    return this.map.items.find((pair) => keyText(pair.key) === key);
  }

  private removal(pair: Pair): Edit {
    const [from, to] = [startOf(pair.key), endOf(this.text, pair)];
    if (!this.map.flow) return { from: lineStart(this.text, from), to: Math.min(this.text.length, lineEnd(this.text, to) + 1), text: '' };
    const before = this.text.slice(0, from).trimEnd();
    if (before.endsWith(',')) return { from: before.length - 1, to, text: '' };
    const [comma = ''] = /^\s*,\s*/.exec(this.text.slice(to)) ?? [];
    return { from, to: to + comma.length, text: '' };
  }

  private write(value: unknown): string {
    if (this.quoted) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((item) => this.write(item)).join(', ')}]`;
    if (typeof value === 'object' && value !== null) {
      const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
      return `{${pairs.map(([key, item]) => `${key}: ${this.write(item)}`).join(', ')}}`;
    }
    return typeof value === 'string' && PLAIN.test(value) && !WORDS.has(value) ? value : JSON.stringify(value);
  }
}

/** Texts that YAML takes for nothing else. */
const PLAIN = /^[a-z][\w.-]*$/;
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

const insertion = (at: number, text: string): Edit => ({ from: at, to: at, text });
const startOf = (key: unknown): number => (isScalar(key) ? (key.range?.[0] ?? 0) : 0);
const endOf = (text: string, { key, value }: Pair): number => trimmed(text, ((value ?? key) as Node | null)?.range?.[1] ?? 0);
/** A block's range reaches to the next key; what stands between is not its own. */
function trimmed(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length;
}
const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

const plainOf = (node: unknown): unknown =>
  isMap(node) || isScalar(node) || (node as { items?: unknown } | null)?.items ? (node as Node).toJS(parseDocument('')) : undefined;
