/** What the server asks of the agent, handed over by the composition root. The web folder knows nothing else of it. */
import type { Readable } from 'node:stream';
import type {
  Answers,
  BrokerAnswer,
  BrokerTried,
  CameraAnswer,
  CameraTried,
  InstalledPackage,
  PlcAnswer,
  PlcTried,
  Told,
  TypedSecrets,
} from '../contracts/first-config.ts';
import type {
  AccessBook,
  Alarm,
  Anchor,
  BesideReport,
  ChartPoint,
  ChartState,
  ContainedPage,
  DataSetWish,
  Disposition,
  GoodHours,
  GroupKpi,
  Health,
  Label,
  LinePlan,
  Log,
  MaterialView,
  OpeningWish,
  OpenStudy,
  Page,
  Records,
  Replay,
  RoutedPart,
  RouteState,
  Shift,
  ShiftKpi,
  ShiftReport,
  StationState,
  StoredContainment,
  Study,
  StudyKind,
  StudyReport,
  StudySpec,
  TagValue,
  ToolState,
  WhatIf,
  WrittenNote,
} from '../contracts/index.ts';
import type { Clock } from '../time.ts';
import type { MetricsSource } from './metrics.ts';
import type { TeachingPort } from './teaching-port.ts';

/** For the probes: /healthz, /readyz and /metrics. */
export interface WebSource extends MetricsSource {
  health(): Promise<Health>;
  /** What is not ready yet, in words; empty when the agent judges. */
  notReady(): readonly string[];
}

/** What somebody did on the page, for the audit log. */
export interface PageAct {
  /** A user's name; '' for nobody who was known. */
  readonly who: string;
  readonly verb: string;
  /** Holds nothing secret. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** `done`, or why not. */
  readonly outcome: string;
}

/** A station as its config has it. */
export interface StationView {
  readonly deadlineMs: number;
  readonly onFailure: string;
  readonly cameras: readonly string[];
  readonly models: readonly string[];
  /** OPC UA servers whose tags it reads or writes. */
  readonly servers: readonly string[];
}

export interface LineView {
  /** No part is judged: the config file has been broken since the start. */
  readonly safeMode: boolean;
  readonly line: Readonly<Record<'enterprise' | 'site' | 'area' | 'line' | 'agent', string>>;
  readonly version: string;
  /** Of the config that runs. */
  readonly config: string;
  readonly stations: Readonly<Record<string, StationView>>;
}

export interface ModelView {
  readonly station: string;
  /** As the rules call it. */
  readonly model: string;
  /** null: of every recipe that has none of its own. */
  readonly recipe: string | null;
  /** judges, or runs beside another as its candidate. */
  readonly role: 'judges' | 'candidate';
  readonly package: string;
  readonly version: string | null;
  readonly kind: string | null;
  readonly summary: string | null;
  readonly labels: readonly string[];
  readonly threshold: number | null;
  /** What runs; null where it was refused or is still being proved. */
  readonly running: {
    readonly variant: string;
    readonly provider: string;
    readonly sha256: string;
    readonly run_ms: number;
    readonly golden_difference: number;
    readonly golden_tolerance: number;
  } | null;
  /** A package to go back to. */
  readonly previous: string | null;
  readonly figures: Readonly<Record<string, unknown>> | null;
  readonly licence: string | null;
}

export interface TagView {
  readonly tag: string;
  readonly node: string;
  readonly unit: string | null;
  readonly range: readonly [number, number] | null;
  readonly writable: boolean;
  /** Null before one came. */
  readonly value: TagValue;
  readonly status: number | null;
  readonly quality: 'good' | 'uncertain' | 'bad' | 'none';
  readonly source: number | null;
  readonly received: number | null;
  readonly sampling_asked_ms: number | null;
  readonly sampling_ms: number | null;
}

