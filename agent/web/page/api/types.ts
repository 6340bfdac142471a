/** What the API answers with, by the names that the page uses. Times: ms since 1970, UTC, by the clock of the box. */
import type { Answers } from './answers.ts';

type Fixed<T> = T extends object ? { readonly [Key in keyof T]: Fixed<T[Key]> } : T;
type Answer<Asked extends keyof Answers> = Fixed<Answers[Asked]>;

export type Here = Answer<'GET /session'>;
export type SignedIn = Answer<'POST /session'>;
export type Role = SignedIn['role'];

export type Line = Answer<'GET /line'>;
export type Alarm = Line['alarms'][number];
export type Station = Line['stations'][string];
export type StationState = NonNullable<Station['state']>;
export type ScoreDrift = StationState['drift'][number];
export type LookDrift = NonNullable<ScoreDrift['look']>;
export type LookFeature = LookDrift['moved'][number]['feature'];

export type InspectionPage = Answer<'GET /inspections'>;
/** One line of a list. */
export type Inspection = InspectionPage['items'][number];
export type Verdict = Inspection['verdict'];
export type Outcome = Inspection['outcome'];
export type Reason = Inspection['reasons'][number];

export type Label = Answer<'GET /inspections/{id}/labels'>[number];
/** As it is sent: a box, or what was painted, on the picture of a camera. */
export type LabelMark = { readonly camera: string } & (
  | { readonly region: readonly [number, number, number, number] }
  | { readonly stroke: NonNullable<Label['boxes'][number]['stroke']> }
);
export type WrittenNote = Answer<'GET /notes'>[number];
export type AlarmHistory = Answer<'GET /alarms/history'>;
export type Quote = Answer<'GET /notes/summary'>[number];
export type SimilarCase = Answer<'GET /notes/cases'>[number];
export type MachineText = Answer<'GET /texts'>[number];
export type ScoreHistogram = Answer<'GET /inspections/{id}/scores'>[number];
export type WhatIf = Answer<'GET /inspections/{id}/what-if'>;
export type Replay = Answer<'POST /inspections/{id}/replay'>;
export type WhatIfChange = WhatIf['changes'][number];
export type ReviewPage = Answer<'GET /review'>;
export type ReviewItem = ReviewPage['items'][number];
export type ReviewWhy = ReviewItem['why'][number];
export type LabelFigures = Answer<'GET /review/figures'>;
export type ContainedPage = Answer<'GET /containments'>;
export type Contained = ContainedPage['items'][number];
/** One of them, with what narrows it. */
export type Containment = Answer<'GET /containments/{id}'>;
export type ContainedParts = Answer<'GET /containments/{id}/parts'>;
export type ContainedPart = ContainedParts['items'][number];
export type StudiesNow = Answer<'GET /studies/now'>;
export type OpenStudy = StudiesNow['open'][string];
export type StudyPlan = StudiesNow['plans'][number];
export type StudyPage = Answer<'GET /studies'>;
export type StudyItem = StudyPage['items'][number];
export type StudyReport = Answer<'GET /studies/{id}'>;
export type Beside = Answer<'GET /studies/beside/{station}'>;
export type StudyPair = Beside['pairs'][number];
export type GoodHours = Answer<'GET /good-hours'>[number];
export type Planning = Answer<'GET /plan'>;
export type Plan = NonNullable<Planning['plan']>;
export type PlanSlot = Plan['sequence'][number];
export type Routing = Answer<'GET /routes'>;
export type RouteDestination = Routing['destinations'][number];
export type RoutedWay = Routing['under_way'][number];
export type RoutedWays = Answer<'GET /routes/part'>;
export type Materials = Answer<'GET /materials'>;
export type Material = Materials['materials'][number];
export type MaterialCall = Material['calls'][number];
export type Tools = Answer<'GET /tools'>;
export type Tool = Tools['tools'][number];
export type Scores = Answer<'GET /scores'>;
export type Shifts = Answer<'GET /shifts'>;
export type Shift = Shifts['shifts'][number];
export type ShiftFigures = Shift['stations'][number];
export type Groups = Answer<'GET /shifts/by/{what}'>;
export type Group = Groups['items'][number];
export type Ratio = ShiftFigures['quality_ratio'];
export type Report = Answer<'GET /shifts/{day}/{name}/report'>;
export type Totals = Answer<'GET /totals'>;
export type AlarmPage = Answer<'GET /alarms/log'>;
export type ReturnedAlarm = Answer<'GET /alarms/returned'>[number];
export type CertificatesKnown = Answer<'GET /certificates'>;
export type Certificate = CertificatesKnown['rejected'][number];
export type Letters = Answer<'GET /outbox'>;
export type Health = Answer<'GET /health'>;
export type Model = Answer<'GET /models'>[number];
export type ConfigFile = Answer<'GET /config'>;
export type ConfigTrial = Answer<'POST /config/check'>;
export type ConfigVersions = Answer<'GET /config/versions'>;
export type ConfigVersion = Answer<'GET /config/versions/{id}'>;
export type FirstConfig = Answer<'GET /first-config'>;
export type CameraTrial = Answer<'POST /first-config/camera'>;
export type PlcTrial = Answer<'POST /first-config/plc'>;
export type BrokerTrial = Answer<'POST /first-config/broker'>;
export type FirstConfigText = Answer<'POST /first-config/text'>;
export type Tag = Answer<'GET /tags'>[number];
export type Lesson = NonNullable<Answer<'GET /teach'>>;
export type StoredPart = Answer<'GET /teach/stored'>[number];
export type DifferingPart = Answer<'GET /teach/differing'>[number];
export type TagTrend = Answer<'GET /teach/tags'>;
export type Chart = Answer<'GET /charts'>[number];
export type ChartDetail = Answer<'GET /charts/{station}/{chart}'>;
export type LiveParts = Answer<'GET /teach/live'>;

