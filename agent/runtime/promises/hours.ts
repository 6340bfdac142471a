/**
 * Hours of a station of which somebody says that all of them were good production: what was refused in them was refused wrongly. Kept in a small file
 * of the store's folder over restarts; bounded. The agent and a command of this box write it by turns, and each reads it before it does.
 */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { GoodHours } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { type Clock, Days, type Milliseconds } from '../../time.ts';

/** Of all stations. */
const MOST = 500;
/** Nobody can say of more at once that nothing was wrong. */
const LONGEST = Days(7);
/** Bytes. */
const LARGEST = 1e6;
/** Whoever writes is done in milliseconds, on a slow disk in some hundred: what is there longer was left by one that was ended meanwhile. */
const LOOK_AGAIN: Milliseconds = 50;
const LOOKS = 100;

/** In the folder of the store. */
export const HOURS_FILE = 'good-hours.json';

const FileSchema = Type.Object({
  hours: Type.Array(
    Type.Object({
      id: Type.String(),
      station: Type.String(),
      from: Type.Number(),
      to: Type.Number(),
      who: Type.String(),
      at: Type.Number(),
    }),
    { maxItems: MOST },
  ),
});

export interface HoursBookOptions {
  /** Absolute. */
  readonly file: string;
  readonly clock: Clock;
}

export class HoursBook {
  private readonly options: HoursBookOptions;
  private hours: readonly GoodHours[] = [];
  /** Of the file that they were read from. */
  private known = '';
  /** One change after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: HoursBookOptions) {
    this.options = options;
  }

  /** A file that cannot be read is none. */
  async open(): Promise<void> {
    await this.read();
  }

  /** What somebody has said beside this process. True: it is otherwise than it was. */
  refresh(): Promise<boolean> {
    return this.inTurn(async () => (await stampOf(this.options.file)) !== this.known && this.read());
  }

  /** The newest first. */
  get all(): readonly GoodHours[] {
    return [...this.hours].sort((a, b) => b.from - a.from);
  }

  of(station: string): readonly GoodHours[] {
    return this.all.filter((one) => one.station === station);
  }

  /** The same again is done already. Rejects with COMMAND_REFUSED, or HOURS_UNKEPT where the disk does not take it: then nothing is confirmed. */
  confirm(hours: Omit<GoodHours, 'at'>): Promise<void> {
    return this.change(() => {
      if (this.hours.some(({ id }) => id === hours.id)) return this.hours;
      const why = this.doubtOf(hours);
      if (why !== null) throw new LinesideError('COMMAND_REFUSED', { verb: 'good hours', why });
      return [...this.hours, { ...hours, at: this.options.clock.now() }];
    });
  }

  /** Rejects with WEB_UNKNOWN or HOURS_UNKEPT. */
  takeBack(id: string): Promise<void> {
    return this.change(() => {
      const rest = this.hours.filter((one) => one.id !== id);
      if (rest.length === this.hours.length) throw new LinesideError('WEB_UNKNOWN', { what: `confirmation of hours ${id}` });
      return rest;
    });
  }

  private doubtOf({ station, from, to }: Omit<GoodHours, 'at'>): string | null {
    if (from >= to) return 'they end before they begin';
    if (to > this.options.clock.now()) return 'they have not ended yet';
    if (to - from > LONGEST) return 'they are longer than seven days: say it of less';
    if (this.hours.length >= MOST) return `${MOST} are confirmed already: take back old ones`;
    const overlaps = this.hours.some((one) => one.station === station && one.from < to && from < one.to);
    return overlaps ? 'they overlap others that are confirmed' : null;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  /** Of what stands in the file now, and nobody else changes it meanwhile. */
  private change(next: () => readonly GoodHours[]): Promise<void> {
    return this.inTurn(async () => {
      const draft = await this.draft().catch(unkept);
      try {
        if ((await stampOf(this.options.file)) !== this.known) await this.read();
        await this.keep(next(), draft);
      } catch (thrown) {
        // A piece of it would take what room comes free, and everybody's turn.
        await rm(this.draftFile, { force: true }).catch(() => {});
        throw thrown;
      } finally {
        await draft.close();
      }
    });
  }

  private get draftFile(): string {
    return `${this.options.file}.new`;
  }

  /** Whoever has made it has the turn. */
  private async draft(): Promise<FileHandle> {
    const { file, clock } = this.options;
    await mkdir(dirname(file), { recursive: true });
    let [held, looks] = ['', 0];
    for (;;) {
      try {
        return await open(this.draftFile, 'wx', 0o600);
      } catch (thrown) {
        if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
      }
      const by = await stampOf(this.draftFile);
      looks = by === held ? looks + 1 : 0;
      held = by;
      if (looks > LOOKS) await rm(this.draftFile, { force: true });
      else await clock.sleep(LOOK_AGAIN);
    }
  }

  /** Gives the turn on: the draft becomes the file. */
  private async keep(hours: readonly GoodHours[], draft: FileHandle): Promise<void> {
    const { file } = this.options;
    try {
      await draft.writeFile(JSON.stringify({ hours }));
      // Written as root beside an agent that is not: it is the agent's all the same.
      const { uid, gid } = await stat(dirname(file));
      await draft.chown(uid, gid).catch(() => {});
      await draft.sync();
      this.known = stampIn(await draft.stat({ bigint: true }));
      await rename(this.draftFile, file);
    } catch (thrown) {
      unkept(thrown);
    }
    this.hours = hours;
  }

  /** True: it says something else than what was known. A file that was torn says nothing. */
  private async read(): Promise<boolean> {
    const { file } = this.options;
    const before = this.hours;
    // Before its content: what is written meanwhile is another stamp, and is read the next time.
    this.known = await stampOf(file);
    try {
      const { size } = await stat(file);
      const value: unknown = size > LARGEST ? null : JSON.parse(await readFile(file, 'utf8'));
      this.hours = Value.Check(FileSchema, value) ? value.hours : [];
    } catch (thrown) {
      // Where it is there and could not be read now, what was read before stands.
      if (thrown instanceof SyntaxError || this.known === '') this.hours = [];
    }
    return !isDeepStrictEqual(before, this.hours);
  }
}

/** Of a file that is replaced whole: another one is another stamp. Empty: there is none. */
async function stampOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  return found ? stampIn(found) : '';
}
const stampIn = ({ ino, mtimeNs, size }: BigIntStats): string => `${ino} ${mtimeNs} ${size}`;

/** Without the path behind the comma, which is nobody's business on a page. */
function unkept(thrown: unknown): never {
  throw new LinesideError('HOURS_UNKEPT', { why: messageOf(thrown).split(',')[0] ?? '' }, { cause: thrown });
}
