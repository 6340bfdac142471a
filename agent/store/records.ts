/** The journal's answers for the page: the main thread's end of the thread that reads it. */
import type { Records } from '../contracts/index.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { type DeskAnswer, type DeskCall, ThreadDesk } from './thread-desk.ts';

type Call = keyof Records;
export type RecordsCall = DeskCall<Call>;
export type RecordsAnswer = DeskAnswer;

const MOST_ASKED = 32;
/** A question ends itself long before; a disk may not. */
const PATIENCE: Milliseconds = Seconds(5);

/** `folder`: of the journal, absolute. */
export function openRecords(folder: string, clock: Clock): Records {
  const desk = new ThreadDesk<Call>({
    entry: 'store/records-worker',
    name: 'records',
    data: folder,
    clock,
    most: MOST_ASKED,
    patience: PATIENCE,
  });
  return {
    inspections: (wish) => desk.ask('inspections', wish),
    inspection: (id) => desk.ask('inspection', id),
    rules: (config, station) => desk.ask('rules', config, station),
    passed: (wish) => desk.ask('passed', wish),
    routed: (wish) => desk.ask('routed', wish),
    said: (wish) => desk.ask('said', wish),
    before: (inspection, limit) => desk.ask('before', inspection, limit),
    made: (wish) => desk.ask('made', wish),
    passedCounts: (wish) => desk.ask('passedCounts', wish),
    picture: (inspection, n) => desk.ask('picture', inspection, n),
    since: (id, limit) => desk.ask('since', id, limit),
    alarms: (wish) => desk.ask('alarms', wish),
    audit: (wish) => desk.ask('audit', wish),
    labels: (inspection) => desk.ask('labels', inspection),
    notes: (wish) => desk.ask('notes', wish),
    similarNotes: (text, limit, part) => desk.ask('similarNotes', text, limit, part),
    texts: (wish) => desk.ask('texts', wish),
    alarmHistory: (wish) => desk.ask('alarmHistory', wish),
    cases: (wish) => desk.ask('cases', wish),
    summary: (wish) => desk.ask('summary', wish),
    totals: (wish) => desk.ask('totals', wish),
    labelFigures: (wish) => desk.ask('labelFigures', wish),
    review: (wish) => desk.ask('review', wish),
    scores: (wish) => desk.ask('scores', wish),
    histograms: (inspection) => desk.ask('histograms', inspection),
    refusals: (wishes) => desk.ask('refusals', wishes),
    differing: (wish) => desk.ask('differing', wish),
    trend: (wish) => desk.ask('trend', wish),
    shiftCounts: (wishes) => desk.ask('shiftCounts', wishes),
    orderCounts: (wish) => desk.ask('orderCounts', wish),
    shiftsKept: () => desk.ask('shiftsKept'),
    containments: (wish) => desk.ask('containments', wish),
    containment: (id) => desk.ask('containment', id),
    contained: (wish) => desk.ask('contained', wish),
    opening: (wish) => desk.ask('opening', wish),
    sampled: (wish) => desk.ask('sampled', wish),
    studies: (wish) => desk.ask('studies', wish),
    study: (id) => desk.ask('study', id),
    appraisals: (station) => desk.ask('appraisals', station),
    shiftReport: (wish) => desk.ask('shiftReport', wish),
    letters: (wish, limit) => desk.ask('letters', wish, limit),
    changeLetters: (verb, wish) => desk.ask('changeLetters', verb, wish),
    close: () => desk.close('close'),
  };
}
