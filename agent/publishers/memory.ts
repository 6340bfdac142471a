/** What a publisher remembers from one connection to the next: nothing of it need outlive the process. */
import type { OutboxFate } from '../contracts/index.ts';
import type { Milliseconds } from '../time.ts';
import { AbilityFinder } from './abilities.ts';
import { RetainedValues } from './retained.ts';
import { Suspects } from './suspects.ts';
import { Takeover } from './takeover.ts';

/** Topics that are told of; one more is counted and not named. */
const MOST_REFUSED = 100;

export class Memory {
  readonly retained = new RetainedValues();
  readonly suspects = new Suspects();
  readonly abilities = new AbilityFinder();
  readonly takeover = new Takeover();
  readonly valuesRefused = new Map<string, string>();
  commandsRefused: string | null = null;
  flooded = false;
  /** When the broker was last asked again what it had said no to; monotonic. */
  reconsideredAt: Milliseconds | null = null;
  fate: OutboxFate | null = null;
  sent = 0;
  refused = 0;
  valuesRefusedCount = 0;
  commandsDropped = 0;

  /** A retained value, the status or an answer was taken (null), or will never be. Returns whether that is news. */
  value(topic: string, refused: string | null): boolean {
    if (refused === null) return this.valuesRefused.delete(topic);
    this.valuesRefusedCount++;
    if (this.valuesRefused.get(topic) === refused || this.valuesRefused.size >= MOST_REFUSED) return false;
    this.valuesRefused.set(topic, refused);
    return true;
  }
}
