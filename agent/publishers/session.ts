/** One connection, from CONNACK to its end: commands in, events, states and answers out. What it learns goes into the memory. */
import type { IPublishPacket } from 'mqtt';
import type { PublisherContext, StoredOutboxRow } from '../contracts/index.ts';
import { endsWithin, every, type Milliseconds, Minutes, Seconds } from '../time.ts';
import { CommandDesk, type IncomingCommand, type Reply } from './commands.ts';
import { Drain } from './drain.ts';
import type { Memory } from './memory.ts';
import { replyPayload, statusPayload } from './payloads.ts';
import type { StatusPayload } from './schemas.ts';
import { senderOf } from './sender.ts';
import { REPEAT } from './standing.ts';
import type { Refused, Sending } from './suspects.ts';
import { STEADY } from './takeover.ts';
import { isAnswerTopic, type Topics } from './topics.ts';
import type { SendOptions, Wire } from './wire.ts';

export interface SessionOptions {
  readonly publisher: string;
  readonly agent: string;
  readonly version: string;
  readonly topics: Topics;
  /** Unacknowledged events, at most. */
  readonly inflight: number;
  readonly lateAfter: Milliseconds;
  readonly commands: boolean;
  readonly wire: Wire;
  readonly memory: Memory;
  readonly ctx: PublisherContext;
  /** Something that stands has changed. */
  readonly onChange: () => void;
}

/** A frozen broker is noticed after this long at most, or after `keepalive` where that is shorter. */
export const ACKNOWLEDGED_WITHIN: Milliseconds = Seconds(10);
/** What is left to say at the end: what is committed, then that we are gone. The runner waits 3 s. */
const FLUSH_WITHIN: Milliseconds = Seconds(1);
const FAREWELL_WITHIN: Milliseconds = 400;
/** Slots of the broker's window that events leave to states, alarms and replies. */
const KEPT_FREE = 4;
/** One message at a time for this long without a loss: whatever ended the connections is not among what is sent now. */
const CAREFUL_FOR: Milliseconds = Seconds(30);
/** Events that wait have a connection to themselves for so long where a retained value is suspected to end it. */
const EVENTS_FIRST: Milliseconds = Seconds(3);
/** What the broker said no to is asked again this often. */
const RECONSIDER_AFTER: Milliseconds = Minutes(10);
/** Times as long as anything may be passed over on a connection: what was passed over before has had its turn on it. */
const CAUGHT_UP_AT = 4;
/** No commands for this long after a flood; then it is tried again. */
const FLOOD_PAUSE: Milliseconds = Seconds(10);

export class Session {
  private readonly options: SessionOptions;
  private readonly drain: Drain;
  private readonly desk: CommandDesk;
  private readonly timers: (() => void)[] = [];
  private careful: boolean;
  /** Nobody is told any more that we are online. */
  private leaving = false;
  private stopped = false;

  constructor(options: SessionOptions) {
    this.options = options;
    this.careful = options.memory.suspects.careful;
    this.desk = this.openDesk();
    this.drain = this.openDrain();
  }

  get unacknowledged(): number {
    return this.drain.unacknowledged;
  }
  get sent(): number {
    return this.drain.sent;
  }
  get refused(): number {
    return this.drain.refused;
  }
  get commandsDropped(): number {
    return this.desk.dropped;
  }

  /** Until the wire is lost, which it throws, or the signal says so. */
  async serve(signal: AbortSignal): Promise<void> {
    const { wire, memory } = this.options;
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    memory.suspects.began();
    this.reconsiderWhereDue();
    wire.oneAtATime(this.careful);
    const begun = await Promise.race([this.begin(signal), ended]);
    if (begun) await Promise.race([ended, wire.lost]);
    await this.leave();
  }

  /** Nothing more is sent; what was acknowledged is marked. */
  stop(): void {
    const { retained } = this.options.memory;
    this.stopped = true;
    for (const end of this.timers.splice(0)) end();
    retained.detach();
    this.drain.stop();
  }

  /** Commands first: whoever sees us online may send one. */
  private async begin(signal: AbortSignal): Promise<boolean> {
    const { wire, ctx, memory, topics } = this.options;
    wire.onMessage((topic, body, packet) => this.desk.take(this.incoming(topic, body, packet)));
    // Before the first message: the watch begins with it.
    wire.onPause((overtaken) => this.askBroker(overtaken));
    await this.subscribe();
    await this.greet();
    if (signal.aborted) return false;
    await Promise.race([this.drain.start(), wire.lost]);
    if (signal.aborted) return true;
    if (memory.suspects.valuesLast) void this.attachAfterEvents();
    else this.attach();
    this.startTimers();
    ctx.log.debug({ topics: topics.commands }, 'publishing');
    ctx.online();
    this.options.onChange();
    return true;
  }

