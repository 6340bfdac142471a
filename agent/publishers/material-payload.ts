/** The payload about a material. Pure. */
import type { Static } from 'typebox';
import type { MaterialState } from '../contracts/index.ts';
import type { MaterialSchema } from './material-schema.ts';
import { instant, text, textOrNull } from './payloads.ts';

export type MaterialPayload = Static<typeof MaterialSchema>;

export function materialPayload(agent: string, { at, station, because, unit, calls, ...state }: MaterialState): MaterialPayload {
  return {
    schema: 'lineside.material.v1',
    agent,
    ...instant(at),
    station: text(station),
    ...state,
    unit: textOrNull(unit),
    because: textOrNull(because),
    calls: [...calls],
  };
}
