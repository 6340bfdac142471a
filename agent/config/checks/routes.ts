/** Where parts go: tables lead to destinations that are there, every part has one, and what is written and heard can be told apart. */
import type { Path } from '../document.ts';
import { type DestinationConfig, type RouteRow, toldAs } from '../routes.ts';
import type { StationConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';
import { checkUse, type TagUse } from './tags.ts';

export function checkRoutes(check: Check): void {
  const { routes, stations } = check.config;
  for (const [name, station] of Object.entries(stations)) checkStation(check, name, station);
  if (!routes) return;
  for (const [name, destination] of Object.entries(routes.destinations)) checkDestination(check, name, destination);
  checkValues(check, routes.destinations);
  checkHeard(check, routes.destinations);
}

const at = (...path: Path): Path => ['routes', 'destinations', ...path];
const namesOf = (check: Check): readonly string[] => check.declared(at());

function checkStation(check: Check, name: string, { route, part, trigger, recipe, recipes }: StationConfig): void {
  if (!route) return;
  const own = ['stations', name, 'route'];
  if (!check.declared([]).includes('routes')) check.fault(own, 'leads nowhere: the config has no `routes` that names destinations', 'key');
  const known = recipes ? [...check.declared(['stations', name, 'recipes']), ...(recipe ? [recipe.default] : [])] : null;
  for (const [index, row] of route.table.entries()) checkRow(check, [...own, 'table', index], row, known);
  checkOrder(check, [...own, 'table'], route.table);
  const { tell } = route;
  if (tell && 'tag' in trigger && tell.to === trigger.tag)
    check.fault([...own, 'tell', 'to'], `is ${tell.to}, which triggers this station: it would trigger itself`);
  if (tell?.part !== undefined && tell.part === tell.to)
    check.fault([...own, 'tell', 'part'], `is the same tag as the destination, ${tell.to}; the conveyor needs two`);
  const values = Object.entries(check.config.routes?.destinations ?? {}).map(([key, destination]) => toldAs(key, destination));
  if (tell) checkUse(check, { tag: tell.to, path: [...own, 'tell', 'to'], use: 'write', values }, new Map());
  if (tell?.part !== undefined) checkUse(check, { tag: tell.part, path: [...own, 'tell', 'part'], use: 'write' }, new Map());
  if (part === undefined && !check.declared(['stations', name]).includes('part'))
    check.warn(own, 'follows no part: the station has no `part` that says where an id comes from', 'key');
}

function checkRow(check: Check, path: Path, { to, recipe }: RouteRow, recipes: readonly string[] | null): void {
  const names = namesOf(check);
  if (names.length > 0 && !names.includes(to))
    check.fault([...path, 'to'], `names the destination ${to}, which is not there${didYouMean(to, names, 'the destinations are')}`);
  const odd = recipes && [recipe ?? []].flat().find((one) => !recipes.includes(one));
  if (recipes && odd)
    check.fault([...path, 'recipe'], `names the recipe ${odd}, which is not there${didYouMean(odd, recipes, 'the recipes are')}`);
}

const isForAll = ({ to: _, ...conditions }: RouteRow): boolean => Object.values(conditions).every((value) => value === undefined);

/** As the schema has it. */
const MOST_ROWS = 50;

/** Every part has somewhere to go, and every row some part. */
function checkOrder(check: Check, path: Path, table: readonly RouteRow[]): void {
  // Of a row that is broken nothing is known: it may have been for all.
  if (Array.from({ length: MOST_ROWS }, (_, i) => [...path, i]).some((row) => check.isReplaced(row))) return;
  const last = table.findIndex(isForAll);
  if (last < 0) check.fault(path, 'says nothing of a part that no row is for; end it with a row that has `to` alone', 'key');
  else if (last < table.length - 1)
    check.warn([...path, last + 1], `is never reached: the row in line ${check.lineOf([...path, last])} is for all parts`);
}

function checkDestination(check: Check, name: string, destination: DestinationConfig): void {
  const { capacity, full } = destination;
  const names = namesOf(check);
  // What is there and broken is told by itself.
  const said = check.declared(at(name));
  if (full !== undefined && !said.includes('capacity'))
    check.fault(at(name, 'full'), 'is never taken: a destination without `capacity` is never full', 'key');
  if (full !== undefined && !names.includes(full))
    check.fault(at(name, 'full'), `names the destination ${full}, which is not there${didYouMean(full, names, 'the destinations are')}`);
  if (full !== undefined && isCircle(check, name))
    check.fault(at(name, 'full'), `leads back to ${name}: where all of them are full, a part has nowhere to go`);
  if (capacity !== undefined && !said.includes('full'))
    check.warn(
      at(name),
      'says not where parts go while it is full: they go there all the same, and an alarm tells (ROUTE_OVERFULL); name another under `full`',
      'key',
    );
  if (capacity !== undefined && !said.includes('left'))
    check.warn(at(name), 'has a capacity, and nothing says when a place is free again: the command `route` alone empties it', 'key');
  for (const use of usesOf(name, destination)) checkUse(check, use, new Map());
}

function isCircle(check: Check, start: string): boolean {
  const destinations = check.config.routes?.destinations ?? {};
  const seen = new Set<string>();
  for (let name: string | undefined = start; name !== undefined && !seen.has(name); name = destinations[name]?.full) {
    seen.add(name);
    if (destinations[name]?.full === start) return true;
  }
  return false;
}

/** Tags that the conveyor speaks by. */
function usesOf(name: string, { arrived, left }: DestinationConfig): readonly TagUse[] {
  return Object.entries({ arrived, left }).flatMap(([key, said]) =>
    Object.entries(said ?? {}).map(
      ([kind, tag]): TagUse => ({ tag: String(tag), path: at(name, key, kind), use: kind === 'count' ? 'number' : 'read' }),
    ),
  );
}

/** The conveyor tells destinations apart by what is written. */
function checkValues(check: Check, destinations: Readonly<Record<string, DestinationConfig>>): void {
  const first = new Map<unknown, string>();
  const kinds = new Set<string>();
  for (const [name, destination] of Object.entries(destinations)) {
    if (check.isReplaced(at(name, 'value'))) continue;
    const value = toldAs(name, destination);
    const path = at(name, ...(destination.value === undefined ? [] : ['value']));
    const part = destination.value === undefined ? ('key' as const) : ('value' as const);
    const other = first.get(value);
    if (other !== undefined)
      check.fault(path, `is written as ${String(value)}, as ${other} is: the conveyor could not tell them apart`, part);
    if (kinds.size > 0 && !kinds.has(typeof value))
      check.fault(
        path,
        `is written as ${String(value)}, and others are written as ${[...kinds].join()}: one tag takes one kind; give each destination a \`value\``,
        part,
      );
    first.set(value, name);
    kinds.add(typeof value);
  }
}

/** A tag says one thing of one destination. */
function checkHeard(check: Check, destinations: Readonly<Record<string, DestinationConfig>>): void {
  const first = new Map<string, string>();
  for (const [name, destination] of Object.entries(destinations))
    for (const { tag, path } of usesOf(name, destination)) {
      const other = first.get(tag);
      if (other !== undefined) check.fault(path, `is ${tag}, which is named at ${other} already: nobody could tell what it says`);
      first.set(tag, `${name}.${String(path.at(-2))}`);
    }
}
