/** What the desks of what is used up, materials and tools, ask of the agent. */
import type { Config } from '../../config/schema.ts';
import type { AgentEvent, JournalEntry, LinePlan, OutboxRow, Standing } from '../../contracts/index.ts';
import type { TagTable } from '../../stations/tags.ts';
import type { Clock } from '../../time.ts';
import type { OpenTimeOptions } from './open-time.ts';
import type { RecountOptions } from './recount.ts';

export interface SuppliesOptions extends RecountOptions, OpenTimeOptions {
  readonly clock: Clock;
  /** Of the store, absolute. */
  readonly folder: string;
  /** As it runs. */
  readonly config: () => Config;
  /** The agent's own time, which never goes back; asked once the journal is open. */
  readonly own: () => number;
  readonly plan: () => LinePlan | null;
  readonly tags: Pick<TagTable, 'latest' | 'onSample' | 'onLost' | 'isAway'>;
  /** Sequence of the newest part of the station that was recorded. */
  readonly last: (station: string) => number;
  /** What the life before has left in the journal under that name; null: nothing. */
  readonly before: (memory: string) => string | null;
  readonly newId: () => string;
  readonly rows: (event: AgentEvent) => readonly OutboxRow[];
  /** Resolves when it is on the disk; rejects where it was not accepted. */
  readonly append: (entry: JournalEntry) => Promise<void>;
  readonly record: (entry: JournalEntry) => boolean;
  readonly onFaults: (faults: readonly Standing[]) => void;
}
