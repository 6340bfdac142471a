/** How a tool is worn and when it is to be changed, as it is told: over MQTT, to the page, to the audit log. Instants are ms since 1970, UTC. */

/** Nine times in ten between low and high. */
export interface ToolLeft {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

export interface ToolState {
  readonly station: string;
  readonly name: string;
  readonly at: number;
  /** The gravest: unknown, overdue (it is worn out), due (it may be worn out within `ahead`), ok. */
  readonly state: 'ok' | 'due' | 'overdue' | 'unknown';
  /** Why nothing, or not all, is known. */
  readonly because: string | null;
  /** When it was changed; null: not since it is followed. */
  readonly changed: number | null;
  /** Uses since then. */
  readonly used: number;
  readonly life: number | null;
  /** What the trend says now, cleared of noise, and where it ends. */
  readonly level: number | null;
  readonly limit: number | null;
  /** Uses that are left; null: nothing is known of it. */
  readonly left: ToolLeft | null;
  /** What it ends by first. */
  readonly by: 'uses' | 'trend' | null;
  /** When it is worn out, by the calendar or plan where there is one, else at the rate of use; null: not known. Null inside: later than anybody looks. */
  readonly until: { readonly low: number | null; readonly middle: number | null; readonly high: number | null } | null;
  /** The decision that it is to be changed, not done yet; `by`: at the latest. */
  readonly call: { readonly id: string; readonly at: number; readonly by: number | null } | null;
}