  private attach(): void {
    const { ctx, memory } = this.options;
    const { suspects } = memory;
    memory.retained.attach({
      clock: ctx.clock,
      send: ({ topic, kind, payload }, done) => this.sendValue({ what: 'value', topic, kind }, payload, done, { retain: true }),
      // Asked each time: what it is for ends before the connection does.
      most: () => (suspects.valuesLast ? 1 : undefined),
      ...(suspects.valuesLast && { isFirst: (topic: string) => suspects.tookValue(topic) }),
    });
  }

  /** A retained value may end this connection: not before the events that wait are through, or for a while were on their way. */
  private async attachAfterEvents(): Promise<void> {
    const { ctx } = this.options;
    await endsWithin(ctx.clock, this.drain.drained(), EVENTS_FIRST);
    if (!this.stopped && !this.leaving) this.attach();
  }

  private startTimers(): void {
    const { wire, ctx, memory } = this.options;
    const { clock } = ctx;
    if (!wire.abilities.retain) this.timers.push(every(clock, REPEAT, () => memory.retained.again()));
    this.timers.push(
      every(clock, RECONSIDER_AFTER, () => {
        this.reconsider();
        memory.retained.again();
      }),
    );
    if (memory.suspects.valuesLast) this.timers.push(clock.after(CAREFUL_FOR, () => this.valuesAtOnce()));
    if (memory.suspects.waits) this.timers.push(clock.after(CAUGHT_UP_AT * wire.late, () => this.caughtUp()));
    if (this.careful) this.timers.push(clock.after(CAREFUL_FOR, () => this.widen()));
    if (memory.takeover.why !== null) {
      this.timers.push(
        clock.after(STEADY, () => {
          memory.takeover.steady();
          this.options.onChange();
        }),
      );
    }
  }

  private reconsider(): void {
    const { ctx, memory } = this.options;
    memory.reconsideredAt = ctx.clock.elapsed();
    memory.suspects.reconsider();
  }

  /** Connections that never last are no reason to take for ever what the broker once said for its answer. */
  private reconsiderWhereDue(): void {
    const { ctx, memory } = this.options;
    const now = ctx.clock.elapsed();
    memory.reconsideredAt ??= now;
    if (now - memory.reconsideredAt >= RECONSIDER_AFTER) this.reconsider();
  }

  private valuesAtOnce(): void {
    const { suspects, retained } = this.options.memory;
    suspects.steady();
    retained.nudge();
  }

  private caughtUp(): void {
    this.options.memory.suspects.caughtUp();
    this.options.onChange();
  }

  /**
   * A pause may be the broker's, or only of what is under way: where that decides whether a topic is given up, the status tells, since the
   * broker has taken it before. Beside it nothing may be where one message at a time is asked for.
   */
  private askBroker(overtaken: readonly Sending[]): void {
    const { memory, topics } = this.options;
    if (this.careful || this.leaving || !memory.suspects.wonders(overtaken)) return;
    this.sendValue({ what: 'status', topic: topics.status }, this.status('online'), () => {}, { retain: true });
  }

  private async subscribe(): Promise<void> {
    const { wire, ctx, memory, topics, commands } = this.options;
    const topic = topics.commands;
    const denied = memory.suspects.deniedWhy({ what: 'subscription', topic });
    memory.commandsRefused = commands ? (denied ?? (await wire.subscribe(topic))) : null;
    // A plant may want an agent that only speaks.
    if (memory.commandsRefused === null) memory.suspects.answered({ what: 'subscription', topic }, null);
    else ctx.log.warn({ code: 'MQTT_NO_COMMANDS', topic, why: memory.commandsRefused }, 'the broker allows no commands');
  }

  /** Stopping is not a fault: what fails now is sent by the next life. */
  private async leave(): Promise<void> {
    const { wire } = this.options;
    this.leaving = true;
    const flushed = Promise.all([this.say('stopping'), this.drain.drained()]);
    await wire.within(FLUSH_WITHIN, 'sending what is left', flushed).catch(() => {});
    await wire.within(FAREWELL_WITHIN, 'saying goodbye', this.say('offline')).catch(() => {});
  }

  private openDrain(): Drain {
    const { publisher, ctx, inflight, lateAfter, wire } = this.options;
    return new Drain({
      publisher,
      outbox: ctx.outbox,
      clock: ctx.clock,
      window: Math.min(inflight, Math.max(1, wire.capacity - KEPT_FREE)),
      lateAfter,
      send: (row, payload, done) => this.sendEvent(row, payload, done),
      onRefused: (row, why) => this.tellRefused(row, why),
      onFault: (thrown) => wire.end(thrown),
    });
  }

  /** HOT PATH. */
  private sendEvent(row: StoredOutboxRow, payload: string, done: (refused: string | null) => void): boolean {
    const { wire, memory } = this.options;
    const sending: Sending = { what: 'event', topic: row.topic, row: row.id };
    const denied = memory.suspects.deniedWhy(sending);
    if (denied !== null) {
      queueMicrotask(() => done(denied));
      return true;
    }
    return wire.send(sending, payload, (refused) => {
      this.answered(sending, refused);
      done(refused?.why ?? null);
    });
  }

