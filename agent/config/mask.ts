/** A config as those may see it who may not change it: the text with asterisks where a password stands, everything else in its place. */
import { isAlias, isScalar, type Node, parseDocument, type Scalar, visit } from 'yaml';
import { keyText } from './document.ts';
import { hideReferences, isSecretKey, maskLine, showReferences } from './secrets.ts';
import { textFaults } from './text.ts';

/** Null where it is no YAML: what is a password in it nobody can tell. */
export function maskedText(text: string): string | null {
  if (textFaults(text).length > 0) return null;
  const hidden = hideReferences(text);
  const document = parseDocument(hidden, { uniqueKeys: false });
  if (document.errors.length > 0) return null;
  const anchors = new Map<string, Node>();
  visit(document, { Node: (_, node) => void ('anchor' in node && node.anchor !== undefined && anchors.set(node.anchor, node)) });
  const secret = new Set<Scalar>();
  visit(document, {
    Pair: (_, { key, value }) => {
      const node = isAlias(value) ? anchors.get(value.source) : value;
      if (isSecretKey(keyText(key)) && isScalar(node)) secret.add(node);
    },
  });
  const blanked = [...secret].reduce((done, { range }) => blankedIn(done, range?.[0] ?? 0, range?.[1] ?? 0), hidden);
  // Addresses, and what somebody has put into comments.
  return showReferences(blanked).split('\n').map(maskedLine).join('\n');
}

/** Of the same length; a reference is no secret, and lines stay lines. */
const blankedIn = (text: string, from: number, to: number): string =>
  text.slice(0, from) + text.slice(from, to).replace(/[^\s\uE020-\uE07E]/g, '*') + text.slice(to);

/** A key behind a # is one as well. */
function maskedLine(line: string): string {
  const at = line.indexOf('#');
  if (at < 0) return maskLine(line);
  const masked = maskLine(`${line.slice(0, at)} ${line.slice(at + 1)}`);
  return `${masked.slice(0, at)}#${masked.slice(at + 1)}`;
}
