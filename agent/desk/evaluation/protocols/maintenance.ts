/**
 * Maintenance notes, in three questions: does shorthand become plain words (MaintNorm), is what plain words name found (MaintIE), and
 * both together, on the texts of MaintIE's test split that a typed form is known of.
 */
import type { Entity, Note, PlainWord } from '../../../contracts/index.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import { defineProtocol, type Sample } from '../protocol.ts';
import {
  type Annotated,
  dictionary,
  type Named,
  type Pair,
  readAnnotated,
  readNotes,
  replacements,
  type Split,
} from './maintenance-data.ts';

type Truth =
  | { readonly asks: 'err'; readonly pairs: readonly Pair[]; readonly baseline: Core }
  | { readonly asks: 'f1' | 'raw_f1'; readonly wanted: ReadonlySet<string>; readonly baseline: Core };

/** err: tokens right now, right before, and all. f1 and raw_f1: entities right, found, and wanted. */
interface Evidence {
  readonly asks: Truth['asks'];
  readonly counts: readonly [number, number, number];
}

export const maintenance = defineProtocol({
  name: 'maintnorm-maintie',
  summary:
    'Maintenance notes: error reduction on MaintNorm test; entities, exact spans, on MaintIE test; and on its texts as they were typed.',
  set: '.',
  input: 'note',
  forms: {
    err: { better: 'higher', unit: 'percent' },
    f1: { better: 'higher', unit: 'share' },
    raw_f1: { better: 'higher', unit: 'share' },
  },
  baselineName: 'most frequent replacement, phrase dictionary',
  exchangeable: false,
  async samples(folder) {
    const [train, val, test] = await Promise.all(
      (['train', 'val', 'test'] as const satisfies Split[]).map((split) => readNotes(folder, split)),
    );
    const annotated = await readAnnotated(folder);
    const replaced = replacements(train ?? []);
    // Who is to read a text as it was typed may not have seen it.
    const tested = new Set(annotated.test.map(({ words }) => words.join(' ')));
    const unseen = replacements((train ?? []).filter((pairs) => !tested.has(plainOf(pairs))));
    const named = dictionary(annotated.train);
    return [
      ...(test ?? []).map((pairs, i) => ofPairs(pairs, i, replaced)),
      ...annotated.test.map((text, i) => ofText(text, i, named)),
      ...typedForms(
        annotated.test,
        [train, val, test].flatMap((notes) => notes ?? []),
        named,
        unseen,
      ),
    ];
  },
  weigh: evidenceOf,
  figures(evidence) {
    const sums = (asks: Truth['asks']) => sumOf(evidence.filter((one) => one.asks === asks));
    const f1 = ([right, found, wanted]: Evidence['counts']) => (2 * right) / (found + wanted);
    const [right, before, all] = sums('err');
    return { err: (100 * (right - before)) / (all - before), f1: f1(sums('f1')), raw_f1: f1(sums('raw_f1')) };
  },
  right: {
    means: 'every token, or every entity, as it should be',
    of(truth, answer) {
      const { counts } = evidenceOf(truth, answer);
      const [right, found, all] = counts;
      return truth.asks === 'err' ? right === all : right === all && right === found;
    },
  },
  baseline: ({ truth }) => truth.baseline,
});

function evidenceOf(truth: Truth, { note, entities = [] }: Core): Evidence {
  if (truth.asks === 'err') return { asks: 'err', counts: tokensRight(truth.pairs, note) };
  const right = entities.filter((entity) => truth.wanted.has(key(entity)));
  return { asks: truth.asks, counts: [right.length, entities.length, truth.wanted.size] };
}

const typed = (pairs: readonly Pair[]): string => pairs.map(({ raw }) => raw).join(' ');
const plainOf = (pairs: readonly Pair[]): string =>
  pairs
    .map(({ plain }) => plain)
    .filter((plain) => plain !== '')
    .join(' ');

