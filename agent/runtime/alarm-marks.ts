/**
 * What people have done about alarms (ISA-18.2): acknowledged, with who; shelved, with who, why and until when, never for ever; and those that are over
 * before anybody acknowledged them. Kept in a small file of the store's folder over restarts. The plant hears of an alarm all the same: marks are
 * for those who look.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { Alarm } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { AlarmView, ReturnedAlarm, Shelf } from '../web/ports.ts';

/** Beyond it the one that ended first goes. */
const MOST_RETURNED = 200;
/** Keys are codes and names of configs; those of configs of old may be many. */
const MOST_SHELVED = 200;
/** Bytes. */
const LARGEST = 2e6;

const AlarmSchema = Type.Object({
  key: Type.String(),
  code: Type.String(),
  subject: Type.String(),
  since: Type.Number(),
  times: Type.Number(),
  text: Type.String(),
  next: Type.String(),
});
const FileSchema = Type.Object({
  acknowledged: Type.Record(Type.String(), Type.Object({ at: Type.Number(), who: Type.String() })),
  shelved: Type.Record(Type.String(), Type.Object({ at: Type.Number(), until: Type.Number(), who: Type.String(), reason: Type.String() })),
  returned: Type.Array(Type.Object({ ...AlarmSchema.properties, ended: Type.Number() })),
});

export interface AlarmMarksOptions {
  /** Absolute. */
  readonly file: string;
  readonly clock: Clock;
  /** Where the disk does not take what nobody waits for. */
  readonly onFault: (why: string) => void;
}

export class AlarmMarks {
  private readonly options: AlarmMarksOptions;
  private readonly acknowledged = new Map<string, { readonly at: number; readonly who: string }>();
  private readonly shelved = new Map<string, Shelf>();
  /** By key; the one that ended first is the first. */
  private readonly over = new Map<string, ReturnedAlarm>();
  private writing: Promise<void> = Promise.resolve();
  /** One that has not begun. */
  private next: Promise<void> | null = null;

  constructor(options: AlarmMarksOptions) {
    this.options = options;
  }

  /** What the life before has left. A file that cannot be read is none: its alarms are unacknowledged again. */
  async open(): Promise<void> {
    try {
      const { size } = await stat(this.options.file);
      const value: unknown = size > LARGEST ? null : JSON.parse(await readFile(this.options.file, 'utf8'));
      if (!Value.Check(FileSchema, value)) return;
      for (const [key, mark] of Object.entries(value.acknowledged)) this.acknowledged.set(key, mark);
      for (const [key, shelf] of Object.entries(value.shelved)) this.shelved.set(key, shelf);
      for (const alarm of value.returned) this.over.set(alarm.key, alarm);
    } catch {
      // There is none yet, or it was torn.
    }
  }

  view(alarm: Alarm): Omit<AlarmView, 'cause' | 'down'> {
    return { ...alarm, acknowledged: this.acknowledged.get(alarm.key) ?? null, shelved: this.shelfOf(alarm.key) };
  }

  /** Over, and acknowledged by nobody; the newest first. */
  get returned(): readonly ReturnedAlarm[] {
    return [...this.over.values()].reverse();
  }

  /** An alarm began, has other words, or is over. */
  changed({ key, active, code, subject, since, times, text, next, raised }: Alarm): void {
    if (active) {
      // What has come back stands among those that are active.
      if (this.over.delete(key)) this.save();
      return;
    }
    const wasSeen = this.acknowledged.delete(key);
    // Shelved, it was nothing that anybody wanted to see.
    if (!wasSeen && !this.shelfOf(key)) {
      this.over.delete(key);
      this.over.set(key, { key, code, subject, since: raised, ended: since, times, text, next });
      for (const first of this.over.keys()) {
        if (this.over.size <= MOST_RETURNED) break;
        this.over.delete(first);
      }
    }
    this.save();
  }

  /** One that is active keeps who; one that is over is gone. Rejects with WEB_UNKNOWN, or STORE_FAILED where the disk does not take it. */
  async acknowledge(key: string, who: string, active: readonly Alarm[]): Promise<void> {
    if (active.some((alarm) => alarm.key === key)) {
      if (!this.acknowledged.has(key)) this.acknowledged.set(key, { at: this.options.clock.now(), who });
    } else if (!this.over.delete(key)) throw unknown(key);
    await this.saved();
  }

  /** `until`: wall time. Rejects as acknowledge(). */
  async shelve(key: string, { until, who, reason }: Omit<Shelf, 'at'>, active: readonly Alarm[]): Promise<void> {
    if (!active.some((alarm) => alarm.key === key)) throw unknown(key);
    const now = this.options.clock.now();
    for (const [other, shelf] of this.shelved) if (shelf.until <= now) this.shelved.delete(other);
    if (this.shelved.size >= MOST_SHELVED && !this.shelved.has(key))
      throw new LinesideError('COMMAND_REFUSED', { verb: 'shelve', why: `${MOST_SHELVED} alarms are shelved already` });
    this.shelved.set(key, { at: now, until, who, reason });
    await this.saved();
  }

  /** Rejects as acknowledge(). */
  async unshelve(key: string): Promise<void> {
    if (!this.shelved.delete(key)) throw unknown(key);
    await this.saved();
  }

  /** Everything is on the disk, or will not be. */
  async stop(): Promise<void> {
    await this.writing.catch(() => {});
  }

  private shelfOf(key: string): Shelf | null {
    const shelf = this.shelved.get(key);
    return shelf && shelf.until > this.options.clock.now() ? shelf : null;
  }

  /** Nobody waits for it. */
  private save(): void {
    this.saved().catch((thrown: unknown) => this.options.onFault(messageOf(thrown)));
  }

  /** One after the other, each with what is true when its turn comes: one that waits stands for all that is changed meanwhile. */
  private saved(): Promise<void> {
    this.next ??= this.writing
      .catch(() => {})
      .then(() => {
        this.next = null;
        return this.write();
      });
    this.writing = this.next;
    return this.next;
  }

  private async write(): Promise<void> {
    const { file } = this.options;
    const text = JSON.stringify({
      acknowledged: Object.fromEntries(this.acknowledged),
      shelved: Object.fromEntries(this.shelved),
      returned: [...this.over.values()],
    });
    try {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(`${file}.new`, 'w', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.new`, file);
    } catch (thrown) {
      throw new LinesideError('STORE_FAILED', { why: `${file}: ${messageOf(thrown)}` }, { cause: thrown });
    }
  }
}

const unknown = (key: string) => new LinesideError('WEB_UNKNOWN', { what: `alarm ${key} now` });
