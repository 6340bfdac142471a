/**
 * A lesson on the disk: its state, its pictures, what was learned. All of it in one folder, which is gone when the lesson is. What writes
 * rejects with LESSON_UNKEPT where the disk is full or broken.
 */
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Region } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import type { Learned, LearnedMachine, LessonBytes, LessonPhase, LessonPicture, StoredPart, Stretch } from '../web/teaching-port.ts';

/** A picture as it is kept. */
export interface LessonShot extends Omit<LessonPicture, 'pointed'> {
  readonly type: LessonBytes['type'];
  readonly bytes: number;
  /** Where its heat map is highest: that place of the map, in pixels of the picture; null: nothing is learned yet. */
  readonly peak: Region | null;
}

export interface Lesson {
  readonly id: string;
  readonly station: string;
  readonly model: string;
  readonly of: 'part' | 'machine';
  readonly package: string;
  readonly by: string;
  readonly since: number;
  readonly wanted: number;
  readonly reject: number;
  /** Pictures of it count, and this part of each; null: whole pictures. */
  readonly camera: string;
  readonly region: Region | null;
  /** It looks closer at them, for small faults. Absent in lessons of before. */
  readonly closer?: boolean;
  /** The part moves: it is looked for around the region. Absent in lessons of before. */
  readonly registered?: boolean;
  /** Part of each picture that the package takes, as it was learned: where the part moves more than the region. Absent: the region. */
  readonly area?: Region | null;
  readonly phase: LessonPhase;
  readonly pictures: readonly LessonShot[];
  readonly learned: Learned | null;
  readonly stretches: readonly Stretch[];
  readonly machine: LearnedMachine | null;
  readonly stored: number | null;
  /** Why stored parts were not looked at. */
  readonly stored_fault: { readonly text: string; readonly next: string } | null;
  readonly fault: { readonly text: string; readonly next: string } | null;
}

/** Whose heat maps: of the lesson's own pictures, by their ids; of stored parts, by their inspections. */
type MaskOf = 'heat' | 'stored';
/** Names that lead nowhere else. */
const PLAIN = /^[\w-]{1,64}$/;
const EXTENSIONS = { 'image/jpeg': 'jpg', 'image/png': 'png' } as const;

export class LessonShelf {
  private readonly folder: string;
  /** One after the other: what is written before all of it is cleared is cleared too. */
  private turn: Promise<unknown> = Promise.resolve();

  /** `folder`: absolute; made when the first lesson begins. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where a package is written that nobody uses yet. */
  draft(name: string): string {
    return join(this.folder, 'draft', name);
  }

  picturePath({ id, type }: Pick<Lesson['pictures'][number], 'id' | 'type'>): string {
    return join(this.folder, 'pictures', `${id}.${EXTENSIONS[type]}`);
  }

  /** Null: there is none, or none that can be read: then it is as if it had never been. */
  async read(): Promise<Lesson | null> {
    try {
      const written = JSON.parse(await readFile(join(this.folder, 'lesson.json'), 'utf8')) as Lesson;
      const { learned, stored_fault } = written;
      // As an agent before this one has written it.
      const lesson: Lesson = {
        ...written,
        pictures: written.pictures.map((one) => ({ ...one, boxes: one.boxes ?? [], peak: one.peak ?? null })),
        learned: learned && {
          ...learned,
          marked: learned.marked ?? 0,
          closer: learned.closer ?? null,
          registered: learned.registered ?? null,
        },
        stored_fault: stored_fault ?? null,
      };
      return Array.isArray(lesson.pictures) && Array.isArray(lesson.stretches) && typeof lesson.phase === 'string' ? lesson : null;
    } catch {
      return null;
    }
  }

  /** After a power cut there is this state or the one before. */
  write(lesson: Lesson): Promise<void> {
    return this.inTurn(async () => {
      await mkdir(join(this.folder, 'pictures'), { recursive: true });
      const draft = join(this.folder, 'lesson.json.new');
      const handle = await open(draft, 'w');
      try {
        await handle.writeFile(JSON.stringify(lesson));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, join(this.folder, 'lesson.json'));
    });
  }

  keep(picture: Pick<Lesson['pictures'][number], 'id' | 'type'>, bytes: Uint8Array): Promise<void> {
    return kept(async () => {
      await mkdir(join(this.folder, 'pictures'), { recursive: true });
      await writeFile(this.picturePath(picture), bytes).catch(async (thrown: unknown) => {
        // A disk that is full would have a piece of every part that passes.
        await this.drop(picture);
        throw thrown;
      });
    });
  }

  /** One that is in no lesson. */
  async drop(picture: Pick<Lesson['pictures'][number], 'id' | 'type'>): Promise<void> {
    await rm(this.picturePath(picture), { force: true }).catch(() => {});
  }

  bytesOf(picture: Pick<Lesson['pictures'][number], 'id' | 'type'>): Promise<Uint8Array | null> {
    return readFile(this.picturePath(picture)).catch(() => null);
  }

  /** Heat maps by name: of pictures of the lesson, and of stored parts. */
  keepMasks(of: MaskOf, masks: Readonly<Record<string, string>>): Promise<void> {
    return this.inTurn(async () => {
      const folder = join(this.folder, of);
      await mkdir(folder, { recursive: true });
      for (const [name, png] of Object.entries(masks)) if (PLAIN.test(name)) await writeFile(join(folder, `${name}.png`), png, 'base64');
    });
  }

  async maskOf(of: MaskOf, name: string): Promise<Uint8Array | null> {
    return PLAIN.test(name) ? readFile(join(this.folder, of, `${name}.png`)).catch(() => null) : null;
  }

  dropMasks(of: MaskOf, names: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      for (const name of names) if (PLAIN.test(name)) await rm(join(this.folder, of, `${name}.png`), { force: true });
    });
  }

  /** What of another network was learned from other pictures is nothing any more. */
  clearMasks(of: MaskOf): Promise<void> {
    return this.inTurn(() => rm(join(this.folder, of), { recursive: true, force: true }));
  }

  keepStored(parts: readonly StoredPart[]): Promise<void> {
    return this.inTurn(async () => {
      await mkdir(this.folder, { recursive: true });
      await writeFile(join(this.folder, 'stored.json'), JSON.stringify(parts));
    });
  }

  async stored(): Promise<readonly StoredPart[]> {
    const text = await readFile(join(this.folder, 'stored.json'), 'utf8').catch(() => '[]');
    return JSON.parse(text) as readonly StoredPart[];
  }

  /** Nothing of it is left. */
  clear(): Promise<void> {
    return this.inTurn(() => rm(this.folder, { recursive: true, force: true }));
  }

  /** All that was begun is on the disk, or refused. */
  async settled(): Promise<void> {
    await this.turn;
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(() => kept(work));
    this.turn = done.catch(() => {});
    return done;
  }
}

async function kept(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    // Without the path behind the comma, which is nobody's business on a page.
    throw new LinesideError('LESSON_UNKEPT', { why: messageOf(thrown).split(',')[0] ?? '' }, { cause: thrown });
  }
}
