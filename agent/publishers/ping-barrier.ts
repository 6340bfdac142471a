/**
 * Acknowledgement where a broker has none (QoS 0): it reads a connection in order (MQTT 5, 4.6), so when it answers a ping it has read
 * everything that was sent before that ping. One ping is under way at a time; what is sent meanwhile rides with the next.
 */
export class PingBarrier {
  private readonly ping: () => void;
  /** Since the last ping. */
  private unmarked: (() => void)[] = [];
  /** Before each ping that has no answer yet, oldest first; keep-alive pings too. */
  private readonly marked: (() => void)[][] = [];

  constructor(ping: () => void) {
    this.ping = ping;
  }

  /** Something was sent; `read` is called when the broker has read it. */
  sent(read: () => void): void {
    this.unmarked.push(read);
    if (this.marked.length === 0) queueMicrotask(() => this.askAgain());
  }

  /** A ping went out, whoever sent it. */
  pinged(): void {
    this.marked.push(this.unmarked);
    this.unmarked = [];
  }

  answered(): void {
    for (const read of this.marked.shift() ?? []) read();
    this.askAgain();
  }

  private askAgain(): void {
    if (this.unmarked.length > 0 && this.marked.length === 0) this.ping();
  }
}
