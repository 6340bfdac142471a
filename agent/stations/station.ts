/**
 * A point on the line where parts are judged. One trigger, one inspection, one verdict, in time: every trigger that reaches fire()
 * gets an answer by its deadline and a record; records are numbered and handed over in the order of the triggers.
 */
import { partTag } from '../config/part.ts';
import type {
  AnswerNote,
  ChallengeEffect,
  ChallengeResult,
  Decision,
  DecisionIntent,
  Disabled,
  Frame,
  Inspection,
  ModelSlot,
  Placed,
  Reason,
  StageTimings,
  StationState,
  StudyMember,
  Trigger,
} from '../contracts/index.ts';
import { isProduction } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { every, type Milliseconds, Seconds } from '../time.ts';
import { Admission } from './admission.ts';
import { Ahead } from './ahead.ts';
import { decided, NameTag, type Outcome, type Saying, tell } from './answer.ts';
import { aboutThePart, anchorOf, containmentOf, followsFrom, holdFor, quarantineFor, withParts } from './challenges.ts';
import { Course, type CourseResult } from './course.ts';
import { illustrate } from './heatmaps.ts';
import { keepsImage } from './images.ts';
import { type Remembered, recall, save, withoutParts } from './memory.ts';
import { Namer, type NamesMemory, type PartNames } from './names.ts';
import { Passage } from './passage.ts';
import type { StationMemory, StationPorts, StationRecord, StationSpec } from './ports.ts';
import { chooseRecipe, isKnownRecipe, type ProductTag, productTagOf, type RecipeChoice, unsureRecipe } from './recipe.ts';
import { type AnsweredPart, answeredLast, counterNow } from './recover.ts';
import { followed, type Routed, routeOf } from './route.ts';
import { type Seen, Shadows } from './shadow.ts';
import { partOf, type Shown, StudyDuty } from './studies.ts';
import { Transit } from './transit.ts';
import { wireTrigger } from './triggers.ts';

/** A trigger reaches the agent this long after its part's number, at most: a busy box is late with both. */
const ON_ITS_WAY = Seconds(2);
/** How long a verdict waits for the name of its part: this share of the deadline, and no longer than this. */
const PATIENCE: Milliseconds = 250;
const PATIENCE_SHARE = 0.8;
/** How often it is looked which challenge is due, and how often that is kept where no part is. */
const CHALLENGES_EVERY: Milliseconds = Seconds(1);
const CHALLENGES_KEPT: Milliseconds = Seconds(60);
/** What a PLC may take to confirm an empty name: as long the verdict behind it may be late. */
const CLEARED_WITHIN: Milliseconds = 20;

export class Station {
  readonly spec: StationSpec;
  /** Gauge studies: what people say, and what parts do. */
  readonly studies: StudyDuty;
  private readonly ports: StationPorts;
  private readonly ahead: Ahead;
  private readonly memory: Remembered;
  private readonly stops: (() => void)[] = [];
  /** Of the last record handed over. */
  private sequence: number;
  /** Triggers taken; names a part when the PLC does not. Never behind `sequence`, so it does not repeat after a restart. */
  private taken: number;
  /** Noted in the life before, of triggers after its last record. */
  private readonly unrecorded: AnswerNote[];
  /** Number of the trigger of the last record handed over. */
  private recorded: number;
  /** Of the life before. */
  private readonly lastPart: string | null;
  private readonly wentBack: boolean;
  private enabled: boolean;
  private disabled: Disabled | null;
  private stopped = false;
  private forcedRecipe: string | null = null;
  private lastRecipe: string | null = null;
  private readonly product: ProductTag | null;
  /** What of it is in the memory that was handed over last. */
  private savedProduct: string | undefined;
  private toldUnsure = false;
  private readonly namer: Namer;
  private readonly passage: Passage;
  private readonly transit: Transit;
  private readonly admission: Admission;
  private readonly shadows: Shadows;
  private readonly nameTag = new NameTag();
  private inFlight = 0;
  private last: StationState['last'] = null;
  /** Records are handed over in the order of the sequence, whatever order their answers were confirmed in. */
  private order: Promise<void> = Promise.resolve();
  /** What looks back have still to record; each is called off by its key. */
  private readonly conceding = new Map<() => void, Concession>();

