/**
 * What the charts of a station know, over restarts and kills: one small file for each recipe, written whole beside its place and moved there. Each says up to
 * which part it knows; parts since then are in the journal, so that none is forgotten and none is counted twice.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { MOST_RECIPES, type SavedRecipe } from '../../decisions/spc/live/station.ts';
import { messageOf } from '../../errors.ts';

export interface KeptRecipe extends SavedRecipe {
  /** Sequence of the newest part of the station that is in it. */
  readonly through: number;
}

/** Bytes; twenty charts of subgroups are some megabytes. */
const LARGEST = 32e6;

const Numbers = (most: number) => Type.Array(Type.Number(), { maxItems: most });
const Place = Type.Object({ sequence: Type.Number(), at: Type.Number() });
const OrNull = <T extends ReturnType<typeof Type.Object>>(of: T) => Type.Union([of, Type.Null()]);
const SavedSchema = Type.Object({
  identity: Type.String(),
  options: Type.String(),
  counted: Type.Integer({ minimum: 0 }),
  total: Type.Integer({ minimum: 0 }),
  left_out: Type.Integer({ minimum: 0 }),
  rows: Type.Array(Numbers(64), { maxItems: 2000 }),
  pending: Numbers(100_000),
  pending_place: OrNull(Place),
  closed: OrNull(Type.Object({ at: Type.Number(), who: Type.String() })),
  baseline: OrNull(
    Type.Object({
      center: Type.Optional(Type.Number()),
      sigma: Type.Optional(Type.Number()),
      rate: Type.Optional(Type.Number()),
      size: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
      samples: Type.Number(),
      means: Type.Optional(Numbers(16)),
      precision: Type.Optional(Type.Array(Numbers(16), { maxItems: 16 })),
    }),
  ),
  memories: Type.Array(Numbers(8), { maxItems: 4 }),
  zones: Numbers(32),
  fact: Type.Object({ out: Type.Boolean(), rule: Type.String() }),
  signal: OrNull(Type.Object({ rule: Type.String(), since: Place, points: Type.Number(), likely: OrNull(Place), from: OrNull(Place) })),
  quiet: Type.Integer({ minimum: 0 }),
});
const FileSchema = Type.Object({
  recipe: Type.String(),
  through: Type.Integer({ minimum: 0 }),
  charts: Type.Record(Type.String(), SavedSchema),
});

const MARK = 'mark.json';
const MarkSchema = Type.Object({ through: Type.Integer({ minimum: 0 }), recipes: Type.Array(Type.String(), { maxItems: MOST_RECIPES }) });

export class ChartShelf {
  private readonly folder: string;
  /** One file after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  /** `folder`: of the station's charts, absolute. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The one that was made longest ago first; null: nothing was ever kept. `torn`: what could not be read is put aside under that name. Rejects where the disk
   * cannot be read.
   */
  async read(): Promise<{ readonly kept: readonly KeptRecipe[]; readonly mark: number; readonly torn: string | null } | null> {
    const names = (await readdir(this.folder).catch(nothingWhereMissing))
      .filter((name) => name.endsWith('.json'))
      .slice(0, 4 * MOST_RECIPES);
    if (names.length === 0) return null;
    const found = await Promise.all(names.filter((name) => name !== MARK).map(async (name) => ({ name, kept: await this.file(name) })));
    for (const { name, kept } of found) if (!kept) await rename(join(this.folder, name), join(this.folder, `${name}.torn`));
    const sound = found.flatMap(({ kept }) => kept ?? []);
    const { through, recipes } = await this.marked(Math.min(...sound.map((one) => one.through)));
    const order = (one: KeptRecipe) => recipes.indexOf(one.recipe);
    return { kept: sound.sort((a, b) => order(a) - order(b)).slice(-MOST_RECIPES), mark: through, torn: await this.torn() };
  }

  /** One that nobody has taken away yet. */
  async torn(): Promise<string | null> {
    return (await readdir(this.folder).catch(nothingWhereMissing)).find((name) => name.endsWith('.torn')) ?? null;
  }

  /** After a power cut there is this or what was there before. Rejects where the disk does not take it. */
  write(kept: KeptRecipe): Promise<void> {
    return this.put(fileOf(kept.recipe), { recipe: kept.recipe, through: kept.through, charts: kept.charts });
  }

  /** All parts up to this one are in the files. `recipes`: that have a place, the one that was made longest ago first; files of others go. */
  async mark(through: number, recipes: readonly string[]): Promise<void> {
    await this.put(MARK, { through, recipes });
    const placed = new Set([MARK, ...recipes.map(fileOf)]);
    for (const name of await readdir(this.folder))
      if (name.endsWith('.json') && !placed.has(name)) await rm(join(this.folder, name), { force: true });
  }

  private put(name: string, value: object): Promise<void> {
    const file = join(this.folder, name);
    const done = this.turn.then(async () => {
      await mkdir(this.folder, { recursive: true });
      const handle = await open(`${file}.new`, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(value));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.new`, file);
    });
    this.turn = done.catch(() => {});
    return done;
  }

  /** Where it is not there, everything since the file that is behind most. */
  private async marked(least: number): Promise<{ readonly through: number; readonly recipes: readonly string[] }> {
    try {
      const value: unknown = JSON.parse(await readFile(join(this.folder, MARK), 'utf8'));
      if (Value.Check(MarkSchema, value)) return value;
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError) && !isMissing(thrown)) throw thrown;
    }
    return { through: Number.isFinite(least) ? least : 0, recipes: [] };
  }

  private async file(name: string): Promise<KeptRecipe | null> {
    const path = join(this.folder, name);
    if ((await stat(path)).size > LARGEST) return null;
    try {
      const value: unknown = JSON.parse(await readFile(path, 'utf8'));
      return Value.Check(FileSchema, value) ? (value as unknown as KeptRecipe) : null;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return null;
      throw thrown;
    }
  }
}

/** A recipe is any text out of a PLC. */
const fileOf = (recipe: string): string => `${createHash('sha256').update(recipe).digest('hex').slice(0, 24)}.json`;

const isMissing = (thrown: unknown): boolean => /ENOENT/.test(messageOf(thrown));

function nothingWhereMissing(thrown: unknown): readonly string[] {
  if (isMissing(thrown)) return [];
  throw thrown;
}
