/** What a config refers to outside itself, as far as the check must know it. The inference and rules folders hand it in. */
import type { AskableStation, ModelKindName, Region } from '../contracts/index.ts';
import type { Milliseconds } from '../time.ts';

/** A model package as its manifest tells. */
export interface PackageSummary {
  readonly kind: ModelKindName;
  readonly labels: readonly string[];
  readonly thresholds: { readonly score: number; readonly review?: readonly [number, number] | undefined };
  readonly variants: readonly string[];
  /** Pixels; absent for models of tags. */
  readonly image?: { readonly width: number; readonly height: number; readonly channels: number } | undefined;
  /** That it was taught on, where it looks for its part there, in pixels of the frame; null: whole pictures. Absent: nothing is known of that. */
  readonly region?: Region | null | undefined;
  /** Reads a text. */
  readonly text?: true | undefined;
  readonly window?:
    | {
        readonly steps: number;
        readonly everyMs?: Milliseconds | undefined;
        readonly channels: readonly {
          readonly name: string;
          readonly unit?: string | undefined;
          readonly range?: readonly [number, number] | undefined;
        }[];
      }
    | undefined;
}

export interface PackageShelf {
  /** Absolute. */
  readonly folder: string;
  /** Folders there; undefined when the folder itself cannot be read. */
  readonly names: readonly string[] | undefined;
  /** Of those that are used: what the manifest says, or the sentence why it cannot be read. */
  readonly packages: ReadonlyMap<string, PackageSummary | string>;
}

/** What a station's expressions may name. */
export interface ExpressionSpec {
  /** By the station's name for the model. Without `labels` they are not known. */
  readonly models: Readonly<Record<string, { readonly labels?: readonly string[] | undefined; readonly review?: boolean | undefined }>>;
  /** By `server.tag`; `number` where the config says so by a unit or a range, `any` where only the server knows. */
  readonly tags: Readonly<Record<string, 'number' | 'any'>>;
  /** Control charts by name; `capable`: cpk() knows of them. */
  readonly charts?: Readonly<Record<string, { readonly capable: boolean }>> | undefined;
  /** Stations of the line, as far as what they said of the part may be asked. */
  readonly askable?: Readonly<Record<string, AskableStation>> | undefined;
  readonly rules?: readonly { readonly when?: string | undefined }[] | undefined;
  readonly decisions?: readonly { readonly when: string }[] | undefined;
  /** Rows of the table that says where parts go. */
  readonly route?: readonly { readonly when?: string | undefined }[] | undefined;
}

/** Names that mean something else in expressions, so that no model can have them: CEL's own and those of every station. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var void while prototype ' +
    'int uint double bool string bytes list map type dyn timestamp duration cel optional has size rate cpk ' +
    'tags spc recipe part verdict ok_in_a_row nok_in_a_row review_in_a_row since_changeover'
  ).split(' '),
);

export interface ExpressionFault {
  readonly list: 'rules' | 'decisions' | 'route';
  readonly index: number;
  /** Characters of the expression, from 0. */
  readonly start: number;
  readonly end: number;
  /** A sentence about the expression: what is wrong and what is there. */
  readonly text: string;
  /** It compiles, and nothing makes it true. */
  readonly isNever?: true;
}

export type CheckExpressions = (spec: ExpressionSpec) => readonly ExpressionFault[];
