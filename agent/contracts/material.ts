/** What is there of a material and what was called, as it is told: over MQTT, to the page, to the audit log. Instants are ms since 1970, UTC. */

export interface MaterialCallState {
  /** Of the decision that told it; what says that it came may name it. */
  readonly id: string;
  readonly at: number;
  readonly quantity: number;
  /** When it is expected, by the lead time. */
  readonly expected: number;
  readonly overdue: boolean;
}

export interface MaterialState {
  readonly station: string;
  readonly name: string;
  readonly at: number;
  readonly unit: string | null;
  /** Null: nobody knows, and `because` says why. */
  readonly stock: number | null;
  /** The gravest: unknown, short (it runs out, or more would have to be called than may be), overdue, called, ok. */
  readonly state: 'ok' | 'called' | 'overdue' | 'short' | 'unknown';
  readonly because: string | null;
  /** One more is called when stock and open calls together are down to this. */
  readonly reorder_at: number | null;
  /** container: too little was seen of its use yet; one is called when the last container is begun. */
  readonly by: 'forecast' | 'container';
  /** What the forecast goes by: the plan of the line, or the rate of use; null where there is none. */
  readonly source: 'plan' | 'rate' | null;
  readonly container: number;
  readonly service: number;
  /** Used in an hour of working time; null before enough was seen. */
  readonly rate: number | null;
  /** When it is used up where nothing comes; nine times in ten between low and high. Null: later than anybody looks. */
  readonly runs_out: { readonly low: number | null; readonly middle: number | null; readonly high: number | null } | null;
  /** The oldest first. */
  readonly calls: readonly MaterialCallState[];
}

export interface ForecastPoint {
  readonly at: number;
  /** Stock by then where nothing comes, with its 90 % interval. */
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** With the forecast, for the page. */
export interface MaterialView extends MaterialState {
  /** Whether a tag tells its stock, which then cannot be said. */
  readonly measured: boolean;
  readonly forecast: readonly ForecastPoint[];
}

/** Parts of a station behind a sequence, by recipe; for counts that go on after a kill. */
export interface PassedCountsWish {
  readonly station: string;
  /** Sequences: behind, and up to. */
  readonly after: number;
  readonly to: number;
}
export interface PassedCount {
  readonly recipe: string;
  /** All that passed, whatever became of them; challenge parts are none. */
  readonly parts: number;
}
