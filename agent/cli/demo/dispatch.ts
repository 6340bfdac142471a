/**
 * What the press makes next, on a shift with orders: master parts first, then order by order as it was told, with a set-up between two
 * products, and nothing while it is held. Pure: beats, verdicts and writes in, what is made at each beat out.
 */
import type { Verdict } from '../../contracts/index.ts';
import type { Part } from '../../desk/simulation/parts.ts';
import { type Milliseconds, Seconds } from '../../time.ts';

export interface PressOrder {
  readonly id: string;
  readonly product: string;
  /** Good parts. */
  readonly quantity: number;
}

/** A part that somebody lays in, of which is known what it is. */
export interface Master {
  readonly serial: string;
  readonly truth: 'ok' | 'nok';
}

export interface Made {
  readonly part: Part;
  /** Null: a master part. */
  readonly order: string | null;
}

/** Another product in the die. */
export const SETUP: Milliseconds = Seconds(2);

export class Dispatch {
  private readonly masters: Master[];
  private readonly waiting: PressOrder[] = [];
  private running: PressOrder | null = null;
  private good = 0;
  private product: string | null = null;
  private setUpAt = Number.NEGATIVE_INFINITY;
  private told = '';
  private held = false;
  private readonly serials = new Set<string>();

  constructor(masters: readonly Master[]) {
    this.masters = [...masters];
  }

  /** In the order in which they came, where nobody tells another one. */
  give(orders: readonly PressOrder[]): void {
    this.waiting.push(...orders);
  }
  /** Which one to make when this one is done. */
  tellNext(id: string): void {
    this.told = id;
  }
  hold(): void {
    this.held = true;
  }
  release(): void {
    this.held = false;
  }
  get isHeld(): boolean {
    return this.held;
  }

  /** What is made of the part that the camera will see; null: nothing passes at this beat. `at`: wall time, ms. */
  beat(part: Part, at: number): Made | null {
    if (this.held) return null;
    const [master] = this.masters;
    if (master) return this.layIn(master, part);
    this.running ??= this.begin(at);
    if (!this.running || at < this.setUpAt) return null;
    this.serials.add(part.serial);
    return { part: { ...part, product: this.running.product }, order: this.running.id };
  }

  /** A good one is a part of the order that runs. */
  judged(serial: string, verdict: Verdict | null): void {
    if (!this.serials.delete(serial) || verdict !== 'ok' || !this.running) return;
    this.good++;
    if (this.good >= this.running.quantity) this.running = null;
  }

  /** The camera shows what it shows: whoever lays a master part in waits for the part that looks like it. */
  private layIn({ serial, truth }: Master, part: Part): Made | null {
    const fits = truth === 'ok' ? part.defects.length === 0 && part.truth === 'ok' : part.visible;
    if (!fits) return null;
    this.masters.shift();
    return { part: { ...part, serial }, order: null };
  }

  private begin(at: number): PressOrder | null {
    const told = this.waiting.findIndex(({ id }) => id === this.told);
    const [order] = this.waiting.splice(Math.max(0, told), 1);
    if (!order) return null;
    this.good = 0;
    if (this.product !== null && this.product !== order.product) this.setUpAt = at + SETUP;
    this.product = order.product;
    return order;
  }
}
