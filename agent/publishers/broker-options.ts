/** The config's `mqtt` section as what mqtt.js wants; files are read anew for every connection, so that a renewed certificate counts. */
import { isIP } from 'node:net';
import type { IClientOptions } from 'mqtt';
import type { MqttConfig } from '../config/schema.ts';
import type { Address } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { readRegular } from '../platform/plain-file.ts';
import type { About } from './broker-fault.ts';
import { MOST_COMMAND_BYTES } from './commands.ts';
import type { Abilities } from './wire.ts';

/** A command with its topic and properties. */
export const LONGEST_PACKET = MOST_COMMAND_BYTES + 4096;
/** Commands the broker may send before we acknowledged. */
const COMMANDS_IN_FLIGHT = 32;

/** Without credentials and query, where tokens travel: safe to log and to publish. */
export function safeUrl(url: Address): string {
  const { protocol, host, pathname } = new URL(url.target);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Throws MQTT_INSECURE for an unencrypted way out of the box that nobody asked for. */
export function assertSecure({ url, insecure }: MqttConfig): void {
  const { protocol, hostname } = new URL(url.target);
  if (insecure || protocol === 'mqtts:' || protocol === 'wss:' || isLoopback(hostname)) return;
  throw new LinesideError('MQTT_INSECURE', { url: safeUrl(url) });
}
const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

export interface Will {
  readonly topic: string;
  readonly payload: string;
  readonly abilities: Abilities;
}

/** Whom faults of this broker are said of. */
export const aboutOf = (config: MqttConfig, agent: string): About => ({
  url: safeUrl(config.url),
  version: config.version,
  client: clientId(config, agent),
});
const clientId = (config: MqttConfig, agent: string): string => config.client_id ?? `lineside-${agent}`;

/** Throws MQTT_FILE when a file cannot be read. */
export async function brokerOptions(config: MqttConfig, agent: string, will: Will): Promise<IClientOptions> {
  const v5 = config.version === '5';
  const { username, password } = credentials(config);
  const [ca, cert, key] = await Promise.all([pem(config, 'ca'), pem(config, 'cert'), pem(config, 'key')]);
  return {
    protocolId: 'MQTT',
    protocolVersion: v5 ? 5 : 4,
    clientId: clientId(config, agent),
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Whole seconds, 1 to 18 hours (MQTT 5, 3.1.2.10).
    keepalive: Math.min(Math.max(Math.round(config.keepalive / 1000), 1), 65_535),
    // At a fixed pace, whatever else is sent: a timer set anew for every event costs a twentieth of the time of a backlog.
    reschedulePings: false,
    will: {
      topic: will.topic,
      payload: Buffer.from(will.payload),
      qos: will.abilities.qos1 ? 1 : 0,
      retain: will.abilities.retain,
    },
    ...(v5 && { properties: { maximumPacketSize: LONGEST_PACKET, receiveMaximum: COMMANDS_IN_FLIGHT } }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

/** `mqtt://name:password@host` is what people paste from their broker's page. */
function credentials({ url, username, password = url.password }: MqttConfig): Pick<IClientOptions, 'username' | 'password'> {
  const name = username ?? url.user;
  const secret = password.reveal();
  return { ...(name !== '' && { username: name }), ...(secret !== '' && { password: secret }) };
}

/** Every authority that there is, in one file, is a third of it. */
const LARGEST_PEM = 1_000_000;

async function pem(config: MqttConfig, which: 'ca' | 'cert' | 'key'): Promise<Buffer | undefined> {
  const file = config[which];
  if (file === undefined) return undefined;
  const refuse = (why: string) =>
    new LinesideError('MQTT_FILE', { url: safeUrl(config.url), why: `\`mqtt.${which}\` cannot be read: ${why}` });
  return readRegular(file, { most: LARGEST_PEM, refuse });
}
