/**
 * Whether another client with the same client id takes the connection. MQTT 5 brokers may say so (0x8E); all others close it, which they
 * do for other reasons too: several times in a row, soon after it was taken and with nothing under way, leaves little else. Pure.
 */
import { type Milliseconds, Seconds } from '../time.ts';

/** A connection that lasts this long was taken by nobody. */
export const STEADY: Milliseconds = Seconds(60);
const CLOSES = 3;

export class Takeover {
  private closes = 0;
  private cause: string | null = null;

  /** What is wrong, in words, or null. */
  get why(): string | null {
    return this.cause;
  }

  /** `lasted`: since CONNACK. `said`: the broker named this cause itself. `idle`: it closed, and nothing was under way. */
  ended({ lasted, said, idle }: { readonly lasted: Milliseconds; readonly said: boolean; readonly idle: boolean }): void {
    if (lasted >= STEADY) this.steady();
    if (said) this.cause = 'the broker says so';
    else if (!idle) this.closes = 0;
    else if (++this.closes >= CLOSES) this.cause = `the broker closed ${this.closes} connections in a row, each soon after it had taken it`;
  }

  /** A connection has lasted. */
  steady(): void {
    this.closes = 0;
    this.cause = null;
  }
}
