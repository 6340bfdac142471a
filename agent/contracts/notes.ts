/** Notes: what people write. */

/** What somebody wrote, or a machine said, of a part, a station or an alarm. Names of people have been taken out of the text. */
export interface WrittenNote {
  /** Made by whoever writes, so that a repeat is the same note. */
  readonly id: string;
  readonly at: number;
  /** A code that is the same for the same person of this site; null where nobody is known. */
  readonly who: string | null;
  readonly source: 'page' | 'cli' | 'mqtt' | 'tag';
  readonly station: string | null;
  readonly part: string | null;
  /** The code of an alarm. */
  readonly alarm: string | null;
  readonly text: string;
}

/** Newest first; what is absent is not asked for. */
export interface NotesWish {
  readonly station?: string | undefined;
  readonly part?: string | undefined;
  readonly alarm?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
}
