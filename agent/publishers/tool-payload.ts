/** The payload about a tool. Pure. */
import type { Static } from 'typebox';
import type { ToolState } from '../contracts/index.ts';
import { instant, text, textOrNull } from './payloads.ts';
import type { ToolSchema } from './tool-schema.ts';

export type ToolPayload = Static<typeof ToolSchema>;

export function toolPayload(agent: string, { at, station, because, ...state }: ToolState): ToolPayload {
  return { schema: 'lineside.tool.v1', agent, ...instant(at), station: text(station), ...state, because: textOrNull(because) };
}
