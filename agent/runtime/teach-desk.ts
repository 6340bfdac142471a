/**
 * Teaching on the box: one lesson at a time, from live parts or stored ones, learned in a process of its own with the least urgency. Its state
 * is on the disk with every step, so that it can be left and taken up; what was learning when the agent ended learns again at its start.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import type { BroughtChoice } from '../config/model.ts';
import type { DifferingPart, Frame, Inspection, Log, Mark, Region, ShadowCounters } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import { Sandbox } from '../platform/sandbox.ts';
import { LAST } from '../platform/yielding.ts';
import { type Clock, type Milliseconds, Minutes } from '../time.ts';
import type {
  LessonBytes,
  LessonView,
  LessonWish,
  LiveLook,
  LookedAtPart,
  Said,
  StoredPart,
  StoredPicture,
  Stretch,
  TeachingPort,
} from '../web/teaching-port.ts';
import { type Lesson, LessonShelf, type LessonShot } from './lesson-shelf.ts';
import { LiveParts } from './live-parts.ts';
import { LookingBack } from './looking-back.ts';
import type { Switched } from './model-switch.ts';
import type { scoreStored } from './scoring.ts';
import { doubtOf } from './stretches.ts';
import type { SwitchQuestion } from './switcher.ts';
import type { MachineReply, PartReply, TaughtWindow, TeachPlace, TeachStep } from './teacher.ts';
import { type TeachBudget, type Teaching, teach } from './teaching.ts';
import { learnedMachineOf, learnedOf, pointedIn, shownOf } from './told-lesson.ts';

/** Where a lesson's model stands in the config that runs. */
export interface TaughtPlace {
  readonly camera: string;
  readonly region: Region | null;
  /** What of it a next lesson teaches, unless it says a region: where the package looks for its part, the part without what is around it. */
  readonly part: Region | null;
  /** Package that judges there, and the one that runs beside it. */
  readonly judges: string;
  readonly beside: string | null;
}

/** Where a machine's model stands, and the window that it reads. */
export interface MachinePlace extends TaughtWindow {
  readonly judges: string;
  readonly beside: string | null;
}

export interface TeachDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the lesson; absolute. */
  readonly folder: string;
  /** Of the journal; absolute. */
  readonly store: string;
  /** Of the backbone's package. */
  readonly backbone: string;
  /** Of what is taught; made with the first of them. */
  readonly packages: string;
  /** Whether the config has a package of this name, installed or taught. */
  readonly isTaken: (name: string) => boolean;
  /** The config file; null: it came from elsewhere, and nothing can be changed in it. */
  readonly file: () => string | null;
  /** Null: there is no such model that looks at pictures. */
  readonly place: (station: string, model: string) => TaughtPlace | null;
  /** Null: there is no such model that reads tags. */
  readonly machine: (station: string, model: string) => MachinePlace | null;
  readonly shadow: (station: string, model: string) => ShadowCounters | null;
  /** A frame as JPEG, no wider than `widest` pixels where that is said; null: not now. */
  readonly encode: (frame: Frame, widest?: number) => Promise<Uint8Array | null>;
  readonly reload: () => Promise<unknown>;
  /** What takes long, each in a process of its own; instead of the real ones. */
  readonly processes?: Partial<TeachProcesses>;
}

export interface TeachProcesses {
  readonly teach: typeof teach;
  readonly score: typeof scoreStored;
  readonly change: (question: SwitchQuestion) => Promise<Switched>;
}

/** Bytes of pictures that a lesson holds, at most; and how many. */
const MOST_BYTES = 1e9;
export const MOST_PICTURES = 300;
/** Pixels of a region each way, at least: of fewer nothing is left to be learned. */
const LEAST_SIDE = 16;
/** That teaching may take; Node itself included. */
const MEMORY = 1e9;
/** A package is copied, proved and put beside another. */
const SWITCHING: Milliseconds = Minutes(5);
const SWITCH_MEMORY = 1e9;

