/** Tags by whose values parts, recipes, lots and orders are found: what they show is kept as it is. */
import { partTag } from './part.ts';
import type { Config } from './schema.ts';

/** By `server.tag`, what it is the id of. */
export function idTags({ stations, routes }: Pick<Config, 'stations' | 'routes'>): ReadonlyMap<string, string> {
  const ofStations = Object.values(stations).flatMap(({ part, counter, recipe, containment, route }) => [
    [partTag(part), 'part of a station'],
    [counter, 'counter of a station'],
    [recipe?.tag, 'recipe of a station'],
    [containment?.lot, 'lot of a station'],
    [containment?.order, 'order of a station'],
    [route?.tell?.part, 'part of a station'],
  ]);
  const ofPlaces = Object.values(routes?.destinations ?? {}).flatMap(({ arrived, left }) =>
    [arrived, left].map((by) => [by && 'part' in by ? by.part : undefined, 'part at a destination']),
  );
  return new Map([...ofStations, ...ofPlaces].flatMap(([tag, of]) => (tag === undefined || of === undefined ? [] : [[tag, of] as const])));
}
