/**
 * The agent's own certificate: made on first use, valid for twenty years (the most common OPC UA fault after silence is the
 * one-year certificate that ends), replaced when it has ended or is damaged. Key and certificate are one file, so that two processes starting
 * together cannot mix them; the certificate alone lies beside it for the technician to carry to the PLC.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../errors.ts';
import type { Clock } from '../../time.ts';
import type { Library } from './library.ts';

/** Below 2050, where X.509 changes its date format and old PLCs stumble. */
const VALID_DAYS = 20 * 365;
/** What Basic256Sha256 and Aes256_Sha256_RsaPss both allow (2048 to 4096); more costs each connection time. */
const KEY_BITS = 2048;
/** Enough for a certificate that nobody looks at; a tenth of the time. */
const IDLE_KEY_BITS = 1024;

export interface Identity {
  readonly applicationUri: string;
  readonly certificate: Buffer;
  /** PEM. */
  readonly privateKey: string;
  /** ms since the epoch. */
  readonly validTo: number;
}

export interface IdentityOptions {
  readonly pkiFolder: string;
  readonly applicationName: string;
  readonly clock: Clock;
}

/**
 * Reads the identity, or makes one. `<pki>/own/identity.pem` is readable by its owner only; `<pki>/own/certificate.der` by all.
 * Rejects with OPCUA_IDENTITY where the folder is another user's.
 */
export async function loadIdentity(ua: Library, options: IdentityOptions): Promise<Identity> {
  const folder = join(options.pkiFolder, 'own');
  return ownIdentity(ua, folder, options).catch((thrown: unknown) => {
    throw new LinesideError('OPCUA_IDENTITY', { folder, why: messageOf(thrown) }, { cause: thrown });
  });
}

async function ownIdentity(ua: Library, folder: string, { applicationName, clock }: IdentityOptions): Promise<Identity> {
  const file = join(folder, 'identity.pem');
  const text = await read(file);
  const present = usable(text, clock);
  if (present) return present;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const scratch = await mkdtemp(join(folder, '.new-'));
  const fresh = join(scratch, 'identity.pem');
  await writeFile(fresh, await make(ua, { applicationName, clock, bits: KEY_BITS }), { mode: 0o600 });
  if (text !== null) await rename(fresh, file);
  else await link(fresh, file).catch(() => {}); // Another process was first: its identity is as good, and this one is forgotten.
  await rm(scratch, { recursive: true, force: true });
  const identity = parse(await readFile(file, 'utf8'));
  await writeFile(join(folder, 'certificate.der'), identity.certificate);
  return identity;
}

/**
 * For a channel without security: the library wants a certificate, the server has to ignore it (OPC 10000-4, 5.6.2.2). The one that is
 * there, else one that is forgotten with the session: making one to last would keep a first start waiting for a third of a second.
 */
export async function idleIdentity(ua: Library, { pkiFolder, applicationName, clock }: IdentityOptions): Promise<Identity> {
  const present = usable(await read(join(pkiFolder, 'own', 'identity.pem')), clock);
  return present ?? parse(await make(ua, { applicationName, clock, bits: IDLE_KEY_BITS }));
}

const read = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

function usable(pem: string | null, clock: Clock): Identity | null {
  if (pem === null) return null;
  try {
    const identity = parse(pem);
    return identity.validTo > clock.now() ? identity : null;
  } catch {
    return null; // Torn by a power cut.
  }
}

function parse(pem: string): Identity {
  const certificate = new X509Certificate(pem);
  return {
    applicationUri: /URI:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? '',
    certificate: certificate.raw,
    privateKey: createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString(),
    validTo: Date.parse(certificate.validTo),
  };
}

interface Making extends Pick<IdentityOptions, 'applicationName' | 'clock'> {
  readonly bits: typeof KEY_BITS | typeof IDLE_KEY_BITS;
}

async function make(ua: Library, { applicationName, clock, bits }: Making): Promise<string> {
  const { createSelfSignedCertificate, generateKeyPair, privateKeyToPEM, CertificatePurpose } = ua.crypto_utils;
  const host = hostname();
  const { privateKey } = await generateKeyPair(bits);
  const { cert } = await createSelfSignedCertificate({
    privateKey,
    subject: `CN=${applicationName}@${host}`,
    applicationUri: `urn:${host}:${applicationName}`,
    dns: [host],
    // A PLC whose clock is behind would reject what is not valid yet.
    notBefore: new Date(clock.now() - 86_400_000),
    notAfter: new Date(clock.now() + VALID_DAYS * 86_400_000),
    purpose: CertificatePurpose.ForApplication,
  });
  return `${cert}\n${(await privateKeyToPEM(privateKey)).privPem}\n`;
}
