/** Tags that belong to a trigger are sampled as fast as the trigger, so that part id, counter and recipe come in the same notification. */
import { partTag } from '../config/part.ts';
import type { Config, StationConfig } from '../config/schema.ts';

export function withFastRoles(config: Config): Config {
  const fastest = new Map<string, number>();
  for (const station of Object.values(config.stations)) {
    if (!('tag' in station.trigger)) continue;
    const sampling = samplingOf(config, station.trigger.tag);
    for (const tag of rolesOf(station)) fastest.set(tag, Math.min(sampling, fastest.get(tag) ?? Number.POSITIVE_INFINITY));
  }
  const opcua = Object.fromEntries(
    Object.entries(config.opcua).map(([server, settings]) => [
      server,
      {
        ...settings,
        tags: Object.fromEntries(
          Object.entries(settings.tags).map(([name, tag]) => [
            name,
            { ...tag, sampling: Math.min(tag.sampling, fastest.get(`${server}.${name}`) ?? tag.sampling) },
          ]),
        ),
      },
    ]),
  );
  return { ...config, opcua };
}

function rolesOf({ part, counter, recipe }: StationConfig): readonly string[] {
  return [partTag(part), counter, recipe?.tag].filter((tag) => tag !== undefined);
}

function samplingOf(config: Config, tag: string): number {
  const [server = '', name = ''] = tag.split('.');
  return config.opcua[server]?.tags[name]?.sampling ?? Number.POSITIVE_INFINITY;
}
