/** Questions to the journal while the line runs, and what comes back. */
import type { ErrorCode } from '../errors.ts';
import type { PassedPart, PassedWish } from './charts.ts';
import type { ContainedPage, ContainedWish, Opening, OpeningWish, PartStretch, Sampled, StoredContainment } from './containment.ts';
import type {
  LabelFigures,
  LabelFiguresWish,
  Refusals,
  RefusalWish,
  ReviewPage,
  ReviewWish,
  ScoreHistogram,
  Scores,
  ScoresWish,
  Totals,
  TotalsWish,
} from './figures.ts';
import type { SaidPart, SaidWish } from './following.ts';
import type { AlarmHistory, AlarmHistoryWish, CasesWish, SimilarCase, SummaryWish } from './history.ts';
import type { InspectionOutcome } from './inspections.ts';
import type { OrderCounts, OrderCountsWish, ShiftCounts, ShiftCountsWish, ShiftsKept } from './kpi.ts';
import type { Stroke } from './marks.ts';
import type { PassedCount, PassedCountsWish } from './material.ts';
import type { NotesWish, WrittenNote } from './notes.ts';
import type { Quote } from './quotes.ts';
import type { ReportQuery, ReportWish } from './report.ts';
import type { RoutedPart, RoutedWish } from './routes.ts';
import type { Appraisal, StoredStudy, Study } from './studies.ts';
import type { InspectionSummary } from './summaries.ts';
import type { MachineText, TextsWish } from './texts.ts';
import type { Verdict } from './verdicts.ts';
import type { RecordedRules } from './what-if.ts';

/** Which inspections; all that is named holds. Times are wall time, from included and to not. */
export interface InspectionWish {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly station?: string | undefined;
  readonly part?: string | undefined;
  readonly verdict?: Verdict | undefined;
  readonly outcome?: InspectionOutcome | undefined;
  /** Its code where it has one, else its words without the figures in brackets; of a rule without words its expression. */
  readonly reason?: string | undefined;
  readonly recipe?: string | undefined;
  /** Name in the rules, or package. */
  readonly model?: string | undefined;
  /** Of `model`, or of any; both included. */
  readonly score_from?: number | undefined;
  readonly score_to?: number | undefined;
}

