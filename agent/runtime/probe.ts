/** Whether somebody listens at an address: one TCP connection, closed as soon as it stands. For the runner's back-off. */
import { connect } from 'node:net';
import type { Milliseconds } from '../time.ts';

/** A host that is off gives no answer at all; on a LAN one that is there gives it in milliseconds. */
const BOUND: Milliseconds = 700;
const PORTS: Readonly<Record<string, number>> = {
  'opc.tcp:': 4840,
  'mqtt:': 1883,
  'mqtts:': 8883,
  'http:': 80,
  'https:': 443,
  'rtsp:': 554,
  'ws:': 80,
  'wss:': 443,
};

/** undefined where the URL names no host and port that could be tried (a folder, a device). Only host and port of it are looked at. */
export function probeOf(url: string): (() => Promise<boolean>) | undefined {
  const [, scheme = '', host = '', port] = /^([a-z0-9+.-]+:)\/\/(?:[^/?#]*@)?(\[[^\]]+\]|[^:/?#[\]]+)(?::(\d+))?/i.exec(url) ?? [];
  const known = PORTS[scheme.toLowerCase()];
  if (known === undefined || host === '') return undefined;
  const address = { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? known : Number(port) };
  return address.port > 0 && address.port < 65_536 ? () => listens(address) : undefined;
}

export function listens(address: { readonly host: string; readonly port: number }, bound = BOUND): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: bound });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
