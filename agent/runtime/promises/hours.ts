/**
 * Hours of a station of which somebody says that all of them were good production: what was refused in them was refused wrongly. Kept in a small file
 * of the store's folder over restarts; bounded. The agent and a command of this box write it by turns, and each reads it before it does.
 */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { GoodHours } from '../../contracts/index.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
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
  /** What belongs to the user of the agent: the file is to be his, whoever writes it. Absent: he writes it himself. */
  readonly owner?: string;
  /** What nobody has asked for, each once: HOURS_TORN, and HOURS_UNKEPT of a refresh. */
  readonly tell: (trouble: LinesideError) => void;
}

export class HoursBook {
  private readonly options: HoursBookOptions;
  private hours: readonly GoodHours[] = [];
  /** Of the file that they were read from; empty: there was none. Null: it could not be read, and is read again, whatever it looks like. */
  private known: string | null = '';
  /** Why it could not: what is in it is not known, which is not nothing. */
  private unread: LinesideError | null = null;
  private told = '';
  /** A torn file is put aside and nobody has taken it away. */
  private torn = false;
  /** One change after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: HoursBookOptions) {
    this.options = options;
  }

  /** Rejects with HOURS_UNKEPT where there is a file that cannot be read. */
  async open(): Promise<void> {
    await this.inTurn(() => this.look(null));
  }

  /** What somebody has said beside this process. True: it is otherwise than it was. Where it cannot be read that is told, and what was read before stands. */
  async refresh(): Promise<boolean> {
    try {
      const isOther = await this.inTurn(() => this.look(null));
      this.torn = (await foundAt(this.aside)) !== null;
      return isOther;
    } catch (thrown) {
      const trouble = asLinesideError(thrown);
      if (trouble.message !== this.told) this.options.tell(trouble);
      this.told = trouble.message;
      return false;
    }
  }

  /** What stood in the way of hours that were said, at the last refresh. */
  get troubles(): readonly LinesideError[] {
    return [...(this.unread ? [this.unread] : []), ...(this.torn ? [new LinesideError('HOURS_TORN', { file: basename(this.aside) })] : [])];
  }

  /** The newest first. Throws HOURS_UNKEPT where they could not be read. */
  get all(): readonly GoodHours[] {
    if (this.unread) throw this.unread;
    return newestFirst(this.hours);
  }

  /** As far as they could be read. */
  of(station: string): readonly GoodHours[] {
    return newestFirst(this.hours).filter((one) => one.station === station);
  }

