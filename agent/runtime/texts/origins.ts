/** Who is listened to, and which station what they say is about. Pure. */
import { usesOf } from '../../config/checks/tags.ts';
import type { Config } from '../../config/schema.ts';
import { serverOf } from '../plant.ts';

/** By tag or server; null where it is about no one station. */
export function originsOf(config: Config): ReadonlyMap<string, string | null> {
  const uses = Object.entries(config.stations).flatMap(([name, station]) => usesOf(name, station).map(({ tag }) => ({ name, tag })));
  const only = (is: (tag: string) => boolean): string | null => {
    const names = new Set(uses.filter(({ tag }) => is(tag)).map(({ name }) => name));
    return names.size === 1 ? ([...names][0] ?? null) : null;
  };
  const ofServer = (server: string) => config.opcua[server]?.events?.station ?? only((tag) => serverOf(tag) === server);
  const tags = config.language.texts.map((tag) => [tag, only((used) => used === tag) ?? ofServer(serverOf(tag))] as const);
  const servers = Object.entries(config.opcua).flatMap(([name, { events }]) => (events ? [[name, ofServer(name)] as const] : []));
  return new Map([...tags, ...servers]);
}
