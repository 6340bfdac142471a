/** What runs next, as it is told: over MQTT, to the page, to the audit log. Instants are ms since 1970, UTC. */

/** Of a whole plan, ms. */
export interface PlanFigures {
  /** What the search makes small. */
  readonly cost_ms: number;
  /** Sum of how late each order ends, times its priority. */
  readonly tardiness_ms: number;
  readonly setups_ms: number;
  /** Orders that end late. */
  readonly late: number;
}

export interface PlanTimes {
  readonly begin: number;
  readonly end: number;
  /** After its due date, negative before it; null where it is never due. */
  readonly lateness_ms: number | null;
  /** Of being late, 0..1. */
  readonly probability: number | null;
}

export interface PlanSlot extends PlanTimes {
  readonly id: string;
  readonly recipe: string;
  /** Good parts that are still wanted. */
  readonly quantity: number;
  /** That have to be made for them, scrap included. */
  readonly parts: number;
  readonly due: number | null;
  readonly setup_at: number;
  readonly setup_ms: number;
  /** The same order as it was agreed on before: place from 1, and times. */
  readonly before: (PlanTimes & { readonly place: number }) | null;
}

export interface PlanMove {
  readonly id: string;
  /** Places, from 1. */
  readonly from: number;
  readonly to: number;
  /** What the plan would cost more without it. */
  readonly gain_ms: number;
}

export interface LinePlan {
  /** Changes with the sequence that is proposed; what accepts or refuses may name it. */
  readonly id: string;
  readonly at: number;
  /** agreed: this is how it goes on. proposed: somebody may accept it. refused: somebody has refused what would gain. */
  readonly state: 'agreed' | 'proposed' | 'refused';
  /** rules: memory was short, or the search died. */
  readonly by: 'search' | 'rules';
  readonly because: string | null;
  /** Open orders, and ids of those that cannot be planned: nothing is known of their recipe. */
  readonly orders: number;
  readonly unplanned: readonly string[];
  readonly running: {
    readonly id: string;
    readonly recipe: string;
    readonly quantity: number;
    readonly made: number;
    readonly scrap: number;
  } | null;
  readonly plan: PlanFigures;
  /** First in, first out. */
  readonly fifo: PlanFigures;
  /** As agreed, with new orders behind. */
  readonly before: PlanFigures;
  /** The first of them; `cut` more follow. */
  readonly sequence: readonly PlanSlot[];
  readonly cut: number;
  readonly moves: readonly PlanMove[];
}

/** An accepted or refused plan. */
export interface PlanAnswer {
  readonly id: string;
  readonly accepted: boolean;
}
