/** `lineside browse | trust`: what a technician needs to get an OPC UA server into the config. */
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { TagValue } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { CATALOGUE } from '../runtime/config-catalogue.ts';
import { browse } from '../sources/opcua/browse.ts';
import { loadIdentity, ownCertificateFile, renewIdentity } from '../sources/opcua/identity.ts';
import { loadLibrary } from '../sources/opcua/library.ts';
import { approve, type CertificateSummary, listRejected, listTrusted } from '../sources/opcua/trust.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { createLog } from './log.ts';
import { onRecord } from './on-record.ts';
import { out, outJson, table } from './print.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
}

/** Certificates and trust belong to the gateway: they lie beside its journal. */
async function open({ config: file }: Options) {
  const loaded = await loadConfig(file, { cameras: CATALOGUE.cameras });
  const store = resolve(loaded.base, loaded.config.store.path);
  return { ...loaded, store, pki: join(store, 'pki') };
}

export async function browseServer(
  server: string,
  options: Options & { readonly node: string; readonly depth: number; readonly all?: boolean },
): Promise<ExitCode> {
  const { config, pki } = await open(options);
  const settings = config.opcua[server];
  if (!settings)
    throw new LinesideError('USAGE', {
      why: `the config has no OPC UA server ${server}; it has ${Object.keys(config.opcua).join(', ') || 'none'}`,
    });
  const log = createLog({ level: 'warn' });
  const nodes = await browse(server, settings, { pki, clock: systemClock, log, ...looking(options) });
  if (options.json) outJson(nodes);
  else
    out(
      table(
        ['node', 'type', 'value', 'access'],
        nodes.map(({ level, name, node, type, value, writable }) => [
          `${'  '.repeat(level)}${clipped(name)}  ${node}`,
          type ?? '',
          value === null ? '' : clipped(value),
          writable ? 'write' : '',
        ]),
      ),
    );
  return EXIT.ok;
}

const looking = ({ node, depth, all = false }: { readonly node: string; readonly depth: number; readonly all?: boolean }) => ({
  node,
  depth,
  all,
});

/** One line of a few words, whatever a PLC keeps there: the table is as wide as its widest cell. `--json` has the whole value. */
function clipped(value: NonNullable<TagValue>): string {
  const text = (Array.isArray(value) ? value.slice(0, WIDEST).join(',') : String(value)).slice(0, WIDEST + 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not reach the terminal.
  const shown = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return shown.length > WIDEST ? `${shown.slice(0, WIDEST - 1)}…` : shown;
}
const WIDEST = 60;

interface TrustOptions extends Options {
  readonly approve?: string;
  readonly server?: string;
  readonly renew?: boolean;
}

/** The agent's own certificate is made here where there is none: the technician at the PLC has to be given one. */
export async function trustServers(options: TrustOptions): Promise<ExitCode> {
  const { pki, store } = await open(options);
  if (options.approve !== undefined) return approved({ pki, store }, options.approve, options);
  const ua = await loadLibrary(createLog({ level: 'warn' }));
  const own = await (options.renew ? renewIdentity : loadIdentity)(ua, { pkiFolder: pki, applicationName: 'lineside', clock: systemClock });
  const [rejected, trusted] = await Promise.all([listRejected(pki), listTrusted(pki)]);
  if (options.renew) onRecord(store, { verb: 'renew_certificate', detail: { thumbprint: own.thumbprint } });
  const mine = { file: ownCertificateFile(pki), thumbprint: own.thumbprint, validTo: own.validTo, applicationUri: own.applicationUri };
  if (options.json) {
    outJson({ rejected, trusted, own: mine });
    return EXIT.ok;
  }
  const rows = [...rejected.map(row('waits for approval')), ...trusted.map(row('trusted'))];
  if (rows.length > 0) out(table(['state', 'server', 'application', 'subject', 'valid to', 'fingerprint'], rows));
  out(`\nThe agent’s own certificate, for the servers to trust: ${mine.file}\nthumbprint ${own.thumbprint}, valid to ${day(own.validTo)}`);
  if (rejected.length > 0) out('\nCompare the fingerprint with the one that the server shows. Where they are the same:');
  for (const { fingerprint } of rejected) out(`lineside trust --approve ${fingerprint}`);
  return EXIT.ok;
}

async function approved(
  { pki, store }: { readonly pki: string; readonly store: string },
  fingerprint: string,
  { json, server }: TrustOptions,
): Promise<ExitCode> {
  const one = await approve(pki, fingerprint, server);
  onRecord(store, { verb: 'trust', detail: { server: one.server, subject: one.subject, fingerprint: one.fingerprint } });
  out(json ? JSON.stringify(one) : `Trusted from now on${one.server === '' ? '' : ` as ${one.server}`}: ${one.subject}`);
  return EXIT.ok;
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

const row = (state: string) => (c: CertificateSummary) => [
  state,
  c.server || 'any',
  c.applicationUri,
  c.subject,
  day(c.validTo),
  c.fingerprint,
];
