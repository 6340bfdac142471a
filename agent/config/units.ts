/** Values that carry their unit in the file and are plain numbers in code. */
import { type TCodec, type TString, Type } from 'typebox';
import { LinesideError } from '../errors.ts';
import type { Scope } from './pieces.ts';

const DURATION = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

interface UnitOptions {
  readonly default?: string;
  readonly description: string;
  /** Bounds by what the key means, as they are written in the file. The walk over the file enforces them. */
  readonly least?: string;
  readonly most?: string;
  readonly 'x-restarts'?: Scope;
}

const bounds = ({ least, most, ...options }: Partial<UnitOptions>) => ({
  ...options,
  ...(least === undefined ? {} : { 'x-least': least }),
  ...(most === undefined ? {} : { 'x-most': most }),
});

const parse = (text: string, units: Readonly<Record<string, number>>): number => {
  const match = /^([+-]?\d+(?:\.\d+)?)\s?([a-zA-Z]+)$/.exec(text);
  const factor = units[match?.[2] ?? ''];
  if (!match || factor === undefined) throw new LinesideError('INTERNAL', { why: `not a quantity: ${text}` });
  return Number(match[1]) * factor;
};

/** "200ms", "12s", "5m", "8h", "400d" <-> milliseconds. */
export const Duration = ({ signed = false, ...options }: Partial<UnitOptions> & { signed?: boolean }): TCodec<TString, number> =>
  Type.Codec(Type.String({ ...bounds(options), pattern: `^${signed ? '[+-]?' : ''}\\d+(\\.\\d+)?\\s?(ms|s|m|h|d)$`, 'x-unit': 'duration' }))
    .Decode((text) => parse(text, DURATION))
    .Encode((ms) => `${ms}ms`);

/** A duration that a schema has checked, in milliseconds. */
export const durationMs = (text: string): number => parse(text, DURATION);

/** A size that a schema has checked, in bytes. */
export const sizeBytes = (text: string): number => parse(text, BYTES);

/** Milliseconds as somebody would write them in the file: 12s, 200ms. */
export const inUnits = (ms: number): string => (ms !== 0 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

/** "64MB", "20GB" <-> bytes, decimal units. */
export const Bytes = (options: UnitOptions): TCodec<TString, number> =>
  Type.Codec(Type.String({ ...bounds(options), pattern: '^\\d+(\\.\\d+)?\\s?(B|kB|MB|GB|TB)$', 'x-unit': 'bytes' }))
    .Decode((text) => parse(text, BYTES))
    .Encode((bytes) => `${bytes}B`);

/** A number from 0 to 1. */
export const Fraction = (options: { default?: number; description?: string }) => Type.Number({ ...options, minimum: 0, maximum: 1 });