  constructor(spec: StationSpec, ports: StationPorts, before: StationMemory) {
    this.spec = spec;
    this.ports = ports;
    this.memory = memoryOf(before);
    this.wentBack = before.wentBack === true;
    const { recipe, taken, unnumbered } = this.memory.progress;
    this.sequence = before.lastSequence;
    this.recorded = taken;
    // Without a memory the notes are of another journal.
    this.unrecorded = before.saved === null ? [] : (before.notes ?? []).filter(({ number }) => number > taken);
    this.taken = Math.max(before.lastSequence, taken, this.unrecorded.at(-1)?.number ?? 0);
    this.lastPart = before.lastPart;
    this.enabled = this.memory.enabled;
    this.disabled = this.memory.disabled;
    if (this.memory.rules !== null) ports.judge.restore(this.memory.rules);
    if (this.memory.progress.challenges !== null) ports.challenges?.restore(this.memory.progress.challenges);
    if (this.memory.progress.studies !== null) ports.studies?.restore(this.memory.progress.studies);
    // A config that no longer has it gives the tag its say back.
    if (recipe !== null && isKnownRecipe(spec, recipe)) this.forcedRecipe = recipe;
    const { product: memory } = this.memory.progress;
    this.product = productTagOf(spec, ports, { memory, changed: () => this.productChanged() });
    this.savedProduct = this.memory.progress.product?.said;
    this.namer = new Namer(spec, ports, this.memory.progress.names ?? namesOf(spec, before));
    this.passage = new Passage(spec, ports, before.lastCounter, unnumbered);
    this.transit = new Transit(ports.clock);
    this.admission = new Admission(spec.config.inflight, spec.config.deadline);
    this.shadows = new Shadows(spec, ports);
    this.studies = new StudyDuty({
      spec,
      ports,
      saved: () => this.saved(),
      recipe: () => chooseRecipe(spec, this.product, this.forcedRecipe).recipe,
      changed: () => this.publishState(),
    });
    this.ahead = new Ahead(ports, () => chooseRecipe(spec, this.product, this.forcedRecipe).slots);
  }

  /** Takes triggers, and looks for parts that passed while the agent was away. */
  async start(): Promise<void> {
    if (this.stopped) return;
    // Read before the first answer of this life covers it.
    const answered = await this.answeredUnrecorded();
    // Stopped before it was started: nobody may be told that it judges.
    if (this.stopped) return;
    this.passage.recover(answered);
    for (const [camera, source] of this.ports.cameras) this.stops.push(this.ahead.watch(camera, source));
    this.stops.push(wireTrigger(this.spec.config.trigger, this.ports, (trigger) => this.fire(trigger)));
    this.watchChallenges();
    this.stops.push(this.studies.watch());
    // The next life must not find what this one has let be.
    if (this.wentBack) this.ports.remember(this.saved());
    await this.announce();
    this.publishState();
  }

  /** Takes no more triggers; settles when every part under inspection has its verdict and its record has been handed over. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const stop of this.stops.splice(0)) stop();
    for (const cancel of this.conceding.keys()) cancel();
    await this.order;
    // Heard while the station was made, or after the last part.
    if (this.product?.memory?.said !== this.savedProduct) this.ports.remember(this.saved());
    this.product?.stop();
    this.namer.stop();
    this.transit.stop();
    this.shadows.stop();
  }

  /** Tells the PLC that the station judges; again after every new session, since a restarted PLC has forgotten, and parts have passed. */
  async announce(): Promise<void> {
    if (this.stopped) return;
    const ready = this.spec.config.answer?.ready;
    const told = ready && this.ports.write([{ tag: ready.tag, value: ready.value }], this.spec.writeTimeout);
    await Promise.all([told, this.lookBack()]);
  }

