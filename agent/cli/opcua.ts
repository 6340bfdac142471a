/** `lineside browse | trust`: what a technician needs to get an OPC UA server into the config. */
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { LinesideError } from '../errors.ts';
import { CATALOGUE } from '../host.ts';
import { browse } from '../sources/opcua/browse.ts';
import { approve, type CertificateSummary, listRejected, listTrusted } from '../sources/opcua/trust.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { createLog } from './log.ts';
import { out, outJson, table } from './print.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
}

/** Certificates and trust belong to the gateway: they lie beside its journal. */
async function open({ config: file }: Options) {
  const loaded = await loadConfig(file, { cameras: CATALOGUE.cameras });
  return { ...loaded, pki: join(resolve(loaded.base, loaded.config.store.path), 'pki') };
}

export async function browseServer(
  server: string,
  options: Options & { readonly node: string; readonly depth: number },
): Promise<ExitCode> {
  const { config, pki } = await open(options);
  const settings = config.opcua[server];
  if (!settings)
    throw new LinesideError('USAGE', {
      why: `the config has no OPC UA server ${server}; it has ${Object.keys(config.opcua).join(', ') || 'none'}`,
    });
  const log = createLog({ level: 'warn' });
  const nodes = await browse(server, settings, { pki, clock: systemClock, log, node: options.node, depth: options.depth });
  if (options.json) outJson(nodes);
  else
    out(
      table(
        ['node', 'type', 'value', 'access'],
        nodes.map(({ level, name, node, type, value, writable }) => [
          `${'  '.repeat(level)}${name}  ${node}`,
          type ?? '',
          value === null ? '' : String(value),
          writable ? 'write' : '',
        ]),
      ),
    );
  return EXIT.ok;
}

export async function trustServers(options: Options & { readonly approve?: string }): Promise<ExitCode> {
  const { pki } = await open(options);
  if (options.approve !== undefined) {
    const approved = await approve(pki, options.approve);
    out(options.json ? JSON.stringify(approved) : `Trusted from now on: ${approved.subject}`);
    return EXIT.ok;
  }
  const [rejected, trusted] = await Promise.all([listRejected(pki), listTrusted(pki)]);
  if (options.json) {
    outJson({ rejected, trusted });
    return EXIT.ok;
  }
  const rows = [...rejected.map(row('waits for approval')), ...trusted.map(row('trusted'))];
  out(table(['state', 'server', 'subject', 'valid to', 'fingerprint'], rows));
  if (rejected.length > 0)
    out('\nCompare the fingerprint with the one that the server shows, then: lineside trust --approve <fingerprint>');
  return EXIT.ok;
}

const row = (state: string) => (c: CertificateSummary) => [
  state,
  c.applicationUri,
  c.subject,
  new Date(c.validTo).toISOString().slice(0, 10),
  c.fingerprint,
];
