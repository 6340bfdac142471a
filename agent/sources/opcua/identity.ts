/**
 * The agent's own certificate: made on first use, valid for twenty years (the most common OPC UA fault after silence is the
 * one-year certificate that ends), replaced when it has ended or is damaged. Key and certificate are one file, so that two processes starting
 * together cannot mix them; the certificate alone lies beside it for the technician to carry to the PLC.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../time.ts';
import type { Library } from './library.ts';

/** Below 2050, where X.509 changes its date format and old PLCs stumble. */
const VALID_DAYS = 20 * 365;
/** What Basic256Sha256 and Aes256_Sha256_RsaPss both allow (2048 to 4096); more costs each connection time. */
const KEY_BITS = 2048;

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

/** Reads the identity, or makes one. `<pki>/own/identity.pem` is readable by its owner only; `<pki>/own/certificate.der` by all. */
export async function loadIdentity(ua: Library, { pkiFolder, applicationName, clock }: IdentityOptions): Promise<Identity> {
  const folder = join(pkiFolder, 'own');
  const file = join(folder, 'identity.pem');
  const text = await readFile(file, 'utf8').catch(() => null);
  const present = text === null ? null : usable(text, clock);
  if (present) return present;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(folder, '.new-'));
  const fresh = join(scratch, 'identity.pem');
  await writeFile(fresh, await make(ua, applicationName, clock), { mode: 0o600 });
  if (text !== null) await rename(fresh, file);
  else await link(fresh, file).catch(() => {}); // Another process was first: its identity is as good, and this one is forgotten.
  await rm(scratch, { recursive: true, force: true });
  const identity = parse(await readFile(file, 'utf8'));
  await writeFile(join(folder, 'certificate.der'), identity.certificate);
  return identity;
}

function usable(pem: string, clock: Clock): Identity | null {
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

async function make(ua: Library, applicationName: string, clock: Clock): Promise<string> {
  const { createSelfSignedCertificate, generateKeyPair, privateKeyToPEM, CertificatePurpose } = ua.crypto_utils;
  const host = hostname();
  const { privateKey } = await generateKeyPair(KEY_BITS);
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