export class TeachDesk implements TeachingPort {
  private readonly options: TeachDeskOptions;
  private readonly shelf: LessonShelf;
  private readonly parts: LiveParts;
  private readonly lookingBack: LookingBack;
  private readonly processes: Pick<TeachProcesses, 'teach' | 'change'>;
  private current: Lesson | null = null;
  private job: Teaching<PartReply | MachineReply> | null = null;
  /** What follows from the end of the job; never rejects. */
  private following: Promise<void> = Promise.resolve();
  /** Of what people ask for. */
  private turn: Promise<unknown> = Promise.resolve();
  private step: (TeachStep & { readonly at: Milliseconds }) | null = null;
  /** Pictures on their way to the disk. */
  private coming = 0;
  /** A package is being put into the config, or out of it. */
  private changing = false;
  private stopped = false;

  constructor(options: TeachDeskOptions) {
    this.options = options;
    this.shelf = new LessonShelf(options.folder);
    this.parts = new LiveParts(options.clock, options.encode);
    const { clock, log, store, processes = {} } = options;
    const change = (question: SwitchQuestion) => changeApart(question, clock);
    this.processes = { teach, change, ...processes };
    this.lookingBack = new LookingBack({ clock, log, shelf: this.shelf, store, ...(processes.score ? { score: processes.score } : {}) });
  }

  /** Takes up what was left. Never rejects: the line judges without it. */
  async start(): Promise<void> {
    const lesson = await this.shelf.read();
    this.current = lesson && { ...lesson, stored_fault: null, phase: PLACED.has(lesson.phase) ? this.placed(lesson) : lesson.phase };
    // Heat maps of the life before: nobody knows any more which they are.
    await this.lookingBack.forget().catch((thrown: unknown) => this.lost(thrown, 'heat maps of a lesson could not be cleared'));
    const { current } = this;
    if (current?.phase === 'learning') this.begun();
    if (current?.phase === 'learned' && current.of === 'part' && current.stored === null) void this.lookBack(current);
  }

  private lost(thrown: unknown, what: string): void {
    this.options.log.warn({ why: asLinesideError(thrown).message }, what);
  }

  /** Ended between a change and its record: the config has it right. */
  private placed(lesson: Lesson): Lesson['phase'] {
    const { package: taught, phase } = lesson;
    const place = this.thereOf(lesson);
    if (place?.judges === taught) return 'promoted';
    if (place?.beside !== taught) return phase === 'learned' ? phase : 'back';
    return phase === 'learned' ? 'shadow' : phase === 'promoted' ? 'back' : phase;
  }

  private thereOf({
    of,
    station,
    model,
  }: Pick<Lesson, 'of' | 'station' | 'model'>): { readonly judges: string; readonly beside: string | null } | null {
    return of === 'part' ? this.options.place(station, model) : this.options.machine(station, model);
  }

  /** What is being learned is left, and taken up by the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.job?.stop(), this.lookingBack.stop()]);
    await this.shelf.settled();
  }

  /** With every part that was judged; frames are lent for the call. */
  judged({ station, id }: Pick<Inspection, 'station' | 'id'>, frames: readonly Frame[]): void {
    this.parts.judged({ station }, frames);
    const lesson = this.current;
    if (lesson?.phase !== 'collecting' || lesson.station !== station || this.coming > 0) return;
    const frame = frames.find(({ camera }) => camera === lesson.camera);
    if (!frame) return;
    this.coming++;
    this.take(lesson.id, id, frame)
      .catch((thrown: unknown) => this.lost(thrown, 'a picture for teaching was lost'))
      .finally(() => {
        this.coming--;
      });
  }

  lesson(): LessonView | null {
    return this.current && this.viewOf(this.current);
  }

  camera(): string | null {
    return this.current && ADDS.has(this.current.phase) ? this.current.camera : null;
  }

  async picture(id: string): Promise<LessonBytes | null> {
    const found = this.current?.pictures.find((one) => one.id === id);
    const bytes = found && (await this.shelf.bytesOf(found));
    return found && bytes ? { type: found.type, bytes } : null;
  }

  async heat(id: string): Promise<LessonBytes | null> {
    return png(await this.shelf.maskOf('heat', id));
  }

  async stored(): Promise<readonly StoredPart[]> {
    return this.current?.stored == null ? [] : this.shelf.stored();
  }

