/** Keeps what is secret out of the answers: what was typed into an address is taken out of it, and lies in files beside the journal. */
import { access, chmod, constants, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flushFolder } from '../../config/replace.ts';
import { passwordIn, referencesIn } from '../../config/secrets.ts';
import type { Answers, TypedSecrets } from '../../contracts/first-config.ts';
import { decoded, isSecretParameter } from '../../contracts/secrets.ts';
import { LinesideError, messageOf } from '../../errors.ts';

/** An address with `${secret:NAME}` in place of what is secret in it, and what the names stand for. References stay. */
export interface Apart {
  readonly address: string;
  readonly secrets: TypedSecrets;
}

export const placeholder = (name: string): string => `\${secret:${name}}`;
const holdsReference = (text: string): boolean => referencesIn(text).length > 0;

/** `name`: of the camera or the broker. In an address a password is percent-encoded, in its file it is itself. A folder has none. */
export function takeApart(address: string, name: string): Apart {
  if (/^dir:/i.test(address)) return { address, secrets: {} };
  const secrets: Record<string, string> = {};
  const keep = (key: string, secret: string) => {
    // Names of parameters are anybody's: what is no name of a file is left out of it.
    const own =
      key
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, '')
        .slice(0, 60) || 'secret';
    secrets[own] = secret;
    return placeholder(own);
  };
  const password = passwordIn(address);
  const withoutPassword =
    password === undefined || password === '' || holdsReference(password)
      ? address
      : address.replace(`:${password}@`, () => `:${keep(name, decoded(password))}@`);
  const text = withoutPassword.replace(/([?&;]([\w.-]+)=)([^&\s'"<>]+)/g, (whole, before: string, key: string, value: string) =>
    isSecretParameter(key) && !holdsReference(value) ? before + keep(`${name}-${key}`, decoded(value)) : whole,
  );
  return { address: text, secrets };
}

/**
 * Whether an OPC UA address names a user or holds a password. The config has keys for them, and shows the address to everybody: it
 * is no place to take a password out of, since the user beside it would be refused there too.
 */
export const holdsLogin = (endpoint: string): boolean =>
  /:\/\/[^/?#]*@/.test(endpoint) ||
  (!endpoint.includes('://') && endpoint.includes('@')) ||
  passwordIn(endpoint) !== undefined ||
  Object.keys(takeApart(endpoint, 'plc').secrets).length > 0;

/** What may be a password in an address whose scheme was left out. The config refuses such a one, and tells what it is. */
export function passwordWithoutScheme(address: string): string | undefined {
  const [, password] = address.includes('://') ? [] : (/^[^:@\s]*:(\S+)@/.exec(address) ?? []);
  return password;
}

/** The answers without a secret in any address, and all secrets. */
export function allApart(answers: Answers, typed: TypedSecrets): { readonly answers: Answers; readonly secrets: TypedSecrets } {
  const secrets: Record<string, string> = { ...typed };
  const without = (address: string, name: string) => {
    const apart = takeApart(address, name);
    Object.assign(secrets, apart.secrets);
    return apart.address;
  };
  const cameras = answers.cameras.map((camera) => ({ ...camera, address: without(camera.address, `camera-${camera.name}`) }));
  const broker = answers.broker && { ...answers.broker, address: without(answers.broker.address, 'broker') };
  return { answers: { ...answers, cameras, ...(broker ? { broker } : {}) }, secrets };
}

const NAMED = /\$\{secret:([^}\n]*)\}/g;
/** `as` is asked for each `${secret:NAME}`. */
export const namedSecrets = (text: string, as: (name: string) => string): string => text.replace(NAMED, (_, name: string) => as(name));

const folderIn = (store: string): string => join(store, 'secrets');
/** Where the secret of that name lies under the store's folder, as that folder is written. */
export const secretFile = (store: string, name: string): string => join(folderIn(store), name);

/** On the disk for good, each in a file that only this user can read. `store`: absolute. Rejects with SECRETS_UNKEPT. */
export async function keepSecrets(store: string, secrets: TypedSecrets): Promise<void> {
  const folder = folderIn(store);
  try {
    if (Object.keys(secrets).length === 0) return;
    const highest = await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    for (const [name, secret] of Object.entries(secrets)) await keepOne(secretFile(store, name), secret);
    await flushFolder(folder);
    if (highest !== undefined) await flushAbove(folder, highest);
  } catch (thrown) {
    throw unkept(folder, thrown);
  }
}

/** Rejects with SECRETS_UNKEPT where keepSecrets() would. Makes nothing. */
export async function canKeepSecrets(store: string): Promise<void> {
  const folder = folderIn(store);
  try {
    for (let at = folder; ; at = dirname(at)) {
      const found = await stat(at).catch((thrown: NodeJS.ErrnoException) => {
        // Not there yet, or below what is no folder: told by what is above.
        if (thrown.code !== 'ENOENT' && thrown.code !== 'ENOTDIR') throw thrown;
      });
      if (!found) continue;
      if (!found.isDirectory()) throw new LinesideError('USAGE', { why: `${at} is no folder` });
      return await access(at, constants.W_OK | constants.X_OK);
    }
  } catch (thrown) {
    throw unkept(folder, thrown);
  }
}

const unkept = (folder: string, thrown: unknown): LinesideError =>
  new LinesideError(
    'SECRETS_UNKEPT',
    { folder, why: thrown instanceof LinesideError ? thrown.sentence : messageOf(thrown) },
    { cause: thrown },
  );

/** A new folder is there after a power cut when the one above it is on the disk; `highest` is the first that was made. */
async function flushAbove(folder: string, highest: string): Promise<void> {
  for (let at = folder; at.length >= highest.length; at = dirname(at)) await flushFolder(dirname(at));
}

async function keepOne(file: string, secret: string): Promise<void> {
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  const handle = await open(fresh, 'wx', 0o600);
  try {
    await handle.writeFile(secret);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}
