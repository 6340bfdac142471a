/** The JSON publisher over MQTT: what becomes of events (rows, retain), one connection's life (run), and what is learnt from its end. */
import type { LineConfig, MqttConfig } from '../config/schema.ts';
import type { AgentEvent, OutboxFate, OutboxRow, Publisher, PublisherContext, RetainedEvent } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type About, codeOf } from './broker-fault.ts';
import { aboutOf, assertSecure, brokerOptions, LONGEST_PACKET } from './broker-options.ts';
import { kpiPayload, reportPayload, shiftPayload } from './kpi-payloads.ts';
import { materialPayload } from './material-payload.ts';
import { Memory } from './memory.ts';
import { modelPayload, shadowPayload } from './model-payloads.ts';
import { alarmPayload, chartPayload, decisionPayload, healthPayload, qualityPayload, statePayload, statusPayload } from './payloads.ts';
import { planPayload } from './plan-payload.ts';
import { routePayload } from './route-payload.ts';
import { ACKNOWLEDGED_WITHIN, Session } from './session.ts';
import { standingFaults } from './standing.ts';
import { studyPayload } from './study-payloads.ts';
import type { Ending } from './suspects.ts';
import { toolPayload } from './tool-payload.ts';
import { type Topics, topicsOf } from './topics.ts';
import { type Abilities, Wire } from './wire.ts';

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
export type MqttCounters = Readonly<
  Record<
    /** Acknowledged by the broker. */
    | 'sent'
    /** Events the broker does not take: dead letters. */
    | 'refused'
    | 'unacknowledged'
    /** Retained values that wait, that were given up beyond their bound, and that the broker does not take. */
    | 'retained_waiting'
    | 'retained_dropped'
    | 'retained_refused'
    /** Commands that were not executed: retained, or too many. */
    | 'commands_dropped'
    /** Of the outbox: dead letters that wait now, and what its budget cost since the journal was begun. */
    | 'dead_letters'
    | 'outbox_dropped'
    | 'outbox_bytes',
    number
  >
>;
export interface MqttPublisher extends Publisher {
  counters(): MqttCounters;
}

/** MQTT 5, 2.4. */
const SESSION_TAKEN_OVER = 0x8e;

export function createMqttPublisher(options: MqttPublisherOptions): MqttPublisher {
  return new JsonOverMqtt(options);
}

/** What every event has. */
type Identified = { readonly id: string; readonly station: string };

class JsonOverMqtt implements MqttPublisher {
  readonly name = 'mqtt';
  private readonly options: MqttPublisherOptions;
  private readonly topics: Topics;
  private readonly about: About;
  private readonly memory = new Memory();
  private session: Session | null = null;

