/**
 * The certificate that the page is served with: one that the config names, or the agent's own, made here and kept. Browsers ask once
 * whether they shall trust it and remember the answer by the certificate, so it is made anew only where it ends, or where the box has
 * another name.
 */
import { createPrivateKey, type webcrypto, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { LinesideError, messageOf } from '../../errors.ts';
import { readRegular } from '../../platform/plain-file.ts';
import { type Clock, Days } from '../../time.ts';

export interface Identity {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Wall time. */
  readonly validFrom: number;
  readonly validTo: number;
  /** SHA-256, hexadecimal with colons: what a browser shows. */
  readonly fingerprint: string;
}

export interface IdentityFiles {
  readonly cert: string;
  readonly key: string;
}

/** Apple takes no certificate of more than 825 days. */
const LASTS = Days(820);
const RENEWED_BEFORE = Days(60);
/** A box whose clock is a little behind takes it as well. */
const BEGINS_BEFORE = Days(2);

const LARGEST = 1_000_000;

/** Rejects with WEB_CERTIFICATE. */
export async function givenIdentity({ cert: certFile, key: keyFile }: IdentityFiles): Promise<Identity> {
  const read = (file: string) => readRegular(file, { most: LARGEST, refuse: (why) => new LinesideError('WEB_CERTIFICATE', { file, why }) });
  const [cert, key] = await Promise.all([read(certFile), read(keyFile)]);
  try {
    return checked(cert.toString('utf8'), key.toString('utf8'));
  } catch (thrown) {
    throw new LinesideError('WEB_CERTIFICATE', { file: certFile, why: messageOf(thrown) }, { cause: thrown });
  }
}

/** `names`: of this box, host names and addresses. Rejects with WEB_CERTIFICATE. */
export async function ownIdentity(folder: string, names: readonly string[], clock: Clock): Promise<Identity> {
  const file = join(folder, 'identity.pem');
  const before = join(folder, 'identity-before.pem');
  try {
    const now = clock.now();
    const known = (await Promise.all([file, before].map(read))).flatMap((identity) => identity ?? []);
    const good = known.filter((identity) => isGood(identity, names, now));
    // A clock that was ahead for a while made one that is not valid yet: the one before is, until then. A clock that is behind takes either.
    const chosen = good.find(({ validFrom }) => validFrom <= now) ?? good[0];
    if (chosen) return chosen;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    // The key stays: who has pinned it goes on.
    const pem = await make(names, now, known[0]?.key ?? null);
    await writeFile(`${file}.new`, pem, { mode: 0o600, flush: true });
    if (known.length > 0) await rename(file, before).catch(() => {});
    await rename(`${file}.new`, file);
    return checked(pem, pem);
  } catch (thrown) {
    throw new LinesideError('WEB_CERTIFICATE', { file, why: messageOf(thrown) }, { cause: thrown });
  }
}

/** Addresses of this box, without those of a link alone. */
export const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((of) => (of ?? []).flatMap(({ address, scopeid }) => (scopeid ? [] : [address])));

/** Null: there is none, or it was torn by a power cut. */
async function read(file: string): Promise<Identity | null> {
  try {
    const pem = await readFile(file, 'utf8');
    return checked(pem, pem);
  } catch {
    return null;
  }
}

/** Throws where they do not belong together. */
function checked(cert: string, key: string): Identity {
  const certificate = new X509Certificate(cert);
  const privateKey = createPrivateKey(key);
  if (!certificate.checkPrivateKey(privateKey)) throw new LinesideError('USAGE', { why: 'the key is not the one of this certificate' });
  createSecureContext({ cert, key });
  return {
    cert,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

/** One that is not valid yet is: a box that has lost its clock begins in 1970, and what it made then would be over when it has the time. */
function isGood({ cert, validTo }: Identity, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(cert);
  // Addresses come and go with a cable; names are given.
  return (
    validTo - now > RENEWED_BEFORE && names.filter((name) => isIP(name) === 0).every((name) => certificate.checkHost(name) !== undefined)
  );
}

/** Loaded when one has to be made: the library is in the tree for OPC UA. */
async function make(names: readonly string[], now: number, before: string | null): Promise<string> {
  const { createSelfSignedCertificate, CertificatePurpose, generateKeyPair, pemToPrivateKey, privateKeyToPEM } = await import(
    'node-opcua-crypto'
  );
  const privateKey = before === null ? (await generateKeyPair(2048)).privateKey : await pemToPrivateKey(before);
  const { cert } = await createSelfSignedCertificate({
    privateKey: privateKey as webcrypto.CryptoKey,
    subject: `CN=${names[0] ?? 'lineside'}`,
    dns: names.filter((name) => isIP(name) === 0),
    ip: names.filter((name) => isIP(name) > 0),
    applicationUri: `urn:${names[0] ?? 'box'}:lineside:web`,
    notBefore: new Date(now - BEGINS_BEFORE),
    notAfter: new Date(now + LASTS - BEGINS_BEFORE),
    purpose: CertificatePurpose.ForApplication,
  });
  return `${cert}\n${(await privateKeyToPEM(privateKey as webcrypto.CryptoKey)).privPem}\n`;
}
