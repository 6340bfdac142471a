/** What was shown in a study, as CSV: the columns that `lineside msa agreement` and `repeatability` take. Pure. */
import type { StoredStudy } from '../contracts/index.ts';
import { csvOf } from '../store/csv.ts';

const COLUMNS = ['showing', 'utc', 'part', 'appraiser', 'trial', 'truth', 'said', 'value', 'inspection'] as const;

export function showingsCsv({ showings, spec }: Pick<StoredStudy, 'showings' | 'spec'>): string {
  const tags = [...new Set(showings.flatMap(({ conditions }) => Object.keys(conditions)))];
  const lines = showings.map(({ showing, at, part, appraiser, trial, said, value, inspection, conditions }) => {
    const truth = spec.truth?.[part] ?? null;
    const word = said === 'none' ? 'review' : said;
    return csvOf([
      showing,
      new Date(at).toISOString(),
      part,
      appraiser,
      trial,
      truth,
      word,
      value,
      inspection,
      ...tags.map((tag) => conditions[tag] ?? null),
    ]);
  });
  return [csvOf([...COLUMNS, ...tags]), ...lines].join('');
}
