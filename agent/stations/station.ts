/**
 * A point on the line where parts are judged. One trigger, one inspection, one verdict, in time: every trigger that reaches fire()
 * gets an answer by its deadline and a record; records are numbered and handed over in the order of the triggers.
 */
import type { Frame, Inspection, ModelSlot, StageTimings, StationState, Trigger } from '../contracts.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Milliseconds, Seconds } from '../time.ts';
import { Ahead } from './ahead.ts';
import { type Told, tell } from './answer.ts';
import { Course, type CourseResult } from './course.ts';
import { illustrate } from './heatmaps.ts';
import { keepsImage } from './images.ts';
import { type Remembered, recall, save } from './memory.ts';
import { Namer, type PartNames } from './names.ts';
import { counterStep } from './parts.ts';
import type { StationMemory, StationPorts, StationSpec } from './ports.ts';
import { chooseRecipe, type RecipeChoice } from './recipe.ts';
import { type AnsweredPart, answeredLast, counterNow, isNumber, missedRecord, type RecoveredPart } from './recover.ts';
import { type Seen, Shadows } from './shadow.ts';
import { wireTrigger } from './triggers.ts';

/** A trigger reaches the agent this long after its part's number, at most: a busy box is late with both. */
const ON_ITS_WAY = Seconds(2);

export class Station {
  readonly spec: StationSpec;
  private readonly ports: StationPorts;
  private readonly ahead: Ahead;
  private readonly memory: Remembered;
  private readonly stops: (() => void)[] = [];
  /** Of the last record handed over. */
  private sequence: number;
  /** Triggers taken; names a part when the PLC does not. Never behind `sequence`, so it does not repeat after a restart. */
  private taken: number;
  private counter: number | null;
  private lastPart: string | null;
  private enabled: boolean;
  private forcedRecipe: string | null = null;
  private lastRecipe: string | null = null;
  private readonly namer: Namer;
  private readonly shadows: Shadows;
  private inFlight = 0;
  private last: StationState['last'] = null;
  /** The PLC has an answer for it, and the disk has no record: it was on its way to the journal when the agent died. */
  private unrecorded: AnsweredPart | null = null;
  /** Records are handed over in the order of the sequence, whatever order their answers were confirmed in. */
  private order: Promise<void> = Promise.resolve();

  constructor(spec: StationSpec, ports: StationPorts, before: StationMemory) {
    this.spec = spec;
    this.ports = ports;
    this.memory = recall(before.saved);
    this.sequence = before.lastSequence;
    this.taken = before.lastSequence;
    this.counter = before.lastCounter;
    this.lastPart = before.lastPart;
    this.enabled = this.memory.enabled;
    if (this.memory.rules !== null) ports.judge.restore(this.memory.rules);
    this.namer = new Namer(spec, ports);
    this.shadows = new Shadows(spec, ports);
    this.ahead = new Ahead(ports, () => chooseRecipe(spec, ports.tags, this.forcedRecipe).slots);
  }

  /** Takes triggers, and looks for parts that passed while the agent was away. */
  async start(): Promise<void> {
    // Read before the first answer of this life covers it.
    this.unrecorded = await this.answeredUnrecorded();
    for (const [camera, source] of this.ports.cameras) this.stops.push(this.ahead.watch(camera, source));
    this.stops.push(wireTrigger(this.spec.config.trigger, this.ports, (trigger) => this.fire(trigger)));
    await this.announce();
    this.publishState();
  }

  /** Takes no more triggers; settles when every part under inspection has its verdict and its record has been handed over. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) stop();
    await this.order;
    this.shadows.stop();
  }

  /** Tells the PLC that the station judges; again after every new session, since a restarted PLC has forgotten, and parts have passed. */
  async announce(): Promise<void> {
    const ready = this.spec.config.answer?.ready;
    const told = ready && this.ports.write([{ tag: ready.tag, value: ready.value }], this.spec.writeTimeout);
    await Promise.all([told, this.lookBack()]);
  }

  /** A trigger by MQTT command. */
  command(part: string | undefined): void {
    const [now, arrived] = [this.ports.clock.now(), this.ports.clock.elapsed()];
    this.fire({ kind: 'command', at: now, received: now, arrived, ...(part === undefined ? {} : { part }) });
  }

  enable(on: boolean): void {
    this.enabled = on;
    this.publishState();
  }

  /** Overrides the recipe tag; null gives it back its say. */
  forceRecipe(recipe: string | null): void {
    if (recipe !== null && !this.spec.slots.has(recipe) && !this.spec.slots.has(''))
      throw new LinesideError('RECIPE_UNKNOWN', { station: this.spec.name, recipe });
    this.forcedRecipe = recipe;
    this.publishState();
  }

  /** Opens every latch; returns what was held. */
  acknowledge(): readonly string[] {
    const held = [...this.memory.latches.values()];
    this.memory.latches.clear();
    this.ports.alarm('STATION_HELD', this.spec.name, false);
    this.publishState();
    return held;
  }

