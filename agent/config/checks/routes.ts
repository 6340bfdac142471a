/** Where parts go: tables lead to destinations that are there, every part has one, and what is written and heard can be told apart. */
import type { Path } from '../document.ts';
import { type DestinationConfig, type RouteRow, toldAs } from '../routes.ts';
import type { StationConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';
import { checkUse, type TagUse, tagOf, usesOf as usesOfStation } from './tags.ts';

export function checkRoutes(check: Check): void {
  const { routes, stations } = check.config;
  for (const [name, station] of Object.entries(stations)) checkStation(check, name, station);
  checkTold(check);
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
  if (route.unknown !== undefined) checkDestinationName(check, [...own, 'unknown'], route.unknown);
  checkTell(check, name, { route, trigger });
  if (part === undefined && !check.declared(['stations', name]).includes('part'))
    check.warn(own, 'follows no part: the station has no `part` that says where an id comes from', 'key');
}

function checkTell(check: Check, name: string, { route, trigger }: Pick<StationConfig, 'route' | 'trigger'>): void {
  const tell = route?.tell;
  if (!tell) return;
  const own = ['stations', name, 'route'];
  if ('tag' in trigger && tell.to === trigger.tag)
    check.fault([...own, 'tell', 'to'], `is ${tell.to}, which triggers this station: it would trigger itself`);
  if (tell.part !== undefined && tell.part === tell.to)
    check.fault([...own, 'tell', 'part'], `is the same tag as the destination, ${tell.to}; the conveyor needs two`);
  const values = Object.entries(check.config.routes?.destinations ?? {}).map(([key, destination]) => toldAs(key, destination));
  checkUse(check, { tag: tell.to, path: [...own, 'tell', 'to'], use: 'write', values }, new Map());
  if (tell.part !== undefined) checkUse(check, { tag: tell.part, path: [...own, 'tell', 'part'], use: 'write' }, new Map());
}

/** One place that writes a tag. */
interface Writing {
  readonly tag: string;
  readonly path: Path;
  /** Name and destination: whoever else writes them leads parts astray. */
  readonly tells: 'part' | 'to' | null;
}

/** What the conveyor is told by nobody else writes, and it is read at one moment: name and destination go in one request, which is one server's. */
function checkTold(check: Check): void {
  const planned = Object.entries(check.config.planning?.tell ?? {}).flatMap(([key, tag]): Writing[] =>
    typeof tag === 'string' ? [{ tag, path: ['planning', 'tell', key], tells: null }] : [],
  );
  const writings = [...Object.entries(check.config.stations).flatMap(([name, station]) => writingsOf(name, station)), ...planned];
  const first = new Map<string, Writing>();
  for (const writing of writings) {
    const node = nodeOf(check, writing.tag);
    const other = first.get(node);
    if (!other) first.set(node, writing);
    else if (writing.tells !== null || other.tells !== null) checkOther(check, writing, other);
  }
  for (const [name, station] of Object.entries(check.config.stations)) checkServer(check, name, station);
  for (const [name, destination] of Object.entries(check.config.routes?.destinations ?? {}))
    for (const { tag, path } of usesOf(name, destination)) {
      const writing = first.get(nodeOf(check, tag));
      if (writing)
        check.fault(path, `is ${tag}, which the agent writes itself (line ${check.lineOf(writing.path)}): the conveyor says nothing by it`);
    }
}

/** The tags that name and place a part first: what else writes them is the fault. */
function writingsOf(name: string, station: StationConfig): readonly Writing[] {
  const { route, answer } = station;
  const at = (key: string): Path => ['stations', name, 'route', 'tell', key];
  const { part, to } = route?.tell ?? {};
  const tells: Writing[] = [
    ...(to === undefined ? [] : [{ tag: to, path: at('to'), tells: 'to' as const }]),
    ...(part === undefined ? [] : [{ tag: part, path: at('part'), tells: 'part' as const }]),
  ];
  const isName = (path: Path) => to !== undefined && part === undefined && path.at(-2) === 'answer' && path.at(-1) === 'part';
  const others = usesOfStation(name, station).filter(({ use, tag }) => use === 'write' && !(tag === part && tag === answer?.part));
  return [...tells, ...others.map(({ tag, path }): Writing => ({ tag, path, tells: isName(path) ? 'part' : null }))];
}

function checkOther(check: Check, writing: Writing, other: Writing): void {
  const [told, at] = writing.tells !== null ? [writing, other] : [other, writing];
  // One station's own two are told apart by checkStation.
  if (told.path[1] === at.path[1] && told.path[2] === 'route' && at.path[2] === 'route') return;
  const what = told.tells === 'to' ? 'the destination' : 'the part';
  const part = told.path.at(-1) === told.tag ? 'key' : 'value';
  check.fault(
    told.path,
    `tells the conveyor ${what} by ${told.tag}, which line ${check.lineOf(at.path)} writes as well: give it a tag of its own`,
    part,
  );
}

function checkServer(check: Check, name: string, { route, answer }: StationConfig): void {
  const to = route?.tell?.to;
  const part = route?.tell?.part ?? answer?.part;
  if (to === undefined || part === undefined || serverOf(to) === serverOf(part)) return;
  check.fault(
    ['stations', name, 'route', 'tell', 'to'],
    `is written to ${serverOf(to)}, and the part's id, ${part}, to ${serverOf(part)}: the conveyor could read a destination under the id of another part; take one server`,
  );
}

const serverOf = (tag: string): string => tag.slice(0, tag.indexOf('.'));
/** Two names may be of one node. */
const nodeOf = (check: Check, tag: string): string => `${serverOf(tag)} ${tagOf(check.config, tag)?.node ?? tag}`;

function checkRow(check: Check, path: Path, { to, recipe }: RouteRow, recipes: readonly string[] | null): void {
  checkDestinationName(check, [...path, 'to'], to);
  const odd = recipes && [recipe ?? []].flat().find((one) => !recipes.includes(one));
  if (recipes && odd)
    check.fault([...path, 'recipe'], `names the recipe ${odd}, which is not there${didYouMean(odd, recipes, 'the recipes are')}`);
}

function checkDestinationName(check: Check, path: Path, to: string): void {
  const names = namesOf(check);
  if (names.length > 0 && !names.includes(to))
    check.fault(path, `names the destination ${to}, which is not there${didYouMean(to, names, 'the destinations are')}`);
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