  /** A trigger by MQTT command. */
  command(part: string | undefined): void {
    const [now, arrived] = [this.ports.clock.now(), this.ports.clock.elapsed()];
    this.fire({ kind: 'command', at: now, received: now, arrived, ...(part === undefined ? {} : { part }) });
  }

  /** By command of `by`. Switched off twice, it stays the first one's. */
  enable(on: boolean, by: string | null): void {
    if (on) this.disabled = null;
    else if (this.enabled) this.disabled = { since: this.ports.clock.now(), by };
    this.enabled = on;
    this.remember();
  }

  /** Overrides the recipe tag, over restarts too; null gives it back its say. */
  forceRecipe(recipe: string | null): void {
    if (recipe !== null && !isKnownRecipe(this.spec, recipe))
      throw new LinesideError('RECIPE_UNKNOWN', { station: this.spec.name, recipe });
    this.forcedRecipe = recipe;
    this.tellRecipe();
    this.remember();
  }

  /** The next life may begin without power in between, and while nobody can be asked. */
  private productChanged(): void {
    this.tellRecipe();
    if (this.product?.memory?.said !== this.savedProduct) this.remember();
  }

  /** Over when the tag says so itself, or a person: not only with the next part. */
  private tellRecipe(): void {
    if (!this.toldUnsure || (this.forcedRecipe === null && this.product?.doubt)) return;
    this.toldUnsure = false;
    this.ports.alarm('RECIPE_UNSURE', this.spec.name, null);
  }

  /** Opens every latch; returns what was held. */
  acknowledge(): readonly string[] {
    const held = [...this.memory.latches.values()];
    this.memory.latches.clear();
    this.ports.alarm('STATION_HELD', this.spec.name, null);
    this.remember();
    return held;
  }

  /** dropped: parts that were answered with on_failure, since more were under inspection than can be judged in time. */
  get depth(): { readonly depth: number; readonly bound: number; readonly dropped: number } {
    return { depth: this.inFlight, bound: this.spec.config.inflight, dropped: this.admission.refused };
  }

  /** The one door for triggers. Synchronous up to the start of the models; never throws. */
  private fire(trigger: Trigger): void {
    const number = ++this.taken;
    const { deadline } = this.spec.config;
    const names = this.namer.namesFor(trigger, trigger.arrived + Math.min(PATIENCE, deadline * PATIENCE_SHARE));
    const start: Start = {
      trigger,
      number,
      names,
      choice: this.changeover(),
      age: this.transit.ageOf(trigger),
      placed: this.studies.take(),
    };
    this.inFlight++;
    this.ahead.taken();
    trigger.frame?.hold();
    const done = this.inspect(start).finally(() => {
      this.inFlight--;
      trigger.frame?.release();
    });
    this.inOrder(async () => this.handOver(await done, start));
  }

  /** After all that was begun before. What it throws is told and keeps nobody waiting. */
  private inOrder(work: () => Promise<void> | void): void {
    this.order = this.order.then(work).catch((thrown: unknown) => {
      const details = { station: this.spec.name, ...asLinesideError(thrown).details };
      this.ports.log.error(details, 'an inspection was lost to a fault of the agent itself');
    });
  }

  private changeover(): RecipeChoice {
    const choice = chooseRecipe(this.spec, this.product, this.forcedRecipe);
    const before = this.recipeBefore;
    if (before !== null && choice.recipe !== before) {
      this.ports.judge.changeover();
      this.ports.challenges?.begin('changeover');
    }
    this.lastRecipe = choice.recipe;
    const { doubt, recipe } = choice;
    if (doubt) {
      this.toldUnsure = true;
      this.ports.alarm('RECIPE_UNSURE', this.spec.name, unsureRecipe(this.spec.name, recipe, doubt));
    }
    return choice;
  }

  /** Of the last part, in the life before where there was none in this one: the product may have been changed while nobody looked. */
  private get recipeBefore(): string | null {
    return this.lastRecipe ?? this.memory.statistics.changeover?.recipe ?? null;
  }

