/** From what differs between two configs to what the running agent does about it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { type ConfigDifference, differences, masked, revealed } from '../config/difference.ts';
import type { Config } from '../config/schema.ts';
import { withFastRoles } from './fast-roles.ts';
import type { StationSlots } from './slots.ts';

export interface ReloadPlan {
  /** Everything starts anew; nothing else counts then. */
  readonly agent: boolean;
  readonly publisher: boolean;
  readonly web: boolean;
  /** Parts of the plant that start anew, come or go: `camera/top`, `opcua/plc`. */
  readonly sources: ReadonlySet<string>;
  /** Stations that are built anew, come or go. */
  readonly stations: ReadonlySet<string>;
  readonly differences: readonly ConfigDifference[];
}

export interface Side {
  /** As the file says it. */
  readonly config: Config;
  readonly slots: ReadonlyMap<string, StationSlots>;
}

/** Sampling follows the roles of tags in stations, so servers are compared as the agent runs them. */
export function planReload(before: Side, after: Side): ReloadPlan {
  const found = differences(revealed(withFastRoles(before.config)), revealed(withFastRoles(after.config)));
  const restarts = new Set(found.flatMap((difference) => difference.restarts));
  const named = [...restarts].flatMap((part) => (part.startsWith('station ') ? [part.slice('station '.length)] : []));
  // The only camera of a config has another name: a model that names none looks elsewhere now.
  const moved = [...after.slots.keys()].filter((name) => !isDeepStrictEqual(before.slots.get(name), after.slots.get(name)));
  return {
    agent: restarts.has('agent'),
    publisher: restarts.has('mqtt'),
    web: found.some(({ path }) => path.startsWith('web')),
    sources: new Set([...restarts].filter((part) => part.includes('/'))),
    stations: new Set([...named, ...moved]),
    differences: found,
  };
}

/** In the store's folder. */
export const RUNNING_CONFIG = 'running-config.json';

/** What `check` compares a changed file with: the config that runs, as plain values without secrets. */
export const noteOf = (config: Config) => masked(withFastRoles(config));
