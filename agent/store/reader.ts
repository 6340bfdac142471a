/** What the writer reads for others: the outbox in pages, its depth, picture files without a row, and the state at the start. */
import type Database from 'better-sqlite3';
import type { Alarm } from '../contracts/index.ts';
import { acceptedIn } from './batch.ts';
import type { HighWater } from './high-water.ts';
import type { Letters } from './letters.ts';
import type { OpenedState, OutboxDepth, StationProgress, ToWriter } from './protocol.ts';
import { timeMarkIn } from './time-marks.ts';

export type Question = Extract<ToWriter, { readonly ask: number }>;

/** What a life begins with that stands beside the journal. */
interface Beside extends Pick<OpenedState, 'damaged' | 'left'> {
  readonly highWater: HighWater;
}

export class Reader {
  private readonly db: Database.Database;
  private readonly letters: Letters;
  private readonly page: Database.Statement<[string, number, number, number], (string | number)[]>;
  private readonly oldest: Database.Statement<[string], number>;
  private readonly known: Database.Statement<[string, string], number>;
  private readonly unsent: Database.Statement<[string], number>;

  constructor(db: Database.Database, letters: Letters) {
    this.db = db;
    this.letters = letters;
    this.page = db
      .prepare<[string, number, number, number], (string | number)[]>(
        `SELECT id, event_id, station, topic, payload, stored_at FROM outbox
         WHERE publisher = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?`,
      )
      .raw();
    this.oldest = db.prepare<[string], number>('SELECT stored_at FROM outbox WHERE publisher = ? ORDER BY id LIMIT 1').pluck();
    this.known = db
      .prepare<[string, string], number>('SELECT 1 FROM images WHERE path = ? UNION ALL SELECT 1 FROM owed_images WHERE path = ?')
      .pluck();
    this.unsent = db.prepare<[string], number>("SELECT value FROM counters WHERE name = 'unsent/' || ?").pluck();
  }

  answer(question: Question): unknown {
    if (question.type === 'depth') return this.depth(question.publisher);
    if (question.type === 'wanted') return this.letters.wanted();
    if (question.type === 'orphans') return question.paths.filter((path) => this.known.get(path, path) === undefined);
    // One flat array: cloning it to the main thread costs a fraction of what objects would.
    return this.page.all(question.publisher, question.after, question.before, question.limit).flat();
  }

  opened({ damaged, left, highWater }: Beside): OpenedState {
    const counters = new Map(this.db.prepare<[], [string, number]>('SELECT name, value FROM counters').raw().all());
    const stations = this.stations();
    return {
      stations,
      behind: highWater.behind(stations),
      alarms: this.alarms(),
      unsent: Object.fromEntries(
        [...counters].flatMap(([name, n]) => (name.startsWith('unsent/') ? [[name.slice('unsent/'.length), n]] : [])),
      ),
      newestOutboxId: this.db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM outbox').pluck().get() ?? 0,
      imageBytes: counters.get('image_bytes') ?? 0,
      accepted: acceptedIn(this.db),
      time: timeMarkIn(this.db, counters),
      left,
      damaged,
    };
  }

  private depth(publisher: string): OutboxDepth {
    return { unsent: this.unsent.get(publisher) ?? 0, oldestAt: this.oldest.get(publisher) ?? null };
  }

  private stations(): Readonly<Record<string, StationProgress>> {
    const rows = this.db
      .prepare<[], StationProgress & { station: string }>(
        `SELECT station, last_sequence AS lastSequence, last_part AS lastPart, last_counter AS lastCounter, memory AS saved FROM station_state`,
      )
      .all();
    return Object.fromEntries(rows.map(({ station, ...progress }) => [station, progress]));
  }

  private alarms(): readonly Alarm[] {
    return this.db
      .prepare<[], Omit<Alarm, 'active' | 'raised' | 'times'>>(
        'SELECT key, code, subject, since, text, next FROM alarms WHERE cleared IS NULL ORDER BY since',
      )
      .all()
      .map((alarm) => ({ ...alarm, active: true, raised: alarm.since, times: 1 }));
  }
}