  /** A fault known before the start, or the number under which the part was taken on. */
  private admit(choice: RecipeChoice, part: string | null): LinesideError | number {
    const { name: station, config } = this.spec;
    if (!this.enabled) return new LinesideError('STATION_DISABLED', { station, part: part === null ? 'this part' : `part ${part}` });
    if (choice.fault) return choice.fault;
    return (
      this.admission.admit() ?? new LinesideError('STATION_OVERLOADED', { station, depth: Math.min(this.inFlight - 1, config.inflight) })
    );
  }

  private async inspect(start: Start): Promise<Finished> {
    const { spec, ports } = this;
    const { trigger, choice } = start;
    const id = ports.newId();
    const admitted = this.admit(choice, trigger.part ?? null);
    const course = new Course(spec, ports, trigger, {
      slots: choice.slots,
      recipe: choice.recipe,
      part: trigger.part ?? null,
      ...(ports.judge.needsName ? { name: start.names.then((names) => this.told(names)) } : {}),
      ...(typeof admitted === 'number' ? {} : { refusal: admitted }),
      onLate: (slot, finding, fault) => this.late(id, trigger, slot, finding, fault),
    });
    const result = await course.run();
    if (typeof admitted === 'number') this.admission.done(admitted, course.worked);
    const names = await start.names;
    const known = this.idOf(start, result, names);
    // Where neither the part itself nor the PLC names it the station counts; what they should have told and have not is no name.
    const part = known ?? names.part ?? (this.namer.isTold && trigger.kind !== 'command' ? null : String(start.number));
    const own = this.studies.member(part, start.placed);
    const challenge = own ? null : this.challengeOf(part, result);
    const member = own ?? (challenge ? null : this.studies.elsewhere(known ?? names.part));
    const told = await this.tell({ id, part, known, challenge, member, course, result, start, counter: names.counter });
    const composed = this.compose({ id, start, result, part, known, challenge, names, told });
    const { seen } = result;
    return { composed, told, names, member, slots: choice.slots, seen, frames: course.frames, release: () => course.release() };
  }

  /** What the part is known by at other stations too; a number that was counted here is nobody's id. */
  private idOf({ trigger }: Start, { part: read }: CourseResult, names: PartNames): string | null {
    return trigger.part ?? read ?? this.told(names);
  }

  /** By its part tag: without one the PLC tells a number. */
  private told({ part }: PartNames): string | null {
    return partTag(this.spec.config.part) === undefined ? null : part;
  }

  /** Null: it is production. */
  private challengeOf(part: string | null, result: CourseResult): ChallengeResult | null {
    const { challenges } = this.ports;
    const name = challenges?.recognise(part) ?? null;
    return !challenges || name === null ? null : challenges.compare(name, result);
  }

  private async tell({
    id,
    part,
    known,
    challenge,
    member,
    counter,
    course,
    result,
    start,
  }: Telling): Promise<Outcome & { readonly verdictMs: Milliseconds }> {
    const { judge, clock } = this.ports;
    const { name: station, config } = this.spec;
    const { trigger, choice, age } = start;
    if (!challenge && !member) judge.push(result.verdict);
    const route = routeOf(this.spec, this.ports, {
      inspection: id,
      part: known,
      input: () => course.ruleInput(result.tags),
      judged: result,
      isProduction: challenge === null && member === null,
    });
    const decided = this.decide(course, result);
    const follows = this.untaken(member ? aboutThePart(decided) : this.follows(decided, challenge));
    const intents = route ? [...follows, route.intent] : follows;
    const sent = clock.elapsed();
    const until = trigger.arrived - age + config.deadline;
    const withheld = () => {
      const isLate = clock.elapsed() > until + (clock.elapsed() > sent ? CLEARED_WITHIN : 0);
      return isLate ? new LinesideError('PART_UNNAMED', { station, why: TOO_LATE }) : null;
    };
    if (config.answer && (part !== null || !withheld()))
      this.ports.noteAnswer({
        station,
        number: start.number,
        part,
        counter,
        verdict: result.verdict,
        recipe: choice.recipe,
        ...(start.placed ? { placed: start.placed } : {}),
      });
    const saying = { inspection: id, verdict: result.verdict, part, known, intents, withheld };
    const told = await this.sayWithRoute(saying, route);
    this.ports.alarm('RECIPE_UNKNOWN', station, choice.fault);
    return { ...told, verdictMs: sent - trigger.arrived };
  }

