/**
 * Hours of a station of which somebody says that all of them were good production: what was refused in them was refused wrongly. Kept in a small file
 * of the store's folder over restarts; bounded.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { GoodHours } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { type Clock, Days } from '../../time.ts';

/** Of all stations. */
const MOST = 500;
/** Nobody can say of more at once that nothing was wrong. */
const LONGEST = Days(7);
/** Bytes. */
const LARGEST = 1e6;

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
  /** One change after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: HoursBookOptions) {
    this.options = options;
  }

  /** A file that cannot be read is none. */
  async open(): Promise<void> {
    try {
      const { size } = await stat(this.options.file);
      const value: unknown = size > LARGEST ? null : JSON.parse(await readFile(this.options.file, 'utf8'));
      if (Value.Check(FileSchema, value)) this.hours = value.hours;
    } catch {
      // There is none yet, or it was torn.
    }
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
    return this.inTurn(async () => {
      if (this.hours.some(({ id }) => id === hours.id)) return;
      const why = this.doubtOf(hours);
      if (why !== null) throw new LinesideError('COMMAND_REFUSED', { verb: 'good hours', why });
      await this.keep([...this.hours, { ...hours, at: this.options.clock.now() }]);
    });
  }

  /** Rejects with WEB_UNKNOWN or HOURS_UNKEPT. */
  takeBack(id: string): Promise<void> {
    return this.inTurn(async () => {
      const rest = this.hours.filter((one) => one.id !== id);
      if (rest.length === this.hours.length) throw new LinesideError('WEB_UNKNOWN', { what: `hours ${id}` });
      await this.keep(rest);
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

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  private async keep(hours: readonly GoodHours[]): Promise<void> {
    const { file } = this.options;
    try {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(`${file}.new`, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify({ hours }));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.new`, file);
    } catch (thrown) {
      // A piece of it would take what room comes free.
      await rm(`${file}.new`, { force: true }).catch(() => {});
      // Without the path behind the comma, which is nobody's business on a page.
      throw new LinesideError('HOURS_UNKEPT', { why: messageOf(thrown).split(',')[0] ?? '' }, { cause: thrown });
    }
    this.hours = hours;
  }
}