export interface LivePicture {
  /** Of the part that it shows. */
  readonly inspection: string;
  /** When it was captured. */
  readonly at: number;
  readonly widest: number;
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

/** Out of sight for a while. */
export interface Shelf {
  readonly at: number;
  /** Wall time. */
  readonly until: number;
  readonly who: string;
  readonly reason: string;
}

export interface AlarmView extends Alarm {
  readonly acknowledged: { readonly at: number; readonly who: string } | null;
  readonly shelved: Shelf | null;
  /** Key of the active alarm that it follows from; null where it is a first cause. */
  readonly cause: string | null;
  /** Nothing comes from what it is about, or nothing is taken by it. */
  readonly down: boolean;
}

/** Over before anybody acknowledged it. */
export interface ReturnedAlarm {
  readonly key: string;
  readonly code: string;
  readonly subject: string;
  readonly since: number;
  readonly ended: number;
  readonly times: number;
  readonly text: string;
  readonly next: string;
}

/** The agent as it is now. */
export interface LivePort {
  line(): LineView;
  states(): Readonly<Record<string, StationState>>;
  alarms(): readonly AlarmView[];
  returned(): readonly ReturnedAlarm[];
  models(): readonly ModelView[];
  tags(): readonly TagView[];
  /** Of the last part; null: none has been judged since somebody looks. */
  picture(station: string, widest: number): Promise<LivePicture | null>;
}

/** A certificate of an OPC UA server. */
export interface CertificateView {
  /** Name in the config of the server that showed it. */
  readonly server: string;
  /** SHA-256, hexadecimal: what is compared with what the server shows. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly applicationUri: string;
  readonly validFrom: number;
  readonly validTo: number;
}

export interface ThresholdWish {
  readonly station: string;
  readonly model: string;
  /** That shall run beside; null: none. Of what is promoted: the one that was seen to run beside, since another one may by now. */
  readonly threshold?: number | null;
}

/** What runs next. */
export interface PlanningPort {
  /** The config plans. */
  readonly isOn: boolean;
  /** Null before there was anything to plan. */
  readonly now: LinePlan | null;
}

/** Materials. They are changed by the command `material`. */
export interface MaterialPort {
  /** The config has some. */
  readonly isOn: boolean;
  readonly all: readonly MaterialView[];
}

/** Tools. They are changed by the command `tool`. */
export interface ToolsPort {
  /** The config has some. */
  readonly isOn: boolean;
  readonly all: readonly ToolState[];
}

/** What changes something. Each is on record, done or refused, with the user who did it. */
export interface NoteSent {
  readonly id: string;
  readonly text: string;
  readonly station?: string | undefined;
  readonly part?: string | undefined;
  readonly alarm?: string | undefined;
}

export interface ChangesPort {
  /** As over MQTT. Rejects with COMMAND_REFUSED. */
  command(
    user: string,
    verb: 'ack' | 'chart' | 'enable' | 'recipe' | 'reload' | 'orders' | 'plan' | 'route' | 'material' | 'tool' | 'study',
    body: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** One that is active, or one that is over. Rejects with WEB_UNKNOWN. */
  acknowledgeAlarm(key: string, who: string): Promise<void>;
  /** Rejects with WEB_UNKNOWN. */
  shelveAlarm(key: string, shelf: Omit<Shelf, 'at'>): Promise<void>;
  unshelveAlarm(key: string): Promise<void>;
  /** The next parts are what that alarm's scores, pictures or tags are held against. Rejects with WEB_UNKNOWN where it is none of those, or over. */
  relearn(key: string): Promise<void>;
  certificates(): Promise<{ readonly rejected: readonly CertificateView[]; readonly trusted: readonly CertificateView[] }>;
  /** Rejects with USAGE where none or several match. */
  trust(fingerprint: string, server?: string): Promise<CertificateView>;
  /** Another threshold for the package that judges there. Rejects with COMMAND_REFUSED, WEB_UNKNOWN, and as ConfigPort.write(). */
  threshold(who: string, verb: 'shadow' | 'promote' | 'rollback', wish: ThresholdWish): Promise<ConfigWritten>;
  /** Resolves when it is on the disk. */
  label(label: Label): Promise<void>;
  undo(label: Pick<Label, 'id' | 'at' | 'who'>): Promise<void>;
  /** Names of people are taken out, and of who wrote it a code alone is kept. Resolves when it is on the disk; rejects with NOTE_UNFIT. */
  note(note: NoteSent, who: string): Promise<WrittenNote>;
}

/** What can be asked of a stored part beside its record. */
export interface AskingPort {
  /** Null: there is no such inspection. */
  whatIf(inspection: string): Promise<WhatIf | null>;
  /** Judges it again; the same null. Rejects with WEB_BUSY while another one is under way. */
  replay(inspection: string): Promise<Replay | null>;
}

/** A fault or a warning of the config, where it stands. */
export interface ConfigFaultView {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly code: string;
  /** What was found and what is allowed. Holds no secret. */
  readonly text: string;
  readonly next: string;
}

export interface ConfigRefusal {
  readonly title: string;
  readonly next: string;
  readonly faults: readonly ConfigFaultView[];
  readonly more: number;
}

export interface ConfigNow {
  readonly path: string;
  readonly file: {
    readonly text: string | null;
    /** Why there is no text. */
    readonly why: string | null;
    readonly masked: boolean;
    readonly version: string | null;
  };
  readonly whyNotWritable: string | null;
  readonly running: { readonly version: string | null; readonly config: string | null; readonly since: number | null };
  readonly applying: boolean;
  readonly refused: ConfigRefusal | null;
}

export interface ConfigChangeView {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly from: string | null;
  readonly to: string | null;
  readonly restarts: readonly string[];
}

export interface ConfigRestart {
  readonly part: string;
  readonly about_ms: number | null;
}

/** What a text would change. */
export interface ConfigEffect {
  readonly changes: readonly ConfigChangeView[] | null;
  readonly restarts: readonly ConfigRestart[];
  readonly words: readonly string[];
}

export interface ConfigTrial extends ConfigEffect {
  readonly faults: readonly ConfigFaultView[];
  readonly warnings: readonly ConfigFaultView[];
  readonly more: number;
  readonly config: string | null;
}

export interface ConfigWritten extends Pick<ConfigEffect, 'restarts' | 'words'> {
  readonly version: string;
  readonly changed: boolean;
}

export interface ConfigVersion {
  readonly id: string;
  readonly version: string;
  readonly at: number;
  readonly who: string | null;
  readonly config: string;
  readonly bytes: number;
  readonly runs: boolean;
}

/** The config file. Texts are read and checked apart from whoever judges, within bounds of time and memory. */
export interface ConfigPort {
  /** `secrets`: false for those who may not see passwords that stand in the file. */
  read(secrets: boolean): Promise<ConfigNow>;
  /** Rejects with WEB_BUSY. */
  check(text: string): Promise<ConfigTrial>;
  versionOf(text: string): string;
  /**
   * Replaces the file where it still is the version `onto`, and applies it when the answer has gone out. Rejects with CONFIG_INVALID and its
   * faults, CONFIG_CHANGED or CONFIG_READ_ONLY.
   */
  write(text: string, by: { readonly who: string; readonly onto: string }): Promise<ConfigWritten>;
  /** Newest first. */
  versions(): Promise<readonly ConfigVersion[]>;
  version(id: string): Promise<(ConfigVersion & { readonly text: string }) | null>;
  /** JSON Schema, as text. */
  schema(): Promise<string>;
  readonly first: FirstConfigPort;
}

export interface FirstConfigNow {
  /** That will be written. */
  readonly file: string;
  /** Folder of the journal and the passwords. */
  readonly store: string;
  readonly packages: readonly InstalledPackage[];
  readonly whyNotWritable: string | null;
}
export interface FirstConfigWritten {
  readonly file: string;
  /** Files that passwords lie in. */
  readonly secrets: readonly string[];
}

/** A config where there is none yet: asked for, each address tried as it is named. Rejects with WEB_UNKNOWN where there is one, and with WEB_BUSY. */
export interface FirstConfigPort {
  /** Null: there is a config. */
  now(): Promise<FirstConfigNow | null>;
  tryCamera(camera: CameraAnswer, typed: TypedSecrets): Promise<CameraTried>;
  tryPlc(plc: PlcAnswer, typed: TypedSecrets): Promise<PlcTried>;
  tryBroker(broker: BrokerAnswer, typed: TypedSecrets): Promise<BrokerTried>;
  /** One that a server has shown to a trial. Rejects with USAGE. */
  trust(fingerprint: string): Promise<{ readonly fingerprint: string; readonly subject: string }>;
  /** As it would be written, or why the agent would not run with it. */
  text(answers: Answers): Promise<{ readonly text: string } | { readonly told: Told }>;
  /** Applied when the answer has gone out. Rejects with WEB_INVALID, SECRETS_UNKEPT, CONFIG_CHANGED and CONFIG_READ_ONLY. */
  write(answers: Answers, typed: TypedSecrets, who: string): Promise<FirstConfigWritten>;
}

/** What a taught package promised about false rejects, against what people say. */
export interface PromiseView {
  readonly station: string;
  /** As the rules call it. */
  readonly model: string;
  readonly package: string;
  readonly version: string;
  /** machine: taught from hours of tags, each row of which is judged. */
  readonly of: 'parts' | 'machine';
  /** At most one good part, or about one good row, in so many is refused. */
  readonly one_in: number;
  /** All parts that it has judged here since then. */
  readonly judged: number;
  readonly since: number;
  /** Parts that people call good, and those of them that it had refused. */
  readonly good: number;
  readonly refused: number;
  /** The same, of parts chosen by chance alone. */
  readonly sample: { readonly good: number; readonly refused: number };
  /** The same, of hours that were confirmed good; `worth`: how many independent parts one of them is worth. */
  readonly hours: { readonly good: number; readonly refused: number; readonly worth: number };
  /** With 95 % confidence, however often it is looked at. */
  readonly broken: boolean;
}

/** Hours of which somebody says that all production was good. */
export interface HoursPort {
  /** Of all stations, the newest first. Throws HOURS_UNKEPT where they could not be read. */
  all(): readonly GoodHours[];
  /** The same again is done already. Rejects with COMMAND_REFUSED, or HOURS_UNKEPT where they cannot be read or the disk does not take it. */
  confirm(hours: Omit<GoodHours, 'at'>): Promise<void>;
  /** Rejects with WEB_UNKNOWN or HOURS_UNKEPT. */
  takeBack(id: string): Promise<void>;
}

/** The last shifts, newest first; `zone` null: the config has no calendar. */
export interface ShiftsView {
  readonly zone: string | null;
  /** Id of the shift that runs. */
  readonly present: string | null;
  readonly shifts: readonly (Shift & { readonly over: boolean; readonly stations: readonly ShiftKpi[] })[];
}

/** Orders or recipes, over the last shifts together. */
export interface GroupsView {
  /** The stretch; null where there is no calendar. */
  readonly from: number | null;
  readonly to: number | null;
  /** A tag names the order of a part. */
  readonly named: boolean;
  readonly complete: boolean;
  readonly items: readonly GroupKpi[];
}

/** Rejects as a question to the records does. */
export interface ShiftsPort {
  view(count: number): Promise<ShiftsView>;
  groups(by: 'order' | 'recipe', count: number): Promise<GroupsView>;
  /** Null: the calendar has no such shift, or it has not begun. */
  report(id: string): Promise<ShiftReport | null>;
}

export interface ContainmentView extends StoredContainment {
  /** Parts still come to it: nobody can decide about all of them yet. */
  readonly grows: boolean;
  /** Since when a number has changed in it; null: none has. */
  readonly narrowed: { readonly by: string; readonly from: Anchor; readonly likely: Anchor; readonly parts: number } | null;
  /** Why nothing narrows it, where nothing does. */
  readonly unnarrowed: 'no_change' | 'no_reference' | 'too_long';
}

/** What a person wants to have looked at; see OpeningWish. */
export interface ContainmentWish extends Pick<OpeningWish, 'station' | 'since' | 'inspection'> {
  readonly alarm?: string | undefined;
}

/** Parts that are in question. Each rejects as a question to the records does, and with WEB_UNKNOWN. */
export interface ContainmentPort {
  all(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<StoredContainment>>;
  one(id: string): Promise<ContainmentView>;
  parts(id: string, wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<ContainedPage>;
  csv(id: string): Promise<string>;
  open(who: string, wish: ContainmentWish): Promise<StoredContainment>;
  /** Rejects with COMMAND_REFUSED where somebody has decided already. */
  dispose(said: Disposition): Promise<void>;
}

/** A study that the config has. */
export interface StudyPlan {
  readonly station: string;
  readonly name: string;
  readonly kind: StudyKind;
  readonly by: StudySpec['by'];
  /** Of it: how many parts, by how many appraisers, and showings in all. */
  readonly parts: number;
  readonly appraisers: readonly string[];
  readonly showings: number;
}

/** Gauge studies; they are begun, shown and ended by the command `study`. Rejects as a question to the records does. */
export interface StudiesPort {
  /** Of the config, and those that are open, by station. */
  now(): { readonly plans: readonly StudyPlan[]; readonly open: Readonly<Record<string, OpenStudy>> };
  all(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<Study>>;
  /** Rejects with WEB_UNKNOWN. */
  report(id: string): Promise<StudyReport>;
  csv(id: string): Promise<string>;
  /** People beside the agent, over parts of production that they have labelled. */
  beside(station: string): Promise<BesideReport>;
}

/** For the page and its API. */
/** An index with its 95 % interval. */
export interface IndexView {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
export type CapabilityView = Readonly<Record<'cp' | 'cpk' | 'cpm' | 'pp' | 'ppk', IndexView | null>>;
export interface ChartDetailView {
  readonly state: ChartState;
  readonly panels: readonly string[];
  readonly points: readonly ChartPoint[];
  /** Null where no limits are asked of it. */
  readonly capability: {
    readonly figures: CapabilityView | null;
    readonly refused: string | null;
    readonly next: string | null;
    readonly offered: { readonly lambda: number; readonly figures: CapabilityView } | null;
  } | null;
}

/** Control charts. They are changed by the command `chart`. */
export interface ChartsPort {
  states(): readonly ChartState[];
  /** Null: there is none, or no part of that recipe was charted. */
  detail(wish: { readonly station: string; readonly chart: string; readonly recipe?: string | undefined }): ChartDetailView | null;
}

/** Where parts go; changed by the command `route`. What went before is in the journal. */
export interface RoutesPort {
  readonly isOn: boolean;
  readonly state: RouteState | null;
  /** That are followed now. */
  readonly parts: readonly RoutedPart[];
  /** The agent's own time, ms. */
  readonly now: number;
}

export interface PagePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** For the server's own files: certificate, one-time code. Absolute. */
  readonly folder: string;
  /** Users and sessions; nothing is opened before it is asked. */
  readonly access: AccessBook;
  /** The journal; nothing is opened before it is asked. */
  readonly records: Records;
  /** Labelled parts as a ZIP file, made while it is read. Rejects with WEB_BUSY, LABELS_NONE or LABELS_WITHOUT_PICTURES. */
  dataSet(wish: DataSetWish): Promise<Readable>;
  /** Of taught packages that judge now. Rejects as a question to the records does. */
  promises(): Promise<readonly PromiseView[]>;
  readonly hours: HoursPort;
  readonly shifts: ShiftsPort;
  readonly containment: ContainmentPort;
  readonly studies: StudiesPort;
  readonly planning: PlanningPort;
  readonly routes: RoutesPort;
  readonly material: MaterialPort;
  readonly tools: ToolsPort;
  readonly charts: ChartsPort;
  readonly asking: AskingPort;
  readonly live: LivePort;
  readonly changes: ChangesPort;
  /** Null where the config is no file. */
  readonly config: ConfigPort | null;
  readonly teaching: TeachingPort;
  /** Somebody ever set a password; asks no file to be opened. */
  passwordWasSet(): boolean;
  audit(act: PageAct): void;
}