  /** Whatever happens on the way, it is settled whether the conveyor was told. */
  private async sayWithRoute(saying: Saying, route: Routed | null): Promise<Outcome> {
    let [isTold, isNamed] = [false, true];
    try {
      const told = await tell(this.spec, this.ports, saying, this.nameTag);
      if (!route) return told;
      const what = followed(route, told.decisions);
      [isTold, isNamed] = [what.isTold, told.isNamed];
      return { ...told, decisions: what.decisions };
    } finally {
      if (route) this.ports.routes?.told(route.choice, isTold, isNamed);
    }
  }

  private follows(intents: readonly DecisionIntent[], challenge: ChallengeResult | null): readonly DecisionIntent[] {
    const { challenges } = this.ports;
    return challenge && challenges ? followsFrom(intents, challenge, { challenges, spec: this.spec }) : intents;
  }

  /** Those that do not stand already; what is held from now on is remembered. */
  private untaken(intents: readonly DecisionIntent[]): readonly DecisionIntent[] {
    const fresh = this.notStanding(intents);
    this.latchAll(fresh);
    return fresh;
  }

  private notStanding(intents: readonly DecisionIntent[]): readonly DecisionIntent[] {
    return intents.filter(({ latched, rule }) => !latched || !this.memory.latches.has(rule));
  }

  private latchAll(intents: readonly DecisionIntent[]): void {
    for (const { latched, rule, reason } of intents) if (latched) this.latch(rule, reason);
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
    this.ports.alarm('STATION_HELD', this.spec.name, new LinesideError('STATION_HELD', { station: this.spec.name, why: reason }));
  }

  private compose({ id, start, result, part, known, challenge, names, told }: Composed): Omit<Inspection, 'sequence'> {
    const { trigger, choice } = start;
    const timings: StageTimings = {
      transport: trigger.received - trigger.at,
      ...result.timings,
      verdict: told.verdictMs,
      answer: told.answer.ms,
    };
    const { fault } = names;
    const unnamed: Reason[] = fault ? [{ text: fault.sentence, code: fault.code }] : [];
    const unsure = choice.doubt && unsureRecipe(this.spec.name, choice.recipe, choice.doubt);
    const stale: Reason[] = unsure ? [{ text: unsure.sentence, code: unsure.code }] : [];
    return {
      id,
      station: this.spec.name,
      at: trigger.at,
      trigger: trigger.kind,
      part,
      ...(part !== null && known === null ? { counted: true as const } : {}),
      counter: names.counter,
      recipe: choice.recipe,
      configHash: this.spec.configHash,
      outcome: result.outcome,
      verdict: result.verdict,
      reasons: [...result.reasons, ...unnamed, ...stale],
      findings: result.findings,
      frames: result.frames,
      tags: result.tags,
      window: result.window,
      answer: told.answer,
      timings,
      ...(challenge ? { challenge } : {}),
    };
  }

  private handOver({ composed, told, names, member, slots, seen, frames, release }: Finished, { trigger, number }: Start): void {
    const { ports, memory } = this;
    if (trigger.kind !== 'command') {
      // Triggers come in their order: those of the order before that were still on their way have come.
      if (this.passage.beginsAnew(composed.counter)) this.concedeAll();
      this.recordLost(this.passage.before(composed.counter, composed.recipe, names.passed));
    }
    const numbered: Inspection = { ...composed, sequence: ++this.sequence };
    const keeps = keepsImage(this.spec.images, { ...numbered, isMaster: member !== null });
    const { findings, images } = keeps ? illustrate(numbered, slots, frames) : { findings: numbered.findings, images: [] };
    const shown = this.studies.shown(member, numbered);
    const inspection: Inspection = { ...numbered, findings, ...(shown.part ? { study: shown.part } : {}) };
    if (isProduction(inspection)) memory.statistics.count(inspection, ports.clock.elapsed() - trigger.arrived);
    this.last = { part: inspection.part, verdict: inspection.verdict, at: inspection.at };
    this.recorded = number;
    if (inspection.part !== null) memory.told.add(inspection.part);
    if (this.accepts(this.withWays(this.recordOf(inspection, told.decisions, shown)), shown)) {
      if (keeps) for (const frame of frames) ports.keepImage(inspection.id, { role: 'frame', frame });
      for (const image of images) ports.keepImage(inspection.id, image);
      ports.judged?.(inspection, frames);
    }
    this.shadows.look(inspection, slots, seen);
    release();
    this.publishState();
  }

