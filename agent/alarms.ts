/** What is wrong now: one alarm a code and subject, raised once, cleared once. */
import type { Alarm } from './contracts.ts';
import { type Details, ERRORS, type ErrorCode, sentenceOf } from './errors.ts';
import type { Clock } from './time.ts';

export class AlarmBook {
  private readonly active = new Map<string, Alarm>();
  private readonly clock: Clock;
  private readonly onChange: (alarm: Alarm) => void;

  constructor(clock: Clock, onChange: (alarm: Alarm) => void) {
    this.clock = clock;
    this.onChange = onChange;
  }

  /** Alarms that were active when the agent stopped; they stay until somebody says that they are over. */
  take(before: readonly Alarm[]): void {
    for (const alarm of before) if (!this.active.has(alarm.key)) this.active.set(alarm.key, alarm);
  }

  get all(): readonly Alarm[] {
    return [...this.active.values()];
  }

  set(code: ErrorCode, subject: string, on: boolean, details: Details = {}): void {
    const key = subject === '' ? code : `${code}/${subject}`;
    const known = this.active.get(key);
    if (on === (known !== undefined)) return;
    const alarm: Alarm = known
      ? { ...known, active: false, since: this.clock.now() }
      : { key, code, subject, active: true, since: this.clock.now(), text: sentenceOf(code, details), next: ERRORS[code].next };
    if (on) this.active.set(key, alarm);
    else this.active.delete(key);
    this.onChange(alarm);
  }

  /** Clears every alarm of a subject, whatever its code: the part is well again. `but`: this one stays. */
  clear(subject: string, but?: ErrorCode): void {
    for (const alarm of this.all) if (alarm.subject === subject && alarm.code !== but) this.set(alarm.code, subject, false);
  }
}
