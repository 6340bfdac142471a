/**
 * The agent's own certificate: made on first use and then kept, since a PLC trusts exactly this one and only a person at the PLC can undo
 * what a new one breaks. Hence no clock decides anything here: a certificate that has ended by this box's clock, or has not begun, is
 * used all the same (the alarm OPCUA_CERTIFICATE_ENDS tells of it), and a new one is made only by `lineside trust --renew`, with the same
 * key, the old files kept beside it. Key and certificate are one file, so that two processes starting together cannot mix them; the certificate
 * alone lies beside it for the technician to carry to the PLC.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { copyFile, link, mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../errors.ts';
import type { Clock } from '../../time.ts';
import type { Library } from './library.ts';

/** Before any clock that was never set: an S7-1200 without battery begins in 2012, and rejects what is not valid yet. */
const VALID_FROM = Date.UTC(2000, 0, 1);
/** Below 2050, where X.509 changes its date format and old PLCs stumble. */
const VALID_TO = Date.UTC(2049, 11, 31);
const DAY = 86_400_000;
/** Where VALID_TO is less than a quarter of this away, a certificate lasts this long instead. */
const RENEWED = 20 * 365 * DAY;
/** What Basic256Sha256 and Aes256_Sha256_RsaPss both allow (2048 to 4096); more costs each connection time. */
const KEY_BITS = 2048;
/** Enough for a certificate that nobody looks at; a tenth of the time. */
const IDLE_KEY_BITS = 1024;

export interface Identity {
  readonly applicationUri: string;
  readonly certificate: Buffer;
  /** SHA-1 over it, 40 hex digits: what most servers show of a client that waits for trust. */
  readonly thumbprint: string;
  /** PEM. */
  readonly privateKey: string;
  /** ms since the epoch. */
  readonly validTo: number;
}

export interface IdentityOptions {
  readonly pkiFolder: string;
  readonly applicationName: string;
  readonly clock: Clock;
  /** Makes none where there is none, and writes nothing: OPCUA_NO_IDENTITY then. */
  readonly readOnly?: boolean;
}

const ownFolder = (pkiFolder: string): string => join(pkiFolder, 'own');
/** What the technician carries to the PLC. */
export const ownCertificateFile = (pkiFolder: string): string => join(ownFolder(pkiFolder), 'certificate.der');

/**
 * Reads the identity, or makes one. `<pki>/own/identity.pem` is readable by its owner only; `<pki>/own/certificate.der` by all.
 * Rejects with OPCUA_IDENTITY where the folder is another user's.
 */
export async function loadIdentity(ua: Library, options: IdentityOptions): Promise<Identity> {
  const folder = ownFolder(options.pkiFolder);
  return told(folder, async () => {
    const file = join(folder, 'identity.pem');
    const text = await read(file);
    const present = text === null ? null : parsed(text);
    if (present) return present;
    if (options.readOnly) throw new LinesideError('OPCUA_NO_IDENTITY', { folder });
    // What a power cut or a hand has damaged may be all that is left of a key that a PLC trusts.
    if (text !== null) await rename(file, join(folder, `identity.damaged-${shortHash(text)}.pem`));
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await keep(folder, await make(ua, { ...options, key: await newKey(ua, KEY_BITS) }), 'unless there is one');
    return publishOwn(options.pkiFolder);
  });
}

/** A certificate that begins anew, for the same key; the old ones stay beside it. The PLC must be given the new one by a person. */
export async function renewIdentity(ua: Library, options: IdentityOptions): Promise<Identity> {
  const before = await loadIdentity(ua, options);
  const folder = ownFolder(options.pkiFolder);
  return told(folder, async () => {
    const old = shortHash(before.certificate);
    await copyFile(join(folder, 'identity.pem'), join(folder, `identity.until-renewal-${old}.pem`));
    await copyFile(ownCertificateFile(options.pkiFolder), join(folder, `certificate.until-renewal-${old}.der`)).catch(() => {});
    const key = (await ua.crypto_utils.pemToPrivateKey(before.privateKey)) as PrivateKey;
    await keep(folder, await make(ua, { ...options, key }), 'in place of the old one');
    return publishOwn(options.pkiFolder);
  });
}

