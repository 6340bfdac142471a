/**
 * Which of a server's nodes may be the trigger, the part's id, its number, and what takes the verdict: by name and type. Proposed only;
 * somebody who knows the PLC says yes. Everything here came from the server and is bounded. Pure.
 */
import { type Candidate, isWritten, type Proposals, TAG_ROLES, type TagRole } from '../../contracts/first-config.ts';
import { harmless } from '../../contracts/secrets.ts';
import type { BrowsedNode } from '../../sources/opcua/browse.ts';

const LONGEST = { name: 80, path: 120, value: 40, node: 500 } as const;
/** More than anybody looks through; the filter of the list finds the rest of a large PLC's only by browsing. */
export const MOST_CANDIDATES = 2000;

const INTEGER = /^(S?Byte|U?Int(16|32|64))$/;
type Fits = (type: string) => boolean;
const isInteger: Fits = (type) => INTEGER.test(type);
const isText: Fits = (type) => type === 'String' || type === 'LocalizedText';
const isId: Fits = (type) => isText(type) || isInteger(type);

/** What can be chosen for a role at all. An edge is of a bit, or of a number that changes. */
const TYPES: Readonly<Record<TagRole, Fits>> = {
  trigger: (type) => type === 'Boolean' || isInteger(type),
  part: isId,
  counter: isInteger,
  verdict: (type) => isId(type) || type === 'Float' || type === 'Double',
  verdict_part: isId,
};

interface Hint {
  /** Of the words in the name, lower case with spaces between: this is what it is called. */
  readonly clear: RegExp;
  /** It may be called that. */
  readonly vague: RegExp;
  /** Called so, it is something else. */
  readonly not: RegExp;
  /** Usual for it. */
  readonly type: Fits;
}

/** Names as PLC programs have them, English and German. */
const HINTS: Readonly<Record<TagRole, Hint>> = {
  trigger: {
    clear:
      /\btrigger|(part|piece|work ?piece|product|teil) ?(is )?(present|arrived|ready|detected|in place|in position|vorhanden|da)\b|start (of )?inspection|ausl(oe|ö)ser/,
    vague: /\b(present|inspect|take picture|photo|snap|light barrier|lichtschranke|sensor|vorhanden)/,
    not: /\b(fault|error|alarm|ready|heartbeat|watchdog|reject|nok|verdict|result)\b/,
    type: (type) => type === 'Boolean',
  },
  part: {
    clear: /\b(serial|part ?id|part ?identification|work ?piece ?id|dmc|data ?matrix|barcode|serien ?nummer|teile? ?(id|nummer))/,
    vague: /\b(sn|uid|id|code|label)\b/,
    not: /\b(verdict|result|answer|reject|ergebnis|urteil|recipe|product|typ|type)\b/,
    type: isText,
  },
  counter: {
    clear: /\b((part|piece|work ?piece|product|teile?) ?(counter|count|number|no|z(ae|ä)hler)|counter|z(ae|ä)hler)/,
    vague: /\b(count|number|sequence|total|nummer)\b/,
    not: /\b(error|fault|alarm|reject|nok|scrap|verdict|cycle time|watchdog|alive|heartbeat)\b/,
    type: isInteger,
  },
  verdict: {
    clear: /\b(verdict|inspection result|judge?ment|quality result|vision result|urteil|pr(ue|ü)fergebnis)/,
    vague: /\b(result|quality|ok nok|grade|ergebnis)\b/,
    not: /\b(part|serial|id|number|count|counter|teil|time)\b/,
    type: isInteger,
  },
  verdict_part: {
    clear: /\b(verdict|result|judge?ment|answer|urteil|ergebnis) ?(for )?(part|serial|id|work ?piece|teil)/,
    vague: /(?!)/,
    not: /\b(count|counter)\b/,
    type: isText,
  },
};

/** PartPresent, part_present, PART-PRESENT, bPartPresent: part present. */
function wordsOf(name: string): string {
  return name
    .replace(/^(b|x|s|str|i|n|u?di|w|dw)(?=[A-Z])/, '')
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .toLowerCase()
    .trim();
}

/** What a YAML file can hold and a person can see; a reference in it would be read as one. */
const isPlain = (text: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) && !text.includes('${');

const short = (text: string, most: number): string => {
  const shown = harmless(text).replace(/\s+/g, ' ').trim();
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
};

/** Variables in tree order. What no config could name is left out. */
export function candidatesOf(nodes: readonly BrowsedNode[]): readonly Candidate[] {
  const above: string[] = [];
  const found: Candidate[] = [];
  for (const { level, name, node, type, value, writable } of nodes) {
    above.length = Math.min(above.length, level);
    above[level] = short(name, LONGEST.name);
    const isScalar = type !== null && !Array.isArray(value);
    if (!isScalar || node.length > LONGEST.node || !isPlain(node) || found.length >= MOST_CANDIDATES) continue;
    const path = short(above.slice(0, level).join(' / '), LONGEST.path);
    const roles = TAG_ROLES.filter((role) => TYPES[role](type) && (writable || !isWritten(role)));
    found.push({ node, name: short(name, LONGEST.name), type, path, value: valueText(value), writable, roles });
  }
  return found;
}

/** Far more than is shown is not even looked through. */
const valueText = (value: BrowsedNode['value']): string => (value === null ? '' : short(String(value).slice(0, 400), LONGEST.value));

/** Those that can be chosen for the role, in their order. */
export const choicesFor = (role: TagRole, candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.filter(({ roles }) => roles.includes(role));

const scoreFor = (role: TagRole, { name, type }: Candidate): number => {
  const { clear, vague, not, type: usual } = HINTS[role];
  const words = wordsOf(name);
  const named = clear.test(words) ? 4 : vague.test(words) ? 2 : 0;
  if (named === 0 || not.test(words)) return 0;
  return named + (usual(type) ? 1 : 0);
};

/** The likeliest for each role, none where no name tells; one node for one role. Of equal ones the first. */
export function propose(candidates: readonly Candidate[]): Proposals {
  const taken = new Set<string>();
  const proposals: Partial<Record<TagRole, Candidate>> = {};
  // The part of a verdict before the verdict and the part: its name holds both words.
  for (const role of ['trigger', 'verdict_part', 'verdict', 'part', 'counter'] as const) {
    let [best, most]: [Candidate | undefined, number] = [undefined, 0];
    for (const candidate of choicesFor(role, candidates)) {
      const score = taken.has(candidate.node) ? 0 : scoreFor(role, candidate);
      if (score > most) [best, most] = [candidate, score];
    }
    if (!best) continue;
    proposals[role] = best;
    taken.add(best.node);
  }
  return proposals;
}
