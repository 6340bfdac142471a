/**
 * One inspection's way from its trigger to its verdict, with the deadline over all of it. Whatever hangs or fails on the way, course()
 * settles at the deadline at the latest with a verdict and its reasons.
 */
import { lotTags } from '../config/challenges.ts';
import { codeCamera } from '../config/part.ts';
import type {
  Finding,
  Frame,
  FrameReference,
  Inspection,
  InspectionOutcome,
  Judgement,
  ModelSlot,
  Reason,
  RuleInput,
  StageTimings,
  TagWindow,
  Trigger,
} from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import type { Milliseconds } from '../time.ts';
import { camerasOf, frameFor, momentOf, referenceTo, refuseGaps, textFor, windowFor } from './align.ts';
import { fromFinding, fromPicture, type PartCode } from './code.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import type { Seen } from './shadow.ts';

/** Of the deadline: how long a code may keep the verdict waiting. */
const PATIENCE = 0.8;

export interface CourseResult extends Judgement {
  readonly outcome: Extract<InspectionOutcome, 'judged' | 'failed'>;
  readonly findings: readonly Finding[];
  /** The part's id, where it was read from the part. */
  readonly part: string | null;
  readonly frames: readonly FrameReference[];
  readonly window: TagWindow | null;
  readonly tags: Inspection['tags'];
  readonly timings: Pick<StageTimings, 'align' | 'prepare' | 'infer' | 'rules'>;
  /** For candidates; null where no rule spoke. */
  readonly seen: Seen | null;
}

export interface CourseOptions {
  readonly slots: readonly ModelSlot[];
  readonly recipe: string;
  readonly part: string | null;
  /** What the PLC calls it, once that is known or cannot be in time; never rejects. */
  readonly name?: Promise<string | null>;
  /** A fault known before the start (unknown recipe, too many parts): on_failure at once. */
  readonly refusal?: LinesideError;
  /** Models that had not answered at the deadline answer here. */
  onLate(slot: ModelSlot, finding: Finding | null, fault: LinesideError | null): void;
}

/** The reason of an abort that nobody reads: the default one costs a DOMException with its stack, for every part. */
const OVER = Symbol('over');

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is known so far; the deadline may stop it anywhere, and what is known by then goes into the record. */
class Progress {
  readonly findings = new Map<string, Finding>();
  readonly faults: LinesideError[] = [];
  readonly held: Frame[] = [];
  readonly references: FrameReference[] = [];
  readonly timings = { align: 0, prepare: 0, infer: 0, rules: 0 };
  /** What each unfinished model was at, for the reason given at the deadline. */
  readonly stages = new Map<string, 'waiting for its picture' | 'waiting for its picture to be prepared' | 'running'>();
  readonly texts = new Map<string, string>();
  window: TagWindow | null = null;
  code: PartCode | null = null;
  /** What the PLC calls the part, where the rules ask for it. */
  name: string | null = null;
  closed = false;
  /** From the arrival of the trigger to the last model's finding, or to the deadline while a model was at work; null: it was not the work. */
  worked: Milliseconds | null = null;
}

export class Course {
  private readonly spec: StationSpec;
  private readonly ports: StationPorts;
  private readonly trigger: Trigger;
  private readonly options: CourseOptions;
  private readonly progress = new Progress();
  private readonly over = new AbortController();

  constructor(spec: StationSpec, ports: StationPorts, trigger: Trigger, options: CourseOptions) {
    this.spec = spec;
    this.ports = ports;
    this.trigger = trigger;
    this.options = options;
  }

  /** Frames the inspection looked at, held until release(). */
  get frames(): readonly Frame[] {
    return this.progress.held;
  }
  /** How long the models took, or would have taken beyond the deadline; null where something else kept the part waiting. */
  get worked(): Milliseconds | null {
    return this.progress.worked;
  }
  release(): void {
    this.progress.closed = true;
    this.over.abort(OVER);
    for (const frame of this.progress.held.splice(0)) frame.release();
  }

