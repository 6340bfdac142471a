/** One command to the running agent, from a command line beside it: over the broker of its config, as any other system sends one. */
import { randomUUID } from 'node:crypto';
import Value from 'typebox/value';
import type { LineConfig, MqttConfig } from '../config/schema.ts';
import type { CommandVerb } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { AbilityFinder } from './abilities.ts';
import { aboutOf, assertSecure, brokerOptions, LONGEST_PACKET } from './broker-options.ts';
import { type ReplyPayload, ReplySchema } from './schemas.ts';
import { topicsOf } from './topics.ts';
import { type Abilities, Wire } from './wire.ts';

export interface Question {
  readonly mqtt: MqttConfig;
  readonly line: LineConfig;
  /** Name of the agent. */
  readonly agent: string;
  readonly verb: CommandVerb;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What it gives back. Throws a fault of the broker, TIMEOUT where nobody answers, and COMMAND_REFUSED with the agent's own words. */
export async function askAgent(question: Question, patience: Milliseconds): Promise<Readonly<Record<string, unknown>>> {
  const { mqtt, line, agent, verb, body } = question;
  const topics = topicsOf({ prefix: mqtt.prefix, line, agent, stations: [] });
  const wire = await open(mqtt, patience);
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = systemClock.after(patience, () =>
      reject(new LinesideError('TIMEOUT', { what: `The answer of agent ${agent}`, ms: patience })),
    );
  });
  try {
    const id = randomUUID();
    const answer = new Promise<ReplyPayload>((resolve) => {
      wire.onMessage((_, bytes) => {
        const reply = replyIn(bytes);
        if (reply?.id === id) resolve(reply);
      });
    });
    const denied = await wire.subscribe(topics.reply(verb));
    if (denied !== null) throw refused(verb, `the broker does not let this user read the answer: ${denied}`);
    const sent = new Promise<never>((_, reject) => {
      const done = (refusal: { readonly why: string } | null) =>
        refusal && reject(refused(verb, `the broker does not take it: ${refusal.why}`));
      wire.send({ what: 'answer', topic: topics.commands.replace(/\+$/, verb) }, JSON.stringify({ ...body, id }), done);
    });
    const reply = await Promise.race([answer, sent, wire.lost, late]);
    if (!reply.ok) throw refused(verb, reply.text ?? reply.code ?? 'the agent does not say why');
    return reply.result ?? {};
  } finally {
    cancel();
    await wire.close(true);
  }
}

/** With a client id of its own: the agent's session goes on. */
function open(mqtt: MqttConfig, patience: Milliseconds): Promise<Wire> {
  assertSecure(mqtt);
  const asked = { ...mqtt, client_id: `lineside-desk-${process.pid}` };
  const about = aboutOf(asked, '');
  const connect = async (abilities: Abilities) => {
    const options = await brokerOptions(asked, '', { topic: 'lineside-desk', payload: '', abilities });
    const { target } = mqtt.url;
    const wire = { target, about, mqtt: options, clock: systemClock, silence: patience, longest: LONGEST_PACKET, patience, abilities };
    return Wire.open(wire, new AbortController().signal);
  };
  return new AbilityFinder().connected(connect, () => false);
}

function replyIn(bytes: Buffer): ReplyPayload | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return Value.Check(ReplySchema, value) ? value : null;
  } catch {
    // What is no JSON is no answer.
    return null;
  }
}

const refused = (verb: string, why: string) => new LinesideError('COMMAND_REFUSED', { verb, why });
