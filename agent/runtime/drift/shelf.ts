/** What the watch knows, over a restart: a part's scores are told from those of weeks ago, and a restart must not begin anew. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MOST_TAGS, PICTURE_LOOK } from '../../contracts/index.ts';
import { FIRST_LOOKS, WINDOW } from './feature.ts';
import type { SavedSeries } from './series.ts';
import { BLOCKS } from './wander.ts';

export class DriftShelf {
  private readonly file: string;
  /** One state after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  /** `file`: absolute. */
  constructor(file: string) {
    this.file = file;
  }

  /** Empty where there is none, or none that can be read: then every series begins anew. */
  async read(): Promise<readonly SavedSeries[]> {
    try {
      const { series } = JSON.parse(await readFile(this.file, 'utf8')) as { readonly series: unknown };
      return Array.isArray(series) ? series.filter(isSeries) : [];
    } catch {
      return [];
    }
  }

  /** After a power cut there is this state or the one before. Each is taken as the one before is written. Rejects where the disk does not take it. */
  write(series: Iterable<SavedSeries>): Promise<void> {
    const done = this.turn.then(async () => {
      await mkdir(dirname(this.file), { recursive: true });
      const handle = await open(`${this.file}.new`, 'w', 0o600);
      try {
        // Piece by piece: with many recipes and tags it is some megabytes, and the main thread is for other work as well.
        let before = '{"series":[';
        for (const one of series) {
          await handle.write(`${before}${JSON.stringify(one)}\n`);
          before = ',';
        }
        await handle.write(before === ',' ? ']}' : `${before}]}`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${this.file}.new`, this.file);
    });
    this.turn = done.catch(() => {});
    return done;
  }
}

/** As it was written: a file that somebody has changed by hand is as none. */
function isSeries(value: unknown): value is SavedSeries {
  if (typeof value !== 'object' || value === null) return false;
  const { station, recipe, model, sha256, reference, recent, since, judged, of, worth, drifted, looks, view, own, last } = value as Record<
    string,
    unknown
  >;
  const texts = [station, recipe, model, sha256].every((text) => typeof text === 'string');
  const numbers = [reference, recent].every((list) => Array.isArray(list) && list.length <= 10_000 && list.every(Number.isFinite));
  const counts = [since, judged, worth ?? 1, drifted ?? 0, last ?? 0].every(Number.isFinite);
  const seen = (looks === undefined || isLooks(looks)) && (view === undefined || typeof view === 'string');
  const isKnown = own === undefined || own === true;
  return texts && numbers && counts && seen && isKnown && (of === 'taught' || of === 'line');
}

function isLooks(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { of, tags, judged, features } = value as Record<string, unknown>;
  const isKnown = of === 'picture' || of === 'tags';
  const named = Array.isArray(tags) && tags.length <= MOST_TAGS && tags.every((tag) => typeof tag === 'string');
  const most = Math.max(PICTURE_LOOK.length, 2 * MOST_TAGS);
  return isKnown && named && Number.isFinite(judged) && Array.isArray(features) && features.length <= most && features.every(isFeature);
}

function isFeature(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { first, worth, moved, recent, wander } = value as Record<string, unknown>;
  const numbers = areNumbers(first, FIRST_LOOKS) && (recent === undefined || areNumbers(recent, WINDOW));
  const isKnown = (wander === undefined || isWander(wander)) && (moved === null || isMoved(moved));
  return numbers && isKnown && Number.isFinite(worth ?? 0);
}

function isWander(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { means, variances } = value as Record<string, unknown>;
  return areNumbers(means, BLOCKS) && areNumbers(variances, BLOCKS);
}

const areNumbers = (value: unknown, most: number): boolean => Array.isArray(value) && value.length <= most && value.every(Number.isFinite);

function isMoved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { since, parts, worth, now, before } = value as Record<string, unknown>;
  return [since, parts, worth ?? 1, now, before].every(Number.isFinite);
}
