/**
 * One job at a time, and room for one more: what comes while a job runs replaces what waits. A live picture that is late is worth
 * less than the next one.
 */
export class NewestWins<T> {
  private waiting: T | undefined;
  private running: Promise<void> | undefined;
  private readonly work: (item: T) => Promise<void>;
  private readonly replaced: () => void;

  /** `work` must not reject; `replaced` is called for every item that never ran. */
  constructor(work: (item: T) => Promise<void>, replaced: () => void) {
    this.work = work;
    this.replaced = replaced;
  }

  offer(item: T): void {
    if (this.running) {
      if (this.waiting !== undefined) this.replaced();
      this.waiting = item;
      return;
    }
    this.running = this.run(item);
  }

  /** Forgets what waits and settles when nothing runs. */
  async idle(): Promise<void> {
    this.waiting = undefined;
    await this.running;
  }

  private async run(item: T | undefined): Promise<void> {
    while (item !== undefined) {
      await this.work(item);
      item = this.waiting;
      this.waiting = undefined;
    }
    this.running = undefined;
  }
}
