/** What a changed config would do to the agent that runs, for people: which keys, what starts anew, for about how long. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Plain } from '../config/difference.ts';
import { inWords } from '../time.ts';
import type { ConfigChangeView, ConfigEffect, ConfigRestart } from '../web/ports.ts';
import type { ReloadPlan } from './reload-plan.ts';

export interface Sides {
  /** Both as masked() gives them: what differs in a password alone looks the same. */
  readonly before: Plain;
  readonly after: Plain;
}

/** Characters of a value that is shown. */
const SHOWN = 200;

/** `took`: how long a part took to start the last time, ms. */
export function effectOf(plan: ReloadPlan, { before, after }: Sides, took: (part: string) => number | null): ConfigEffect {
  const changes = plan.differences.map(({ path, restarts }): ConfigChangeView => {
    const keys = path.split('.');
    const [from, to] = [shown(before, keys), shown(after, keys)];
    return { path: asInFile(path), kind: kindOf(from, to), from, to, restarts: [...restarts] };
  });
  const restarts = partsOf(plan).map((part): ConfigRestart => ({ part, about_ms: took(part) }));
  const words = [...changes.map(changeWords), ...restarts.map(restartWords)];
  return { changes, restarts, words: words.length > 0 ? words : ['Nothing changes: the agent runs this config.'] };
}

function partsOf({ agent, publisher, web, sources, stations }: ReloadPlan): readonly string[] {
  if (agent) return ['agent'];
  return [...sources, ...[...stations].map((name) => `station ${name}`), ...(publisher ? ['mqtt'] : []), ...(web ? ['web'] : [])];
}

/** Keys of a camera's kind stand beside the others in the file. */
const asInFile = (path: string): string => path.replace(/^(cameras\.[^.]+)\.options(?=\.)/, '$1');

function shown(config: Plain, keys: readonly string[]): string | null {
  const value = keys.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), config);
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
}

function kindOf(from: string | null, to: string | null): ConfigChangeView['kind'] {
  if (from === null) return 'added';
  return to === null ? 'removed' : 'changed';
}

function changeWords({ path, kind, from, to }: ConfigChangeView): string {
  if (kind === 'added') return `${path} is new: ${to}.`;
  if (kind === 'removed') return `${path} goes: it was ${from}.`;
  // A password, or what is too long to be shown whole.
  return isDeepStrictEqual(from, to) ? `${path} changes.` : `${path} changes from ${from} to ${to}.`;
}

function restartWords({ part, about_ms }: ConfigRestart): string {
  const time = about_ms === null ? '' : `, for about ${inWords(Math.max(1, Math.ceil(about_ms / 1000)) * 1000)}`;
  const [kind, name = ''] = part.split(/[ /]/);
  if (kind === 'agent') return `Everything starts anew, and no part is judged meanwhile${time}.`;
  if (kind === 'station') return `Station ${name} is built anew once its part under inspection has its verdict${time}.`;
  if (kind === 'camera') return `Camera ${name} starts anew${time}.`;
  if (kind === 'opcua') return `The session with ${name} begins anew${time}.`;
  if (kind === 'mqtt') return `The connection to the broker begins anew; events wait meanwhile${time}.`;
  return 'This page is away for a moment.';
}
