/** Tags: the ones that stations name exist, and those that are written may be written with what is written. */
import type { Path } from '../document.ts';
import { idTags } from '../ids.ts';
import { partTag } from '../part.ts';
import type { Config, StationConfig, TagConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';

export type Use = 'read' | 'number' | 'text' | 'write';
export interface TagUse {
  readonly tag: string;
  readonly path: Path;
  readonly use: Use;
  /** Values that are written. */
  readonly values?: readonly unknown[];
}

export const tagOf = (config: Config, name: string): TagConfig | undefined => {
  const [server = '', tag = ''] = name.split('.');
  return config.opcua[server]?.tags[tag];
};

/** A unit, a range or a deadband says that the tag is a number; otherwise only the server knows. */
export const isNumeric = (tag: TagConfig | undefined): boolean =>
  tag !== undefined && (tag.unit !== undefined || tag.range !== undefined || tag.deadband !== undefined);

export function checkTags(check: Check): void {
  for (const [server, { tags, events }] of Object.entries(check.config.opcua)) {
    checkServer(check, server, tags);
    checkEvents(check, server, events?.station);
  }
  checkPeople(check);
  const stations = Object.entries(check.config.stations).flatMap(([name, station]) => usesOf(name, station));
  const uses = [...stations, ...ofLanguage(check.config)];
  const textAt = textTags(uses, check);
  for (const use of uses) checkUse(check, use, textAt);
}

function checkEvents(check: Check, server: string, about: string | undefined): void {
  const names = check.declared(['stations']);
  if (about === undefined || names.includes(about)) return;
  const known = didYouMean(about, names, 'the stations are');
  check.fault(['opcua', server, 'events', 'station'], `names the station ${about}, which is not there${known}`);
}

/** Names are taken out of a text, and a part whose id is another one than at the machine is found by nobody. */
function checkPeople(check: Check): void {
  const ids = idTags(check.config);
  for (const key of ['texts', 'operators'] as const)
    check.config.language[key].forEach((tag, index) => {
      const of = ids.get(tag);
      if (of !== undefined) check.fault(['language', key, index], `names ${tag}, which is the ${of}: parts are found by it`);
    });
}

/** Tags that hold what the machine says, and who is at it. */
const ofLanguage = ({ language }: Config): readonly TagUse[] => [
  ...language.texts.map((tag, index): TagUse => ({ tag, path: ['language', 'texts', index], use: 'text' })),
  ...language.operators.map((tag, index): TagUse => ({ tag, path: ['language', 'operators', index], use: 'read' })),
];

function checkServer(check: Check, server: string, tags: Readonly<Record<string, TagConfig>>): void {
  const byNode = new Map<string, string>();
  for (const [name, { node, range }] of Object.entries(tags)) {
    const path = ['opcua', server, 'tags', name];
    const other = byNode.get(node);
    if (other !== undefined) check.warn([...path, 'node'], `is the node of ${server}.${other} as well; one name is enough`);
    byNode.set(node, name);
    if (range && range[0] >= range[1]) check.fault([...path, 'range'], `goes from ${range[0]} to ${range[1]}; the lower end comes first`);
  }
}

/** Every place where a station names a tag. */
export function usesOf(name: string, station: StationConfig): readonly TagUse[] {
  const { trigger, part, counter, recipe, answer, window, machine, decisions, record = [] } = station;
  const at = (...rest: Path): Path => ['stations', name, ...rest];
  const read = (tag: string | undefined, ...path: Path): TagUse[] => (tag === undefined ? [] : [{ tag, path: at(...path), use: 'read' }]);
  const write = (tag: string | undefined, values: readonly unknown[], ...path: Path): TagUse[] =>
    tag === undefined ? [] : [{ tag, path: at(...path), use: 'write', values }];
  const written = decisions.flatMap((decision, index) =>
    Object.entries(decision.write ?? {}).flatMap(([tag, value]) => write(tag, [value], 'decisions', index, 'write', tag)),
  );
  return [
    ...read('tag' in trigger ? trigger.tag : undefined, 'trigger', 'tag'),
    ...read(partTag(part), 'part'),
    ...(counter === undefined ? [] : [{ tag: counter, path: at('counter'), use: 'number' as const }]),
    ...read(recipe?.tag, 'recipe', 'tag'),
    ...read(machine?.running, 'machine', 'running'),
    ...(window?.tags ?? []).map((tag, index) => ({ tag, path: at('window', 'tags', index), use: 'number' as const })),
    ...record.flatMap((tag, index) => read(tag, 'record', index)),
    ...textsOf(station).map(({ tag, path }) => ({ tag, path: at(...path), use: 'text' as const })),
    ...write(answer?.part, [], 'answer', 'part'),
    ...write(answer?.verdict, Object.values(answer?.values ?? {}), 'answer', 'verdict'),
    ...write(answer?.ready?.tag, [answer?.ready?.value], 'answer', 'ready', 'tag'),
    ...written,
    ...ofChallenges(station).map(({ path, ...use }) => ({ ...use, path: at(...path) })),
    ...Object.entries(station.studies ?? {}).flatMap(([key, { conditions }]) =>
      conditions.flatMap((tag, index) => read(tag, 'studies', key, 'conditions', index)),
    ),
  ];
}

/** What challenges and containment write, and the tags that say lot and order. */
function ofChallenges({ challenges = {}, containment }: StationConfig): readonly TagUse[] {
  const written = (write: Readonly<Record<string, unknown>> | undefined, ...path: Path): TagUse[] =>
    Object.entries(write ?? {}).map(([tag, value]) => ({ tag, path: [...path, tag], use: 'write', values: [value] }));
  return [
    ...Object.entries(challenges).flatMap(([name, { write }]) => written(write, 'challenges', name, 'write')),
    ...written(containment?.write, 'containment', 'write'),
    ...(['lot', 'order'] as const).flatMap((key): TagUse[] => {
      const tag = containment?.[key];
      return tag === undefined ? [] : [{ tag, path: ['containment', key], use: 'read' }];
    }),
  ];
}

/** The tags that models read, also those of a recipe. */
function textsOf({ models, recipes = {} }: StationConfig): readonly { readonly tag: string; readonly path: Path }[] {
  const inModels = (of: Readonly<Record<string, { readonly text?: string | undefined }>>, ...path: Path) =>
    Object.entries(of).flatMap(([name, { text }]) => (text === undefined ? [] : [{ tag: text, path: [...path, name, 'text'] }]));
  return [
    ...inModels(models, 'models'),
    ...Object.entries(recipes).flatMap(([name, of]) => inModels(of.models, 'recipes', name, 'models')),
  ];
}

/** Tags that get a text somewhere, with the line that says so. */
function textTags(uses: readonly TagUse[], check: Check): ReadonlyMap<string, number> {
  const texts = uses.filter(({ values }) => values?.some((value) => typeof value === 'string'));
  return new Map(texts.map(({ tag, path }) => [tag, check.lineOf(path)]));
}

export function checkUse(check: Check, { tag, path, use, values = [] }: TagUse, textAt: ReadonlyMap<string, number>): void {
  // A write's tag is the key of its line, everywhere else it is the value.
  const part = path.at(-1) === tag ? 'key' : 'value';
  if (!check.tagNames.includes(tag)) {
    check.fault(path, `names the tag ${tag}, which no server has${didYouMean(tag, check.tagNames, 'the tags are')}`, part);
    return;
  }
  const found = tagOf(check.config, tag);
  if (!found) return;
  const line = textAt.get(tag);
  if (use === 'number' && line !== undefined) check.fault(path, `needs a number, and ${tag} gets a text in line ${line}`, part);
  if (use === 'text' && isNumeric(found)) check.fault(path, `needs a text, and ${tag} has a unit or a range and so is a number`, part);
  if (use !== 'write') return;
  const [server = '', name = ''] = tag.split('.');
  const readOnly = !found.writable && !check.isReplaced(['opcua', server, 'tags', name, 'writable']);
  if (readOnly) check.fault(path, `is written, and ${tag} is not writable; add writable: true to the tag if the PLC allows it`, part);
  const odd = isNumeric(found) ? values.find((value) => typeof value !== 'number') : undefined;
  if (odd !== undefined) check.fault(path, `writes ${String(odd)} to ${tag}, which has a unit or a range and so is a number`, part);
}
