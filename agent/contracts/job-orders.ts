/** Job orders of ISA-95 as a server lists them (OPC 10031-4, 7.3): what of them says what is to be made. */

/** Top-level states of a job order (OPC 10031-4, ISA95JobOrderReceiverStateMachineType), by their StateNumber. */
export const JOB_STATES = {
  1: 'NotAllowedToStart',
  2: 'AllowedToStart',
  3: 'Running',
  4: 'Interrupted',
  5: 'Ended',
  6: 'Aborted',
} as const;

export interface JobOrder {
  readonly id: string;
  /** StateNumber of the first entry; null: none is there. */
  readonly state: number | null;
  /** Of its first Work Master. */
  readonly workMaster: string | null;
  /** Instants; null: not said. */
  readonly start: number | null;
  readonly end: number | null;
  /** Higher numbers go first, in a range that whoever writes them chooses. */
  readonly priority: number | null;
  /** Of the material that is made, or the parameter `Quantity`, as it was written. */
  readonly quantity: string | null;
  /** Definition of the material that is consumed. */
  readonly material: string | null;
}

/** One server's list; run() is one life of one session: it throws when anything is lost, and the runner starts the next. */
export interface JobOrderSource {
  run(
    ctx: {
      /** The list as it is, each time it was read. */
      take(orders: readonly JobOrder[]): void;
      online(): void;
    },
    signal: AbortSignal,
  ): Promise<void>;
}
