/** What a study says, held against figures that were worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { Appraisal, Showing, StoredStudy, StudySpec } from '#agent/contracts/index.js';
import { besideReport, studyReport } from '#agent/decisions/gauge/study-report.js';

const study = (spec: Partial<StudySpec>, showings: readonly Partial<Showing>[], more: Partial<StoredStudy> = {}): StoredStudy => ({
  id: 's1',
  station: 'outlet',
  name: 'masters',
  state: 'done',
  who: 'meyer',
  at: 1,
  ended: 2,
  why: '',
  shown: showings.length,
  of: showings.length,
  spec: { kind: 'attributes', parts: [], by: 'id', appraisers: ['agent'], repeats: 3, ...spec },
  gauge: { config: 'c', packages: {}, recipe: 'standard' },
  configHash: 'h',
  labels: [],
  showings: showings.map((one, n) => ({
    study: 's1',
    showing: n + 1,
    part: '1',
    appraiser: 'agent',
    trial: 1,
    said: null,
    value: null,
    inspection: `i${n + 1}`,
    at: n,
    conditions: {},
    ...one,
  })),
  ...more,
});

/** Ten master parts, five of them bad, each three times; the agent misses M-1 once, and has doubts about M-9 once. */
const IDS = Array.from({ length: 10 }, (_, n) => `M-${n + 1}`);
const truth = Object.fromEntries(IDS.map((id, n) => [id, n < 5 ? ('bad' as const) : ('good' as const)]));
const shown = [1, 2, 3].flatMap((trial) =>
  IDS.map((part): Partial<Showing> => {
    const said = part === 'M-1' && trial === 2 ? 'good' : part === 'M-9' && trial === 3 ? 'none' : truth[part];
    return { part, trial, said: said ?? null };
  }),
);

describe('attributes', () => {
  it('count misses and false alarms of what has a word, call right no part that the agent abstained from, and grade by the bounds of AIAG', () => {
    const { figures, refused } = studyReport(study({ truth }, shown));
    expect(refused).toBeNull();
    expect(figures).toMatchObject({
      kind: 'attributes',
      parts: 10,
      good: 5,
      bad: 5,
      appraisers: [
        {
          appraiser: 'the agent',
          // One that is missed once, and one without a word in one trial.
          effectiveness: { share: 0.8, count: 8, of: 10 },
          repeats: { count: 8, of: 10 },
          misses: { share: 1 / 15, count: 1, of: 15 },
          falseAlarms: { share: 0, count: 0, of: 14 },
          abstained: 1,
          // One miss of fifteen is 6.7 %: beyond the 5 % that may be.
          judged: 'unfit',
        },
      ],
      // A trial is missing.
      together: null,
    });
  });

  it('put people beside the agent who have labelled the same records', () => {
    const labels = shown.map(({ part = '' }, n) => ({ inspection: `i${n + 1}`, who: 'meyer', label: truth[part] ?? ('unsure' as const) }));
    const { figures } = studyReport(study({ truth }, shown, { labels }));
    expect(figures).toMatchObject({
      appraisers: [{ appraiser: 'the agent' }, { appraiser: 'meyer', misses: { count: 0 }, kappa: 1, judged: 'good' }],
      // One of 29 is another word: 28 / 29 agreed, and (15 * 14 + 14 * 15) / 29 ^ 2 would by chance.
      pairs: [{ between: ['the agent', 'meyer'], both: 29, kappa: expect.closeTo((28 / 29 - 420 / 841) / (1 - 420 / 841), 9) }],
    });
  });

  it('have figures and no grade where the study ended before, and where there are too few parts', () => {
    const ended = studyReport(study({ truth }, shown.slice(0, 10), { state: 'ended', of: 30, why: 'another package judges' }));
    expect(ended.figures).toMatchObject({ parts: 10, appraisers: [{ judged: null }] });
    expect(ended.refused).toBe(
      '10 of 30 parts were shown when it ended (another package judges): the figures are of what was shown, and there is no grade',
    );
    expect(studyReport(study({ truth }, shown.slice(0, 6))).refused).toContain('ten parts or more');
    expect(studyReport(study({ truth }, [], { state: 'open', of: 30 }))).toMatchObject({ figures: { parts: 0, appraisers: [] } });
  });
});

/** Ten good and ten bad parts, three times each; one showing per row, as the agent says. */
const MANY = Array.from({ length: 20 }, (_, n) => `P-${n}`);
const truthOfMany = Object.fromEntries(MANY.map((id, n) => [id, n % 2 === 0 ? ('good' as const) : ('bad' as const)]));
const showAll = (says: (part: string, trial: number, appraiser: string) => Showing['said'], appraisers = ['agent']) =>
  appraisers.flatMap((appraiser) =>
    [1, 2, 3].flatMap((trial) => MANY.map((part): Partial<Showing> => ({ part, trial, appraiser, said: says(part, trial, appraiser) }))),
  );
