/** `lineside models compare`: two packages, or two variants of one, put to the same samples through the agent's own inference. */
import type { Limits } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Core } from '../../inference/kinds/kind.ts';
import type { Manifest } from '../../inference/manifest.ts';
import { askEach, inTurn } from '../evaluation/asking/ask.ts';
import { membersOf } from '../evaluation/chance.ts';
import { asProtocolWants } from '../evaluation/evaluate.ts';
import type { Answers, Facts, InputName, Sample } from '../evaluation/protocol.ts';
import {
  type Agreement,
  agreementOf,
  type FigureDifference,
  figureDifferences,
  type Pair,
  type Rightness,
  remarksOf,
  rightness,
  type ScoreDifference,
  scoreDifference,
} from './agreement.ts';
import type { Material } from './material.ts';
import { type Said, saidOf } from './said.ts';

/** One of the two. */
export interface Contender {
  readonly manifest: Manifest;
  readonly variant: string;
}
type Named = { readonly package: string; readonly version: string; readonly variant: string };

export interface Difference extends Pair {
  readonly sample: Sample;
  /** Of a recording: which of the judged rows. */
  readonly row: number | null;
}

export interface Comparison {
  readonly on: { readonly name: string; readonly samples: number; readonly groups: number; readonly judged: number };
  readonly a: Named;
  readonly b: Named;
  readonly agreement: Agreement;
  readonly scores: ScoreDifference;
  /** Where the truth is known of some. */
  readonly truth: {
    readonly known: number;
    /** null where the protocol has no yes and no for a single sample. */
    readonly right: Rightness | null;
    readonly figures: Readonly<Record<string, FigureDifference>>;
  } | null;
  readonly remarks: readonly string[];
}

export interface CompareOptions {
  readonly providers: readonly string[];
  readonly onTotal?: (steps: number) => void;
  readonly onStep?: (what: string) => void;
}

/** Of each sample, what one of them says, and what that is worth. */
interface Heard {
  readonly said: readonly Said[];
  readonly evidence: unknown;
  readonly right: boolean | null;
}

/** `differences` are those samples that the two do not see alike, the most different first. */
export interface Compared {
  readonly comparison: Comparison;
  readonly differences: readonly Difference[];
  /** By sample, for a picture of both over time. */
  readonly pairs: readonly (readonly Pair[])[];
}

/** Rejects with USAGE where the two do not look at the same things, DATA_INVALID, or why a package is refused. */
export async function compare(a: Contender, b: Contender, material: Material, options: CompareOptions): Promise<Compared> {
  for (const { manifest } of [a, b]) mustTake(manifest, material);
  const { samples, protocol } = material;
  options.onTotal?.(2 * samples.length);
  const [ofA = [], ofB = []] = await inTurn([a, b], (one) => hear(one, material, options), 2);
  const pairs = samples.map((_, i) => pairsOf(ofA[i], ofB[i]));
  const all = pairs.flat();
  const groups = samples.map(({ group }) => group);
  const known = samples.flatMap(({ truth }, i) => (truth === null ? [] : [i]));
  const truth = protocol && known.length > 0 ? truthOf(material, known, ofA, ofB) : null;
  const comparison: Comparison = {
    on: { name: material.name, samples: samples.length, groups: membersOf(groups).size, judged: all.length },
    a: named(a),
    b: named(b),
    agreement: agreementOf(pairs, groups),
    scores: scoreDifference(all),
    truth,
    remarks: [
      ...material.remarks,
      ...remarksOf(
        known.flatMap((i) => samples[i] ?? []),
        truth?.right ?? null,
      ),
    ],
  };
  return { comparison, differences: differencesOf(samples, pairs), pairs };
}

const named = ({ manifest: { name, version }, variant }: Contender): Named => ({ package: name, version, variant });

const WANTS: Readonly<Record<InputName, keyof Manifest['inputs']>> = {
  picture: 'image',
  recording: 'window',
  window: 'window',
  note: 'text',
};

function mustTake({ name, kind, inputs }: Manifest, { name: on, input }: Material): void {
  if (kind === 'embed') throw new LinesideError('USAGE', { why: `${name} judges nothing: there is no verdict to compare` });
  if (inputs[WANTS[input]]) return;
  throw new LinesideError('USAGE', { why: `${name} looks at no ${WANTS[input]}, and that is what ${on} holds` });
}