  /** With what has become of parts that were sent: this one among them. */
  private withWays(record: StationRecord): StationRecord {
    const routed = this.ports.routes?.taken(record.inspection.id) ?? [];
    return routed.length > 0 ? { ...record, routed } : record;
  }

  /** Where the journal has no room for it, its number is the next one's, and what it was in a study is asked for again. */
  private accepts(record: StationRecord, shown: Shown): boolean {
    const accepted = this.ports.record(record);
    if (!accepted) {
      this.sequence--;
      if (record.routed) this.ports.routes?.giveBack(record.routed);
      shown.back();
    }
    if (shown.part) this.ports.onStudies?.();
    return accepted;
  }

  /** With what follows for the challenges: they are shown, or one more part passes unproven. */
  private recordOf(inspection: Inspection, decisions: readonly Decision[], shown?: Shown): StationRecord {
    const { challenges, newId } = this.ports;
    const { challenge, station, at } = inspection;
    if (inspection.study) {
      const { studies = [], showings = [] } = shown ?? {};
      return { inspection, decisions, studies, showings, saved: this.saved() };
    }
    if (!challenges || !challenge) {
      challenges?.produced(1);
      return { inspection, decisions, saved: this.saved() };
    }
    const effect = challenges.shown(challenge, anchorOf(inspection), newId);
    const containment = containmentOf(station, effect, at);
    this.ports.onChallenges?.();
    if (!containment) return { inspection, decisions, saved: this.saved() };
    const followed = challenge.passed ? [...decisions, this.ended(inspection, effect)] : decisions;
    const all = followed.map((decision) => withParts(decision, containment));
    return { inspection, decisions: all, containments: [containment], saved: this.saved() };
  }

  /** The challenge passed again: whoever was told of the stretch hears where it ends. */
  private ended({ id, station }: Inspection, { name }: ChallengeEffect): Decision {
    const { action, reason, rule, latched } = quarantineFor(this.spec, name, 'passed');
    const { clock, newId } = this.ports;
    return { id: newId(), station, at: clock.now(), inspection: id, action, reason, rule, latched, writes: [] };
  }

  private watchChallenges(): void {
    const { challenges, clock } = this.ports;
    if (!challenges) return;
    let kept = clock.elapsed();
    const look = () => {
      for (const effect of challenges.look(this.ports.newId)) this.inOrder(() => this.follow(effect));
      this.ports.onChallenges?.();
      // Where no part is recorded, a kill must not cost the time that has passed.
      if (clock.elapsed() - kept < CHALLENGES_KEPT) return;
      kept = clock.elapsed();
      this.ports.remember(this.saved());
    };
    look();
    this.stops.push(every(clock, CHALLENGES_EVERY, look));
  }

  /** What follows from a challenge that nobody has shown. */
  private async follow(effect: ChallengeEffect): Promise<void> {
    const { name, hold } = effect;
    const { challenges } = this.ports;
    // Its part was under inspection when it was late: what follows from that one is on record, and ends the stretch or goes on with it.
    if (!challenges?.isUntold(name)) return;
    const intents = this.notStanding([...(hold ? [holdFor(name, effect)] : []), quarantineFor(this.spec, name, effect.kind)]);
    const decisions = await decided(this.spec, this.ports, intents);
    // Remembered together with the decisions: after a kill before, all of it follows once more.
    this.latchAll(intents);
    challenges.told(name);
    const containment = containmentOf(this.spec.name, effect, this.ports.clock.now());
    const told = containment ? decisions.map((decision) => withParts(decision, containment)) : decisions;
    this.ports.decided?.({ decisions: told, containments: containment ? [containment] : [], saved: this.saved() });
    this.publishState();
  }