const rightly = (part: string) => truthOfMany[part] ?? null;
const wrong = (part: string) => (truthOfMany[part] === 'good' ? 'bad' : 'good');
const headline = (report: ReturnType<typeof studyReport>) => report.figures?.kind === 'attributes' && report.figures.judged;

describe('the grade of the gauge', () => {
  it('is none of being right where it had no word on most bad parts', () => {
    const shy = showAll((part) => (truthOfMany[part] === 'bad' && part !== 'P-1' ? 'none' : rightly(part)));
    const report = studyReport(study({ truth: truthOfMany }, shy));
    expect(report.figures).toMatchObject({
      parts: 20,
      judged: 'unfit',
      appraisers: [{ misses: { count: 0, of: 3 }, effectiveness: { count: 11, of: 20 }, repeats: { count: 11, of: 20 }, abstained: 27 }],
    });
    const mute = studyReport(
      study(
        { truth: truthOfMany },
        showAll((part) => (truthOfMany[part] === 'bad' ? 'none' : rightly(part))),
      ),
    );
    expect([headline(mute), mute.refused]).toEqual([null, expect.stringContaining('a word of the agent on some of each')]);
  });

  it('is the worst of those who showed parts to it, whoever was the first', () => {
    const appraisers = ['early', 'late'];
    const shown = showAll((part, _, appraiser) => (appraiser === 'late' ? wrong(part) : rightly(part)), appraisers);
    const report = studyReport(study({ truth: truthOfMany, appraisers }, shown));
    expect(report.figures).toMatchObject({ judged: 'unfit', appraisers: [{ judged: 'good' }, { judged: 'unfit' }] });
  });

  it('is no person’s, where the agent has said nothing', () => {
    const labels = MANY.map((part, n) => ({ inspection: `i${n + 1}`, who: 'meyer', label: truthOfMany[part] ?? ('unsure' as const) }));
    const report = studyReport(
      study(
        { truth: truthOfMany },
        showAll(() => 'none'),
        { labels },
      ),
    );
    expect(report.figures).toMatchObject({ judged: null, appraisers: [{ judged: null }, { appraiser: 'meyer', judged: 'good' }] });
    expect(report.refused).not.toBeNull();
  });

  it('stays where somebody labels one part of it, also who is called like the agent', () => {
    const labels = [{ inspection: 'i1', who: 'the agent', label: 'bad' as const }];
    const report = studyReport(study({ truth: truthOfMany }, showAll(rightly), { labels }));
    expect([headline(report), report.refused]).toEqual(['good', null]);
    expect(report.figures).toMatchObject({ appraisers: [{ appraiser: 'the agent', judged: 'good' }, { judged: null }] });
  });

  it('is none of type 1 before its last part', () => {
    const list = Array.from({ length: 20 }, (_, n) => ({ value: 10 + (n % 2) / 100 }));
    const wants = { kind: 'type_one', of: 'plc.width', reference: 10, tolerance: 10 } as const;
    expect(studyReport(study(wants, list)).figures).toMatchObject({ judged: 'good' });
    expect(studyReport(study(wants, list, { state: 'open', of: 50 })).figures).toMatchObject({ judged: null });
  });
});

describe('whoever stands beside the agent', () => {
  /** In trial 1 the agent has no word, in trial 2 it is wrong, in trial 3 right. */
  const moody = showAll((part, trial) => (trial === 1 ? 'none' : trial === 2 ? wrong(part) : rightly(part)));
  const labelsOf = (trial: number) =>
    MANY.map((part, n) => ({
      inspection: `i${(trial - 1) * MANY.length + n + 1}`,
      who: 'meyer',
      label: truthOfMany[part] ?? ('unsure' as const),
    }));
  const pairs = (labels: StoredStudy['labels'], showings = moody, spec: Partial<StudySpec> = {}) => {
    const { figures } = studyReport(study({ truth: truthOfMany, ...spec }, showings, { labels }));
    return figures?.kind === 'attributes' ? figures.pairs : [];
  };

  it.each([
    [1, { both: 0, kappa: null }],
    [2, { both: 20, kappa: -1 }],
    [3, { both: 20, kappa: 1 }],
  ])('is compared over the showings that were labelled: those of trial %d', (trial, wanted) => {
    expect(pairs(labelsOf(trial))).toEqual([{ between: ['the agent', 'meyer'], ...wanted }]);
  });

  it('is compared with the appraiser whose showing it was, and appraisers trial by trial', () => {
    const appraisers = ['early', 'late'];
    const shown = showAll((part, trial, appraiser) => (appraiser === 'late' && trial === 1 ? 'none' : rightly(part)), appraisers);
    const found = pairs(labelsOf(1), shown, { appraisers });
    expect(found).toEqual([
      { between: ['the agent, early', 'the agent, late'], both: 40, kappa: 1 },
      { between: ['the agent, early', 'meyer'], both: 20, kappa: 1 },
      { between: ['the agent, late', 'meyer'], both: 0, kappa: null },
    ]);
  });
});

