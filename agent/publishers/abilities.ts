/**
 * What a broker cannot, found out by connecting. In MQTT 5 it says so (CONNACK 0x9A and 0x9B); in 3.1.1 it closes the connection on a last
 * will that it would have to retain, or that has QoS 1, without a word.
 */
import { LinesideError } from '../errors.ts';
import { codeOf } from './broker-fault.ts';
import { type Abilities, ALL_ABILITIES } from './wire.ts';

/** MQTT 5, 3.2.2.2. */
const RETAIN_NOT_SUPPORTED = 0x9a;
const QOS_NOT_SUPPORTED = 0x9b;
/** Connections in a row that a broker closes before it answers, until less is asked of it: a broker that starts does the same. */
const CLOSES = 2;
const LESS: readonly Abilities[] = [
  { retain: false, qos1: true },
  { retain: true, qos1: false },
  { retain: false, qos1: false },
];

interface Closable {
  close(politely: boolean): Promise<void>;
}

/** Connects with what is known of the broker, and learns. One for all connections of a publisher. */
export class AbilityFinder {
  /** As far as is known. */
  known: Abilities = ALL_ABILITIES;
  private closes = 0;

  /** What `connect` gives with what the broker can; throws what it throws. `stopped` ends the search between two connections. */
  async connected<W extends Closable>(connect: (abilities: Abilities) => Promise<W>, stopped: () => boolean): Promise<W> {
    try {
      const wire = await this.saidSo(connect);
      this.closes = 0;
      return wire;
    } catch (thrown) {
      this.closes = thrown instanceof LinesideError && thrown.code === 'MQTT_CLOSED' ? this.closes + 1 : 0;
      if (this.closes < CLOSES || stopped()) throw thrown;
      return this.asksLess(connect, stopped, thrown);
    }
  }

  /**
   * All is asked for first, each time: what a broker lacked it may have by now. One that names what it lacks is asked again without it at
   * once, one that closes without a word is asked again for what it had before.
   */
  private async saidSo<W>(connect: (abilities: Abilities) => Promise<W>): Promise<W> {
    for (let asked: Abilities = ALL_ABILITIES; ; ) {
      try {
        const wire = await connect(asked);
        this.known = asked;
        return wire;
      } catch (thrown) {
        const less = this.lessThan(asked, thrown);
        if (!less) throw thrown;
        asked = less;
      }
    }
  }

  /** What to ask for after this fault, or null where asking for less is no help. Always less, so that asking comes to an end. */
  private lessThan(asked: Abilities, fault: unknown): Abilities | null {
    if (!(fault instanceof LinesideError)) return null;
    const code = codeOf(fault.cause);
    if (code === RETAIN_NOT_SUPPORTED && asked.retain) return { ...asked, retain: false };
    if (code === QOS_NOT_SUPPORTED && asked.qos1) return { ...asked, qos1: false };
    const lacking = !(this.known.retain && this.known.qos1);
    return fault.code === 'MQTT_CLOSED' && asked === ALL_ABILITIES && lacking ? this.known : null;
  }

  /** What succeeds only with less, with all failing before and after, is what the broker lacks; else it was coincidence. */
  private async asksLess<W extends Closable>(
    connect: (abilities: Abilities) => Promise<W>,
    stopped: () => boolean,
    fault: unknown,
  ): Promise<W> {
    for (const less of LESS) {
      if (stopped()) throw fault;
      const wire = await connect(less).catch(() => null);
      if (!wire) continue;
      await wire.close(true);
      const all = await connect(ALL_ABILITIES).catch(() => null);
      this.closes = 0;
      if (all) {
        this.known = ALL_ABILITIES;
        return all;
      }
      this.known = less;
      return connect(less);
    }
    throw fault;
  }
}
