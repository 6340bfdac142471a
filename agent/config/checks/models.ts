/** Models: the packages are there and readable, and get the pictures or the window that they were trained on. */
import { formatsOf, MOST_FORMATS } from '../../contracts/index.ts';
import type { Path } from '../document.ts';
import { candidateIn, readsContributions } from '../model.ts';
import type { StationConfig, StationModelConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import type { PackageSummary } from '../targets.ts';
import { inUnits } from '../units.ts';
import type { Check } from './check.ts';
import { tagOf } from './tags.ts';

interface Use {
  readonly path: Path;
  readonly model: StationModelConfig;
  readonly station: StationConfig;
  readonly name: string;
  /** For a candidate: the package that it runs beside. */
  readonly beside?: string;
}

export function checkModels(check: Check): void {
  const uses = Object.entries(check.config.stations).flatMap(([name, station]) => modelsOf(name, station));
  if (check.shelf && !check.shelf.names && uses.length > 0) {
    check.fault(
      ['inference', 'models'],
      `is the folder of the model packages, and ${check.shelf.folder} cannot be read; without this key they are those that come with the agent`,
    );
    return;
  }
  for (const use of uses) {
    checkModel(check, use);
    const beside = candidateOf(check, use);
    if (beside) checkModel(check, beside);
  }
}

/** The candidate as it would be in the place; where a recipe only inherits one, it has been looked at. */
function candidateOf(check: Check, use: Use): Use | undefined {
  const { explain: _, ...model } = use.model;
  const at = [...use.path, 'shadow'];
  const candidate = candidateIn(model);
  if (!candidate || check.declared(at).length === 0) return undefined;
  return { ...use, path: at, model: candidate, beside: model.model };
}

/** The station's models, and those that a recipe changes as they are after the change. */
function modelsOf(name: string, station: StationConfig): readonly Use[] {
  const at = ['stations', name];
  const own = Object.entries(station.models).map(([key, model]) => ({ path: [...at, 'models', key], model, station, name }));
  const changed = Object.entries(station.recipes ?? {}).flatMap(([recipe, { models }]) =>
    Object.entries(models).flatMap(([key, change]) => {
      const base = station.models[key];
      return base ? [{ path: [...at, 'recipes', recipe, 'models', key], model: { ...base, ...change }, station, name }] : [];
    }),
  );
  return [...own, ...changed] as readonly Use[];
}

/** Keys that say which package looks, and at what. */
const LOOKS: ReadonlySet<string> = new Set(['model', 'variant', 'camera', 'region', 'text', 'format']);

function checkModel(check: Check, use: Use): void {
  const { model, path } = use;
  const found = packageOf(check, use);
  checkBand(check, use, found);
  checkExplain(check, use);
  // What a recipe leaves as it is has been looked at with the station's own model.
  if (!check.declared(path).some((key) => LOOKS.has(key))) return;
  if (!found || differs(check, use, found)) return;
  if (found.kind === 'embed') {
    check.fault([...path, 'model'], `is ${model.model}, which gives features for heads to be taught on and finds nothing by itself`);
    return;
  }
  checkFormat(check, use, found);
  if (found.text) checkText(check, use);
  else if (found.window) checkSequence(check, use, found.window);
  else checkPictures(check, use, found.region);
  if (model.variant !== undefined && !found.variants.includes(model.variant)) {
    check.fault(
      [...path, 'variant'],
      `is ${model.variant}, which ${model.model} does not have${didYouMean(model.variant, found.variants, 'it has')}`,
    );
  }
}

/**
 * What the package says; a fault where there is none of that name, nothing where packages are not looked at. One that lies there and is
 * broken costs its own station alone: the agent tells of it, and a change that brings it in is not taken.
 */
function packageOf(check: Check, { model, path, beside }: Use): PackageSummary | undefined {
  const { shelf } = check;
  if (!shelf?.names) return undefined;
  const found = shelf.packages.get(model.model);
  if (typeof found === 'object') return found;
  if (!check.declared(path).includes('model')) return undefined;
  if (found !== undefined) {
    const then = beside === undefined ? 'so every part here is answered by `on_failure`' : 'and does not run';
    check.warn([...path, 'model'], `cannot be used, ${then}: ${found}`);
    return undefined;
  }
  const missing = `is ${model.model}, and the folder ${check.config.inference.models ?? shelf.folder} has no such model${didYouMean(model.model, shelf.names, 'there are')}`;
  check.fault([...path, 'model'], missing);
  return undefined;
}

function checkBand(check: Check, { model, path }: Use, found: PackageSummary | undefined): void {
  const review = model.review ?? found?.thresholds.review;
  const threshold = model.threshold ?? found?.thresholds.score;
  const declared = check.declared(path);
  const key = ['review', 'threshold', 'model'].find((each) => declared.includes(each));
  // Inherited as it is, or not what the file says: there is nothing to tell of it here.
  if (key === undefined || ['review', 'threshold'].some((each) => check.isReplaced([...path, each]))) return;
  if (model.review && model.review[0] > model.review[1]) {
    if (key === 'review') check.fault([...path, key], `goes from ${model.review[0]} to ${model.review[1]}; the lower end comes first`);
  } else if (review && threshold !== undefined && review[0] >= threshold && (model.review || model.threshold !== undefined)) {
    check.warn([...path, key], `leaves nothing for review: scores from ${threshold} are nok, and the band begins at ${review[0]}`);
  }
}

/** A candidate must look at what the model looks at that it runs beside. */
function differs(check: Check, { beside, path, model }: Use, found: PackageSummary): boolean {
  const other = beside === undefined ? undefined : check.shelf?.packages.get(beside);
  if (typeof other !== 'object' || sightOf(other) === sightOf(found)) return false;
  check.fault([...path, 'model'], `is ${model.model}, which looks at ${sightOf(found)}; ${beside} looks at ${sightOf(other)}`);
  return true;
}

const sightOf = ({ text, window }: PackageSummary) => (text ? 'a text' : window ? 'a window of tags' : 'pictures');

function checkExplain(check: Check, { model, path, station }: Use): void {
  const name = String(path.at(-1));
  if (model.explain !== 'never' || !check.declared(path).includes('explain')) return;
  if (!readsContributions([...(station.rules ?? []), ...(station.decisions ?? [])], name)) return;
  check.fault([...path, 'explain'], `is never, and an expression reads ${name}.contributions; take it out`);
}

/** Every format has places, and every place can be filled with what the network reads. */
function checkFormat(check: Check, { model, path }: Use, { kind, labels }: PackageSummary): void {
  if (model.format === undefined) return;
  const own = check.declared(path).includes('format');
  if (kind !== 'read') {
    const what = `${model.model} reads no code`;
    if (own) check.fault([...path, 'format'], `has no use: ${what}; take it out`, 'key');
    else check.fault([...path, 'model'], `is ${model.model}, and ${what}: the place has a format`);
    return;
  }
  const at = own ? [...path, 'format'] : [...path, 'model'];
  const formats = formatsOf(model.format);
  if (formats.some((places) => places.length === 0)) {
    check.fault(at, 'has a format without a place; write places such as Ldddddd, and | only between two formats');
    return;
  }
  if (formats.length > MOST_FORMATS) {
    check.fault(at, `has ${formats.length} formats, ${MOST_FORMATS} are taken; use [AB], or a recipe for each product`);
    return;
  }
  const empty = formats.flat().find(({ takes }) => !labels.some(takes));
  if (empty) {
    check.fault(at, `has a place for "${empty.written}", and ${model.model} reads nothing of it; it reads ${labels.join(' ')}`);
  }
}

function checkPictures(check: Check, use: Use, taught: PackageSummary['region']): void {
  const { model, path } = use;
  refuseKeys(check, use, ['text'], 'looks at pictures, not at a text');
  checkTaughtRegion(check, use, taught);
  const cameras = check.declared(['cameras']);
  if (model.camera !== undefined || cameras.length === 1) return;
  const text =
    cameras.length === 0
      ? 'and there is no camera; add one under `cameras`'
      : `and there are several cameras; add camera: ${cameras[0]} or another`;
  check.fault(path, `looks at pictures (${model.model}), ${text}`, 'key');
}

/** On another region the part has another size than it was taught with: none is found there. */
function checkTaughtRegion(check: Check, { model, path }: Use, taught: PackageSummary['region']): void {
  if (taught === undefined || taught?.join() === model.region?.join()) return;
  const [is, wanted] = [model.region, taught].map((region) => (region ? `the region [${region.join(', ')}]` : 'whole pictures'));
  check.warn(
    [...path, model.region ? 'region' : 'model'],
    `makes ${model.model} look at ${is}, and it was taught on ${wanted}: it would find no part; write ${taught ? `region: [${taught.join(', ')}]` : 'no region'}, or teach it anew where the camera has been moved`,
  );
}

function checkText(check: Check, use: Use): void {
  const { model, path } = use;
  refuseKeys(check, use, ['camera', 'region'], 'reads a text, not pictures');
  // Written, but broken: that has been said.
  const written = [path, ['stations', use.name, 'models', String(path.at(-1))]].some((at) => check.declared(at).includes('text'));
  if (model.text !== undefined || written) return;
  const example = check.tagNames[0] ?? 'plc.note';
  check.fault(path, `reads a text (${model.model}); name the tag that holds it, such as text: ${example}`, 'key');
}

/** Keys that a model of another kind has a use for. */
function refuseKeys(check: Check, { model, path }: Use, keys: readonly ('camera' | 'region' | 'text')[], does: string): void {
  for (const key of keys) {
    // Only what is written here: the station's own model may have a use for what a recipe inherits.
    if (model[key] !== undefined && check.declared(path).includes(key))
      check.fault([...path, key], `has no use: ${model.model} ${does}; take it out`, 'key');
  }
}

function checkSequence(check: Check, use: Use, wanted: NonNullable<PackageSummary['window']>): void {
  const { path, station, name } = use;
  refuseKeys(check, use, ['camera', 'region'], 'reads tags, not pictures');
  refuseKeys(check, use, ['text'], 'reads a window of tags, not a text');
  if (!station.window) {
    if (check.declared(['stations', name]).includes('window')) return;
    check.fault(path, `reads a window of ${wanted.channels.length} tags (${channelList(wanted)}); give the station a \`window\``, 'key');
    return;
  }
  checkGrid(check, use, station.window, wanted);
  checkChannels(check, use, station.window.tags, wanted);
}

const channelList = (wanted: NonNullable<PackageSummary['window']>) => wanted.channels.map((channel) => channel.name).join(', ');

function checkGrid(
  check: Check,
  { model, name }: Use,
  window: NonNullable<StationConfig['window']>,
  wanted: NonNullable<PackageSummary['window']>,
): void {
  const at = ['stations', name, 'window'];
  if (window.every <= 0) return;
  if (wanted.everyMs !== undefined && wanted.everyMs !== window.every) {
    check.fault([...at, 'every'], `is ${inUnits(window.every)}, and ${model.model} was trained on ${inUnits(wanted.everyMs)}`);
    return;
  }
  // The same rounding as stations/window.ts: the last step is the trigger itself.
  const steps = Math.max(1, Math.round(window.span / window.every));
  if (steps === wanted.steps) return;
  check.fault(
    [...at, 'span'],
    `gives ${steps} steps of ${inUnits(window.every)}, and ${model.model} wants ${wanted.steps}; write ${inUnits(wanted.steps * window.every)}`,
  );
}

function checkChannels(check: Check, { model, name }: Use, tags: readonly string[], wanted: NonNullable<PackageSummary['window']>): void {
  const at = ['stations', name, 'window', 'tags'];
  const { channels } = wanted;
  if (tags.length !== channels.length) {
    check.fault(
      at,
      `has ${tags.length === 1 ? 'one tag' : `${tags.length} tags`}, and ${model.model} wants ${channels.length}: ${channelList(wanted)}`,
    );
    return;
  }
  const short = tags.map((tag) => tag.split('.')[1] ?? tag);
  channels.forEach((channel, index) => {
    const tag = tags[index] ?? '';
    const elsewhere = channel.name === short[index] ? -1 : short.indexOf(channel.name);
    if (elsewhere >= 0) {
      check.fault([...at, index], `is ${tag}, and ${model.model} wants ${channel.name} here; the order is ${channelList(wanted)}`);
      return;
    }
    const unit = tagOf(check.config, tag)?.unit;
    if (unit !== undefined && channel.unit !== undefined && unit !== channel.unit) {
      check.fault([...at, index], `is ${tag} in ${unit}, and ${model.model} was trained on ${channel.name} in ${channel.unit}`);
    }
  });
}
