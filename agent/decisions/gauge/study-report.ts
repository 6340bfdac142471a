/** What a study says: its figures against the bounds of AIAG, or in words why there are none. Pure. */
import type {
  Appraisal,
  AppraiserReport,
  BesideReport,
  PairReport,
  Showing,
  StoredStudy,
  Study,
  StudyFigures,
  StudyGrade,
  StudyReport,
  StudyShare,
} from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Share } from '../statistics.ts';
import { agreement, type Judgement, pairsOf } from './agreement.ts';
import { repeatability } from './repeatability.ts';
import { typeOne } from './type-one.ts';

/** How the agent is called among appraisers. */
export const AGENT = 'the agent';
/** Two who judged fewer parts together have no kappa: one part more or less would be another one. */
const LEAST_TOGETHER = 10;

export function studyReport({ showings, labels, ...study }: StoredStudy): StudyReport {
  const about = { study, showings, conditions: conditionsOf(showings) };
  try {
    const figures = figuresOf(study, showings, labels);
    return { ...about, figures, refused: ungraded(study, figures) };
  } catch (thrown) {
    if (thrown instanceof LinesideError && thrown.code === 'GAUGE_UNJUDGED') {
      const why = String(thrown.details['why'] ?? thrown.sentence);
      return { ...about, figures: null, refused: study.state === 'done' ? why : `${unfinished(study)}: ${why}` };
    }
    throw thrown;
  }
}

function figuresOf(study: Study, showings: readonly Showing[], labels: StoredStudy['labels']): StudyFigures {
  const { kind } = study.spec;
  if (kind === 'attributes') return attributesOf(study, showings, labels);
  return kind === 'type_one' ? typeOneOf(study, showings) : repeatabilityOf(study, showings);
}

/** A study that was not finished has figures, and no grade: the parts that are missing may be the hard ones. */
function ungraded(study: Study, figures: StudyFigures): string | null {
  if (study.state !== 'done') return `${unfinished(study)}: the figures are of what was shown, and there is no grade`;
  if (figures.judged !== null) return null;
  return 'to be graded it takes ten parts or more, good ones and bad ones, and a word of the agent on some of each';
}

const unfinished = ({ shown, of, state, why }: Study): string =>
  `${shown} of ${of} parts were shown${state === 'ended' ? ` when it ended (${why})` : ' so far'}`;

/** The agent, and whoever labelled the records of the parts that were shown. */
function attributesOf({ spec, state }: Study, showings: readonly Showing[], labels: StoredStudy['labels']): StudyFigures {
  const truth = new Map(Object.entries(spec.truth ?? {}));
  const nameOf = (appraiser: string) => (spec.appraisers.length > 1 ? `${AGENT}, ${appraiser}` : AGENT);
  const agents = new Set(spec.appraisers.map(nameOf));
  const said = showings.map(
    ({ part, appraiser, trial, inspection, said: word }): Trial => ({
      part,
      appraiser: nameOf(appraiser),
      said: word ?? 'none',
      showing: inspection,
      trial,
    }),
  );
  const all = [...said, ...labelled(showings, labels, agents)];
  const { parts, good, bad, appraisers, pairs, together } = agreement(all, truth);
  const rows = appraisers.map(
    (one): AppraiserReport => ({
      appraiser: one.appraiser,
      effectiveness: told(one.effectiveness),
      misses: told(one.misses),
      falseAlarms: told(one.falseAlarms),
      repeats: told(one.repeats),
      kappa: one.kappa,
      judged: state === 'done' ? one.judged : null,
      abstained: all.filter((trial) => trial.appraiser === one.appraiser && trial.said === 'none').length,
    }),
  );
  // Two who show the same parts to the agent share no record: their first showings of a part stand beside each other.
  const shownAlike = pairsOf(said.map(({ trial, ...one }) => ({ ...one, showing: String(trial) })));
  const withPeople = pairs.filter(({ between }) => between.some((who) => !agents.has(who)));
  const judged = worstOf(rows.filter(({ appraiser }) => agents.has(appraiser)).map((one) => one.judged));
  return { kind: 'attributes', parts, good, bad, judged, appraisers: rows, pairs: [...shownAlike, ...withPeople], together };
}