  beside(): ReturnType<TeachingPort['beside']> {
    if (!this.current || !BESIDE.has(this.current.phase)) return null;
    const { station, model, camera, package: candidate } = this.current;
    return { station, model, camera, candidate };
  }

  lookAt(newest: readonly DifferingPart[]): readonly LookedAtPart[] {
    return this.current ? this.lookingBack.shownOf(newest, this.looksOf(this.current)) : [];
  }

  async storedHeat(inspection: string): Promise<LessonBytes | null> {
    return png(await this.shelf.maskOf('stored', inspection));
  }

  live(station: string, model: string): LiveLook {
    const { camera, part: region } = this.placeOf(station, model);
    return { camera, region, ...this.parts.look(station, camera) };
  }

  livePicture(id: string): LessonBytes | null {
    const bytes = this.parts.picture(id);
    return bytes && { type: 'image/jpeg', bytes };
  }

  begin(user: string, wish: LessonWish): Promise<LessonView> {
    return this.inTurn(async () => {
      const place = this.placeFor(wish);
      await this.clear();
      const { station, model, package: name, wanted, reject, region, registered = false } = wish;
      return this.taken({
        id: uuidv7(),
        station,
        model,
        package: name,
        by: user,
        since: this.options.clock.now(),
        wanted,
        reject,
        of: place ? 'part' : 'machine',
        camera: place?.camera ?? '',
        region: region === undefined ? (place?.part ?? null) : region,
        registered,
        phase: place ? 'collecting' : 'collected',
        stretches: [],
        pictures: [],
        ...UNLEARNED,
      });
    });
  }

  /** Where a lesson of a part may begin; null: it is of a machine. */
  private placeFor({ station, model, package: name, region, registered }: LessonWish): TaughtPlace | null {
    const before = this.current;
    if (before && !OVER.has(before.phase)) throw refused(`a lesson for ${before.station} is under way: take it up, or end it first`);
    const place = this.options.machine(station, model) === null ? this.placeOf(station, model) : null;
    if (region && !place) throw refused(`${model} reads tags: it has no region of a picture`);
    if (registered && !place) throw refused(`${model} reads tags: there is no part of a picture that could move`);
    if (region && place) this.checkRegion(region, place.camera);
    if (this.options.file() === null) throw refused('the config did not come from a file: what is taught could not be put into it');
    if (this.options.isTaken(name))
      throw refused(`there is a package ${name} already: give it another name, and the one before stays to go back to`);
    return place;
  }

  add(pictures: readonly StoredPicture[], said: Said): Promise<number> {
    return this.inTurn(async () => {
      const lesson = this.expect(ADDS, 'pictures are added before it learns');
      const known = new Set(lesson.pictures.map(({ inspection }) => inspection));
      const fresh = pictures.filter(({ inspection }) => !known.has(inspection));
      if (lesson.pictures.length + fresh.length > MOST_PICTURES) throw refused(`a lesson holds ${MOST_PICTURES} pictures at most`);
      for (const one of fresh) await this.keep(lesson.id, { ...one, said });
      return fresh.length;
    });
  }