  /** As noted; after a power cut, where there are no notes, the one that the PLC shows. */
  private async answeredUnrecorded(): Promise<readonly AnsweredPart[]> {
    const { last } = this.passage;
    const unrecorded = this.unrecorded.map((note): AnsweredPart => ({ ...note, unconfirmed: true }));
    if (this.lastPart === null && last === null) return unrecorded;
    const answered = await answeredLast(this.spec, this.ports);
    if (answered === null) return unrecorded;
    const shown = unrecorded.findLast(({ part, verdict }) => part === answered.part && verdict === answered.verdict);
    if (shown) return unrecorded.map((one) => (one === shown ? { ...one, unconfirmed: false } : one));
    const known = [this.lastPart, ...this.memory.told.parts, ...unrecorded.map(({ part }) => part)];
    if (known.includes(answered.part)) return unrecorded;
    if (answered.counter !== null && last !== null && answered.counter <= last) return unrecorded;
    return [...unrecorded, answered];
  }

  /**
   * Records what passed unseen up to the number that the counter shows now: in a while, since the triggers of the last parts may still
   * be on their way here. One that comes meanwhile finds the parts before it by itself.
   */
  private async lookBack(): Promise<void> {
    const recipe = this.recipeBefore ?? this.spec.config.recipe?.default ?? 'standard';
    const now = await counterNow(this.spec, this.ports);
    // Who comes after a stopped station looks back by itself, and has its numbers.
    if (this.stopped) return;
    const { last } = this.passage;
    const concede = () => {
      // The PLC began to count anew meanwhile: the number is of the order before, and nothing is known to be missing of this one.
      if ((this.passage.last ?? 0) < (last ?? 0)) return;
      // Before the first number of all nothing is missing: one that was only read is no beginning, and may be of the order before.
      this.recordLost(this.passage.upTo(last === null ? null : now, recipe));
    };
    if (this.spec.config.counter === undefined) return concede();
    // A newer number says all that an older one would, but for one of an order that has begun since.
    for (const [older, { number }] of this.conceding) {
      if (now === null || number > now) continue;
      older();
      this.conceding.delete(older);
    }
    const cancel = this.ports.clock.after(ON_ITS_WAY, () => {
      this.conceding.delete(cancel);
      this.inOrder(concede);
    });
    this.conceding.set(cancel, { number: now ?? 0, concede });
  }

  private concedeAll(): void {
    for (const [cancel, { concede }] of this.conceding) {
      cancel();
      concede();
    }
    this.conceding.clear();
  }

  private recordLost(lost: readonly Omit<Inspection, 'sequence'>[]): void {
    for (const one of lost) {
      const inspection = this.asMaster({ ...one, sequence: ++this.sequence });
      const { outcome, missed, part } = inspection;
      const parts = missed ? missed.to - missed.from + 1 : 1;
      if (isProduction(inspection)) {
        this.memory.statistics.count(inspection, null, parts);
        this.ports.challenges?.produced(parts);
      }
      if (outcome === 'unrecorded') this.recovered(part);
      const record = inspection.challenge ? this.recordOf(inspection, []) : { inspection, decisions: [], saved: this.saved() };
      if (!this.ports.record(record)) this.sequence--;
    }
  }

  /** A master part that was answered and never recorded is no production either, and has not passed. */
  private asMaster(lost: Inspection): Inspection {
    const { challenges } = this.ports;
    const studied = this.studies.lost(lost, this.unrecorded[0]);
    if (studied.study || lost.outcome !== 'unrecorded') return studied;
    const name = challenges?.recognise(lost.part) ?? null;
    if (challenges && name !== null) return { ...lost, challenge: challenges.compare(name, lost) };
    const elsewhere = this.studies.elsewhere(lost.part);
    return elsewhere ? { ...lost, study: partOf(elsewhere) } : lost;
  }