  constructor(options: MqttPublisherOptions) {
    const { config, line, agent, stations } = options;
    this.options = options;
    this.topics = topicsOf({ prefix: config.prefix, line, agent, stations });
    this.about = aboutOf(config, agent);
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
      case 'shift': {
        const { id, kpi } = event.shift;
        return this.row({ id, station: kpi.station }, topics.shift, shiftPayload(options.agent, event.shift));
      }
      case 'study': {
        const { id, at, study } = event;
        return this.row({ id, station: study.station }, topics.study, studyPayload(options.agent, id, at, study));
      }
      case 'report':
        return this.row({ id: event.id, station: '' }, () => topics.report, reportPayload(options.agent, event.id, event.report));
    }
  }

  /** None where there is nothing to tell. */
  private row({ id, station }: Identified, topic: (station: string) => string, payload: object | null): readonly OutboxRow[] {
    if (!payload) return [];
    return [{ publisher: this.name, eventId: id, station, topic: topic(station), payload: JSON.stringify(payload) }];
  }

  retain(event: RetainedEvent): void {
    const { topics, options, memory } = this;
    const set = (topic: string, payload: object | null) =>
      // Without a payload the broker forgets the topic (MQTT 5, 3.3.1.3).
      memory.retained.set({ topic, kind: event.type, payload: payload === null ? '' : JSON.stringify(payload) });
    switch (event.type) {
      case 'state':
        return set(topics.state(event.station), statePayload(options.agent, event.station, event.value));
      case 'kpi':
        return set(topics.kpi(event.kpi.station), kpiPayload(options.agent, event.at, event.kpi));
      case 'alarm':
        return set(topics.alarm(event.alarm.code, event.alarm.subject), alarmPayload(options.agent, event.alarm));
      case 'chart':
        return set(topics.chart(event.station, event.name), event.state && chartPayload(options.agent, event.at, event.state));
      case 'health':
        return set(topics.health, healthPayload(options.agent, event.value));
      case 'plan':
        return set(topics.plan, planPayload(options.agent, event.value));
      case 'route':
        return set(topics.route, routePayload(options.agent, event.value));
      case 'material':
        return set(topics.material(event.station, event.name), event.value && materialPayload(options.agent, event.value));
      case 'tool':
        return set(topics.tool(event.station, event.name), event.value && toolPayload(options.agent, event.value));
    }
  }

  counters(): MqttCounters {
    const { session, memory } = this;
    const { depth, dropped } = memory.retained.depth;
    return {
      sent: memory.sent + (session?.sent ?? 0),
      refused: memory.refused + (session?.refused ?? 0),
      unacknowledged: session?.unacknowledged ?? 0,
      retained_waiting: depth,
      retained_dropped: dropped,
      retained_refused: memory.valuesRefusedCount,
      commands_dropped: memory.commandsDropped + (session?.commandsDropped ?? 0),
      dead_letters: memory.fate?.letters ?? 0,
      outbox_dropped: memory.fate?.dropped ?? 0,
      outbox_bytes: memory.fate?.bytes ?? 0,
    };
  }

  /** One connection. Throws a fault of the broker (errors.ts, MQTT_…); returns within 2 s of an abort. */
  async run(ctx: PublisherContext, signal: AbortSignal): Promise<void> {
    assertSecure(this.options.config);
    if (signal.aborted) return;
    const unwatch = ctx.outbox.watch(this.name, (fate) => this.hear(fate, ctx));
    try {
      const wire = await this.open(ctx, signal).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
        return null;
      });
      if (wire) await this.live(wire, ctx, signal);
    } finally {
      unwatch();
    }
  }

  private async live(wire: Wire, ctx: PublisherContext, signal: AbortSignal): Promise<void> {
    const { clock } = ctx;
    const session = this.openSession(wire, ctx);
    const since = clock.elapsed();
    this.session = session;
    try {
      await session.serve(signal);
    } catch (thrown) {
      // What was acknowledged is marked before anything is learnt from what was not.
      this.close(session);
      const ending = signal.aborted ? null : wire.ending(thrown);
      if (ending) this.learn(ending, thrown, clock.elapsed() - since, ctx);
      throw this.memory.takeover.why === null
        ? thrown
        : new LinesideError('MQTT_TAKEN_OVER', { ...this.about, why: this.memory.takeover.why });
    } finally {
      this.close(session);
      await wire.close(signal.aborted);
    }
  }

  private async open({ clock }: PublisherContext, signal: AbortSignal): Promise<Wire> {
    const { config, agent, version } = this.options;
    const will = { topic: this.topics.status, payload: JSON.stringify(statusPayload(agent, version, 'offline', clock.now())) };
    const silence = Math.min(config.keepalive, ACKNOWLEDGED_WITHIN);
    const connect = async (abilities: Abilities) => {
      const mqtt = await brokerOptions(config, agent, { ...will, abilities });
      const { about } = this;
      const late = silence * this.memory.suspects.patience;
      return Wire.open({ target: config.url.target, about, mqtt, clock, silence, late, longest: LONGEST_PACKET, abilities }, signal);
    };
    return this.memory.abilities.connected(connect, () => signal.aborted);
  }

  private openSession(wire: Wire, ctx: PublisherContext): Session {
    const { config, agent, version } = this.options;
    return new Session({
      publisher: this.name,
      agent,
      version,
      topics: this.topics,
      inflight: config.inflight,
      lateAfter: config.late_after,
      commands: config.commands,
      wire,
      memory: this.memory,
      ctx,
      onChange: () => this.tell(ctx, wire.abilities),
    });
  }

  /** Idempotent: counters of a session are added once. */
  private close(session: Session): void {
    if (this.session !== session) return;
    const { memory } = this;
    session.stop();
    memory.sent += session.sent;
    memory.refused += session.refused;
    memory.commandsDropped += session.commandsDropped;
    memory.flooded = false;
    this.session = null;
  }

  /** What the end of a connection tells of what was under way. */
  private learn(ending: Ending, fault: unknown, lasted: number, ctx: PublisherContext): void {
    const { memory } = this;
    const said = fault instanceof LinesideError && codeOf(fault.cause) === SESSION_TAKEN_OVER;
    if (!ending.silent) memory.takeover.ended({ lasted, said, idle: ending.underWay.length === 0 });
    const guilty = said ? null : memory.suspects.ended(ending);
    if (guilty) {
      // One event on a topic that goes on: of the next connection nothing is known, and at each loss of it one more may be found guilty.
      if (memory.suspects.deniedWhy(guilty) !== null) ctx.understood();
      const { topic, what } = guilty;
      const why = `the broker ${ending.silent ? 'never answers it' : 'closes the connection on it'} (${ending.why})`;
      ctx.log.warn({ code: 'EVENTS_REFUSED', topic, what }, why);
      if (guilty.row !== undefined) {
        memory.refused++;
        ctx.outbox.refuse(this.name, [{ id: guilty.row, why }]);
      }
    }
    this.tell(ctx, memory.abilities.known);
  }

  /** The outbox's news. Letters that somebody wants tried again are tried, whatever their topics did before. */
  private hear(fate: OutboxFate, ctx: PublisherContext): void {
    const { memory } = this;
    if (fate.revived > (memory.fate?.revived ?? 0)) memory.suspects.forgive();
    memory.fate = fate;
    this.tell(ctx, memory.abilities.known);
  }

  private tell(ctx: PublisherContext, abilities: Abilities): void {
    const { memory, about, topics } = this;
    ctx.faults(
      standingFaults({
        about,
        commands: topics.commands,
        abilities,
        commandsRefused: memory.commandsRefused,
        takenOver: memory.takeover.why,
        flooded: memory.flooded,
        valuesRefused: memory.valuesRefused,
        unanswered: memory.suspects.waiting,
        fate: memory.fate,
      }),
    );
  }
}