  say(id: string, said: Said, kind: string | null, boxes?: readonly Mark[]): Promise<LessonView> {
    return this.inTurn(() => {
      const lesson = this.expect(SORTS, 'pictures are sorted before it runs beside the other');
      const found = lesson.pictures.find((one) => one.id === id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `picture ${id} of the lesson` });
      const changed = {
        ...found,
        said,
        kind,
        boxes: said === 'bad' ? (boxes ?? found.boxes) : [],
        odd: said === found.said ? null : found.odd,
      };
      const pictures = lesson.pictures.map((one) => (one === found ? changed : one));
      // What was learned, or could not be, was learned from other pictures.
      const isAnew = said !== found.said && !COLLECTS.has(lesson.phase);
      return this.taken({ ...lesson, pictures, ...(isAnew ? { ...UNLEARNED, phase: 'collected' } : {}) });
    });
  }

  mark({ from, to }: Omit<Stretch, 'id'>): Promise<LessonView> {
    return this.inTurn(() => {
      const lesson = this.expectMachine();
      const { stretches } = lesson;
      const why = doubtOf({ from, to }, stretches, this.options.clock.now());
      if (why !== null) throw refused(why);
      const all = [...stretches, { id: uuidv7(), from, to }].sort((a, b) => a.from - b.from);
      return this.taken({ ...lesson, stretches: all, ...UNLEARNED, phase: 'collected' });
    });
  }

  unmark(id: string): Promise<LessonView> {
    return this.inTurn(() => {
      const lesson = this.expectMachine();
      const stretches = lesson.stretches.filter((one) => one.id !== id);
      if (stretches.length === lesson.stretches.length) throw new LinesideError('WEB_UNKNOWN', { what: `stretch ${id} of the lesson` });
      return this.taken({ ...lesson, stretches, ...UNLEARNED, phase: 'collected' });
    });
  }

  private expectMachine(): Lesson {
    const lesson = this.expect(SORTS, 'stretches are marked before it runs beside the other');
    if (lesson.of !== 'machine') throw refused('this lesson is of parts, and learns from pictures');
    return lesson;
  }

  learn(closer: boolean): Promise<LessonView> {
    return this.inTurn(async () => {
      const lesson = this.expect(SORTS, 'it is learning, or has learned, already');
      if (lesson.of === 'machine' && lesson.stretches.length === 0) throw refused('no stretch of good production is marked yet');
      // First of all: no picture of a part is taken from here on.
      const learning: Lesson = { ...lesson, ...UNLEARNED, closer, phase: 'learning' };
      this.current = learning;
      try {
        await this.lookingBack.forget();
        await this.shelf.clearMasks('heat');
        await this.shelf.write(learning);
      } catch (thrown) {
        this.current = lesson;
        throw thrown;
      }
      this.begun();
      return this.now();
    });
  }

  shadow({ threshold, anyway }: { readonly threshold: number | null; readonly anyway: boolean }): Promise<LessonView> {
    return this.inTurn(() => {
      const lesson = this.expect(new Set(['learned']), 'it has learned nothing yet');
      const { learned } = lesson;
      if (!learned && !lesson.machine) throw refused('it has learned nothing yet');
      if (learned && !learned.tells && !anyway)
        throw refused('it cannot tell good from bad: show more, or say that it shall run beside the other all the same');
      const file = this.file();
      const limit = threshold ?? learned?.threshold;
      const shadow = { model: lesson.package, ...(limit === undefined ? {} : { threshold: limit }), ...this.brought(lesson) };
      const [from, into] = [this.shelf.draft(lesson.package), join(this.options.packages, lesson.package)];
      const question: SwitchQuestion = { verb: 'shadow', file, place: `${lesson.station}/${lesson.model}`, shadow, from, into };
      return this.changes(lesson, question, { phase: 'shadow', learned: learned && { ...learned, threshold: limit ?? learned.threshold } });
    });
  }

  /** What was taught on another part of the picture than the place has brings its own along. */
  private brought(lesson: Lesson): Pick<BroughtChoice, 'region'> {
    if (lesson.of === 'machine') return {};
    const there = this.options.place(lesson.station, lesson.model)?.region ?? null;
    const region = areaOf(lesson);
    if (isDeepStrictEqual(region, there)) return {};
    return { region: region ? [...region] : 'whole' };
  }

  promote(): Promise<LessonView> {
    return this.swap('promote', new Set(['shadow', 'back']), 'promoted');
  }

  back(): Promise<LessonView> {
    return this.swap('rollback', new Set(['promoted']), 'back');
  }

  end(): Promise<void> {
    return this.inTurn(async () => {
      const lesson = this.current;
      if (!lesson) return;
      if (lesson.phase !== 'shadow' && lesson.phase !== 'back') return this.clear();
      const place = `${lesson.station}/${lesson.model}`;
      this.changes(lesson, { verb: 'shadow', file: this.file(), place, shadow: null, from: null, into: '' }, null);
    });
  }

  /** Whatever is at work for the lesson finds it gone, and has ended before its folder goes: none makes that again. */
  private async clear(): Promise<void> {
    this.current = null;
    await Promise.all([this.job?.stop(), this.lookingBack.forget()]);
    await this.following;
    await this.shelf.clear();
  }

  /** One step after the other, each on the lesson that the one before has left, and none while a package is changed. */
  private inTurn<T>(step: () => T | Promise<T>): Promise<T> {
    const done = this.turn.then(() => {
      if (this.changing) throw refused('a package is being changed: wait for it');
      return step();
    });
    this.turn = done.catch(() => {});
    return done;
  }

  private swap(verb: 'promote' | 'rollback', from: ReadonlySet<Lesson['phase']>, phase: Lesson['phase']): Promise<LessonView> {
    return this.inTurn(() => {
      const lesson = this.expect(from, verb === 'promote' ? 'it runs beside nothing' : 'it was not promoted');
      return this.changes(lesson, { verb, file: this.file(), place: `${lesson.station}/${lesson.model}` }, { phase });
    });
  }

  /** A change takes longer than a request may: it is begun, and the lesson tells when it is done. `become`: null ends the lesson. */
  private changes(lesson: Lesson, question: SwitchQuestion, become: Partial<Lesson> | null): LessonView {
    this.changing = true;
    this.change(question)
      .then(
        () => (become === null ? this.clear() : this.changed(lesson, become)),
        (thrown: unknown) => this.found({ ...this.still(lesson), fault: told(asLinesideError(thrown), lesson.of) }),
      )
      .catch((thrown: unknown) => this.lost(thrown, 'a lesson could not be kept'))
      .finally(() => {
        this.changing = false;
      });
    return this.viewOf({ ...lesson, fault: null });
  }

  private async changed(lesson: Lesson, become: Partial<Lesson>): Promise<void> {
    // Its limit is taken: nobody asks any more what one would do to stored parts, and pairs of what runs beside wait for the same process.
    if (lesson.phase === 'learned') await this.lookingBack.stop();
    await this.found({ ...this.still(lesson), ...become, fault: null });
  }

  /** Where it stands by now: another one may have changed what is beside it, or what there is to go back to. */
  private async found(lesson: Lesson): Promise<void> {
    await this.go({ ...lesson, phase: this.placed(lesson) });
  }

  private async take(lesson: string, inspection: string, frame: Frame): Promise<void> {
    const { original } = frame;
    const live = { inspection, said: 'good', kind: null, boxes: [] } as const;
    if (original) return this.keep(lesson, { ...live, type: original.type, bytes: Uint8Array.from(original.bytes) });
    const bytes = await this.options.encode(frame);
    if (bytes) await this.keep(lesson, { ...live, type: 'image/jpeg', bytes });
  }

  private async keep(
    lesson: string,
    { inspection, said, kind, boxes, type, bytes }: StoredPicture & { readonly said: Said },
  ): Promise<void> {
    const picture: LessonShot = {
      id: uuidv7(),
      inspection,
      at: this.options.clock.now(),
      said,
      kind: said === 'bad' ? kind : null,
      boxes: said === 'bad' ? boxes : [],
      odd: null,
      score: null,
      heat: false,
      peak: null,
      type,
      bytes: bytes.length,
    };
    await this.shelf.keep(picture, bytes);
    const now = this.current;
    // Ended, or learning, meanwhile.
    if (now?.id !== lesson || !ADDS.has(now.phase)) return this.shelf.drop(picture);
    const pictures = [...now.pictures, picture];
    const full =
      pictures.filter((one) => one.said === 'good').length >= now.wanted || pictures.reduce((sum, one) => sum + one.bytes, 0) > MOST_BYTES;
    // After a lesson that failed it is what was missing.
    const taken = this.taken({ ...now, pictures, phase: full || now.phase === 'failed' ? 'collected' : now.phase, fault: null });
    await taken.catch(async (thrown: unknown) => {
      await this.shelf.drop(picture);
      throw thrown;
    });
  }

  /** The process begins; its end changes the lesson. */
  private begun(): void {
    const lesson = this.current;
    if (lesson?.phase !== 'learning' || this.stopped) return;
    if (lesson.of === 'machine') return this.begunMachine(lesson);
    const { clock, backbone } = this.options;
    const of = (said: Said) =>
      lesson.pictures
        .filter((one) => one.said === said)
        .map((one) => ({
          file: this.shelf.picturePath(one),
          name: `inspection ${one.inspection}`,
          part: one.inspection,
          kind: one.kind,
          ...(one.boxes.length > 0 ? { where: one.boxes } : {}),
        }));
    const began = clock.elapsed();
    const job = this.processes.teach(
      {
        of: 'part',
        good: of('good'),
        bad: of('bad'),
        oneIn: lesson.reject,
        closer: lesson.closer ?? false,
        registered: lesson.registered ?? false,
        heat: true,
        backbone,
        region: lesson.region,
        into: this.intoOf(lesson),
      },
      this.budgetFrom(began),
    );
    this.follow(lesson, job, (reply) => this.learned(lesson, job, reply, clock.elapsed() - began));
  }

  private begunMachine(lesson: Lesson): void {
    const { clock, store, machine } = this.options;
    const place = machine(lesson.station, lesson.model);
    // Taken out of the config meanwhile: whoever looks is told.
    if (!place) {
      const fault = told(refused(`${lesson.station} has no model ${lesson.model} that reads tags any more`), 'machine');
      void this.ended(lesson, null, (now) => ({ ...now, phase: 'failed', fault }));
      return;
    }
    const { tags, names, steps, every } = place;
    const from = { store, station: lesson.station, stretches: lesson.stretches, tags, names, steps, every };
    const began = clock.elapsed();
    const job = this.processes.teach({ of: 'machine', from, oneIn: lesson.reject, into: this.intoOf(lesson) }, this.budgetFrom(began));
    this.follow(lesson, job, (reply) => {
      const learned = learnedMachineOf(reply, clock.elapsed() - began);
      return this.ended(lesson, job, (now) => ({ ...now, phase: 'learned', fault: null, machine: learned }));
    });
  }

  private intoOf({ package: name }: Lesson): TeachPlace {
    return { folder: this.shelf.draft(name), version: '0.1.0', force: true, now: this.options.clock.now() };
  }

  private budgetFrom(began: Milliseconds): TeachBudget {
    const { clock } = this.options;
    return {
      clock,
      memory: MEMORY,
      onStep: (step) => {
        this.step = { ...step, at: clock.elapsed() - began };
      },
    };
  }

  private follow<Reply extends PartReply | MachineReply>(
    lesson: Lesson,
    job: Teaching<Reply>,
    done: (reply: Reply) => Promise<void>,
  ): void {
    this.job = job;
    this.following = job.reply.then(done).catch((thrown: unknown) => {
      const fault = told(asLinesideError(thrown), lesson.of);
      const unfit = unfitOf(lesson, asLinesideError(thrown));
      return this.ended(lesson, job, (now) => ({
        ...now,
        phase: 'failed',
        fault,
        pictures: now.pictures.map((one) => (unfit.has(one.id) ? { ...one, odd: UNFIT } : one)),
      }));
    });
  }

  private async learned(lesson: Lesson, job: AnyTeaching, reply: PartReply, took: Milliseconds): Promise<void> {
    const ids = new Map(lesson.pictures.map(({ inspection, id }) => [inspection, id]));
    const masks = Object.entries(reply.maps?.masks ?? {}).map(([part, mask]) => [ids.get(part) ?? part, mask]);
    if (this.current?.id === lesson.id) await this.shelf.keepMasks('heat', Object.fromEntries(masks));
    await this.ended(lesson, job, (now) => learnedFrom(now, reply, took));
    if (this.current?.id === lesson.id && this.current.phase === 'learned') await this.lookBack(this.current);
  }

  /** A limit is not to be taken before it is known what it does to parts that are stored. Never rejects: nobody waits for it. */
  private async lookBack(lesson: Lesson): Promise<void> {
    // Learned anew, or ended, meanwhile: null.
    const now = () => (this.stopped || this.current?.id !== lesson.id || this.current.learned !== lesson.learned ? null : this.current);
    let become: Pick<Lesson, 'stored' | 'stored_fault'>;
    try {
      const stored = await this.lookingBack.newest(this.looksOf(lesson));
      if (!stored || !now()) return;
      await this.shelf.keepStored(stored);
      become = { stored: stored.length, stored_fault: null };
    } catch (thrown) {
      become = { stored: null, stored_fault: told(asLinesideError(thrown), lesson.of) };
    }
    // Looked up when all that takes its time is done: somebody may have said something of a picture meanwhile.
    const found = now();
    if (found) await this.go({ ...found, ...become }).catch((thrown: unknown) => this.lost(thrown, 'a look back could not be kept'));
  }

  /** Before it is put beside another it lies where nobody uses it. */
  private looksOf(lesson: Lesson) {
    const { station, camera, package: name, phase } = lesson;
    const folder = BESIDE.has(phase) ? join(this.options.packages, name) : this.shelf.draft(name);
    return { folder, station, camera, region: areaOf(lesson) };
  }

  /** Never rejects: what the disk does not take is true all the same, until the agent ends. `job`: null, none was begun. */
  private async ended({ id }: Lesson, job: AnyTeaching | null, become: (now: Lesson) => Lesson): Promise<void> {
    if (this.job === job) {
      this.job = null;
      this.step = null;
    }
    const now = this.current;
    // Ended by the stop of the agent, or with its lesson: the next start, or nobody, goes on.
    if (this.stopped || now?.id !== id || now.phase !== 'learning') return;
    await this.go(become(now)).catch((thrown: unknown) => this.lost(thrown, 'what was learned could not be kept'));
  }

  private async change(question: SwitchQuestion): Promise<void> {
    try {
      await this.processes.change(question);
      await this.options.reload();
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      throw fault.code === 'USAGE' ? refused(String(fault.details['why'])) : fault;
    }
  }

  /** What somebody asked for: where it cannot be kept it is not done. */
  private async taken(lesson: Lesson): Promise<LessonView> {
    const before = this.current;
    try {
      return await this.go(lesson);
    } catch (thrown) {
      if (this.current === lesson) this.current = before;
      throw thrown;
    }
  }

  /** What is so, whether it can be kept or not. */
  private async go(lesson: Lesson): Promise<LessonView> {
    this.current = lesson;
    await this.shelf.write(lesson);
    return this.viewOf(this.current ?? lesson);
  }

  private now(): LessonView {
    if (!this.current) throw refused('there is no lesson');
    return this.viewOf(this.current);
  }

  private expect(phases: ReadonlySet<Lesson['phase']>, why: string): Lesson {
    if (!this.current) throw refused('there is no lesson');
    if (!phases.has(this.current.phase)) throw refused(`${why} (it is ${this.current.phase})`);
    return this.current;
  }

  /** The lesson as it is now, which took a while: somebody may have ended it. */
  private still({ id }: Lesson): Lesson {
    if (this.current?.id !== id) throw refused('the lesson was ended meanwhile');
    return this.current;
  }

  private file(): string {
    const file = this.options.file();
    if (file === null) throw refused('the config did not come from a file: nothing can be put into it');
    return file;
  }

  private placeOf(station: string, model: string): TaughtPlace {
    const place = this.options.place(station, model);
    if (!place) throw refused(`${station} has no model ${model} that looks at pictures`);
    return place;
  }

  /** Against the camera's own pictures: one that reaches beyond them would be refused with every part. */
  private checkRegion([x, y, width, height]: Region, camera: string): void {
    const size = this.parts.sizeOf(camera);
    if (!size)
      throw refused(`no part has been judged with camera ${camera} yet, so that nobody knows how large its pictures are: wait for one`);
    if (x + width > size[0] || y + height > size[1])
      throw refused(
        `the region ${[x, y, width, height].join(', ')} reaches beyond the picture of camera ${camera}, which is ${size.join('x')}`,
      );
    if (width < LEAST_SIDE || height < LEAST_SIDE)
      throw refused(`a region of ${width}x${height} is too small: ${LEAST_SIDE} pixels each way are the least`);
  }

  private viewOf(whole: Lesson): LessonView {
    const { pictures, camera: _camera, closer: _closer, ...lesson } = whole;
    const counters = this.options.shadow(lesson.station, lesson.model);
    const beside = counters?.package === lesson.package ? counters : null;
    return {
      ...lesson,
      registered: lesson.registered ?? false,
      area: areaOf(whole),
      pictures: pictures.map(shownOf),
      pointed: pointedIn(pictures),
      step: this.changing ? { doing: 'changing', done: 0, total: 0, left_s: null } : stepOf(this.step),
      judges: this.thereOf(lesson)?.judges ?? null,
      judges_region: lesson.of === 'part' ? (this.options.place(lesson.station, lesson.model)?.region ?? null) : null,
      shadow: beside && { compared: beside.compared, differing: beside.differing, skipped: beside.skipped, failed: beside.failed },
    };
  }
}