  get depth(): { readonly depth: number; readonly bound: number } {
    return { depth: this.inFlight, bound: this.spec.config.inflight };
  }

  /** The one door for triggers. Synchronous up to the start of the models; never throws. */
  private fire(trigger: Trigger): void {
    const number = ++this.taken;
    const names = this.namer.namesFor(trigger);
    const choice = this.changeover();
    this.inFlight++;
    this.ahead.taken();
    trigger.frame?.hold();
    const done = this.inspect(trigger, number, names, choice).finally(() => {
      this.inFlight--;
      trigger.frame?.release();
    });
    this.order = this.order
      .then(() => done)
      .then((record) => this.handOver(record, trigger))
      .catch((thrown) =>
        this.ports.log.error(
          { station: this.spec.name, ...asLinesideError(thrown).details },
          'an inspection was lost to a fault of the agent itself',
        ),
      );
  }

  private changeover(): RecipeChoice {
    const choice = chooseRecipe(this.spec, this.ports.tags, this.forcedRecipe);
    if (this.lastRecipe !== null && choice.recipe !== this.lastRecipe) this.ports.judge.changeover();
    this.lastRecipe = choice.recipe;
    return choice;
  }

  private refusal(choice: RecipeChoice, part: string | null): LinesideError | undefined {
    const { name: station, config } = this.spec;
    if (!this.enabled) return new LinesideError('STATION_DISABLED', { station, part });
    if (this.inFlight > config.inflight) return new LinesideError('STATION_OVERLOADED', { station, depth: config.inflight });
    return choice.fault ?? undefined;
  }

  private async inspect(trigger: Trigger, number: number, names: Promise<PartNames>, choice: RecipeChoice): Promise<Finished> {
    const { spec, ports } = this;
    const id = ports.newId();
    const refusal = this.refusal(choice, trigger.part ?? null);
    const course = new Course(spec, ports, trigger, {
      slots: choice.slots,
      recipe: choice.recipe,
      part: trigger.part ?? null,
      ...(refusal ? { refusal } : {}),
      onLate: (slot, finding, fault) => this.late(id, trigger, slot, finding, fault),
    });
    const result = await course.run();
    const { part: named, counter } = await names;
    const part = trigger.part ?? result.part ?? named ?? String(number);
    const told = await this.tell(id, part, choice, course, result, trigger);
    const composed = this.compose({ id, trigger, choice, result, part, counter, told });
    return { composed, told, slots: choice.slots, seen: result.seen, frames: course.frames, release: () => course.release() };
  }

  private async tell(id: string, part: string | null, choice: RecipeChoice, course: Course, result: CourseResult, trigger: Trigger) {
    const { judge, clock } = this.ports;
    judge.push(result.verdict);
    const intents = this.decide(course, result).filter(({ latched, rule }) => !latched || !this.memory.latches.has(rule));
    for (const { latched, rule, reason } of intents) if (latched) this.latch(rule, reason);
    const sent = clock.elapsed();
    const told = await tell(this.spec, this.ports, { inspection: id, verdict: result.verdict, part, intents });
    this.ports.alarm('RECIPE_UNKNOWN', this.spec.name, choice.fault !== null, { station: this.spec.name, recipe: choice.recipe });
    return { ...told, verdictMs: sent - trigger.arrived };
  }

  private decide(course: Course, result: CourseResult) {
    try {
      return this.ports.judge.decide(course.ruleInput(result.tags), result.verdict);
    } catch (thrown) {
      const fault = asLinesideError(thrown, 'RULE_FAILED', { rule: 'decisions' });
      this.ports.log.warn({ code: fault.code, station: this.spec.name }, fault.message);
      return [];
    }
  }

  private latch(rule: string, reason: string): void {
    this.memory.latches.set(rule, reason);
    this.ports.alarm('STATION_HELD', this.spec.name, true, { station: this.spec.name, why: reason });
  }

  private compose(of: Composed): Omit<Inspection, 'sequence'> {
    const { trigger, result, told, choice } = of;
    const timings: StageTimings = {
      transport: trigger.received - trigger.at,
      ...result.timings,
      verdict: told.verdictMs,
      answer: told.answer.ms,
    };
    return {
      ...{ id: of.id, station: this.spec.name, at: trigger.at, trigger: trigger.kind },
      ...{ part: of.part, counter: of.counter, recipe: choice.recipe, configHash: this.spec.configHash },
      ...{ outcome: result.outcome, verdict: result.verdict, reasons: result.reasons, findings: result.findings },
      ...{ frames: result.frames, tags: result.tags, window: result.window, answer: told.answer, timings },
    };
  }

