/**
 * Which server certificates this agent accepts: exactly those that a person approved, by their SHA-256 over the DER form. A folder
 * of files, so that a technician without the agent can look at it:
 *
 *   <pki>/trusted/<fingerprint>.der    approved
 *   <pki>/rejected/<fingerprint>.der   shown by a server and not approved; bounded, the oldest go
 */
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError } from '../../errors.ts';

/** A server that makes a new certificate at each start must not fill the disk. */
const MOST_REJECTED = 20;
const DAY = 86_400_000;

export interface CertificateSummary {
  /** SHA-256 of the certificate, 64 lower-case hex digits: what the technician compares. */
  readonly fingerprint: string;
  readonly subject: string;
  /** The OPC UA application's URI, from the alternative name; '' when the certificate names none. */
  readonly applicationUri: string;
  /** ms since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
}

export function summaryOf(der: Uint8Array): CertificateSummary {
  const certificate = new X509Certificate(der);
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: certificate.subject.replaceAll('\n', ', '),
    applicationUri: /URI:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? '',
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
  };
}

/** Whole days until the certificate ends, negative afterwards. */
export const daysLeft = (validTo: number, now: number): number => Math.floor((validTo - now) / DAY);

/** Passes an approved certificate; keeps an unknown one under rejected/ and throws OPCUA_UNTRUSTED with its fingerprint. */
export async function checkTrust(pkiFolder: string, server: string, der: Uint8Array): Promise<CertificateSummary> {
  const summary = summaryOf(der);
  const { fingerprint, subject } = summary;
  if (await exists(join(pkiFolder, 'trusted', `${fingerprint}.der`))) return summary;
  await reject(join(pkiFolder, 'rejected'), fingerprint, der);
  throw new LinesideError('OPCUA_UNTRUSTED', { server, fingerprint, subject });
}

export const listRejected = (pkiFolder: string): Promise<readonly CertificateSummary[]> => list(join(pkiFolder, 'rejected'));
export const listTrusted = (pkiFolder: string): Promise<readonly CertificateSummary[]> => list(join(pkiFolder, 'trusted'));

/**
 * Approves a rejected certificate, which leaves rejected/. `fingerprint` may be shortened to what is unique and may carry colons.
 * Throws USAGE when none or several match.
 */
export async function approve(pkiFolder: string, fingerprint: string): Promise<CertificateSummary> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase();
  const found = (await listRejected(pkiFolder)).filter((one) => one.fingerprint.startsWith(wanted));
  const [only] = found;
  if (only === undefined || found.length > 1 || wanted === '') {
    throw new LinesideError('USAGE', { why: `${found.length} rejected certificates begin with '${fingerprint}'.` });
  }
  await mkdir(join(pkiFolder, 'trusted'), { recursive: true });
  const file = `${only.fingerprint}.der`;
  await rename(join(pkiFolder, 'rejected', file), join(pkiFolder, 'trusted', file));
  return only;
}

/** Approves a certificate that came by another way than from the server itself: a DER or PEM file. */
export async function approveFile(pkiFolder: string, certificate: Uint8Array): Promise<CertificateSummary> {
  const der = new X509Certificate(certificate).raw;
  const summary = summaryOf(der);
  await mkdir(join(pkiFolder, 'trusted'), { recursive: true });
  await writeFile(join(pkiFolder, 'trusted', `${summary.fingerprint}.der`), der);
  await rm(join(pkiFolder, 'rejected', `${summary.fingerprint}.der`), { force: true });
  return summary;
}

async function reject(folder: string, fingerprint: string, der: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = `${fingerprint}.der`;
  const present = await readdir(folder);
  if (present.includes(file)) return;
  const aged = await Promise.all(present.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(MOST_REJECTED - 1)) await rm(join(folder, name), { force: true });
  await writeFile(join(folder, file), der);
}

async function list(folder: string): Promise<readonly CertificateSummary[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.der')).sort();
  return Promise.all(files.map(async (name) => summaryOf(await readFile(join(folder, name)))));
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