const COLLECTS: ReadonlySet<Lesson['phase']> = new Set(['collecting', 'collected']);
const ADDS: ReadonlySet<Lesson['phase']> = new Set([...COLLECTS, 'failed']);
const SORTS: ReadonlySet<Lesson['phase']> = new Set(['collecting', 'collected', 'learned', 'failed']);
/** Something of it may be in the config. */
const PLACED: ReadonlySet<Lesson['phase']> = new Set(['learned', 'shadow', 'promoted', 'back']);
/** It is among the packages of the config. */
const BESIDE: ReadonlySet<Lesson['phase']> = new Set(['shadow', 'promoted', 'back']);
/** Another lesson may begin: what was promoted, or went back, is in the config. */
const OVER: ReadonlySet<Lesson['phase']> = new Set(['promoted']);

/** As the package was taught. */
const areaOf = ({ learned, area, region }: Lesson): Region | null => (learned === null || area === undefined ? region : area);

const png = (bytes: Uint8Array | null): LessonBytes | null => bytes && { type: 'image/png', bytes };

const refused = (why: string): LinesideError => new LinesideError('COMMAND_REFUSED', { verb: 'teach', why });

/** As before anything was learned from what is shown now. */
const UNLEARNED = { learned: null, machine: null, stored: null, stored_fault: null, fault: null } as const satisfies Partial<Lesson>;

