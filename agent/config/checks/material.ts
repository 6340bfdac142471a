/** Materials: their station is there, something tells what is used, and their tags are numbers. */
import { goesByParts, type MaterialConfig } from '../material.ts';
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';
import { checkUse, type TagUse } from './tags.ts';

/** Each is forecast in the background of the line. */
const MOST = 100;

export function checkMaterials(check: Check): void {
  const { materials, stations } = check.config;
  const many = Object.keys(materials).length;
  if (many > MOST) check.fault(['materials'], `names ${many} materials; at most ${MOST} are followed`, 'key');
  for (const [name, material] of Object.entries(materials)) {
    const { counter, stock } = material;
    const at = ['materials', name];
    // Of what could not be read nothing follows.
    if (check.sound) checkWhole(check, name, material, Object.keys(stations));
    const uses: readonly TagUse[] = [
      ...(counter ? [{ tag: counter.tag, path: [...at, 'counter', 'tag'], use: 'number' as const }] : []),
      ...(stock ? [{ tag: stock.tag, path: [...at, 'stock', 'tag'], use: 'number' as const }] : []),
    ];
    for (const use of uses) checkUse(check, use, new Map());
  }
}

function checkWhole(check: Check, name: string, material: MaterialConfig, stations: readonly string[]): void {
  const { station, counter, stock, recipes, lead_time, overdue } = material;
  const at = ['materials', name];
  if (!stations.includes(station))
    check.fault([...at, 'station'], `names the station ${station}, which is not there${didYouMean(station, stations)}`);
  if (!goesByParts(material) && !counter && !stock)
    check.fault(at, 'has nothing that tells what is used: say `per_part`, `recipes`, a `counter` or a tag of its `stock`', 'key');
  if (overdue !== undefined && overdue < lead_time.mean)
    check.warn([...at, 'overdue'], 'is less than the mean lead time: most calls will be overdue');
  checkRecipes(check, name, station, Object.keys(recipes));
}

/** Where the station names its recipes, others are misspelled. */
function checkRecipes(check: Check, name: string, station: string, recipes: readonly string[]): void {
  const { recipe, recipes: named } = check.config.stations[station] ?? {};
  if (!named) return;
  const known = [...Object.keys(named), recipe?.default ?? 'standard'];
  for (const one of recipes)
    if (!known.includes(one))
      check.warn(['materials', name, 'recipes', one], `is no recipe of station ${station}${didYouMean(one, known)}`, 'key');
}
