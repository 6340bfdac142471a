/** How a selection reads in a terminal, and what it means in the config. */
import { stringify } from 'yaml';
import type { StationModelConfig } from '../config/schema.ts';
import { inUnits } from '../config/units.ts';
import type { Candidate, Place, Reserve } from '../desk/selection/choose.ts';
import type { Selection, Tried } from '../desk/selection/select.ts';
import { painter, table } from './print.ts';

export function selectionText(selection: Selection, lines: readonly string[], station: string | null): string {
  const paint = painter(process.stdout.isTTY);
  const { places, tried, chosen, refused, remarks } = selection;
  return [
    ...places.map((place, i) => placeText(place, chosen?.chosen[i] ?? null, selection.room_ms)),
    ruleText(selection),
    ...(places.length > 1 || places.some(({ models }) => models.length > 1) ? [triedText(tried)] : []),
    ...refused.map(({ package: name, variant, why }) => paint('red', `${name}@${variant} was refused here: ${why}`)),
    ...remarks.map((remark) => paint('yellow', remark)),
    ...(lines.length > 0 ? [`${station === null ? 'In a station’s models' : 'In the config'}:\n${lines.join('\n')}`] : []),
  ].join('\n\n');
}

function placeText({ models, figure, candidates }: Place, chosen: Candidate | null, room: number): string {
  const rows = candidates.map((one) => [
    one === chosen ? '>' : '',
    one.package,
    one.variant,
    `${one.threads}`,
    ...accuracy(one),
    one.p50_ms.toFixed(2),
    one.p99_ms.toFixed(2),
    one.rss_mb.toFixed(0),
    one.p99_ms <= room ? 'yes' : 'no',
  ]);
  const header = ['', 'package', 'variant', 'threads', figure?.name ?? 'figure', '95 %', 'p50 ms', 'p99 ms', 'memory MB', 'fits alone'];
  return `${models.join(', ')}\n${table(header, rows, new Set([3, 4, 5, 6, 7, 8]))}`;
}

function accuracy({ accuracy: found }: Candidate): readonly [string, string] {
  if (!found) return ['-', ''];
  const { value, low, high } = found;
  return [`${value}`, low === null || high === null ? '' : `${low} to ${high}`];
}

const FROM: Readonly<Record<Reserve['from'], string>> = {
  given: 'as you said',
  journal: 'p99 of the station’s newest parts',
  'rule of thumb': 'a fifth of the deadline, at least 5 ms',
};

/** The rule, with its numbers. */
function ruleText({ deadline_ms, room_ms, reserve: { prepare_ms, rest_ms, from } }: Selection): string {
  const rows = [
    ['deadline', inUnits(deadline_ms), ''],
    ['- pictures', `${prepare_ms} ms`, 'cut, resize and convert, p99 measured here'],
    ['- frame, rules, write to the PLC', `${rest_ms} ms`, FROM[from]],
    ['= for the models', `${room_ms} ms`, 'p99 of all of them at once must be below'],
  ];
  return table(['time', 'at most', 'from'], rows, new Set([1]));
}

function triedText(tried: readonly Tried[]): string {
  const rows = tried.map(({ threads, chosen, loss, p99_ms, fits }) => [
    fits ? '>' : '',
    chosen.map((one) => `${one.package}@${one.variant}`).join(' + '),
    `${threads}`,
    loss.toFixed(4),
    p99_ms.toFixed(2),
    fits ? 'yes' : 'no',
  ]);
  return table(['', 'all at once', 'threads', 'given up', 'p99 ms', 'fits'], rows, new Set([2, 3, 4]));
}

interface InConfig {
  readonly models: Readonly<Record<string, StationModelConfig>>;
  readonly station: string | null;
  readonly threadsNow: number | null;
}

/** The lines as they should stand in the file; nothing is written anywhere. */
export function configLines({ places, chosen }: Selection, { models, station, threadsNow }: InConfig): readonly string[] {
  if (!chosen) return [];
  const all = places.flatMap((place, i) => place.models.map((name) => [name, chosen.chosen[i]] as const));
  const lines = all.map(([name, one]) => `${name}: ${flow(entryOf(models[name], one))}`);
  const threads = `inference: {threads: ${chosen.threads}}${threadsNow === chosen.threads ? '   # as it is' : ''}`;
  if (station === null) return [...lines, threads];
  return ['stations:', `  ${station}:`, '    models:', ...lines.map((line) => `      ${line}`), threads];
}

/** Limits are a package's own: another one starts with those of its manifest. */
function entryOf(now: StationModelConfig | undefined, one: Candidate | undefined): object {
  const { threshold, review, ...rest } = now ?? {};
  const limits =
    now && now.model === one?.package ? { ...(threshold === undefined ? {} : { threshold }), ...(review ? { review } : {}) } : {};
  return { ...rest, ...limits, model: one?.package, variant: one?.variant };
}

const flow = (value: object): string => stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
