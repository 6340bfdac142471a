/** Where the web server listens, and under which names it may be asked. Pure. */
import { isIP } from 'node:net';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8088`, `gateway:8088`, `[::1]:8088`. */
export function listenAddress(listen: string): ListenAddress {
  const { bracketed, plain, port } = /^(?:\[(?<bracketed>[^\]]*)\]|(?<plain>[^:]*)):(?<port>\d+)$/.exec(listen)?.groups ?? {};
  return { host: bracketed || plain || '127.0.0.1', port: Number(port ?? 0) };
}

/**
 * Whether a request's Host header names this box. A browser on a foreign page may be made to ask us (DNS rebinding): it then sends the
 * name of that page, so a name that nobody gave this box is not answered. An address cannot be rebound. Without the header it is no browser.
 */
export function namesUs(header: string | undefined, names: ReadonlySet<string>): boolean {
  if (header === undefined) return true;
  const host = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[^:[\]]+))(?::\d*)?$/i.exec(header.trim())?.groups;
  if (host?.['v6'] !== undefined) return isIP(host['v6']) === 6;
  const name = host?.['name']?.toLowerCase().replace(/\.$/, '') ?? '';
  return isIP(name) === 4 || name === 'localhost' || name.endsWith('.localhost') || names.has(name);
}

/** Lower case: what this box is called, what it listens on, and what the config adds. */
export const ownNames = (host: string, hostname: string, added: readonly string[]): ReadonlySet<string> =>
  new Set([host, hostname, `${hostname}.local`, ...added].map((name) => name.toLowerCase()));