  private answered(sending: Sending, refused: Refused | null): void {
    const { suspects } = this.options.memory;
    const waited = suspects.waits;
    suspects.answered(sending, refused);
    if (waited && !suspects.waits) this.options.onChange();
    if (this.careful && !suspects.careful) this.widen();
  }

  private widen(): void {
    this.options.memory.suspects.release();
    this.careful = false;
    this.options.wire.oneAtATime(false);
  }

  /** What is no event: where it is refused that is told, and not kept. */
  private sendValue(sending: Sending, payload: string, done: () => void, options: SendOptions): boolean {
    const { wire, memory, onChange } = this.options;
    const settle = (refused: string | null) => {
      if (memory.value(sending.topic, refused)) onChange();
      done();
    };
    const denied = memory.suspects.deniedWhy(sending);
    if (denied !== null) {
      queueMicrotask(() => settle(denied));
      return true;
    }
    const answered = (refused: Refused | null) => {
      this.answered(sending, refused);
      settle(refused?.why ?? null);
    };
    return wire.send(sending, payload, answered, options);
  }

  private tellRefused({ eventId, topic }: StoredOutboxRow, why: string): void {
    // One line for each reason is in the alarm; the log has each event, for whoever looks for one.
    this.options.ctx.log.debug({ code: 'EVENTS_REFUSED', event: eventId, topic, why }, 'the broker does not take this event');
  }

  private openDesk(): CommandDesk {
    const { ctx, memory } = this.options;
    const { clock, log, onCommand } = ctx;
    return new CommandDesk({
      clock,
      log,
      handle: async (command) => {
        if (command.verb === 'rebirth') {
          this.reconsider();
          memory.retained.again();
          await this.greet();
        }
        return onCommand(command);
      },
      reply: (to, reply) => this.reply(to, reply),
      onFlood: () => this.pauseCommands(),
    });
  }

  /** Dropping a flood costs time that verdicts and events need: the broker is asked to keep it to itself for a while. */
  private pauseCommands(): void {
    const { wire, ctx, memory, topics, onChange } = this.options;
    if (memory.flooded) return;
    memory.flooded = true;
    ctx.log.warn({ code: 'COMMAND_FLOOD', topic: topics.commands }, 'too many commands; none are taken for a while');
    wire.unsubscribe(topics.commands);
    onChange();
    this.timers.push(
      ctx.clock.after(FLOOD_PAUSE, () => {
        memory.flooded = false;
        // Without an answer nobody could tell whether commands come: the next connection asks anew.
        this.subscribe().then(onChange, (thrown: unknown) => wire.end(thrown));
      }),
    );
  }

  private incoming(topic: string, body: Buffer, packet: IPublishPacket): IncomingCommand {
    const { responseTopic, correlationData } = packet.properties ?? {};
    return {
      verb: this.options.topics.verbOf(topic),
      body,
      retain: packet.retain,
      dup: packet.dup,
      packet: packet.messageId,
      correlation: correlationData,
      respondTo: responseTopic,
      from: senderOf(packet),
    };
  }

  /**
   * Whoever may command must not make the agent write in another's name: a response topic inside the tree is not followed. One that the
   * broker does not let us write to, or that it would end the connection for, neither: the answer goes to our own topic instead.
   */
  private reply({ respondTo, correlation }: IncomingCommand, reply: Reply): void {
    const { topics, agent, memory, wire, ctx } = this.options;
    const payload = JSON.stringify(replyPayload(agent, reply, ctx.clock.now()));
    const options = correlation ? { correlation } : {};
    const own = () => this.sendValue({ what: 'reply', topic: topics.reply(reply.verb) }, payload, () => {}, options);
    const answer: Sending = { what: 'answer', topic: respondTo ?? '' };
    const welcome = isAnswerTopic(answer.topic) && !topics.owns(answer.topic) && memory.suspects.deniedWhy(answer) === null;
    if (!welcome) return void own();
    wire.send(
      answer,
      payload,
      (refused) => {
        this.answered(answer, refused);
        if (refused !== null) own();
      },
      options,
    );
  }

  private async greet(): Promise<void> {
    if (!this.leaving) await this.say('online');
  }

  private async say(status: StatusPayload['status']): Promise<void> {
    const { wire, topics } = this.options;
    const payload = this.status(status);
    const said = new Promise<void>((resolve) => {
      this.sendValue({ what: 'status', topic: topics.status }, payload, resolve, { retain: true });
    });
    await wire.within(ACKNOWLEDGED_WITHIN, 'publishing the status', said);
  }

  private status(status: StatusPayload['status']): string {
    const { agent, version, ctx } = this.options;
    return JSON.stringify(statusPayload(agent, version, status, ctx.clock.now()));
  }
}
