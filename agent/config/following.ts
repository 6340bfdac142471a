/** Which stations are asked by the expressions of others what they said of a part, and which may be. */
import type { AskableStation } from '../contracts/index.ts';
import type { StationConfig } from './schema.ts';

type Stations = Readonly<Record<string, StationConfig>>;

/** `part.last('press')`, `part.seen("press")`. */
const ASKED = /\bpart\s*\.\s*(?:last|seen)\s*\(\s*(?:'([^']*)'|"([^"]*)")/g;

/** `part.last('press').score(` */
const SCORED = new RegExp(`${ASKED.source}\\s*\\)\\s*\\.\\s*score\\s*\\(`, 'g');

const namesIn = (expressions: readonly (string | undefined)[], pattern: RegExp): readonly string[] => [
  ...new Set(expressions.flatMap((text) => [...(text ?? '').matchAll(pattern)].map(([, single, double]) => single ?? double ?? ''))),
];

/** Stations that these expressions ask of the part at hand; they are written in no other way, see rules/bounds.ts. */
export const askedIn = (expressions: readonly (string | undefined)[]): readonly string[] => namesIn(expressions, ASKED);

/** Those whose scores they ask for. */
export const scoredIn = (expressions: readonly (string | undefined)[]): readonly string[] => namesIn(expressions, SCORED);

/** Every expression of a station. */
export const expressionsOf = ({ rules = [], decisions, route }: StationConfig): readonly (string | undefined)[] =>
  [...rules, ...decisions, ...(route?.table ?? [])].map(({ when }) => when);

/** By the name of each station that some other one asks: how many parts it remembers, and whether scores are asked for. */
export function followedIn(stations: Stations): ReadonlyMap<string, { readonly parts: number; readonly scores: boolean }> {
  const all = Object.values(stations).flatMap(expressionsOf);
  const scored = new Set(scoredIn(all));
  return new Map(
    askedIn(all).flatMap((name) => (stations[name] ? [[name, { parts: stations[name].follow, scores: scored.has(name) }] as const] : [])),
  );
}

/** What the expressions of station `name` may ask of the others, each with what keeps it from being asked. */
export function askableFrom(name: string, stations: Stations): Readonly<Record<string, AskableStation>> {
  return Object.fromEntries(
    Object.entries(stations).map(([other, station]) => {
      const why = whyNot(name, other, stations);
      return [other, { models: Object.keys(station.models), ...(why === undefined ? {} : { why }) }];
    }),
  );
}

function whyNot(name: string, other: string, stations: Stations): string | undefined {
  if (other === name) return `${name} is this station itself: what it says of the part at hand is what these rules make`;
  const nameless = [name, other].find((one) => stations[one]?.part === undefined);
  return nameless && `station ${nameless} knows no ids of parts: give it \`part\`, so that a part is known by the same id at both`;
}