  /** The same again is done already. Rejects with COMMAND_REFUSED, or HOURS_UNKEPT where they cannot be read or written: then nothing is confirmed. */
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
    return this.inTurn(() =>
      this.alone(async (draft) => {
        await this.look(draft);
        await this.keep(next(), draft);
      }),
    );
  }

  private async alone<T>(work: (draft: FileHandle) => Promise<T>): Promise<T> {
    const draft = await this.draft().catch(unkept);
    try {
      return await work(draft);
    } finally {
      // A piece of it would take what room comes free, and everybody's turn. One that is another's by now stays.
      if (await this.isHeld(draft).catch(() => false)) await rm(this.draftFile, { force: true }).catch(() => {});
      await draft.close();
    }
  }

  private get aside(): string {
    return `${this.options.file}.torn`;
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

  /** Nobody has taken the turn meanwhile. */
  private async isHeld(draft: FileHandle): Promise<boolean> {
    const { dev, ino } = await draft.stat({ bigint: true });
    const there = await foundAt(this.draftFile);
    return there !== null && there.ino === ino && there.dev === dev;
  }

  /** Gives the turn on: the draft becomes the file. */
  private async keep(hours: readonly GoodHours[], draft: FileHandle): Promise<void> {
    try {
      await draft.writeFile(JSON.stringify({ hours }));
      await this.giveToOwner(draft);
      await draft.sync();
      const stamp = stampIn(await draft.stat({ bigint: true }));
      // After a slow disk or a suspend another one may have held it for left behind: what lies there now is his, and he has read without this.
      if (!(await this.isHeld(draft))) refuse('writing took so long that another process has had its turn');
      await rename(this.draftFile, this.options.file);
      this.known = stamp;
    } catch (thrown) {
      unkept(thrown);
    }
    this.hours = hours;
  }

  /** Written as root beside an agent that is not: it is the agent's all the same. Written as anybody else it would count nowhere. */
  private async giveToOwner(draft: FileHandle): Promise<void> {
    if (this.options.owner === undefined) return;
    const { uid, gid } = await stat(this.options.owner);
    const own = await draft.stat();
    await draft.chown(uid, gid).catch((thrown: unknown) => {
      if (own.uid === uid) return;
      const why = `written as user ${own.uid} the agent, which is user ${uid}, could not read them`;
      throw new LinesideError('HOURS_UNKEPT', { why }, { cause: thrown });
    });
  }

  /** What stands in the file now; `draft`: of whoever has the turn. True: it says something else than what was known. Rejects with HOURS_UNKEPT. */
  private async look(draft: FileHandle | null): Promise<boolean> {
    const { file } = this.options;
    const before = this.hours;
    try {
      // Before its content: what is written meanwhile is another stamp, and is read the next time.
      const stamp = await stampOf(file);
      if (stamp === this.known) return false;
      const found = await hoursIn(file);
      // Only within the turn: outside of it another one may just put a whole one there.
      if (found === 'torn' && draft === null) return await this.alone((held) => this.look(held));
      if (found === 'torn') await this.putAside();
      this.hours = found === 'torn' ? [] : found;
      this.known = found === 'torn' ? '' : stamp;
      this.unread = null;
      this.told = '';
    } catch (thrown) {
      this.known = null;
      this.unread = asUnkept(thrown);
      throw this.unread;
    }
    return !isDeepStrictEqual(before, this.hours);
  }

  /** Never over another one: what was said is in there. */
  private async putAside(): Promise<void> {
    const { aside, options } = this;
    const { file } = options;
    if (await foundAt(aside)) refuse(`${basename(file)} is torn, and so was one before it, which is kept as ${basename(aside)}`);
    await rename(file, aside);
    options.tell(new LinesideError('HOURS_TORN', { file: basename(aside) }));
  }
}

const newestFirst = (hours: readonly GoodHours[]): readonly GoodHours[] => [...hours].sort((a, b) => b.from - a.from);

const isMissing = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';

/** None only where there is no file; throws what the disk says otherwise. */
async function hoursIn(file: string): Promise<readonly GoodHours[] | 'torn'> {
  const found = await foundAt(file);
  if (!found) return [];
  if (found.size > LARGEST) refuse(`${basename(file)} is larger than it is ever written`);
  const value = parsed(await readFile(file, 'utf8'));
  if (value === undefined) return 'torn';
  return Value.Check(FileSchema, value) ? value.hours : refuse(`${basename(file)} holds something else than good hours`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const foundAt = (file: string): Promise<BigIntStats | null> =>
  stat(file, { bigint: true }).catch((thrown: unknown) => {
    if (isMissing(thrown)) return null;
    throw thrown;
  });

/** Of a file that is replaced whole: another one is another stamp. Empty: there is none. */
async function stampOf(file: string): Promise<string> {
  const found = await foundAt(file);
  return found ? stampIn(found) : '';
}
const stampIn = ({ ino, mtimeNs, size }: BigIntStats): string => `${ino} ${mtimeNs} ${size}`;

function refuse(why: string): never {
  throw new LinesideError('HOURS_UNKEPT', { why });
}

/** Without the path behind the comma, which is nobody's business on a page. */
const asUnkept = (thrown: unknown): LinesideError =>
  thrown instanceof LinesideError
    ? thrown
    : new LinesideError('HOURS_UNKEPT', { why: messageOf(thrown).split(',')[0] ?? '' }, { cause: thrown });

function unkept(thrown: unknown): never {
  throw asUnkept(thrown);
}