/** The limits that count for this package here. */
function limitsOf({ manifest }: Contender, { limits }: Material): Limits {
  const { score: threshold, review = null } = manifest.thresholds;
  return { threshold, review, ...limits?.(manifest) };
}

function hear(one: Contender, material: Material, { providers, onStep }: CompareOptions): Promise<readonly Heard[]> {
  const { protocol, input, samples, calibrate } = material;
  const limits = limitsOf(one, material);
  const { labels, good = null } = one.manifest;
  const facts: Facts = { labels, good, threshold: limits.threshold };
  const keep = ({ truth }: Sample, answer: Answers[InputName]): Heard => {
    const said = coresOf(answer).map((core) => saidOf(core, limits));
    if (!protocol || truth === null) return { said, evidence: null, right: null };
    return { said, evidence: protocol.weigh(truth, answer, facts), right: protocol.right?.of(truth, answer, facts) ?? null };
  };
  const asked = { providers, keep, ...(onStep ? { onStep } : {}), ...(calibrate ? { prepare: calibrate } : {}) };
  return askEach(asTold(one, material, limits), one.variant, input, samples, asked);
}

/** As a station with these limits would run it. */
function asTold({ manifest }: Contender, { protocol }: Material, { threshold }: Limits): Manifest {
  const told = { ...manifest, thresholds: { ...manifest.thresholds, score: threshold } };
  return protocol ? asProtocolWants(told, protocol) : told;
}

const coresOf = (answer: Answers[InputName]): readonly Core[] => (Array.isArray(answer) ? (answer as readonly Core[]) : [answer as Core]);

const pairsOf = (a: Heard | undefined, b: Heard | undefined): readonly Pair[] =>
  (a?.said ?? []).flatMap((said, i) => {
    const other = b?.said[i];
    return other ? [{ a: said, b: other }] : [];
  });

function truthOf({ protocol, samples }: Material, known: readonly number[], ofA: readonly Heard[], ofB: readonly Heard[]) {
  if (!protocol) return null;
  const groups = known.map((i) => samples[i]?.group ?? '');
  const evidence = { a: known.map((i) => ofA[i]?.evidence), b: known.map((i) => ofB[i]?.evidence) };
  const right = known.map((i) => ({ a: ofA[i]?.right ?? false, b: ofB[i]?.right ?? false }));
  return {
    known: known.length,
    right: protocol.right ? rightness(right, groups, protocol.right.means) : null,
    figures: figureDifferences(protocol, evidence, groups),
  };
}

/** Of each sample the place where the two differ most; rows of one recording that follow each other tell nothing new. */
function differencesOf(samples: readonly Sample[], pairs: readonly (readonly Pair[])[]): readonly Difference[] {
  const found = samples.flatMap((sample, i) => {
    const of = pairs[i] ?? [];
    const row = of.reduce((most, pair, at) => (weight(pair) > weight(of[most]) ? at : most), 0);
    const pair = of[row];
    return pair && weight(pair) > 0 ? [{ sample, row: of.length > 1 ? row : null, ...pair }] : [];
  });
  return found.sort((one, other) => weight(other) - weight(one));
}

/** A changed verdict weighs more than a changed class, and that more than any score. */
function weight(pair: Pair | undefined): number {
  if (!pair) return 0;
  const { a, b } = pair;
  return (a.verdict === b.verdict ? 0 : 4) + (a.says === b.says ? 0 : 2) + Math.abs(a.score - b.score);
}

/** Both once more on these samples, with their heat maps and boxes. */
export async function lookAgain(
  a: Contender,
  b: Contender,
  material: Material,
  samples: readonly Sample[],
  { providers, onTotal, onStep }: CompareOptions,
): Promise<readonly { readonly a: Core; readonly b: Core }[]> {
  onTotal?.(2 * samples.length);
  const asked = { providers, keep: (_: Sample, answer: Answers[InputName]) => answer as Core, ...(onStep ? { onStep } : {}) };
  const [ofA = [], ofB = []] = await inTurn(
    [a, b],
    (one) =>
      askEach(
        { ...one.manifest, thresholds: { ...one.manifest.thresholds, score: limitsOf(one, material).threshold } },
        one.variant,
        material.input,
        samples,
        asked,
      ),
    2,
  );
  return samples.flatMap((_, i) => {
    const [one, other] = [ofA[i], ofB[i]];
    return one && other ? [{ a: one, b: other }] : [];
  });
}
