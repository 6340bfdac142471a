/** Tools: something tells how far each is worn, a trend has its limit, and tags are what they are taken for. */
import { isSeries, seriesOf } from '../charts.ts';
import type { Path } from '../document.ts';
import type { StationConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import type { ToolConfig } from '../tools.ts';
import type { Check } from './check.ts';
import { checkUse, type TagUse } from './tags.ts';

/** Of all stations: each is followed in the background of the line. */
const MOST = 100;

export function checkTools(check: Check): void {
  let many = 0;
  for (const [name, station] of Object.entries(check.config.stations)) {
    const all = Object.entries(station.tools ?? {});
    many += all.length;
    for (const [tool, config] of all) checkTool(check, ['stations', name, 'tools', tool], config, station);
    if (many > MOST && all.length > 0)
      return check.fault(['stations', name, 'tools'], `are ${many} with those of stations before; at most ${MOST} are followed`, 'key');
  }
}

function checkTool(check: Check, at: Path, tool: ToolConfig, station: StationConfig): void {
  const { life, trend, limit, uses, changed } = tool;
  if (check.sound && life === undefined && trend === undefined)
    check.fault(at, 'has nothing that tells how far it is worn: say `life`, or a `trend` with its `limit`', 'key');
  if (check.sound && trend !== undefined && limit === undefined) check.fault([...at, 'trend'], 'has no `limit`', 'key');
  if (check.sound && trend === undefined && limit !== undefined) check.fault([...at, 'limit'], 'is of no `trend`', 'key');
  if (trend !== undefined && !check.isReplaced([...at, 'trend'])) checkTrend(check, [...at, 'trend'], trend, station);
  const tags: readonly TagUse[] = [
    ...(uses ? [{ tag: uses.tag, path: [...at, 'uses', 'tag'], use: 'number' as const }] : []),
    ...(changed === undefined ? [] : [{ tag: changed, path: [...at, 'changed'], use: 'read' as const }]),
  ];
  for (const use of tags) checkUse(check, use, new Map());
}

function checkTrend(check: Check, path: Path, trend: string, { models }: StationConfig): void {
  const found = seriesOf(trend, { models: Object.keys(models), tags: check.tagNames });
  if (!isSeries(found)) check.fault(path, `is ${trend}: ${found.why}${didYouMean(found.word, found.candidates, found.otherwise)}`);
  else if (found.kind === 'verdict') check.fault(path, 'is a verdict, and no number that wears');
}
