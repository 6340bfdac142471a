/** Closed by default: what travels in the clear or listens to the network is asked for by name, and said aloud. */
import { isIP } from 'node:net';
import type { Path } from '../document.ts';
import type { CameraConfig, MqttConfig, OpcuaServerConfig, WebConfig } from '../schema.ts';
import type { Check } from './check.ts';

export function checkSecurity(check: Check): void {
  const { line, mqtt, opcua, web } = check.config;
  for (const [key, value] of Object.entries(line)) {
    if (/[/+#]/.test(value)) check.fault(['line', key], `is ${value}; it becomes a level of every MQTT topic, so it cannot have /, + or #`);
  }
  if (mqtt) checkBroker(check, mqtt);
  for (const [name, server] of Object.entries(opcua)) checkServer(check, name, server);
  for (const [name, camera] of Object.entries(check.config.cameras)) checkBasic(check, name, camera);
  checkWeb(check, web);
}

function checkWeb(check: Check, { listen, probes }: WebConfig): void {
  probes.forEach((network, index) => {
    const [address = '', bits] = network.split('/');
    const family = isIP(address);
    if (family === 0 || Number(bits ?? 0) > (family === 6 ? 128 : 32))
      check.fault(['web', 'probes', index], `is ${network}, which is no address and no network; write 10.1.3.7 or 10.1.0.0/16`);
  });
  if (listen === 'off') return;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  const wrong = wrongListen(host, Number(port));
  if (wrong !== undefined) return check.fault(['web', 'listen'], `is ${listen}, and ${wrong}`);
  if (isLocal(host)) return;
  check.warn(
    ['web', 'listen'],
    `is ${listen}: whoever reaches this box sees the sign-in of the page; it is served there over TLS, once a password is set`,
  );
}

/** What the system would refuse when the agent starts. */
function wrongListen(host: string, port: number): string | undefined {
  if (port > 65_535) return 'ports end at 65535';
  if (host === '*') return 'an address has no *; write 0.0.0.0 for every network of this box';
  return /^[\d.]+$/.test(host) && isIP(host) === 0 ? `${host} is no address; write four numbers from 0 to 255` : undefined;
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
  const host = hostOf(mqtt.url.target);
  if (host === undefined) return check.fault(['mqtt', 'url'], 'has no host; write an address such as mqtts://broker.plant:8883');
  if (mqtt.url.scheme === 'mqtt' || mqtt.url.scheme === 'ws') checkOpen(check, mqtt, host);
  const given = check.declared(['mqtt']);
  for (const [has, needs] of [
    ['key', 'cert'],
    ['cert', 'key'],
    ['password', 'username'],
  ] as const) {
    if (given.includes(has) && !given.includes(needs)) check.fault(['mqtt', has], `needs ${needs} beside it`);
  }
  if (/[+#]|^\/|\/$|\/\/|^$/.test(mqtt.prefix))
    check.fault(['mqtt', 'prefix'], `is ${mqtt.prefix || 'empty'}; write levels such as lineside/v1, without + and #`);
}

/** A connection in the clear: to this box, or asked for by name. */
function checkOpen(check: Check, { url, insecure, password, ca }: MqttConfig, host: string): void {
  if (ca !== undefined) check.warn(['mqtt', 'ca'], 'has no use: the connection is not encrypted');
  if (isLocal(host) || check.isReplaced(['mqtt', 'insecure'])) return;
  const secure = url.scheme === 'ws' ? 'wss' : 'mqtts';
  if (!insecure)
    check.fault(
      ['mqtt', 'url'],
      `is not encrypted, and ${host} is another box; write ${secure}://, or add insecure: true if the network is yours alone`,
    );
  else if (password !== undefined) check.warn(['mqtt', 'password'], `goes over the network unencrypted to ${host}`);
}

/** `basic: true` has a use over plain http only: over https the password is safe without it. */
function checkBasic(check: Check, name: string, { url, options }: CameraConfig): void {
  const host = hostOf(url.target);
  if (url.scheme !== 'http' || options['basic'] !== true || host === undefined || isLocal(host)) return;
  check.warn(
    ['cameras', name, 'basic'],
    `is true: the password goes to ${host} in clear, and anybody on the way can read it; write https:// in \`url\`, or take it out where the camera knows Digest`,
  );
}

/** A mode or a policy that could not be read says nothing about the other. */
function checkPolicy(check: Check, at: Path, { mode, policy }: OpcuaServerConfig['security']): void {
  const path = [...at, 'policy'];
  if (!check.declared(at).includes('policy') || check.isReplaced(path) || check.isReplaced([...at, 'mode'])) return;
  if (mode !== 'None' && policy === 'None') check.fault(path, `is None, and ${mode} needs one; write Basic256Sha256`);
  if (mode === 'None' && policy !== 'None')
    check.fault(path, `is ${policy}, and mode None has none; take it out, or write mode: SignAndEncrypt`);
}

function checkServer(check: Check, name: string, { endpoint, security, user }: OpcuaServerConfig): void {
  const at = ['opcua', name];
  const host = hostOf(endpoint);
  if (host === undefined)
    return check.fault(
      [...at, 'endpoint'],
      `is ${endpoint}, which ${URL.canParse(endpoint) ? 'has no host' : 'is no address'}; write one such as opc.tcp://10.1.3.20:4840`,
    );
  if (/^[^/]*\/\/[^/?#]*@/.test(endpoint)) check.fault([...at, 'endpoint'], 'names a user; write it under `user`');
  checkPolicy(check, [...at, 'security'], security);
  const { mode } = security;
  if (mode === 'SignAndEncrypt' || isLocal(host)) return;
  const risk = mode === 'None' ? 'anybody on the network can read and write these tags' : 'anybody on the network can read these tags';
  const password = user ? ', and the password is as safe as the server makes it; write SignAndEncrypt' : '';
  check.warn([...at, 'security', 'mode'], `is ${mode}: ${risk}${password}`);
}
