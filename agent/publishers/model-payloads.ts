/** Payloads about candidates and changes of packages. Pure. */
import type { ModelChange, ShadowComparison } from '../contracts/index.ts';
import { finding, instant, reason, text, textOrNull } from './payloads.ts';
import type { ModelPayload, ShadowPayload } from './schemas.ts';

/** Null where the candidate changes nothing: that is counted and stored, and nobody needs to hear of it. */
export function shadowPayload(agent: string, comparison: ShadowComparison): ShadowPayload | null {
  const { id, inspection, difference, current, candidate } = comparison;
  if (difference === 'none') return null;
  return {
    schema: 'lineside.shadow.v1',
    id,
    agent,
    station: text(comparison.station),
    ...instant(comparison.at),
    inspection,
    part: textOrNull(comparison.part),
    recipe: text(comparison.recipe),
    model: text(comparison.model),
    difference,
    current: { verdict: current.verdict, finding: finding(current.finding) },
    candidate: { verdict: candidate.verdict, reasons: candidate.reasons.map(reason), finding: finding(candidate.finding) },
  };
}

export function modelPayload(agent: string, { id, at, station, model, recipe, change, from, to }: ModelChange): ModelPayload {
  const place = { station: text(station), model: text(model), recipe: textOrNull(recipe) };
  return { schema: 'lineside.model.v1', id, agent, ...instant(at), ...place, change, from: { ...from }, to: { ...to } };
}
