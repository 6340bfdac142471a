/** Where parts go: what was decided, what the conveyor says of it, and how each destination stands. */

export type RouteAction = 'pass' | 'divert' | 'hold' | 'rework';

/** Of a decision: where the part goes. */
export interface RouteDecision {
  /** Destination. */
  readonly to: string;
  /** Where it should have gone by the table; null: there. */
  readonly instead_of: string | null;
  /** Why not there; null where it goes there. */
  readonly why: string | null;
}

/**
 * vanished: it has not arrived in time. strayed: it came where nobody had sent it. twice: it came to a second place while it lay in a first one.
 */
export type RouteFault = 'vanished' | 'strayed' | 'twice';

/**
 * left: the conveyor said so, or it was seen elsewhere. sent_anew: a station has sent it on. passed: there is nothing to follow behind its destination. forgotten: a
 * person said so. dropped: too many were followed. unknown: nobody knows what has become of it.
 */
export type RouteEnd = 'left' | 'sent_anew' | 'passed' | 'forgotten' | 'dropped' | 'unknown';

/** One way of one part: from a verdict to its destination, and until it leaves there. Times by the agent's own time, ms. */
export interface RoutedPart {
  readonly id: string;
  /** Null: it has no id; it takes a place, and nothing else is known of it. */
  readonly part: string | null;
  /** That sent it; null: nobody did. */
  readonly station: string | null;
  readonly inspection: string | null;
  /** Null: the conveyor could not be told, or nobody sent it. */
  readonly to: string | null;
  readonly instead_of: string | null;
  readonly why: string;
  readonly sent: number;
  /** Where it is; null: on its way. */
  readonly place: string | null;
  readonly arrived: number | null;
  readonly fault: RouteFault | null;
  readonly ended: number | null;
  readonly end: RouteEnd | null;
}

export interface DestinationState {
  readonly name: string;
  readonly action: RouteAction;
  readonly capacity: number | null;
  /** Parts that are there. */
  readonly contents: number;
  /** Parts on their way there. */
  readonly under_way: number;
  /** How long the oldest is there, ms; null: it is empty. */
  readonly oldest_ms: number | null;
  readonly full: boolean;
  /** Faults that stand, and parts that came and left since the start of the agent. */
  readonly vanished: number;
  readonly strayed: number;
  readonly came: number;
  readonly gone: number;
}

export interface RouteState {
  readonly at: number;
  readonly destinations: readonly DestinationState[];
  /** On their way, all together, with those whose destination the conveyor was not told. */
  readonly under_way: number;
  /** Followed no longer, since too many were, since the start of the agent. */
  readonly dropped: number;
}

export interface RoutedWish {
  /** Those that have not ended; else the newest of this part. */
  readonly part?: string | undefined;
  /** 1..10000 */
  readonly limit: number;
}

/** What a station asks of the line's routes; the calls of one part come in this order. */
export interface StationRoutes {
  /** Where the part goes: takes a place there. `to`: by the table. */
  send(part: RouteWish): RouteChoice;
  /** Whether the conveyor was told, and whether it knows the part's id. */
  told(choice: RouteChoice, isTold: boolean, isNamed?: boolean): void;
  /** What has become of parts since it was taken last, for the journal, with the record of this inspection. */
  taken(inspection: string): readonly RoutedPart[];
  /** The journal had no room for them. */
  giveBack(rows: readonly RoutedPart[]): void;
}

export interface RouteWish {
  readonly part: string | null;
  readonly inspection: string;
  readonly to: string;
  readonly reason: string;
  /** Why a row of the table could not be known; null: all could that were asked. */
  readonly unsure: string | null;
  /** A master part goes there like any other, and is followed by nobody. */
  readonly isProduction: boolean;
}

export interface RouteChoice extends RouteDecision {
  readonly id: string;
  readonly action: RouteAction;
  /** What is written for it. */
  readonly value: string | number | boolean;
}