/** Columns of the journal's tables, which the document leaves open. */
export interface Finding {
  readonly model: string;
  readonly package: string;
  readonly version: string;
  readonly variant: string | null;
  readonly sha256: string;
  readonly kind: string;
  readonly label: string | null;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly review_low: number | null;
  readonly review_high: number | null;
  /** 1: it scores above everything that the package was taught with. */
  readonly unlike?: number | null;
  readonly boxes:
    | readonly { readonly label: string; readonly score: number; readonly region: readonly [number, number, number, number] }[]
    | null;
  /** Where a part that moves was found, and judged, in pixels of the frame. */
  readonly found?: {
    readonly region: readonly [number, number, number, number];
    readonly moved: readonly [number, number];
    readonly likeness: number;
  } | null;
  readonly contributions: Readonly<Record<string, number>> | null;
  readonly reading: { readonly text?: string } | null;
  readonly run_ms: number | null;
}
export interface KeptPicture {
  readonly camera: string;
  readonly role: 'frame' | 'heatmap';
  readonly width: number;
  readonly height: number;
  readonly at: number;
  readonly path: string;
}
export interface TagReading {
  readonly value: unknown;
  readonly status: number;
  readonly source: number | null;
  readonly unit?: string;
}
type Known =
  | 'id'
  | 'station'
  | 'sequence'
  | 'outcome'
  | 'at'
  | 'trigger'
  | 'part'
  | 'recipe'
  | 'verdict'
  | 'reasons'
  | 'config_hash'
  | 'unreadable'
  | 'window';
/** One inspection with all that the journal has of it. */
export interface WholeInspection extends Pick<Answer<'GET /inspections/{id}'>, Known> {
  readonly counter: number | null;
  readonly answer: 'none' | 'written' | 'failed';
  readonly answer_fault: string | null;
  readonly transport_ms: number | null;
  readonly align_ms: number | null;
  readonly prepare_ms: number | null;
  readonly infer_ms: number | null;
  readonly rules_ms: number | null;
  readonly verdict_ms: number | null;
  readonly write_ms: number | null;
  readonly tags: Readonly<Record<string, TagReading>>;
  readonly findings: readonly Finding[];
  readonly late: readonly { readonly model: string; readonly late_ms: number; readonly fault: string | null }[];
  readonly decisions: readonly { readonly id: string; readonly action: string; readonly reason: string }[];
  readonly images: readonly KeptPicture[];
}
