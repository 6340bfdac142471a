/** The config's `mqtt` section as what mqtt.js wants; files are read anew for every connection, so that a renewed certificate counts. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { IClientOptions } from 'mqtt';
import type { MqttConfig } from '../config/schema.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { MOST_COMMAND_BYTES } from './commands.ts';

/** A command with its topic and properties. */
export const LONGEST_PACKET = MOST_COMMAND_BYTES + 4096;
/** Commands the broker may send before we acknowledged. */
const COMMANDS_IN_FLIGHT = 32;

/** Without credentials and query, where tokens travel: safe to log and to publish. */
export function safeUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** What is connected to: credentials go into the CONNECT packet, see brokerOptions. */
export function targetUrl(url: string): string {
  const target = new URL(url);
  target.username = '';
  target.password = '';
  return target.href;
}

/** Throws MQTT_INSECURE for an unencrypted way out of the box that nobody asked for. */
export function assertSecure({ url, insecure }: MqttConfig): void {
  const { protocol, hostname } = new URL(url);
  if (insecure || protocol === 'mqtts:' || protocol === 'wss:' || isLoopback(hostname)) return;
  throw new LinesideError('MQTT_INSECURE', { url: safeUrl(url) });
}
const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/** Throws MQTT_REFUSED when a file cannot be read. */
export async function brokerOptions(config: MqttConfig, agent: string, will: { topic: string; payload: string }): Promise<IClientOptions> {
  const v5 = config.version === '5';
  const { username, password } = credentials(config);
  const [ca, cert, key] = await Promise.all([pem(config, 'ca'), pem(config, 'cert'), pem(config, 'key')]);
  return {
    protocolId: 'MQTT',
    protocolVersion: v5 ? 5 : 4,
    clientId: config.client_id ?? `lineside-${agent}`,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Whole seconds, 1 to 18 hours (MQTT 5, 3.1.2.10).
    keepalive: Math.min(Math.max(Math.round(config.keepalive / 1000), 1), 65_535),
    // At a fixed pace, whatever else is sent: a timer set anew for every event costs a twentieth of the time of a backlog.
    reschedulePings: false,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    ...(v5 && { properties: { maximumPacketSize: LONGEST_PACKET, receiveMaximum: COMMANDS_IN_FLIGHT } }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

/** `mqtt://name:password@host` is what people paste from their broker's page. */
function credentials({ url, username, password }: MqttConfig): Pick<IClientOptions, 'username' | 'password'> {
  const given = new URL(url);
  const name = username ?? (decoded(given.username) || undefined);
  const secret = password ?? (decoded(given.password) || undefined);
  return { ...(name !== undefined && { username: name }), ...(secret !== undefined && { password: secret }) };
}

/** A password may hold a bare percent sign. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function pem(config: MqttConfig, which: 'ca' | 'cert' | 'key'): Promise<Buffer | undefined> {
  const file = config[which];
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (thrown) {
    throw new LinesideError('MQTT_REFUSED', { url: safeUrl(config.url), why: `${which} cannot be read: ${messageOf(thrown)}` });
  }
}