function ofPairs(pairs: readonly Pair[], i: number, replaced: (raw: string) => string): Sample<'note', Truth> {
  const guess = pairs.map(({ raw }) => ({ raw, plain: replaced(raw) }));
  const truth: Truth = { asks: 'err', pairs, baseline: answer(guess, []) };
  return { id: `maintnorm test ${i}`, group: `maintnorm ${i}`, truth, input: { text: typed(pairs), plain: false } };
}

function ofText({ words, entities }: Annotated, i: number, named: (words: readonly string[]) => readonly Named[]): Sample<'note', Truth> {
  const plain = words.map((word) => ({ raw: word, plain: word }));
  const truth: Truth = { asks: 'f1', wanted: keysOf(plain, entities), baseline: answer(plain, named(words)) };
  return { id: `maintie test ${i}`, group: `maintie ${i}`, truth, input: { text: words.join(' '), plain: true } };
}

/** Of every text that somebody typed, the first form in which it was. */
function typedForms(
  texts: readonly Annotated[],
  notes: readonly (readonly Pair[])[],
  named: (words: readonly string[]) => readonly Named[],
  replaced: (raw: string) => string,
): readonly Sample<'note', Truth>[] {
  const forms = new Map<string, readonly Pair[]>();
  for (const pairs of notes) if (!forms.has(plainOf(pairs))) forms.set(plainOf(pairs), pairs);
  return texts.flatMap(({ words, entities }, i) => {
    const pairs = forms.get(words.join(' '));
    if (!pairs) return [];
    const guess = pairs.map(({ raw }) => ({ raw, plain: replaced(raw) }));
    const baseline = answer(guess, named(placed(guess).map(({ plain }) => plain)));
    const truth: Truth = { asks: 'raw_f1', wanted: keysOf(pairs, entities), baseline };
    return [{ id: `maintie test ${i}, typed`, group: `typed ${i}`, truth, input: { text: typed(pairs), plain: false } }];
  });
}

/** Tokens whose plain form is right; those that needed none; all. */
function tokensRight(pairs: readonly Pair[], note: Note | undefined): Evidence['counts'] {
  let [right, before, from] = [0, 0, 0];
  for (const { raw, plain } of pairs) {
    const words = note?.words.filter((word) => word.from === from) ?? [];
    if (words.map((word) => word.plain).join(' ') === plain) right++;
    if (raw === plain) before++;
    from += raw.length + 1;
  }
  return [right, before, pairs.length];
}

/** Exact: the same class, at the same characters of the text as it came, in the same plain words. */
const key = ({ label, span, text }: Pick<Entity, 'label' | 'span' | 'text'>): string => `${span[0]} ${span[1]} ${label} ${text}`;

/** Plain words where their tokens stand in the text as it was typed. */
function placed(pairs: readonly Pair[]): readonly PlainWord[] {
  let at = 0;
  return pairs.flatMap(({ raw, plain }) => {
    const from = at;
    at += raw.length + 1;
    return plain.split(' ').flatMap((word) => (word === '' ? [] : [{ plain: word, from, to: from + raw.length }]));
  });
}

function entitiesOf(words: readonly PlainWord[], named: readonly Named[]): readonly Entity[] {
  return named.map(({ begin, end, label }) => {
    const span = [words[begin]?.from ?? 0, words[end - 1]?.to ?? 0] as const;
    const text = words.slice(begin, end).map(({ plain }) => plain);
    return { label, score: 1, text: text.join(' '), span };
  });
}

const keysOf = (pairs: readonly Pair[], named: readonly Named[]): ReadonlySet<string> => new Set(entitiesOf(placed(pairs), named).map(key));

function sumOf(evidence: readonly Evidence[]): Evidence['counts'] {
  let [a, b, c] = [0, 0, 0];
  for (const { counts } of evidence) {
    a += counts[0];
    b += counts[1];
    c += counts[2];
  }
  return [a, b, c];
}

/** What a package would have answered that reads the tokens so, and names these spans. */
function answer(pairs: readonly Pair[], named: readonly Named[]): Core {
  const words = placed(pairs);
  return { label: null, score: 0, note: { text: typed(pairs), words, truncated: false }, entities: entitiesOf(words, named) };
}
