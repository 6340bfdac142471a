/** Where a part goes: the row of the station's table that fits, the destination that has a place, and what the conveyor is told. */
import type { Decision, DecisionIntent, Judgement, RouteChoice, RuleInput } from '../contracts/index.ts';
import type { StationPorts, StationSpec } from './ports.ts';

export interface Routed {
  readonly choice: RouteChoice;
  readonly intent: DecisionIntent;
}

export interface Routing {
  readonly inspection: string;
  /** As the PLC is told; a number that the station has counted is nobody's id. */
  readonly part: string | null;
  readonly input: RuleInput;
  readonly judged: Judgement;
  readonly isProduction: boolean;
}

/** Null: nobody says where parts of this station go. */
export function routeOf(
  spec: StationSpec,
  { judge, routes }: StationPorts,
  { inspection, part, input, judged, isProduction }: Routing,
): Routed | null {
  const row = routes && judge.row?.(input, judged);
  if (!row || !routes) return null;
  const choice = routes.send({ part, inspection, to: row.to, reason: row.reason, isProduction });
  const { action, value, to, instead_of, why } = choice;
  const tag = spec.config.route?.tell?.to;
  const intent: DecisionIntent = {
    action: action === 'pass' ? 'divert' : action,
    reason: [`${row.reason}; to ${to}`, ...(why === null ? [] : [why])].join(', since '),
    rule: row.rule,
    writes: tag === undefined ? [] : [{ tag, value }],
    latched: false,
    route: { to, instead_of, why },
  };
  return { choice, intent };
}

/** What is on record of it: of a part that goes its normal way, nothing; and whether the conveyor was told. */
export function followed(
  { choice, intent }: Routed,
  decisions: readonly Decision[],
): { readonly decisions: readonly Decision[]; readonly isTold: boolean } {
  const own = decisions.find(({ route }) => route === intent.route);
  const isTold = own?.writes.every(({ state }) => state === 'written') ?? false;
  const isSilent = isTold && choice.action === 'pass' && choice.instead_of === null;
  return { decisions: isSilent ? decisions.filter((decision) => decision !== own) : decisions, isTold };
}