type AnyTeaching = Teaching<PartReply | MachineReply>;

async function changeApart(question: SwitchQuestion, clock: Clock): Promise<Switched> {
  const entry = entryUrl('runtime/switcher');
  const sandbox = new Sandbox({ what: 'changing a package', entry, clock, memory: SWITCH_MEMORY, niceness: LAST });
  try {
    return await sandbox.ask<Switched>(question, { timeout: SWITCHING });
  } finally {
    await sandbox.stop();
  }
}

/** Files of the lesson are pictures, or stretches, to whoever looks. */
function told(thrown: LinesideError, of: Lesson['of']): NonNullable<Lesson['fault']> {
  const unusable = of === 'part' ? 'LESSON_UNUSABLE' : 'MACHINE_UNUSABLE';
  const fault = thrown.code === 'DATA_INVALID' ? new LinesideError(unusable, { why: String(thrown.details['why']) }) : thrown;
  return { text: fault.sentence, next: fault.next };
}

/** Pictures that the fault is about: they are shown as those that do not fit the others, before all that do. */
function unfitOf({ pictures }: Lesson, { details }: LinesideError): ReadonlySet<string> {
  const good = pictures.filter(({ said }) => said === 'good');
  const numbers = typeof details['unfit'] === 'string' ? details['unfit'].split(',') : [];
  return new Set(numbers.flatMap((number) => good[Number(number)]?.id ?? []));
}
const UNFIT = 99;

function stepOf(step: (TeachStep & { readonly at: Milliseconds }) | null): LessonView['step'] {
  if (!step) return null;
  const { doing, done, total, at } = step;
  const left = doing === 'looking' && done > 0 ? Math.round(((at / done) * (total - done)) / 1000) : null;
  return { doing, done, total, left_s: left };
}

function learnedFrom(now: Lesson, reply: PartReply, took: Milliseconds): Lesson {
  const { odd, scores, learned } = learnedOf(reply, took);
  const pictures = now.pictures.map((one) => ({
    ...one,
    odd: odd.get(one.inspection) ?? null,
    score: scores.get(one.inspection) ?? null,
    heat: reply.maps?.masks[one.inspection] !== undefined,
    peak: reply.maps?.peaks[one.inspection] ?? null,
  }));
  return { ...now, phase: 'learned', fault: null, learned, area: reply.region, pictures };
}