/** Null: there is none, or one of them is none. */
function worstOf(grades: readonly (StudyGrade | null)[]): StudyGrade | null {
  if (grades.length === 0 || grades.includes(null)) return null;
  return (['unfit', 'conditional'] as const).find((grade) => grades.includes(grade)) ?? 'good';
}

interface Trial extends Judgement {
  readonly trial: number;
}

function labelled(showings: readonly Showing[], labels: StoredStudy['labels'], agents: ReadonlySet<string>): readonly Judgement[] {
  const parts = new Map(showings.map(({ inspection, part }) => [inspection, part]));
  return labels.flatMap(({ inspection, who, label }): Judgement[] => {
    const part = parts.get(inspection);
    const appraiser = agents.has(who) ? `${who}, a person` : who;
    return part === undefined ? [] : [{ part, appraiser, said: label === 'unsure' ? 'none' : label, showing: inspection }];
  });
}

const told = ({ share, ...rest }: Share): StudyShare => ({ ...rest, share: Number.isNaN(share) ? null : share });

function typeOneOf({ spec, state }: Study, showings: readonly Showing[]): StudyFigures {
  const { reference = Number.NaN, tolerance = Number.NaN, percent = 20, spread = 6, least = 1.33 } = spec;
  const { capable, biased, ...figures } = typeOne(valuesOf(showings), reference, tolerance, { percent, spread, least });
  return { kind: 'type_one', ...figures, least, biased, judged: state !== 'done' ? null : capable ? 'good' : 'unfit' };
}

function repeatabilityOf({ spec, state }: Study, showings: readonly Showing[]): StudyFigures {
  if (state !== 'done') throw new LinesideError('GAUGE_UNJUDGED', { why: 'each part has to be measured by each appraiser equally often' });
  const measured = showings.map(({ part, appraiser, value }) => ({ part, appraiser, value: value ?? Number.NaN }));
  const { parts, appraisers, trials, percent, ofTolerance, categories, pooled, table, judged } = repeatability(measured, spec.tolerance);
  const sources = (['part', 'appraiser', 'interaction', 'residual'] as const).map((source) => {
    const { sumOfSquares, freedom, f, p } = table[source];
    return { source, sumOfSquares, freedom, f, p };
  });
  return { kind: 'repeatability', parts, appraisers, trials, percent, ofTolerance, categories, pooled, sources, judged };
}

const valuesOf = (showings: readonly Showing[]): readonly number[] => showings.flatMap(({ value }) => (value === null ? [] : [value]));

function conditionsOf(showings: readonly Showing[]): StudyReport['conditions'] {
  const found = new Map<string, { low: number; high: number }>();
  for (const { conditions } of showings)
    for (const [tag, value] of Object.entries(conditions)) {
      const { low, high } = found.get(tag) ?? { low: value, high: value };
      found.set(tag, { low: Math.min(low, value), high: Math.max(high, value) });
    }
  return [...found].map(([tag, ends]) => ({ tag, ...ends }));
}

/** Each two of the agent and the people, over parts that both have judged. The truth is not asked for: nobody knows it. */
export function besideReport(station: string, all: readonly Appraisal[]): BesideReport {
  const busiest = busiestOf(all);
  const appraisals = all.filter(({ who }) => busiest.has(who));
  const parts = new Map(appraisals.map(({ inspection, said }) => [inspection, said]));
  const judged = [
    ...[...parts].flatMap(([part, said]): Judgement[] => (said === 'none' ? [] : [{ part, appraiser: AGENT, said }])),
    ...appraisals.flatMap(({ inspection: part, who: appraiser, label }): Judgement[] =>
      label === 'unsure' ? [] : [{ part, appraiser, said: label }],
    ),
  ];
  const pairs = pairsOf(judged).map((pair): PairReport => (pair.both < LEAST_TOGETHER ? { ...pair, kappa: null } : pair));
  const people = busiest.size;
  const refused = people < 2 ? `labels of ${people === 0 ? 'nobody' : 'one person'} are there; it takes those of two people` : null;
  return { station, parts: parts.size, pairs, refused };
}

/** Each two of so many are compared. */
const MOST_PEOPLE = 8;

function busiestOf(all: readonly Appraisal[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { who } of all) counts.set(who, (counts.get(who) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_PEOPLE);
  return new Set(most.map(([who]) => who));
}
