/** Who sent a command, as far as MQTT tells: for the audit, no proof, since a sender writes these fields itself. */
import type { IPublishPacket } from 'mqtt';

/** User properties that people and gateways use for it, the first that is there counts. */
const NAMES = ['from', 'user', 'username', 'client', 'clientid', 'client_id'];
const LONGEST = 128;

/** `user anna` of a user property; else where the answer is to go, which is the sender's own topic as a rule; null in MQTT 3.1.1. */
export function senderOf({ properties }: IPublishPacket): string | null {
  const { userProperties, responseTopic } = properties ?? {};
  for (const [key, value] of Object.entries(userProperties ?? {})) {
    const name = key.toLowerCase();
    if (NAMES.includes(name)) return `${name} ${printable([value].flat()[0] ?? '')}`;
  }
  return responseTopic ? `answers to ${printable(responseTopic)}` : null;
}

const printable = (text: string): string => text.replace(/\p{C}/gu, '').slice(0, LONGEST);