  async run(): Promise<CourseResult> {
    const { refusal } = this.options;
    if (refusal) return this.failed([refusal]);
    const models = this.runModels();
    const inTime = await this.beforeDeadline(models);
    const atWork = [...this.progress.stages.values()].every((stage) => stage !== 'waiting for its picture');
    if (inTime ? this.progress.faults.length === 0 : atWork) this.progress.worked = this.sinceArrival();
    if (!inTime) {
      const { name, config } = this.spec;
      const missed = new LinesideError('DEADLINE_MISSED', { station: name, ms: config.deadline });
      return this.failed([missed, ...this.progress.faults], this.unfinished());
    }
    return this.progress.faults.length > 0 ? this.failed(this.progress.faults) : this.judged();
  }

  private async runModels(): Promise<void> {
    const window = this.cutWindow();
    const code = codeCamera(this.spec.config.part);
    const seen = new Set([...camerasOf(this.options.slots), ...(code === null ? [] : [code])]);
    const frames = new Map([...seen].map((camera) => [camera, this.frame(camera)]));
    // Not everybody waits for a picture to the end, or at all: a command that names the part does not read its code.
    for (const frame of frames.values()) frame.catch(() => {});
    await Promise.all([...this.options.slots.map((slot) => this.runModel(slot, window, frames)), this.readPart(frames), this.hearName()]);
  }

  /** Beside the models: what was said of it before is known by its name alone. */
  private async hearName(): Promise<void> {
    if (this.ports.judge.needsName) this.progress.name = (await this.options.name) ?? null;
  }

  /** Beside the models. */
  private async readPart(frames: ReadonlyMap<string, Promise<Frame>>): Promise<void> {
    const { part, deadline } = this.spec.config;
    if (typeof part !== 'object' || !('code' in part) || this.options.part !== null) return;
    const frame = frames.get(part.code) ?? this.frame(part.code);
    this.progress.code = await fromPicture(part, frame, this.ports, Math.max(0, deadline * PATIENCE - this.sinceArrival()));
  }

  /** The id that stands on the part; null where the config looks for none there, or a command has told it. */
  private code(): PartCode | null {
    const { part } = this.spec.config;
    if (typeof part !== 'object' || this.options.part !== null) return null;
    if ('model' in part) return fromFinding(part, this.progress.findings.get(part.model));
    return this.progress.code;
  }

  private cutWindow(): TagWindow | null {
    this.progress.window = windowFor(this.spec, this.ports, this.trigger);
    return this.progress.window;
  }

  private async frame(camera: string): Promise<Frame> {
    const frame = await frameFor(this.spec, this.ports, this.trigger, camera, this.over.signal);
    if (this.progress.closed) {
      frame.release();
      throw new LinesideError('FRAME_MISSING', { camera });
    }
    this.progress.held.push(frame);
    this.progress.references.push(referenceTo(frame, momentOf(this.spec, this.trigger) + this.spec.config.frame.offset));
    this.progress.timings.align = this.sinceArrival();
    return frame;
  }

  private async runModel(slot: ModelSlot, window: TagWindow | null, frames: ReadonlyMap<string, Promise<Frame>>): Promise<void> {
    try {
      const finding = await this.ask(slot, window, frames);
      if (this.progress.closed) return this.options.onLate(slot, finding, null);
      this.progress.findings.set(slot.name, finding);
      this.progress.timings.infer = Math.max(this.progress.timings.infer, finding.runMs);
    } catch (thrown) {
      const fault = asLinesideError(thrown, 'MODEL_FAILED', { model: slot.name });
      if (this.progress.closed) return this.options.onLate(slot, null, fault);
      // Two models on one dead camera are one fault.
      if (!this.progress.faults.some((f) => f.message === fault.message)) this.progress.faults.push(fault);
    }
  }

