/**
 * Which server certificates this agent accepts: exactly those that a person approved for this server of the config, by their SHA-256 over
 * the DER form. A folder of files, so that a technician without the agent can look at it:
 *
 *   <pki>/trusted/<server>/<fingerprint>.der    approved
 *   <pki>/rejected/<server>/<fingerprint>.der   shown by a server and not approved; bounded, the oldest go
 *
 * An approval is for one server: who has the key of one PLC must not be able to answer for another. Approvals from before that was so lie
 * in trusted/ itself; the server that shows such a certificate first gets it for its own.
 */
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError } from '../../errors.ts';

/** A server that makes a new certificate at each start must not fill the disk. */
const MOST_REJECTED = 20;
const DAY = 86_400_000;

export interface CertificateSummary {
  /** Name in the config of the server that showed it; '' for an approval from before servers had their own. */
  readonly server: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits: what the technician compares. */
  readonly fingerprint: string;
  readonly subject: string;
  /** The OPC UA application's URI, from the alternative name; '' when the certificate names none. */
  readonly applicationUri: string;
  /** ms since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
}

export function summaryOf(der: Uint8Array, server = ''): CertificateSummary {
  const certificate = new X509Certificate(der);
  return {
    server,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: certificate.subject.replaceAll('\n', ', '),
    applicationUri: /URI:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? '',
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
  };
}

/** Whole days until the certificate ends, negative afterwards. */
export const daysLeft = (validTo: number, now: number): number => Math.floor((validTo - now) / DAY);

/** Passes a certificate approved for this server; keeps another one under rejected/ and throws OPCUA_UNTRUSTED with its fingerprint. */
export async function checkTrust(pkiFolder: string, server: string, der: Uint8Array): Promise<CertificateSummary> {
  const summary = summaryOf(der, server);
  const { fingerprint, subject } = summary;
  const file = `${fingerprint}.der`;
  if (await exists(join(pkiFolder, 'trusted', server, file))) return summary;
  if (await exists(join(pkiFolder, 'trusted', file))) {
    await move(join(pkiFolder, 'trusted'), join(pkiFolder, 'trusted', server), file);
    return summary;
  }
  await reject(join(pkiFolder, 'rejected', server), file, der);
  throw new LinesideError('OPCUA_UNTRUSTED', { server, fingerprint, subject });
}

export const listRejected = (pkiFolder: string): Promise<readonly CertificateSummary[]> => list(join(pkiFolder, 'rejected'));
export const listTrusted = (pkiFolder: string): Promise<readonly CertificateSummary[]> => list(join(pkiFolder, 'trusted'));

/**
 * Approves a rejected certificate for the server that showed it; it leaves rejected/. `fingerprint` may be shortened to what is unique and may
 * carry colons; where several servers showed it, `server` says which is meant. Throws USAGE when none or several match.
 */
export async function approve(pkiFolder: string, fingerprint: string, server?: string): Promise<CertificateSummary> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase();
  const shown = (await listRejected(pkiFolder)).filter((one) => one.fingerprint.startsWith(wanted));
  const found = shown.filter((one) => server === undefined || one.server === server);
  const [only] = found;
  if (only === undefined || found.length > 1 || wanted === '') {
    const servers = [...new Set(found.map((one) => one.server))];
    const hint = servers.length > 1 ? ` They were shown by ${servers.join(', ')}: say which with --server.` : '';
    throw new LinesideError('USAGE', { why: `${found.length} rejected certificates begin with '${fingerprint}'.${hint}` });
  }
  await move(join(pkiFolder, 'rejected', only.server), join(pkiFolder, 'trusted', only.server), `${only.fingerprint}.der`);
  return only;
}

/** Approves a certificate for a server that came by another way than from the server itself: a DER or PEM file. */
export async function approveFile(pkiFolder: string, server: string, certificate: Uint8Array): Promise<CertificateSummary> {
  const der = new X509Certificate(certificate).raw;
  const summary = summaryOf(der, server);
  const file = `${summary.fingerprint}.der`;
  await mkdir(join(pkiFolder, 'trusted', server), { recursive: true });
  await writeFile(join(pkiFolder, 'trusted', server, file), der);
  await rm(join(pkiFolder, 'rejected', server, file), { force: true });
  return summary;
}

async function move(from: string, to: string, file: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await rename(join(from, file), join(to, file));
}

async function reject(folder: string, file: string, der: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const present = await readdir(folder);
  if (present.includes(file)) return;
  const aged = await Promise.all(present.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(MOST_REJECTED - 1)) await rm(join(folder, name), { force: true });
  await writeFile(join(folder, file), der);
}

/** Those of each server, and those that lie in the folder itself. A file that is no certificate is passed over. */
async function list(folder: string): Promise<readonly CertificateSummary[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const servers = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const each = await Promise.all(['', ...servers.sort()].map((server) => listOf(folder, server)));
  return each.flat();
}

async function listOf(folder: string, server: string): Promise<readonly CertificateSummary[]> {
  const names = (await readdir(join(folder, server)).catch(() => [])).filter((name) => name.endsWith('.der')).sort();
  const read = names.map(async (name) => {
    try {
      return [summaryOf(await readFile(join(folder, server, name)), server)];
    } catch {
      return [];
    }
  });
  return (await Promise.all(read)).flat();
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
