/** The JSON publisher over MQTT: what becomes of events (rows, retain) and one connection's life (run). */
import type { IPublishPacket } from 'mqtt';
import type { LineConfig, MqttConfig } from '../config/schema.ts';
import type { AgentEvent, OutboxRow, Publisher, PublisherContext, RetainedEvent } from '../contracts.ts';
import { type Milliseconds, Seconds } from '../time.ts';
import { assertSecure, brokerOptions, LONGEST_PACKET, safeUrl, targetUrl } from './broker-options.ts';
import { CommandDesk, type IncomingCommand, type Reply } from './commands.ts';
import { Drain } from './drain.ts';
import { alarmPayload, decisionPayload, healthPayload, qualityPayload, replyPayload, statePayload, statusPayload } from './payloads.ts';
import { RetainedValues } from './retained.ts';
import type { StatusPayload } from './schemas.ts';
import { modelPayload, shadowPayload } from './shadow.ts';
import { type Topics, topicsOf } from './topics.ts';
import { Wire } from './wire.ts';

export interface MqttPublisherOptions {
  readonly config: MqttConfig;
  readonly line: LineConfig;
  /** Name of the agent in topics and payloads. */
  readonly agent: string;
  /** Version of the agent. */
  readonly version: string;
  /** Names of the stations: alarms about them stand under the station, all others under the agent. */
  readonly stations: readonly string[];
}

/** What health and metrics ask. Counts since the start of the process. */
export interface MqttCounters {
  /** Acknowledged by the broker. */
  readonly sent: number;
  /** Events the broker will never take; they stay in the outbox. */
  readonly refused: number;
  readonly unacknowledged: number;
  readonly retained: { readonly depth: number; readonly bound: number; readonly dropped: number };
  readonly commandsDropped: number;
}
export interface MqttPublisher extends Publisher {
  counters(): MqttCounters;
}

/** A frozen broker is noticed after this long at most, or after `keepalive` where that is shorter. */
const ACKNOWLEDGED_WITHIN: Milliseconds = Seconds(10);
/** What is left to say at the end: what is committed, then that we are gone. The runner waits 3 s. */
const FLUSH_WITHIN: Milliseconds = Seconds(1);
const FAREWELL_WITHIN: Milliseconds = 400;
/** Slots of the broker's window that events leave to states, alarms and replies. */
const KEPT_FREE = 4;

export function createMqttPublisher(options: MqttPublisherOptions): MqttPublisher {
  return new JsonOverMqtt(options);
}

/** What every event has. */
type Told = { readonly id: string; readonly station: string };

class JsonOverMqtt implements MqttPublisher {
  readonly name = 'mqtt';
  private readonly options: MqttPublisherOptions;
  private readonly topics: Topics;
  private readonly retained = new RetainedValues();
  private drain: Drain | null = null;
  private desk: CommandDesk | null = null;
  /** Of the connections before this one. */
  private before = { sent: 0, refused: 0, commandsDropped: 0 };

  constructor(options: MqttPublisherOptions) {
    const { config, line, agent, stations } = options;
    this.options = options;
    this.topics = topicsOf({ prefix: config.prefix, line, agent, stations });
  }

  rows(event: AgentEvent): readonly OutboxRow[] {
    const { topics, options } = this;
    switch (event.type) {
      case 'quality':
        return this.row(event.inspection, topics.quality, qualityPayload(options.agent, event.inspection, event.late));
      case 'decision':
        return this.row(event.decision, topics.decision, decisionPayload(options.agent, event.decision));
      case 'shadow':
        return this.row(event.comparison, topics.shadow, shadowPayload(options.agent, event.comparison));
      case 'model':
        return this.row(event.change, topics.model, modelPayload(options.agent, event.change));
    }
  }

  /** None where there is nothing to tell. */
  private row({ id, station }: Told, topic: (station: string) => string, payload: object | null): readonly OutboxRow[] {
    if (!payload) return [];
    return [{ publisher: this.name, eventId: id, station, topic: topic(station), payload: JSON.stringify(payload) }];
  }

  retain(event: RetainedEvent): void {
    const { topics, options, retained } = this;
    switch (event.type) {
      case 'state':
        return retained.set(topics.state(event.station), JSON.stringify(statePayload(options.agent, event.station, event.value)));
      case 'alarm':
        return retained.set(topics.alarm(event.alarm.code, event.alarm.subject), JSON.stringify(alarmPayload(options.agent, event.alarm)));
      case 'health':
        return retained.set(topics.health, JSON.stringify(healthPayload(options.agent, event.value)));
    }
  }

  counters(): MqttCounters {
    const { drain, desk, before } = this;
    return {
      sent: before.sent + (drain?.sent ?? 0),
      refused: before.refused + (drain?.refused ?? 0),
      unacknowledged: drain?.unacknowledged ?? 0,
      retained: this.retained.depth,
      commandsDropped: before.commandsDropped + (desk?.dropped ?? 0),
    };
  }