export interface InspectionPageWish extends InspectionWish {
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** Newest first. */
export interface InspectionPage {
  readonly items: readonly InspectionSummary[];
  /** Where to go on; null at the end of what there is. */
  readonly next: string | null;
  /** false: the time for one question was over before the page was full; `next` goes on from there. */
  readonly complete: boolean;
  /** Everything that is newer has been looked at; null where there is nothing older. */
  readonly looked_back_to: number | null;
}

/** Of a part that was judged, or that `on_failure` spoke of. */
export interface EarlierVerdict {
  readonly verdict: Verdict;
  readonly recipe: string;
}

/** Everything that the journal has of one inspection, as `lineside export --format jsonl` writes it. */
export type StoredInspection = Readonly<Record<string, unknown>>;

/** A part of one station that was judged, or that `on_failure` spoke of. */
export interface MadePart {
  readonly at: number;
  /** Of its station, from 1, without gaps. */
  readonly sequence: number;
  readonly recipe: string;
  readonly verdict: Verdict;
}
export interface MadeWish {
  readonly station: string;
  /** Wall time; included, and not. */
  readonly from: number;
  readonly before: number;
  readonly limit: number;
}

export interface StoredPicture {
  readonly type: 'image/jpeg' | 'image/png';
  readonly sha256: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface AlarmRecord {
  readonly code: ErrorCode;
  readonly subject: string;
  readonly since: number;
  readonly cleared: number | null;
  readonly text: string;
  readonly next: string;
}

export interface AuditRecord {
  readonly at: number;
  readonly who: string;
  readonly source: string;
  readonly verb: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly accepted: boolean | null;
  readonly why: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Before the first inspection of all, in place of its id. */
export const BEGINNING = '';

/** What was stored since. */
export interface Since {
  /** Oldest first. */
  readonly items: readonly InspectionSummary[];
  /** That were stored before these and after the one that was named, and are left out. */
  readonly skipped: number;
  /** Of the newest that is stored; null where there is none. */
  readonly newest: string | null;
  /** The one that was named is not there (any more). */
  readonly lost: boolean;
}

/** What somebody says of a part. */
export interface Label {
  /** Made by whoever labels, so that a repeat is the same label. */
  readonly id: string;
  readonly inspection: string;
  readonly at: number;
  readonly who: string;
  readonly label: 'good' | 'bad' | 'unsure';
  /** Of what is bad, by name. */
  readonly kind: string | null;
  /** Where it is bad; empty where nobody said. */
  readonly boxes: readonly LabelBox[];
}

/** In pixels of the camera's picture: x, y, width, height. `kind`: where it is another one than the label's. */
export interface LabelBox {
  readonly camera: string;
  readonly region: readonly [number, number, number, number];
  /** What was painted; `region` is the box around it. */
  readonly stroke?: Stroke;
  readonly kind?: string;
}
export interface StoredLabel extends Label {
  /** When it was taken back. */
  readonly undone: number | null;
}

/** Which parts a candidate says something else of. */
export interface DifferingWish {
  readonly station: string;
  /** As the rules call it. */
  readonly model: string;
  /** The candidate's package. */
  readonly candidate: string;
  readonly camera: string;
  readonly limit: number;
}
export interface DifferingPart {
  readonly inspection: string;
  readonly at: number;
  readonly part: string | null;
  /** The gravest: label, finding or verdict. */
  readonly difference: string;
  readonly verdict: Verdict;
  readonly candidate_verdict: Verdict;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly candidate_score: number | null;
  readonly candidate_threshold: number | null;
  /** Numbers of its kept pictures: of that camera, and where the model that judged looked; null: not kept. */
  readonly picture: number | null;
  readonly heat: number | null;
}

/** Values of tags over a time, few enough to be looked at. */
export interface TagTrendWish {
  readonly station: string;
  readonly from: number;
  readonly to: number;
  readonly points: number;
}
export interface TagTrend {
  readonly times: readonly number[];
  /** Null where nothing was known. */
  readonly tags: readonly { readonly tag: string; readonly values: readonly (number | null)[] }[];
}

/** An event that its receiver does not take. */
export interface Letter {
  readonly id: number;
  readonly publisher: string;
  /** When it was refused, ISO 8601. */
  readonly refused: string;
  readonly topic: string;
  readonly event: string;
  readonly bytes: number;
  readonly why: string;
  /** It is to be sent again, and the agent has not taken it yet. */
  readonly retry: boolean;
}

export interface LettersSummary {
  readonly letters: readonly Letter[];
  /** All that there are, also beyond those that are listed. */
  readonly total: number;
  /** Events that wait, by publisher. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Events and dead letters that the budget cost since the journal was begun. */
  readonly dropped: number;
  /** Of waiting events and dead letters. */
  readonly bytes: number;
}

/** Which letters; with neither of the two, all. */
export interface LettersWish {
  readonly ids?: readonly number[] | undefined;
  readonly topic?: string | undefined;
}

/**
 * The journal, read on a connection and a thread of its own: no question holds the writer or the main thread. Each is bounded in time and rows.
 * They reject with STORE_FAILED, STORE_MISSING, TIMEOUT, or WEB_BUSY where too many wait.
 */
export interface Records {
  inspections(wish: InspectionPageWish): Promise<InspectionPage>;
  /** Null: there is none of that id. */
  inspection(id: string): Promise<StoredInspection | null>;
  /** What judged the parts of a station under the config of that hash; null where the journal has not got it (any more). */
  rules(config: string, station: string): Promise<RecordedRules | null>;
  /** For charts that were behind when the agent ended; as far back as the newest fifty thousand records. */
  passed(wish: PassedWish): Promise<readonly PassedPart[]>;
  /** Where parts went: those that have not ended, the oldest first, or of one part the newest. */
  routed(wish: RoutedWish): Promise<readonly RoutedPart[]>;
  /** What a station said of its newest parts that have an id, newest first; as far back as the newest fifty thousand records. */
  said(wish: SaidWish): Promise<readonly SaidPart[]>;
  /** The verdicts that the station gave before this one, newest first, as far as the journal has them. */
  /** The newest first. */
  made(wish: MadeWish): Promise<readonly MadePart[]>;
  passedCounts(wish: PassedCountsWish): Promise<readonly PassedCount[]>;
  before(inspection: string, limit: number): Promise<readonly EarlierVerdict[]>;
  /** The n-th of the inspection's pictures, from 0; null where there is none, or its file is gone. */
  picture(inspection: string, n: number): Promise<StoredPicture | null>;
  /** Those that were stored after `id`, the newest `limit` of them; without an id none, and where the journal is. */
  since(id: string | null, limit: number): Promise<Since>;
  /** Those that began before the cursor, newest first. */
  alarms(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<AlarmRecord>>;
  audit(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<AuditRecord>>;
  /** All that were given, the oldest first; null: there is no such inspection. */
  labels(inspection: string): Promise<readonly StoredLabel[] | null>;
  notes(wish: NotesWish): Promise<readonly WrittenNote[]>;
  /** Notes that have most in common with a text (BM25), the most alike first; of a part's own none. */
  similarNotes(text: string, limit: number, part?: string): Promise<readonly WrittenNote[]>;
  texts(wish: TextsWish): Promise<readonly MachineText[]>;
  alarmHistory(wish: AlarmHistoryWish): Promise<AlarmHistory>;
  /** Notes and texts of machines that have most in common with a text (BM25). */
  cases(wish: CasesWish): Promise<readonly SimilarCase[]>;
  /** What was said in that time as the fewest quotations that stand for it, the most frequent first. */
  summary(wish: SummaryWish): Promise<readonly Quote[]>;
  totals(wish: TotalsWish): Promise<Totals>;
  labelFigures(wish: LabelFiguresWish): Promise<LabelFigures>;
  review(wish: ReviewWish): Promise<ReviewPage>;
  scores(wish: ScoresWish): Promise<Scores>;
  /** Of each model that scored it; null: there is no such inspection. */
  histograms(inspection: string): Promise<readonly ScoreHistogram[] | null>;
  /** In the order of the wishes. */
  refusals(wishes: readonly RefusalWish[]): Promise<readonly Refusals[]>;
  /** Newest first. */
  differing(wish: DifferingWish): Promise<readonly DifferingPart[]>;
  trend(wish: TagTrendWish): Promise<TagTrend>;
  /** In the order of the wishes. */
  shiftCounts(wishes: readonly ShiftCountsWish[]): Promise<readonly ShiftCounts[]>;
  orderCounts(wish: OrderCountsWish): Promise<OrderCounts>;
  shiftsKept(): Promise<ShiftsKept>;
  /** Those that were opened, newest first. */
  containments(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<StoredContainment>>;
  /** Null: there is none of that id. */
  containment(id: string): Promise<StoredContainment | null>;
  contained(wish: ContainedWish): Promise<ContainedPage>;
  opening(wish: OpeningWish): Promise<Opening>;
  sampled(wish: PartStretch): Promise<Sampled>;
  /** Gauge studies, newest first. */
  studies(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<Study>>;
  /** Null: there is none of that id. */
  study(id: string): Promise<StoredStudy | null>;
  /** What people said of parts of production of the station beside the agent, of the newest labels some thousand. */
  appraisals(station: string): Promise<readonly Appraisal[]>;
  shiftReport(wish: ReportWish): Promise<{ readonly queries: readonly ReportQuery[]; readonly complete: boolean }>;
  letters(wish: LettersWish, limit: number): Promise<LettersSummary>;
  /** As `lineside outbox retry` and `drop` do; returns how many. */
  changeLetters(verb: 'retry' | 'drop', wish: LettersWish): Promise<number>;
  close(): Promise<void>;
}

/** Which labelled parts, as a data set. Times are wall time of the parts, from included and to not. */
export interface DataSetWish {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly station?: string | undefined;
  readonly recipe?: string | undefined;
  /** Another one draws other splits. */
  readonly seed: string;
}

export interface DataSetSummary {
  /** Labelled inspections, by what people agree on. */
  readonly good: number;
  readonly bad: number;
  readonly unsure: number;
  readonly disputed: number;
  /** Bad ones with pictures, by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly pictures: number;
  /** Pictures that the agent encoded, and those of which it is not known: the others are as the camera sent them. */
  readonly encoded: number;
  readonly unknown: number;
  /** Pictures that were deleted for their space. */
  readonly missing: number;
  readonly boxes: number;
  /** Parts on each side. */
  readonly splits: Readonly<Record<'train' | 'validation' | 'test', number>>;
  readonly seed: string;
  readonly software: string;
}