  private async ask(slot: ModelSlot, window: TagWindow | null, frames: ReadonlyMap<string, Promise<Frame>>): Promise<Finding> {
    const { inference, clock } = this.ports;
    const { stages } = this.progress;
    stages.set(slot.name, slot.camera === undefined ? 'running' : 'waiting for its picture');
    // Networks that look at pictures take longest, so they start first; their picture is usually there. What the others are given is
    // what was there at the trigger.
    const picturesFirst = () => (frames.size > 0 ? nextTurn() : undefined);
    if (slot.text !== undefined) {
      const text = textFor(this.ports, slot.text);
      this.progress.texts.set(slot.name, text);
      await picturesFirst();
      return inference.infer(slot.id, { text });
    }
    if (slot.camera === undefined) {
      await picturesFirst();
      if (window) refuseGaps(this.spec, window);
      return inference.infer(slot.id, window ? { window } : {});
    }
    const frame = await frames.get(slot.camera);
    if (!frame) throw new LinesideError('FRAME_MISSING', { camera: slot.camera });
    const before = clock.elapsed();
    stages.set(slot.name, 'waiting for its picture to be prepared');
    const image = await inference.prepare(slot.id, frame);
    this.progress.timings.prepare = Math.max(this.progress.timings.prepare, clock.elapsed() - before);
    stages.set(slot.name, 'running');
    return inference.infer(slot.id, { image });
  }

  /** True when the work was done before the deadline, which counts from the trigger's arrival here. */
  private beforeDeadline(work: Promise<void>): Promise<boolean> {
    const left = Math.max(0, this.spec.config.deadline - this.sinceArrival());
    return new Promise((resolve) => {
      const cancel = this.ports.clock.after(left, () => {
        this.progress.closed = true;
        this.over.abort(OVER);
        resolve(false);
      });
      const done = () => {
        cancel();
        resolve(!this.progress.closed);
      };
      work.then(done, done);
    });
  }

  private judged(): CourseResult {
    const { clock, judge } = this.ports;
    const before = clock.elapsed();
    const input = this.ruleInput(this.readTags());
    try {
      const { verdict, reasons } = judge.judge(input);
      this.progress.timings.rules = clock.elapsed() - before;
      const seen = this.spec.shadows.size > 0 ? this.seen(input) : null;
      return { ...this.common(input.tags), verdict, reasons: [...reasons, ...this.codeReasons()], outcome: 'judged', seen };
    } catch (thrown) {
      return this.failed([asLinesideError(thrown, 'RULE_FAILED', { rule: '?' })]);
    }
  }

  private seen(input: RuleInput): Seen {
    const { held, window, texts } = this.progress;
    const judge = this.ports.judge.asNow(input);
    const judgeWith: Seen['judgeWith'] = (model, finding) => judge({ ...input, findings: { ...input.findings, [model]: finding } });
    return { frames: held, window, texts, judgeWith };
  }

  ruleInput(tags: Inspection['tags']) {
    const { recipe, part } = this.options;
    return { findings: Object.fromEntries(this.progress.findings), tags, recipe, part: part ?? this.code()?.part ?? this.progress.name };
  }

  private codeReasons(): Reason[] {
    const fault = this.code()?.fault;
    return fault ? [{ text: fault.sentence, code: fault.code }] : [];
  }

  private unfinished(): Reason[] {
    const { stages, findings } = this.progress;
    return [...stages].filter(([model]) => !findings.has(model)).map(([model, stage]) => ({ text: `model ${model} was ${stage}` }));
  }

  private failed(faults: readonly LinesideError[], more: readonly Reason[] = []): CourseResult {
    const reasons: Reason[] = [...faults.map((fault) => ({ text: fault.sentence, code: fault.code })), ...more, ...this.codeReasons()];
    return {
      ...this.common(this.readTags()),
      verdict: this.spec.config.on_failure,
      reasons,
      outcome: 'failed',
      seen: null,
    };
  }

  /** What the rules read, and what the config wants on record of every part. */
  private readTags(): Inspection['tags'] {
    const { judge, tags } = this.ports;
    const { record, containment } = this.spec.config;
    const more = [...(record ?? []), ...lotTags(containment)];
    return tags.read(more.length > 0 ? [...judge.tags, ...more] : judge.tags, this.spec.units);
  }

  private common(tags: Inspection['tags']) {
    const { findings, references, window, timings } = this.progress;
    const inOrder = this.options.slots.flatMap(({ name }) => findings.get(name) ?? []);
    return { findings: inOrder, part: this.code()?.part ?? null, frames: [...references], window, tags, timings: { ...timings } };
  }

  private sinceArrival(): number {
    return this.ports.clock.elapsed() - this.trigger.arrived;
  }
}
