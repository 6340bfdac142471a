/** Where a part goes: the row of the station's table that fits, the destination that has a place, and what the conveyor is told. */
import type { Decision, DecisionIntent, Judge, Judgement, RouteChoice, RouteRowMatch, RuleInput } from '../contracts/index.ts';
import { asLinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';

export interface Routed {
  readonly choice: RouteChoice;
  /** It goes somewhere, and by the table nobody can know whether it should. */
  readonly isUnsure: boolean;
  readonly intent: DecisionIntent;
}

export interface Routing {
  readonly inspection: string;
  /** As the PLC is told; a number that the station has counted is nobody's id. */
  readonly part: string | null;
  readonly input: () => RuleInput;
  readonly judged: Judgement;
  readonly isProduction: boolean;
}

/** Null: nobody says where parts of this station go. */
export function routeOf(
  spec: StationSpec,
  { judge, routes }: StationPorts,
  { inspection, part, input, judged, isProduction }: Routing,
): Routed | null {
  const row = routes && rowOf(spec, judge, { input, judged });
  if (!row || !routes) return null;
  const { to: wanted, reason, unsure } = row;
  const choice = routes.send({ part, inspection, to: wanted, reason, unsure, isProduction });
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
  return { choice, isUnsure: unsure !== null, intent };
}

/** A part has to go somewhere: where nobody can say by which row, it goes where all others go. */
function rowOf({ config }: StationSpec, judge: Judge, { input, judged }: Pick<Routing, 'input' | 'judged'>): RouteRowMatch | undefined {
  try {
    return judge.row?.(input(), judged);
  } catch (thrown) {
    const { unknown, table = [] } = config.route ?? {};
    const to = unknown ?? table.at(-1)?.to;
    const why = asLinesideError(thrown, 'RULE_FAILED', { rule: 'route' }).sentence;
    if (to === undefined) return undefined;
    return { index: table.length - 1, to, reason: `not known: ${why}`, rule: `all others → ${to}`, unsure: why };
  }
}

/** What is on record of it: of a part that surely goes its normal way, nothing; and whether the conveyor was told. */
export function followed(
  { choice, intent, isUnsure }: Routed,
  decisions: readonly Decision[],
): { readonly decisions: readonly Decision[]; readonly isTold: boolean } {
  const own = decisions.find(({ route }) => route === intent.route);
  const isTold = own?.writes.every(({ state }) => state === 'written') ?? false;
  const isSilent = isTold && !isUnsure && choice.action === 'pass' && choice.instead_of === null;
  return { decisions: isSilent ? decisions.filter((decision) => decision !== own) : decisions, isTold };
}
