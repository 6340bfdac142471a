/** A lesson on the disk: its state, its pictures, what was learned. All of it in one folder, which is gone when the lesson is. */
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Region } from '../contracts/index.ts';
import type { Learned, LessonBytes, LessonPhase, LessonPicture } from '../web/teaching-port.ts';

export interface Lesson {
  readonly id: string;
  readonly station: string;
  readonly model: string;
  readonly package: string;
  readonly by: string;
  readonly since: number;
  readonly wanted: number;
  readonly reject: number;
  /** Pictures of it count, and this part of each; null: whole pictures. */
  readonly camera: string;
  readonly region: Region | null;
  readonly phase: LessonPhase;
  readonly pictures: readonly (LessonPicture & { readonly type: LessonBytes['type']; readonly bytes: number })[];
  readonly learned: Learned | null;
  readonly fault: { readonly text: string; readonly next: string } | null;
}

const EXTENSIONS = { 'image/jpeg': 'jpg', 'image/png': 'png' } as const;

export class LessonShelf {
  private readonly folder: string;
  /** One state after the other. */
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
      const lesson = JSON.parse(await readFile(join(this.folder, 'lesson.json'), 'utf8')) as Lesson;
      return Array.isArray(lesson.pictures) && typeof lesson.phase === 'string' ? lesson : null;
    } catch {
      return null;
    }
  }

  /** After a power cut there is this state or the one before. */
  write(lesson: Lesson): Promise<void> {
    const done = this.turn.then(async () => {
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
    this.turn = done.catch(() => {});
    return done;
  }

  async keep(picture: Pick<Lesson['pictures'][number], 'id' | 'type'>, bytes: Uint8Array): Promise<void> {
    await mkdir(join(this.folder, 'pictures'), { recursive: true });
    await writeFile(this.picturePath(picture), bytes);
  }

  bytesOf(picture: Pick<Lesson['pictures'][number], 'id' | 'type'>): Promise<Uint8Array | null> {
    return readFile(this.picturePath(picture)).catch(() => null);
  }

  /** Nothing of it is left. */
  clear(): Promise<void> {
    const done = this.turn.then(() => rm(this.folder, { recursive: true, force: true }));
    this.turn = done.catch(() => {});
    return done;
  }
}
