/** What people write about a part, a station or an alarm: checked, names taken out, and only then stored. */
import { v7 as uuid } from 'uuid';
import type { Journal, WrittenNote } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { maskPeople } from '../language/people.ts';
import { cleaned } from '../language/shown.ts';
import type { Clock } from '../time.ts';

export interface NoteWish {
  readonly text: string;
  /** Default: a new one. */
  readonly id?: string | undefined;
  readonly station?: string | undefined;
  readonly part?: string | undefined;
  readonly alarm?: string | undefined;
}

export interface NoteRules {
  /** Of people, as the config lists them. */
  readonly names: readonly string[];
  readonly code: (id: string) => string;
}

/** Of one note. A longer one is refused before anything looks at it. */
export const LONGEST_NOTE = 2000;

/** Throws NOTE_UNFIT. `who`: a name, of which the code alone is kept. */
export function noteOf(wish: NoteWish, source: WrittenNote['source'], who: string | null, at: number, rules: NoteRules): WrittenNote {
  const { text, id = uuid(), station = null, part = null, alarm = null } = wish;
  if (text.length > LONGEST_NOTE)
    throw new LinesideError('NOTE_UNFIT', { why: `it has ${text.length} characters; ${LONGEST_NOTE} are kept at most` });
  const masked = maskPeople(cleaned(text), rules);
  if (masked === '') throw new LinesideError('NOTE_UNFIT', { why: 'there is nothing in it' });
  return { id, at, who: who === null || who === '' ? null : rules.code(who), source, station, part, alarm, text: masked };
}

export interface NoteBookOptions {
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'append'>;
  readonly rules: () => NoteRules;
  readonly isStation: (name: string) => boolean;
}

export class NoteBook {
  private readonly options: NoteBookOptions;

  constructor(options: NoteBookOptions) {
    this.options = options;
  }

  /** Resolves when it is on the disk. Rejects with NOTE_UNFIT, or as the journal does. */
  async take(wish: NoteWish, source: WrittenNote['source'], who: string | null): Promise<WrittenNote> {
    const { clock, journal, rules, isStation } = this.options;
    if (wish.station !== undefined && !isStation(wish.station))
      throw new LinesideError('NOTE_UNFIT', { why: `there is no station ${wish.station.slice(0, 80)}` });
    const note = noteOf(wish, source, who, clock.now(), rules());
    await journal.append({ notes: [note] });
    return note;
  }
}
