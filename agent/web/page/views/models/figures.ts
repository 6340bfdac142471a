/** A package's figures as its manifest has them, one line each, whatever their shape. Pure. */
import { words } from '../../words.ts';

const LONGEST = 200;
const DEEPEST = 4;

export function figuresOf(figures: Readonly<Record<string, unknown>> | null): readonly (readonly [string, string])[] {
  return linesOf(figures ?? {}, []);
}

function linesOf(value: object, path: readonly string[]): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const at = [...path, name.replaceAll('_', ' ')];
    if (isInterval(inner))
      return [[at.join(' · '), words.models.interval(round(inner.value), round(inner.low), round(inner.high))] as const];
    const isNested = typeof inner === 'object' && inner !== null && !Array.isArray(inner) && at.length < DEEPEST;
    return isNested ? linesOf(inner, at) : [[at.join(' · '), textOf(inner)] as const];
  });
}

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
const isInterval = (value: unknown): value is Interval =>
  typeof value === 'object' && value !== null && ['value', 'low', 'high'].every((key) => typeof Reflect.get(value, key) === 'number');

const round = (value: number): string => String(Number(value.toPrecision(4)));

function textOf(value: unknown): string {
  if (typeof value === 'number') return round(value);
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, LONGEST);
}
