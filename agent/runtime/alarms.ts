/**
 * What is wrong now, as levels: each owner states everything that is wrong with it, as often as it likes, and the book publishes the
 * difference. One alarm a code and subject, however many owners state it; it is over when none does.
 */
import type { Alarm, Standing } from '../contracts/index.ts';
import type { ErrorCode } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';

/** An alarm whose words change (a count, a rate) is told again, at most once in this time. */
const UPDATES: Milliseconds = Seconds(1);

/** The life before this one: owns what was active when the agent stopped, until settle(). No part has such a name. */
const BEFORE = '';

/** A standing fault as the book keeps it: one of the life before has its words only. */
type Words = Pick<Alarm, 'code' | 'subject' | 'text' | 'next'>;

interface Entry {
  alarm: Alarm;
  /** When its words were last told, monotonic. */
  toldAt: number;
  /** Ends the wait until they may be told again. */
  cancel: (() => void) | null;
}

export class AlarmBook {
  private readonly active = new Map<string, Entry>();
  /** By owner, then by key. An owner without faults has no entry. */
  private readonly stated = new Map<string, Map<string, Words>>();
  /** How often each key was raised since the process began. Keys are codes and names of the config: they do not grow. */
  private readonly times = new Map<string, number>();
  private readonly clock: Clock;
  private readonly onChange: (alarm: Alarm) => void;

  constructor(clock: Clock, onChange: (alarm: Alarm) => void) {
    this.clock = clock;
    this.onChange = onChange;
  }

  /** Alarms that were active when the agent stopped. They stay until settle(), so that a restart alone ends and raises nothing. */
  take(before: readonly Alarm[]): void {
    const owned = new Map<string, Words>();
    for (const alarm of before) {
      owned.set(alarm.key, alarm);
      if (this.active.has(alarm.key)) continue;
      this.times.set(alarm.key, alarm.times);
      this.active.set(alarm.key, { alarm, toldAt: this.clock.elapsed(), cancel: null });
    }
    this.stated.set(BEFORE, owned);
  }

  /** Every part has started once and said what is wrong with it: what of the life before nobody states now is over. */
  settle(): void {
    this.state(BEFORE, []);
  }

  get all(): readonly Alarm[] {
    return [...this.active.values()].map(({ alarm }) => alarm);
  }

  /** Everything that is wrong with `owner` now; [] where nothing is. */
  state(owner: string, faults: readonly Standing[]): void {
    const before = this.stated.get(owner);
    if (!before && faults.length === 0) return;
    const now = new Map(faults.map(wordsOf).map((words) => [keyOf(words), words]));
    if (now.size > 0) this.stated.set(owner, now);
    else this.stated.delete(owner);
    for (const words of now.values()) this.raised(words);
    for (const key of before?.keys() ?? []) if (!now.has(key)) this.lowered(key);
  }

  /** One more of `owner`'s faults, or new words for one that it has; the others stay as they are. */
  raise(owner: string, standing: Standing): void {
    const owned = this.stated.get(owner) ?? new Map<string, Words>();
    const words = wordsOf(standing);
    owned.set(keyOf(words), words);
    this.stated.set(owner, owned);
    this.raised(words);
  }

  /** One of `owner`'s faults is over. Cheap where it never was one: stations say so with every part. */
  lower(owner: string, code: ErrorCode, subject: string): void {
    const owned = this.stated.get(owner);
    const key = keyOf({ code, subject });
    if (!owned?.delete(key)) return;
    if (owned.size === 0) this.stated.delete(owner);
    this.lowered(key);
  }

  /** Whoever knows best says that it is over: of the life before as well, without waiting for settle(). */
  end(owner: string, code: ErrorCode, subject: string): void {
    this.lower(owner, code, subject);
    this.lower(BEFORE, code, subject);
  }

  private raised(words: Words): void {
    const { code, subject, text, next } = words;
    const key = keyOf(words);
    const entry = this.active.get(key);
    if (entry) return this.reworded(entry, words);
    const times = (this.times.get(key) ?? 0) + 1;
    this.times.set(key, times);
    const now = this.clock.now();
    const alarm: Alarm = { key, code, subject, active: true, since: now, raised: now, times, text, next };
    this.active.set(key, { alarm, toldAt: this.clock.elapsed(), cancel: null });
    this.onChange(alarm);
  }

  /** Same fault, other words. The newest ones are told as soon as the last have stood for a second. */
  private reworded(entry: Entry, { text, next }: Words): void {
    if (text === entry.alarm.text && next === entry.alarm.next) return;
    entry.alarm = { ...entry.alarm, text, next };
    if (entry.cancel) return;
    const tell = () => {
      entry.cancel = null;
      entry.toldAt = this.clock.elapsed();
      this.onChange(entry.alarm);
    };
    const wait = entry.toldAt + UPDATES - this.clock.elapsed();
    if (wait <= 0) tell();
    else entry.cancel = this.clock.after(wait, tell);
  }

  private lowered(key: string): void {
    const entry = this.active.get(key);
    if (!entry) return;
    const left = [...this.stated.values()].map((owned) => owned.get(key)).find((words) => words !== undefined);
    if (left) return this.reworded(entry, left);
    entry.cancel?.();
    this.active.delete(key);
    this.onChange({ ...entry.alarm, active: false, since: this.clock.now() });
  }
}

const wordsOf = ({ fault, subject }: Standing): Words => ({ code: fault.code, subject, text: fault.sentence, next: fault.next });

const keyOf = ({ code, subject }: Pick<Words, 'code' | 'subject'>): string => (subject === '' ? code : `${code}/${subject}`);
