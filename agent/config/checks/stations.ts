/** Stations: times that fit into each other, recipes that lead somewhere, an answer that the PLC can read. */

import type { Milliseconds } from '../../time.ts';
import type { StationConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import { inUnits } from '../units.ts';
import type { Check } from './check.ts';
import { usesOf } from './tags.ts';

export function checkStations(check: Check): void {
  for (const [name, station] of Object.entries(check.config.stations)) {
    for (const part of [checkTimes, checkPart, checkWindow, checkRecipes, checkAnswer, checkLoop, checkRules, checkChallenges])
      part(check, name, station);
  }
  checkShared(check);
}

function checkTimes(check: Check, name: string, { trigger, deadline, frame, inflight, models }: StationConfig): void {
  const at = ['stations', name];
  // Nothing follows from the default that stands in for what could not be read.
  if (check.isReplaced([...at, 'deadline'])) return;
  if ('every' in trigger) checkPace(check, name, trigger.every, { deadline, inflight });
  const wait = frame.select === 'newest' ? 0 : frame.offset;
  if (wait >= deadline && Object.keys(models).length > 0) {
    check.fault([...at, 'frame', 'offset'], `is ${inUnits(wait)}, and the deadline of ${inUnits(deadline)} is over by then`);
  }
}

function checkPace(check: Check, name: string, every: Milliseconds, of: Pick<StationConfig, 'deadline' | 'inflight'>): void {
  const at = ['stations', name];
  const { deadline, inflight } = of;
  if (check.isReplaced([...at, 'inflight'])) return;
  if (deadline > every * inflight) {
    const text = `is ${inUnits(deadline)}, and a part comes every ${inUnits(every)}: more than ${inflight} (inflight) would be under inspection at once`;
    check.warn([...at, 'deadline'], text);
  } else if (deadline > every) {
    check.warn([...at, 'deadline'], `is longer than the ${inUnits(every)} between two triggers; parts overlap`);
  }
}

/** An id that a model reads needs a model that reads. */
function checkPart(check: Check, name: string, { part, models }: StationConfig): void {
  if (typeof part !== 'object' || !('model' in part)) return;
  const path = ['stations', name, 'part', 'model'];
  const names = check.declared(['stations', name, 'models']);
  if (!names.includes(part.model)) {
    check.fault(path, `names the model ${part.model}, which the station does not have${didYouMean(part.model, names, 'its models are')}`);
    return;
  }
  const packageName = models[part.model]?.model ?? '';
  const found = check.shelf?.packages.get(packageName);
  if (typeof found !== 'object' || found.kind === 'read') return;
  check.fault(path, `is ${part.model}, and its package ${packageName} (${found.kind}) reads no text`);
}

function checkWindow(check: Check, name: string, { window }: StationConfig): void {
  if (!window) return;
  const at = ['stations', name, 'window'];
  if (window.span < window.every) check.fault([...at, 'span'], `is shorter than one step of ${inUnits(window.every)}`);
  else if (window.span / window.every > MOST_STEPS)
    check.fault([...at, 'every'], `makes more than ${MOST_STEPS} steps of a span of ${inUnits(window.span)}; take a longer step`);
  window.tags.forEach((tag, index) => {
    if (window.tags.indexOf(tag) !== index) check.fault([...at, 'tags', index], `has ${tag} a second time`);
  });
}

/** A window is cut anew for each part. */
const MOST_STEPS = 100_000;

function checkRecipes(check: Check, name: string, station: StationConfig): void {
  const { recipe, recipes } = station;
  const at = ['stations', name];
  const [declared, chooser] = [check.declared(at), check.declared([...at, 'recipe'])];
  checkRecipeModels(check, name, station);
  if (recipes && !declared.includes('recipe'))
    check.warn([...at, 'recipes'], 'are never chosen: the station has no `recipe` that says which applies', 'key');
  if (recipe && !declared.includes('recipes') && !chooser.includes('values') && chooser.includes('tag')) {
    check.warn(
      [...at, 'recipe'],
      'names the product, and there are no `recipes`: every product, an unknown one too, is judged alike',
      'key',
    );
  }
  if (recipes && recipe) checkRecipeValues(check, name, recipe);
}

/** A recipe changes models that the station has. */
function checkRecipeModels(check: Check, name: string, { recipes = {} }: StationConfig): void {
  const names = check.declared(['stations', name, 'models']);
  for (const [key, { models }] of Object.entries(recipes)) {
    for (const model of Object.keys(models).filter((each) => !names.includes(each))) {
      check.fault(
        ['stations', name, 'recipes', key, 'models', model],
        `changes a model that the station does not have${didYouMean(model, names, 'its models are')}`,
        'key',
      );
    }
  }
}

/** What the tag says leads to a recipe that is there. */
function checkRecipeValues(check: Check, name: string, recipe: NonNullable<StationConfig['recipe']>): void {
  const at = ['stations', name];
  const targets = [...check.declared([...at, 'recipes']), recipe.default];
  for (const [value, target] of Object.entries(recipe.values ?? {})) {
    if (targets.includes(target)) continue;
    check.fault(
      [...at, 'recipe', 'values', value],
      `leads to the recipe ${target}, which is not there${didYouMean(target, targets, 'the recipes are')}`,
    );
  }
  if (recipe.values && !check.declared([...at, 'recipe']).includes('tag')) {
    check.warn([...at, 'recipe', 'values'], 'needs a `tag` whose values it names', 'key');
  }
}

function checkAnswer(check: Check, name: string, { answer }: StationConfig): void {
  if (!answer) return;
  const at = ['stations', name, 'answer'];
  const { ok, nok, review } = answer.values;
  if (answer.part === answer.verdict) check.fault([...at, 'part'], `is the same tag as the verdict, ${answer.verdict}; the PLC needs two`);
  if (new Set([typeof ok, typeof nok, typeof review]).size > 1) {
    check.fault([...at, 'values'], `mixes kinds of values (${ok}, ${nok}, ${review}); one tag takes numbers, or texts, or true and false`);
  } else if (ok === nok) {
    check.fault([...at, 'values'], `tells ok and nok apart by nothing: both are ${ok}`);
  } else if (review === ok) {
    check.warn([...at, 'values'], `lets a part for review pass as ok: both are ${ok}`);
  }
}

/** A station that writes what triggers it judges for ever. */
function checkLoop(check: Check, name: string, station: StationConfig): void {
  const { trigger } = station;
  if (!('tag' in trigger)) return;
  for (const { tag, path, use } of usesOf(name, station)) {
    if (use === 'write' && tag === trigger.tag) check.fault(path, `writes ${tag}, which triggers this station: it would trigger itself`);
  }
}

function checkRules(check: Check, name: string, { rules }: StationConfig): void {
  const last = rules?.findIndex(({ when }) => when === undefined) ?? -1;
  if (rules && last >= 0 && last < rules.length - 1) {
    check.warn(
      ['stations', name, 'rules', last + 1],
      `is never reached: the rule in line ${check.lineOf(['stations', name, 'rules', last])} always matches`,
    );
  }
}

/** A part that nothing names is never recognised, and tags that are written for a hold need the hold. */
function checkChallenges(check: Check, name: string, { part, challenges = {} }: StationConfig): void {
  const at = ['stations', name, 'challenges'];
  if (Object.keys(challenges).length > 0 && part === undefined && !check.isReplaced(['stations', name, 'part'])) {
    check.warn(at, 'are recognised by the id of their part, and the station has no `part` that says where an id comes from', 'key');
  }
  const ids = new Map<string, string>();
  for (const [key, { part: id, every, hold, write }] of Object.entries(challenges)) {
    if ([every].flat().some((one) => one === 'shift') && check.config.calendar === undefined)
      check.fault([...at, key, 'every'], 'names the shift, and the config has no `calendar` that says when one begins');
    const other = ids.get(id);
    if (other !== undefined)
      check.fault([...at, key, 'part'], `is ${id}, which is the part of ${other} as well: nobody can tell which one is shown`);
    ids.set(id, key);
    if (write && !hold && !check.isReplaced([...at, key, 'hold']))
      check.warn([...at, key, 'write'], 'is never written: the challenge does not hold the station', 'key');
  }
}

/** Two stations that answer into one tag overwrite each other. */
function checkShared(check: Check): void {
  const first = new Map<string, string>();
  for (const [name, { answer }] of Object.entries(check.config.stations)) {
    if (!answer) continue;
    const other = first.get(answer.verdict);
    if (other !== undefined)
      check.fault(['stations', name, 'answer', 'verdict'], `is the verdict tag of station ${other} as well; each needs its own`);
    first.set(answer.verdict, name);
  }
}