  /** They come in the order of their notes; the next life must not find them again. */
  private recovered(part: string | null): void {
    if (part !== null) this.memory.told.add(part);
    this.recorded = Math.max(this.recorded, this.unrecorded.shift()?.number ?? 0);
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

  /** What it has to remember, as it is now. */
  saved(): string {
    const { unnumbered } = this.passage;
    const product = this.product?.memory ?? null;
    this.savedProduct = product?.said;
    return save(
      this.ports.judge.save(),
      this.memory,
      { enabled: this.enabled, disabled: this.disabled },
      {
        recipe: this.forcedRecipe,
        taken: this.recorded,
        unnumbered,
        names: this.namer.memory,
        product,
        challenges: this.ports.challenges?.save() ?? null,
        studies: this.ports.studies?.save() ?? null,
      },
    );
  }

  /** What a command changed, at once: the next record may be the next life's. */
  private remember(): void {
    this.ports.remember(this.saved());
    this.publishState();
  }

  get state(): StationState {
    const { statistics, latches } = this.memory;
    return {
      at: this.ports.clock.now(),
      enabled: this.enabled,
      disabled: this.disabled,
      held: [...latches.values()].join('; ') || null,
      recipe: this.forcedRecipe ?? this.recipeBefore ?? this.spec.config.recipe?.default ?? 'standard',
      last: this.last,
      counters: { ...statistics.counters },
      changeover: statistics.changeover,
      yield: statistics.yield,
      latencyMs: statistics.latency,
      ...(this.ports.challenges ? { challenges: this.ports.challenges.states } : {}),
      ...(this.ports.studies?.open ? { study: this.ports.studies.open } : {}),
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

function memoryOf({ saved, wentBack, lastSequence, notes }: StationMemory): Remembered {
  const memory = recall(saved);
  return wentBack ? withoutParts(memory, Math.max(lastSequence, notes?.at(-1)?.number ?? 0)) : memory;
}

/** Where an older version kept nothing else of them. */
const namesOf = ({ config }: StationSpec, { lastPart, lastCounter }: StationMemory): NamesMemory => {
  const of = (tag: string | undefined, taken: string | null) => (tag === undefined ? null : { tag, taken, order: null, arrivals: 0 });
  return { part: of(partTag(config.part), lastPart), counter: of(config.counter, lastCounter === null ? null : String(lastCounter)) };
};

const TOO_LATE = 'its name is not known and its deadline is over, so the PLC was not told';

/** What is known of a part when its trigger is taken. */
interface Start {
  readonly trigger: Trigger;
  /** Counts the triggers of the station. */
  readonly number: number;
  readonly names: Promise<PartNames>;
  readonly choice: RecipeChoice;
  /** How old the trigger was when it arrived. */
  readonly age: Milliseconds;
  /** It is that of the part that was announced for a study. */
  readonly placed: Placed | null;
}

/** Parts that passed unseen up to that number, which will have been missed if nobody comes for them. */
interface Concession {
  readonly number: number;
  readonly concede: () => void;
}

interface Telling {
  readonly id: string;
  readonly part: string | null;
  /** Its id; null: `part` is a number, or nothing. */
  readonly known: string | null;
  readonly challenge: ChallengeResult | null;
  readonly member: StudyMember | null;
  readonly counter: number | null;
  readonly course: Course;
  readonly result: CourseResult;
  readonly start: Start;
}

interface Finished {
  readonly composed: Omit<Inspection, 'sequence'>;
  readonly told: Outcome;
  readonly names: PartNames;
  readonly member: StudyMember | null;
  readonly slots: readonly ModelSlot[];
  readonly seen: Seen | null;
  readonly frames: readonly Frame[];
  release(): void;
}

interface Composed {
  readonly id: string;
  readonly start: Start;
  readonly result: CourseResult;
  readonly part: string | null;
  readonly known: string | null;
  readonly challenge: ChallengeResult | null;
  readonly names: PartNames;
  readonly told: Outcome & { readonly verdictMs: Milliseconds };
}
