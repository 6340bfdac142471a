/** What is wrong with a broker that works: each as a fault of the table, all of them at once. Pure. */
import type { OutboxFate } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Milliseconds, Seconds } from '../time.ts';
import type { About } from './broker-fault.ts';
import { FLOOD } from './commands.ts';
import type { Abilities } from './wire.ts';

export interface Conditions {
  readonly about: About;
  readonly commands: string;
  readonly abilities: Abilities;
  /** Why no commands come, or null. */
  readonly commandsRefused: string | null;
  readonly takenOver: string | null;
  readonly flooded: boolean;
  /** Retained topics, the status and answers that the broker does not take, and why. */
  readonly valuesRefused: ReadonlyMap<string, string>;
  /** Topics on which messages wait, passed over by the broker. */
  readonly unanswered: readonly string[];
  readonly fate: OutboxFate | null;
}

/** Without retained messages everything is said again this often. */
export const REPEAT: Milliseconds = Seconds(60);
/** Of the outbox's budget: from here on somebody should know. */
const NEARLY_FULL = 0.8;

export function standingFaults(c: Conditions): readonly LinesideError[] {
  const faults: LinesideError[] = [];
  const { about, fate } = c;
  const topic = c.commands;
  if (!c.abilities.retain) faults.push(new LinesideError('MQTT_NO_RETAIN', { ...about, seconds: REPEAT / 1000 }));
  if (!c.abilities.qos1) faults.push(new LinesideError('MQTT_NO_QOS1', { ...about }));
  if (c.commandsRefused !== null) faults.push(new LinesideError('MQTT_NO_COMMANDS', { ...about, topic, why: c.commandsRefused }));
  if (c.takenOver !== null) faults.push(new LinesideError('MQTT_TAKEN_OVER', { ...about, why: c.takenOver }));
  if (c.flooded) faults.push(new LinesideError('COMMAND_FLOOD', { rate: FLOOD, topic }));
  const [refused] = c.valuesRefused;
  if (refused)
    faults.push(new LinesideError('MQTT_VALUE_REFUSED', { ...about, topic: andMore(refused[0], c.valuesRefused.size), why: refused[1] }));
  const [waits] = c.unanswered;
  if (waits !== undefined) faults.push(new LinesideError('MQTT_UNANSWERED', { ...about, topic: andMore(waits, c.unanswered.length) }));
  if (fate) faults.push(...outboxFaults(fate, about));
  return faults;
}

function outboxFaults(fate: OutboxFate, about: About): LinesideError[] {
  const faults: LinesideError[] = [];
  const [most] = fate.refusals;
  if (most) {
    const { why } = most;
    faults.push(new LinesideError('EVENTS_REFUSED', { ...about, topic: andMore(most.topic, fate.refusals.length), why }));
  }
  if (fate.bytes > fate.bound * NEARLY_FULL) faults.push(new LinesideError('OUTBOX_FULL', { percent: NEARLY_FULL * 100 }));
  return faults;
}

const andMore = (topic: string, topics: number): string =>
  topics > 1 ? `${topic} and ${topics - 1} more topic${topics > 2 ? 's' : ''}` : topic;