  /** One connection. Throws MQTT_INSECURE, MQTT_REFUSED or MQTT_UNREACHABLE; returns within 2 s of an abort. */
  async run(ctx: PublisherContext, signal: AbortSignal): Promise<void> {
    assertSecure(this.options.config);
    if (signal.aborted) return;
    const wire = await this.open(ctx, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
      return null;
    });
    if (!wire) return;
    try {
      await this.serve(wire, ctx, signal);
    } finally {
      this.letGo();
      await wire.close(signal.aborted);
    }
  }

  private async open({ clock }: PublisherContext, signal: AbortSignal): Promise<Wire> {
    const { config, agent } = this.options;
    const will = { topic: this.topics.status, payload: this.status('offline', clock.now()) };
    const mqtt = await brokerOptions(config, agent, will);
    const silence = Math.min(config.keepalive, ACKNOWLEDGED_WITHIN);
    const { url } = config;
    return Wire.open({ target: targetUrl(url), url: safeUrl(url), mqtt, clock, silence, longest: LONGEST_PACKET }, signal);
  }

  private async serve(wire: Wire, ctx: PublisherContext, signal: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const drain = await Promise.race([this.begin(wire, ctx, signal), ended]);
    if (drain) await Promise.race([ended, wire.lost]);
    await this.leave(wire, drain ?? null, ctx);
  }

  /** Commands first: whoever sees us online may send one. */
  private async begin(wire: Wire, ctx: PublisherContext, signal: AbortSignal): Promise<Drain | null> {
    const desk = this.openDesk(wire, ctx);
    const granted = await wire.subscribe(this.topics.commands, (topic, body, packet) => desk.take(this.incoming(topic, body, packet)));
    // A plant may want an agent that only speaks.
    if (!granted) ctx.log.warn({ code: 'COMMAND_REFUSED', topic: this.topics.commands }, 'the broker allows no commands');
    await this.say(wire, 'online', ctx.clock.now());
    if (signal.aborted) return null;
    const drain = this.openDrain(wire, ctx);
    await Promise.race([drain.start(), wire.lost]);
    if (signal.aborted) return drain;
    this.retained.attach({ clock: ctx.clock, send: (topic, payload, done) => wire.send(topic, payload, done, { retain: true }) });
    ctx.online();
    return drain;
  }

  /** Stopping is not a fault: what fails now is sent by the next life. */
  private async leave(wire: Wire, drain: Drain | null, { clock }: PublisherContext): Promise<void> {
    const flushed = Promise.all([this.say(wire, 'stopping', clock.now()), drain?.drained()]);
    await wire.within(FLUSH_WITHIN, 'sending what is left', flushed).catch(() => {});
    await wire.within(FAREWELL_WITHIN, 'saying goodbye', this.say(wire, 'offline', clock.now())).catch(() => {});
  }

  private letGo(): void {
    this.retained.detach();
    this.drain?.stop();
    const { sent, refused, commandsDropped } = this.counters();
    this.before = { sent, refused, commandsDropped };
    this.drain = null;
    this.desk = null;
  }

  private openDrain(wire: Wire, { outbox, clock, log }: PublisherContext): Drain {
    const { config } = this.options;
    this.drain = new Drain({
      publisher: this.name,
      outbox,
      clock,
      window: Math.min(config.inflight, Math.max(1, wire.capacity - KEPT_FREE)),
      lateAfter: config.late_after,
      send: (topic, payload, done) => wire.send(topic, payload, done),
      onRefused: (row) => log.error({ code: 'MQTT_REFUSED', event: row.eventId, topic: row.topic }, 'the broker does not take this event'),
      onFault: (thrown) => wire.end(thrown),
    });
    return this.drain;
  }

  private openDesk(wire: Wire, ctx: PublisherContext): CommandDesk {
    const { clock, log, onCommand } = ctx;
    this.desk = new CommandDesk({
      clock,
      log,
      handle: async (command) => {
        if (command.verb === 'rebirth') {
          this.retained.again();
          await this.say(wire, 'online', clock.now());
        }
        return onCommand(command);
      },
      reply: (to, reply) => this.reply(wire, to, reply, clock.now()),
    });
    return this.desk;
  }

  private incoming(topic: string, body: Buffer, packet: IPublishPacket): IncomingCommand {
    const { responseTopic, correlationData } = packet.properties ?? {};
    return {
      verb: this.topics.verbOf(topic),
      body,
      retain: packet.retain,
      dup: packet.dup,
      packet: packet.messageId,
      correlation: correlationData,
      respondTo: responseTopic,
    };
  }

  /** Whoever may command must not make the agent write in another's name: a response topic inside the tree is not followed. */
  private reply(wire: Wire, { respondTo, correlation }: IncomingCommand, reply: Reply, at: number): void {
    const { topics, options } = this;
    const own = topics.reply(reply.verb);
    const welcome = respondTo !== undefined && respondTo !== '' && !/[+#\0]|^\$/.test(respondTo) && !topics.owns(respondTo);
    const payload = JSON.stringify(replyPayload(options.agent, reply, at));
    wire.send(welcome ? respondTo : own, payload, () => {}, correlation ? { correlation } : {});
  }

  private async say(wire: Wire, status: StatusPayload['status'], at: number): Promise<void> {
    const said = new Promise<void>((resolve) => {
      wire.send(this.topics.status, this.status(status, at), () => resolve(), { retain: true });
    });
    await wire.within(ACKNOWLEDGED_WITHIN, 'publishing the status', said);
  }

  private status(status: StatusPayload['status'], at: number): string {
    return JSON.stringify(statusPayload(this.options.agent, this.options.version, status, at));
  }
}
