/** Closed by default: what travels in the clear or listens to the network is asked for by name, and said aloud. */
import { isIP } from 'node:net';
import type { Check } from '../references.ts';
import type { MqttConfig, OpcuaServerConfig } from '../schema.ts';

export function checkSecurity(check: Check): void {
  const { line, mqtt, opcua, web } = check.config;
  for (const [key, value] of Object.entries(line)) {
    if (/[/+#]/.test(value)) check.fault(['line', key], `is ${value}; it becomes a level of every MQTT topic, so it cannot have /, + or #`);
  }
  if (mqtt) checkBroker(check, mqtt);
  for (const [name, server] of Object.entries(opcua)) checkServer(check, name, server);
  if (web.listen !== 'off' && !isLocal(web.listen.replace(/:\d+$/, ''))) {
    check.warn(['web', 'listen'], `is ${web.listen}: everybody who reaches this box can read health and metrics`);
  }
}

/** This box, by name or loopback address. */
export function isLocal(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

const hostOf = (address: string): string | undefined => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.hostname || undefined;
};

function checkBroker(check: Check, mqtt: MqttConfig): void {
  const host = hostOf(mqtt.url);
  if (host === undefined) return check.fault(['mqtt', 'url'], 'has no host; write an address such as mqtts://broker.plant:8883');
  const open = /^(mqtt|ws):/.test(mqtt.url);
  if (open && !isLocal(host)) {
    const secure = mqtt.url.startsWith('ws') ? 'wss' : 'mqtts';
    if (!mqtt.insecure)
      check.fault(
        ['mqtt', 'url'],
        `is not encrypted, and ${host} is another box; write ${secure}://, or add insecure: true if the network is yours alone`,
      );
    else if (mqtt.password !== undefined) check.warn(['mqtt', 'password'], `goes over the network unencrypted to ${host}`);
  }
  if (open && mqtt.ca !== undefined) check.warn(['mqtt', 'ca'], 'has no use: the connection is not encrypted');
  const given = check.declared(['mqtt']);
  for (const [has, needs] of [
    ['key', 'cert'],
    ['cert', 'key'],
    ['password', 'username'],
  ] as const) {
    if (given.includes(has) && !given.includes(needs)) check.fault(['mqtt', has], `needs ${needs} beside it`);
  }
  if (/[+#]|^\/|\/$|\/\/|^$/.test(mqtt.prefix))
    check.fault(['mqtt', 'prefix'], `is ${mqtt.prefix}; write levels such as lineside/v1, without + and #`);
}

function checkServer(check: Check, name: string, { endpoint, security, user }: OpcuaServerConfig): void {
  const at = ['opcua', name];
  const host = hostOf(endpoint);
  if (host === undefined)
    return check.fault([...at, 'endpoint'], `is ${endpoint}, which has no host; write an address such as opc.tcp://10.1.3.20:4840`);
  const { mode, policy } = security;
  if (mode !== 'None' && policy === 'None')
    check.fault([...at, 'security', 'policy'], `is None, and ${mode} needs one; write Basic256Sha256`);
  const policyGiven = check.declared([...at, 'security']).includes('policy');
  if (mode === 'None' && policy !== 'None' && policyGiven) {
    check.fault([...at, 'security', 'policy'], `is ${policy}, and mode None has none; take it out, or write mode: SignAndEncrypt`);
  }
  if (mode === 'SignAndEncrypt' || isLocal(host)) return;
  const risk = mode === 'None' ? 'anybody on the network can read and write these tags' : 'anybody on the network can read these tags';
  check.warn(
    [...at, 'security', 'mode'],
    `is ${mode}: ${risk}${user && mode === 'None' ? ', and the password is as safe as the server makes it' : ''}`,
  );
}
