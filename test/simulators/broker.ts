/**
 * A real mosquitto on 127.0.0.1, with faults: stopped, killed, frozen, started again on the same port with or without its memory.
 * Unlimited queues, so that what a subscriber misses was lost by the agent and not by the broker.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface BrokerOptions {
  /** Serve TLS with a certificate of the broker's own authority. */
  readonly tls?: boolean;
  /** Name: password. Without them anybody may come. */
  readonly users?: Readonly<Record<string, string>>;
  /** Lines of an ACL file. */
  readonly acl?: readonly string[];
  /** Sessions and retained messages survive a stop. */
  readonly persistence?: boolean;
  /** Further lines of mosquitto.conf; they come in place of those that are there. */
  readonly settings?: readonly string[];
}

export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Its certificate authority, and one that has nothing to do with it. PEM files. */
  readonly ca: string;
  readonly wrongCa: string;
  /** Its own certificate and key. PEM files. */
  readonly identity: { readonly cert: string; readonly key: string };
  /** SIGTERM: it writes down what it shall remember. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Another access list from now on; only where it began with one. */
  allow(acl: readonly string[]): void;
  /** Ends it and deletes its folder. */
  close(): Promise<void>;
}

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-broker-'));
  const port = await freePort();
  writeFileSync(join(folder, 'mosquitto.conf'), configOf(folder, port, options));
  let child = await spawned(folder);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  return {
    url: `${options.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${port}`,
    port,
    ca: join(folder, 'ca.pem'),
    wrongCa: join(folder, 'wrong-ca.pem'),
    identity: { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start: async () => {
      child = await spawned(folder);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    allow: (acl) => {
      writeFileSync(join(folder, 'acl'), `${acl.join('\n')}\n`);
      child.kill('SIGHUP');
    },
    close: async () => {
      child.kill('SIGCONT');
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configOf(folder: string, port: number, { tls, users, acl, persistence, settings = [] }: BrokerOptions): string {
  if (tls) certificates(folder);
  if (users) passwords(join(folder, 'passwords'), users);
  if (acl) writeFileSync(join(folder, 'acl'), `${acl.join('\n')}\n`);
  const overridden = new Set(settings.map((line) => line.split(' ')[0]));
  return [
    `listener ${port} 127.0.0.1`,
    `allow_anonymous ${users === undefined}`,
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'log_dest stderr',
    'max_queued_messages 0',
    'max_inflight_messages 0',
    ...(tls ? [`certfile ${join(folder, 'server.pem')}`, `keyfile ${join(folder, 'server.key')}`] : []),
    ...(users ? [`password_file ${join(folder, 'passwords')}`] : []),
    ...(acl ? [`acl_file ${join(folder, 'acl')}`] : []),
    ...(persistence ? ['persistence true', `persistence_location ${folder}/`] : []),
  ]
    .filter((line) => !overridden.has(line.split(' ')[0]))
    .concat(settings, '')
    .join('\n');
}

/** Resolves when it takes connections. Debian puts it where only root's PATH looks. */
function spawned(folder: string): Promise<ChildProcess> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` };
  const child = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'], env });
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}: ${said}`)));
    child.stderr?.on('data', (chunk) => {
      if (said.length < 4000) said += chunk;
      if (/mosquitto version \S+ running/.test(said)) resolve(child);
    });
  });
}

function passwords(file: string, users: Readonly<Record<string, string>>): void {
  writeFileSync(file, '', { mode: 0o600 });
  for (const [name, password] of Object.entries(users)) execFileSync('mosquitto_passwd', ['-b', file, name, password], { stdio: 'ignore' });
}

/** Two authorities, and a server certificate of the first. */
function certificates(folder: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const create = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  for (const name of ['ca', 'wrong-ca']) openssl(...create, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`);
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=CA:FALSE'];
  openssl(...create, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'server.key', '-out', 'server.pem', ...names);
}