  private handOver({ composed, told, slots, seen, frames, release }: Finished, trigger: Trigger): void {
    const { recipe } = composed;
    for (const counter of this.step(composed.counter)) this.recordLost(this.lostPart(counter, recipe));
    const { ports, memory } = this;
    const numbered: Inspection = { ...composed, sequence: ++this.sequence };
    const keeps = keepsImage(this.spec.images, numbered);
    const { findings, images } = keeps ? illustrate(numbered, slots, frames) : { findings: numbered.findings, images: [] };
    const inspection: Inspection = { ...numbered, findings };
    memory.statistics.count(inspection.outcome, inspection.verdict, ports.clock.elapsed() - trigger.arrived);
    this.last = { part: inspection.part, verdict: inspection.verdict, at: inspection.at };
    this.lastPart = inspection.part;
    memory.told.add(inspection.part ?? '');
    ports.record({ inspection, decisions: told.decisions, saved: this.saved() });
    if (keeps) for (const frame of frames) ports.keepImage(inspection.id, { role: 'frame', frame });
    for (const image of images) ports.keepImage(inspection.id, image);
    this.shadows.look(inspection, slots, seen);
    release();
    this.publishState();
  }

  /** Numbers that were skipped since the part before; moves the counter. */
  private step(counter: number | null): readonly number[] {
    const { missed, more } = counterStep(this.counter, counter);
    if (more > 0) this.ports.log.warn({ station: this.spec.name, more }, 'more parts were missed than are recorded one by one');
    this.counter = counter ?? this.counter;
    return missed;
  }

  private async answeredUnrecorded(): Promise<AnsweredPart | null> {
    if (this.lastPart === null && this.counter === null) return null;
    const answered = await answeredLast(this.spec, this.ports);
    const known = answered === null || answered.part === this.lastPart || this.memory.told.has(answered.part);
    return known ? null : answered;
  }

  /**
   * Records what passed unseen up to the number that the counter shows now: in a while, since the triggers of the last parts may still
   * be on their way here. One that comes meanwhile finds the parts before it by itself.
   */
  private async lookBack(): Promise<void> {
    const recipe = this.lastRecipe ?? this.spec.config.recipe?.default ?? 'standard';
    if (this.spec.config.counter === undefined) {
      if (this.unrecorded) this.recordLost(this.lostPart(null, recipe));
      return;
    }
    const now = await counterNow(this.spec, this.ports);
    const concede = () => {
      for (const counter of counterStep(this.counter, now, true).missed) this.recordLost(this.lostPart(counter, recipe));
    };
    const cancel = this.ports.clock.after(ON_ITS_WAY, () => {
      this.order = this.order.then(concede);
    });
    this.stops.push(cancel);
  }

  /** The part with this number, which nobody judged in this life; in the one before, if the PLC has its answer. */
  private lostPart(counter: number | null, recipe: string): RecoveredPart {
    const { unrecorded } = this;
    if (!unrecorded || (counter !== null && !isNumber(this.spec.config, unrecorded, counter)))
      return { part: String(counter), counter, verdict: null, recipe, begun: unrecorded !== null };
    this.unrecorded = null;
    this.memory.told.add(unrecorded.part);
    return { ...unrecorded, counter, recipe };
  }

  private recordLost(lost: RecoveredPart): void {
    const inspection = missedRecord(this.spec, this.ports, lost, ++this.sequence);
    this.counter = Math.max(lost.counter ?? 0, this.counter ?? 0) || this.counter;
    this.memory.statistics.count(inspection.outcome, inspection.verdict, null);
    this.ports.record({ inspection, decisions: [], saved: this.saved() });
  }

  private late(
    inspection: string,
    trigger: Trigger,
    slot: ModelSlot,
    finding: Inspection['findings'][number] | null,
    fault: LinesideError | null,
  ): void {
    const lateMs = this.ports.clock.elapsed() - trigger.arrived - this.spec.config.deadline;
    this.ports.recordLate(this.spec.name, { inspection, finding, model: slot.name, lateMs, ...(fault ? { fault: fault.message } : {}) });
  }

  private saved(): string {
    return save(this.ports.judge.save(), this.memory.latches, this.memory.statistics.counters, this.enabled, this.memory.told.parts);
  }

  get state(): StationState {
    const { statistics, latches } = this.memory;
    return {
      at: this.ports.clock.now(),
      enabled: this.enabled,
      held: [...latches.values()].join('; ') || null,
      recipe: this.forcedRecipe ?? this.lastRecipe ?? this.spec.config.recipe?.default ?? 'standard',
      last: this.last,
      counters: { ...statistics.counters },
      yield: statistics.yield,
      latencyMs: statistics.latency,
    };
  }

  /** Candidates, by the slot that they run beside. */
  get shadowCounters() {
    return this.shadows.counters;
  }

  private publishState(): void {
    this.ports.onState(this.spec.name);
  }
}

interface Finished {
  readonly composed: Omit<Inspection, 'sequence'>;
  readonly told: Told;
  readonly slots: readonly ModelSlot[];
  readonly seen: Seen | null;
  readonly frames: readonly Frame[];
  release(): void;
}

interface Composed {
  readonly id: string;
  readonly trigger: Trigger;
  readonly choice: RecipeChoice;
  readonly result: CourseResult;
  readonly part: string;
  readonly counter: number | null;
  readonly told: Told & { readonly verdictMs: Milliseconds };
}
