/**
 * What a technician answers when a first config is asked for. Holds no secret: where a password belongs stands
 * `${secret:NAME}`, or a reference as the config has it; what the names stand for travels apart.
 */
import type { PixelFormat } from './pictures.ts';

export interface TagAnswer {
  /** Node id as in the config: nsu=urn:press;s=Serial */
  readonly node: string;
  /** What the server calls it; the tag is named after it. */
  readonly name: string;
  /** Built-in type of the node: Boolean, Int32, String; '' where it is not known. */
  readonly type: string;
}

export interface CameraAnswer {
  readonly name: string;
  /** As `url` of a camera in the config. */
  readonly address: string;
  /** Model package that looks at its pictures. */
  readonly package?: string;
  /** Of the pixels of one picture, where one has been seen. */
  readonly picture_bytes?: number;
}

/** What a tag is for. The last two are written. */
export const TAG_ROLES = ['trigger', 'part', 'counter', 'verdict', 'verdict_part'] as const;
export type TagRole = (typeof TAG_ROLES)[number];
export const isWritten = (role: TagRole): boolean => role === 'verdict' || role === 'verdict_part';

export interface PlcAnswer {
  /** Without a login: see `holdsLogin`. */
  readonly endpoint: string;
  /** The technician takes a channel that is not encrypted where the server offers no other. */
  readonly unencrypted?: boolean;
  /** Default: the best that the server offers. */
  readonly security?: {
    readonly mode: 'SignAndEncrypt' | 'Sign' | 'None';
    readonly policy: 'Basic256Sha256' | 'Aes256_Sha256_RsaPss' | 'None';
  };
  /** Without one the session is anonymous. */
  readonly user?: string;
  /** A reference. */
  readonly password?: string;
  /** How often the server looks at the trigger, ms, where it has said. */
  readonly sampling_ms?: number;
  readonly tags: Readonly<Partial<Record<TagRole, TagAnswer>>>;
}

export interface BrokerAnswer {
  readonly address: string;
  readonly user?: string;
  /** A reference. */
  readonly password?: string;
  /** PEM file with the authority that signed the broker’s certificate, as the config has it. */
  readonly ca?: string;
  /** The technician takes an unencrypted connection to another box. */
  readonly unencrypted?: boolean;
}

export interface Answers {
  /** Of ISA-95. */
  readonly line: Readonly<Record<'enterprise' | 'site' | 'area' | 'line', string>>;
  readonly station: string;
  readonly cameras: readonly CameraAnswer[];
  readonly plc?: PlcAnswer;
  readonly broker?: BrokerAnswer;
}

/** What `${secret:NAME}` stands for. Kept in files that only the agent’s user can read; never in the config, never given back. */
export type TypedSecrets = Readonly<Record<string, string>>;

/** A fault as it is told: sentence and next step of the error table, or of the config’s own checker. */
export interface Told {
  readonly code: string;
  readonly text: string;
  readonly next: string;
}

export interface InstalledPackage {
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
}

/** A variable that a config can name. Everything in it came from the server, and is bounded. */
export interface Candidate extends TagAnswer {
  /** Names of the objects above it, for who looks. */
  readonly path: string;
  /** As it is now, one short line; '' where there is none. */
  readonly value: string;
  readonly writable: boolean;
  /** What it can be chosen for at all, by its type. */
  readonly roles: readonly TagRole[];
}
export type Proposals = Readonly<Partial<Record<TagRole, Candidate>>>;

export type Tried<Found> = ({ readonly ok: true } & Found) | ({ readonly ok: false; readonly told: Told } & Partial<Trouble>);
/** What somebody has to say before it can go on. */
export interface Trouble {
  /** A certificate that nobody here has approved. */
  readonly untrusted: { readonly fingerprint: string; readonly subject: string };
  /** The best that the server offers, where that is no encryption. */
  readonly weaker: NonNullable<PlcAnswer['security']>;
  /** The connection would not be encrypted, and goes to another box. */
  readonly unencrypted: true;
  /** The agent would refuse a config with this in it, whoever answers: it has to be another answer. */
  readonly wrong: true;
}

export interface FirstPicture {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** Of its pixels. */
  readonly bytes: number;
  /** For who looks; null where nobody does, or it could not be made. */
  readonly jpeg: Uint8Array | null;
}
export type CameraTried = Tried<FirstPicture>;
export type PlcTried = Tried<{
  readonly security: NonNullable<PlcAnswer['security']>;
  readonly candidates: readonly Candidate[];
  /** It has more nodes than are looked through: what is not among the candidates may be there all the same. */
  readonly cut: boolean;
  readonly proposals: Proposals;
  /** How often it would look at a trigger, ms; null where it has not said. */
  readonly samplingMs: number | null;
}>;
export type BrokerTried = Tried<{ readonly said: string }>;