function told(folder: string, work: () => Promise<Identity>): Promise<Identity> {
  return work().catch((thrown: unknown) => {
    if (thrown instanceof LinesideError) throw thrown;
    throw new LinesideError('OPCUA_IDENTITY', { folder, why: messageOf(thrown) }, { cause: thrown });
  });
}

/** On the disk for good before it has its name: a power cut leaves the old one, or the new one. */
async function keep(folder: string, pem: string, where: 'unless there is one' | 'in place of the old one'): Promise<void> {
  const scratch = await mkdtemp(join(folder, '.new-'));
  const fresh = join(scratch, 'identity.pem');
  const file = join(folder, 'identity.pem');
  const handle = await open(fresh, 'wx', 0o600);
  await handle.writeFile(pem);
  await handle.sync();
  await handle.close();
  if (where === 'in place of the old one') await rename(fresh, file);
  else await link(fresh, file).catch(() => {}); // Another process was first: its identity is as good, and this one is forgotten.
  await rm(scratch, { recursive: true, force: true });
}

async function publishOwn(pkiFolder: string): Promise<Identity> {
  const identity = parse(await readFile(join(ownFolder(pkiFolder), 'identity.pem'), 'utf8'));
  const handle = await open(ownCertificateFile(pkiFolder), 'w');
  await handle.writeFile(identity.certificate);
  await handle.close();
  return identity;
}

/**
 * For a channel without security: the library wants a certificate, the server has to ignore it (OPC 10000-4, 5.6.2.2). The one that is
 * there, else one that is forgotten with the session: making one to last would keep a first start waiting for a third of a second.
 */
export async function idleIdentity(ua: Library, options: IdentityOptions): Promise<Identity> {
  const text = await read(join(ownFolder(options.pkiFolder), 'identity.pem'));
  const present = text === null ? null : parsed(text);
  return present ?? parse(await make(ua, { ...options, key: await newKey(ua, IDLE_KEY_BITS) }));
}

const read = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);
const shortHash = (what: string | Buffer): string => createHash('sha256').update(what).digest('hex').slice(0, 12);

function parsed(pem: string): Identity | null {
  try {
    return parse(pem);
  } catch {
    return null; // Torn by a power cut.
  }
}

function parse(pem: string): Identity {
  const certificate = new X509Certificate(pem);
  return {
    applicationUri: /URI:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? '',
    certificate: certificate.raw,
    thumbprint: certificate.fingerprint.replaceAll(':', ''),
    privateKey: createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString(),
    validTo: Date.parse(certificate.validTo),
  };
}

const endAfter = (now: number): number => (now + RENEWED / 4 < VALID_TO ? VALID_TO : now + RENEWED);

type PrivateKey = Awaited<ReturnType<Library['crypto_utils']['generateKeyPair']>>['privateKey'];

const newKey = async (ua: Library, bits: typeof KEY_BITS | typeof IDLE_KEY_BITS): Promise<PrivateKey> =>
  (await ua.crypto_utils.generateKeyPair(bits)).privateKey;

async function make(ua: Library, { applicationName, clock, key }: IdentityOptions & { readonly key: PrivateKey }): Promise<string> {
  const { createSelfSignedCertificate, privateKeyToPEM, CertificatePurpose } = ua.crypto_utils;
  const host = hostname();
  const { cert } = await createSelfSignedCertificate({
    privateKey: key,
    subject: `CN=${applicationName}@${host}`,
    applicationUri: `urn:${host}:${applicationName}`,
    dns: [host],
    notBefore: new Date(VALID_FROM),
    notAfter: new Date(endAfter(clock.now())),
    purpose: CertificatePurpose.ForApplication,
  });
  return `${cert}\n${(await privateKeyToPEM(key)).privPem}\n`;
}
