/** One way of one part, in a sentence. */
import type { RoutedWay } from '../../api/types.ts';
import { lastsOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

export function wayText({ station, to, instead_of, place, sent_ago_ms, arrived_ago_ms, end, ended_ago_ms }: RoutedWay): string {
  const { way } = words.routes;
  const sent = station === null ? way.unsent : way.sent(station, to ?? way.nowhere, lastsOf(sent_ago_ms));
  const instead = instead_of === null ? [] : [way.instead(instead_of)];
  const came = place === null || arrived_ago_ms === null ? [] : [way.came(place, lastsOf(arrived_ago_ms))];
  const ended = end === null || end === 'passed' || ended_ago_ms === null ? [] : [way.end[end](lastsOf(ended_ago_ms))];
  return [sent, ...instead, ...came, ...ended].join(', ');
}
