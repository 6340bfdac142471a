/** Does the broker take us, and what does it lack? For `lineside check`, beside an agent that may be running. */
import type { MqttConfig } from '../config/schema.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { AbilityFinder } from './abilities.ts';
import { aboutOf, assertSecure, brokerOptions, LONGEST_PACKET } from './broker-options.ts';
import { standingFaults } from './standing.ts';
import { type Abilities, Wire } from './wire.ts';

/**
 * Connects and leaves, with a client id of its own and a last will on a topic of its own that never goes out, so that a running agent is
 * not thrown out. Returns what to tell, what the broker lacks included; throws a fault of the broker.
 */
export async function pingBroker(config: MqttConfig, patience: Milliseconds): Promise<string> {
  assertSecure(config);
  const asked = { ...config, client_id: `lineside-check-${process.pid}` };
  const about = aboutOf(asked, '');
  const finder = new AbilityFinder();
  const never = new AbortController().signal;
  const connect = async (abilities: Abilities) => {
    const mqtt = await brokerOptions(asked, '', { topic: 'lineside-check', payload: '', abilities });
    const { target } = config.url;
    return Wire.open({ target, about, mqtt, clock: systemClock, silence: patience, longest: LONGEST_PACKET, patience, abilities }, never);
  };
  // A broker that closes without a word is asked a second time, and then for less.
  const again = () => finder.connected(connect, () => false);
  const wire = await again().catch(again);
  const lacks = standingFaults({
    about: aboutOf(config, ''),
    commands: '',
    abilities: wire.abilities,
    commandsRefused: null,
    takenOver: null,
    flooded: false,
    valuesRefused: new Map(),
    unanswered: [],
    fate: null,
  });
  await wire.close(true);
  const speaks = `${about.url} speaks MQTT ${config.version} and takes ${wire.capacity} messages at once`;
  return [lacks.length > 0 ? `${speaks}.` : speaks, ...lacks.map((fault) => `${fault.sentence} ${fault.next}`)].join(' ');
}
