/** What the server asks of the agent, handed over by the composition root. The web folder knows nothing else of it. */
import type { AccessBook, Alarm, Health, Label, Log, Records, StationState, TagValue, WhatIf } from '../contracts/index.ts';
import type { Clock } from '../time.ts';
import type { MetricsSource } from './metrics.ts';

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
}

export interface LineView {
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

/** The agent as it is now. */
export interface LivePort {
  line(): LineView;
  states(): Readonly<Record<string, StationState>>;
  alarms(): readonly Alarm[];
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

/** What changes something. Each is on record, done or refused, with the user who did it. */
export interface ChangesPort {
  /** As over MQTT. Rejects with COMMAND_REFUSED. */
  command(
    user: string,
    verb: 'ack' | 'enable' | 'recipe' | 'reload',
    body: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
  certificates(): Promise<{ readonly rejected: readonly CertificateView[]; readonly trusted: readonly CertificateView[] }>;
  /** Rejects with USAGE where none or several match. */
  trust(fingerprint: string, server?: string): Promise<CertificateView>;
  /** Resolves when it is on the disk. */
  label(label: Label): Promise<void>;
  undo(label: Pick<Label, 'id' | 'at' | 'who'>): Promise<void>;
}

/** What can be asked of a stored part beside its record. */
export interface AskingPort {
  /** Null: there is no such inspection. */
  whatIf(inspection: string): Promise<WhatIf | null>;
}

/** For the page and its API. */
export interface PagePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** For the server's own files: certificate, one-time code. Absolute. */
  readonly folder: string;
  /** Users and sessions; nothing is opened before it is asked. */
  readonly access: AccessBook;
  /** The journal; nothing is opened before it is asked. */
  readonly records: Records;
  readonly asking: AskingPort;
  readonly live: LivePort;
  readonly changes: ChangesPort;
  /** Somebody ever set a password; asks no file to be opened. */
  passwordWasSet(): boolean;
  audit(act: PageAct): void;
}
