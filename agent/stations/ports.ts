/** What a station is given to work with. Everything that reaches outside it is here, so that a test can stand in for the plant. */
import type { StationConfig, StoreConfig } from '../config/schema.ts';
import type {
  AnswerNote,
  Challenges,
  Containment,
  Decision,
  Frame,
  Inference,
  Inspection,
  Judge,
  KeptImage,
  LateFinding,
  Log,
  ModelSlot,
  RoutedPart,
  ShadowComparison,
  Showing,
  StationRoutes,
  Studies,
  Study,
  SymbolReader,
  TagSample,
  TagWrite,
} from '../contracts/index.ts';
import type { ErrorCode, LinesideError } from '../errors.ts';
import type { Clock, Milliseconds } from '../time.ts';
import type { TagTable } from './tags.ts';

/** Which frame belongs to a moment. */
export interface FrameWish {
  /** Wall time, ms since the epoch, on the clock of Frame.captured. */
  readonly wanted: number;
  /** nearest in time, the first at or after, or simply the newest there is. */
  readonly mode: 'nearest' | 'first_after' | 'newest';
  /** A frame further away than this is not taken. */
  readonly toleranceMs: Milliseconds;
}

/** A camera as a station sees it. Frames come held; the station releases them. */
export interface FrameSource {
  waitFor(wish: FrameWish, signal: AbortSignal): Promise<Frame | undefined>;
  /** The frame is only lent for the call. */
  onFrame(listener: (frame: Frame) => void): () => void;
}

export interface StationSpec {
  readonly name: string;
  readonly config: StationConfig;
  /** Model slots by recipe; the key '' serves every recipe that has none of its own. */
  readonly slots: ReadonlyMap<string, readonly ModelSlot[]>;
  /** Candidates, by the id of the slot that they run beside. */
  readonly shadows: ReadonlyMap<string, ModelSlot>;
  /** Which of the station's models look at a window. */
  readonly windowed: ReadonlySet<string>;
  readonly units: ReadonlyMap<string, string>;
  /** By `server.tag`, what is read there: endpoint and node. What is remembered of a tag is remembered of that. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly images: StoreConfig['images'];
  readonly writeTimeout: Milliseconds;
  readonly configHash: string;
}

/** What one inspection leaves to be written down, in one transaction. */
export interface StationRecord {
  readonly inspection: Inspection;
  readonly decisions: readonly Decision[];
  readonly containments?: readonly Containment[];
  readonly routed?: readonly RoutedPart[];
  /** Of the gauge study that it is a part of. */
  readonly studies?: readonly Study[];
  readonly showings?: readonly Showing[];
  readonly saved: string;
}

/** What a study leaves to be written down without a part. */
export interface StudyRecord {
  readonly study: Study;
  /** It begins, or has ended: is told. */
  readonly tells: boolean;
  readonly unshown?: readonly Pick<Showing, 'study' | 'showing'>[];
  readonly saved: string;
}

export interface StationPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** A new UUIDv7. */
  readonly newId: () => string;
  readonly inference: Inference;
  readonly symbols: SymbolReader;
  readonly cameras: ReadonlyMap<string, FrameSource>;
  readonly tags: TagTable;
  readonly judge: Judge;
  /** Absent where the station has none. */
  readonly challenges?: Challenges;
  /** Where its parts go; absent where nobody says. */
  readonly routes?: StationRoutes;
  /** Gauge studies; absent where it has none. */
  readonly studies?: Studies;
  /** The gauge study, of whichever station, that names the part as a master; null: none. */
  masterOf?(part: string): string | null;
  /** Tags as `server.tag`; in one request a server, in this order; settles within the timeout. */
  write(writes: readonly TagWrite[], timeout: Milliseconds): Promise<readonly (LinesideError | null)[]>;
  /** Why the node behind the tag cannot take the value, by its type; null where it can, or nobody knows. */
  unfit?(write: TagWrite): LinesideError | null;
  read(tag: string, timeout: Milliseconds): Promise<TagSample | undefined>;
  /** What a model is given of the text that a tag holds: without names of people where the config says so. */
  readable?(tag: string, text: string): string;
  /**
   * Called in the order of the station's sequence. Never throws: what cannot be stored now is kept and tried again. false: there is no
   * room for it, nothing of it will be stored, and its sequence is the next one's.
   */
  record(record: StationRecord): boolean;
  /** Before the PLC is told: survives the process, not the box. Never throws. */
  noteAnswer(note: AnswerNote): void;
  /** Keeps the station's memory without a record. */
  remember(saved: string): void;
  /** What follows without a part, with the memory that knows of it. Never throws. */
  decided?(followed: Omit<StationRecord, 'inspection'>): void;
  /** What is wrong with the challenges may have changed. */
  onChallenges?(): void;
  /** A study has begun, ended or gone back, with the memory that knows of it. false: there is no room for it. Never throws. */
  studied?(record: StudyRecord): boolean;
  /** What is wrong with the study that is open may have changed. */
  onStudies?(): void;
  recordLate(station: string, late: LateFinding): void;
  recordShadow(comparison: ShadowComparison): void;
  /** Takes its own hold on the frame. */
  keepImage(inspection: string, image: KeptImage): void;
  /** A part has its record; for who looks at the line. The frames are lent for the call. Never throws. */
  judged?(inspection: Inspection, frames: readonly Frame[]): void;
  /** `fault`: null when it is over. */
  alarm(code: ErrorCode, subject: string, fault: LinesideError | null): void;
  /** Something in Station.state changed; it is read when somebody needs it. */
  onState(station: string): void;
}

/** What was stored of the station before this start. */
export interface StationMemory {
  readonly lastSequence: number;
  readonly lastPart: string | null;
  readonly lastCounter: number | null;
  readonly saved: string | null;
  /** The journal lost the newest records: parts passed since that were judged, and nothing of them is known but that there were some. */
  readonly wentBack?: true;
  /** Of the PLC's last answers, whether they have a record or not; by the number of their triggers. */
  readonly notes?: readonly AnswerNote[];
}