const values = (list: readonly number[], of: Partial<Showing> = {}) => list.map((value) => ({ value, ...of }));
describe('measured values', () => {
  it('of one reference part have Cg, Cgk and a bias, and the conditions between their ends', () => {
    const list = [9.9, 10.1, 9.9, 10.1, 9.9, 10.1, 9.9, 10.1, 9.9, 10.1];
    const showings = values(list).map((one, n) => ({ ...one, conditions: { 'plc.hall': 20 + n / 10 } }));
    const report = studyReport(study({ kind: 'type_one', of: 'plc.width', reference: 10, tolerance: 10 }, showings));
    const deviation = 0.1 * Math.sqrt(10 / 9);
    expect(report.figures).toMatchObject({
      kind: 'type_one',
      n: 10,
      bias: expect.closeTo(0, 9),
      cg: expect.closeTo(2 / (6 * deviation), 9),
      judged: 'good',
    });
    expect(report.conditions).toEqual([{ tag: 'plc.hall', low: 20, high: 20.9 }]);
  });

  it('are refused in words where they are too few, all alike, or not all there', () => {
    const wants = { kind: 'type_one', of: 'plc.width', reference: 10, tolerance: 1 } as const;
    expect(studyReport(study(wants, values([10, 11])))).toMatchObject({
      figures: null,
      refused: expect.stringContaining('2 measurements'),
    });
    expect(studyReport(study(wants, values(Array(20).fill(10)))).refused).toContain('all measurements are alike');
    const open = studyReport(study({ kind: 'repeatability', of: 'plc.width' }, values([1, 2]), { state: 'open', of: 90 }));
    expect(open).toMatchObject({ figures: null, refused: expect.stringContaining('2 of 90 parts were shown so far: each part') });
  });

  it('of several parts have their analysis of variance', () => {
    const measured = ['a', 'b'].flatMap((appraiser, k) =>
      [1, 2].flatMap((trial) => ['P', 'Q', 'R'].map((part, n) => ({ part, appraiser, trial, value: 10 * n + k + trial / 10 }))),
    );
    const { figures } = studyReport(study({ kind: 'repeatability', of: 'plc.width', tolerance: 60 }, measured));
    expect(figures).toMatchObject({
      kind: 'repeatability',
      parts: 3,
      appraisers: 2,
      trials: 2,
      sources: [{ source: 'part', freedom: 2 }, {}, {}, { freedom: 6 }],
    });
    expect(figures?.kind === 'repeatability' && figures.ofTolerance).toBeGreaterThan(0);
  });
});

it('compares people with the agent and with each other over what both have judged, and says where it cannot', () => {
  const said = (n: number): 'good' | 'bad' => (n % 2 === 0 ? 'good' : 'bad');
  const of = (who: string, count: number, label: (n: number) => Appraisal['label']) =>
    Array.from({ length: count }, (_, n): Appraisal => ({ inspection: `i${n}`, who, label: label(n), said: said(n) }));
  const all = [...of('meyer', 20, said), ...of('kurz', 20, (n) => (n < 4 ? 'good' : said(n))), ...of('neu', 5, said)];
  const report = besideReport('outlet', all);
  expect(report).toMatchObject({ parts: 20, refused: null });
  const pair = (one: string, other: string) => report.pairs.find(({ between }) => between[0] === one && between[1] === other);
  expect(pair('the agent', 'meyer')).toMatchObject({ both: 20, kappa: 1 });
  // 18 of 20 agree, and chance would have 10 of 20: (0.9 - 0.5) / 0.5.
  expect(pair('meyer', 'kurz')).toMatchObject({ both: 20, kappa: expect.closeTo(0.8, 9) });
  expect(pair('the agent', 'neu')).toMatchObject({ both: 5, kappa: null });
  expect(besideReport('outlet', of('meyer', 20, said)).refused).toContain('one person');
  expect(besideReport('outlet', []).refused).toContain('nobody');
});
