/** Secrets of the config: `${env:NAME}` and `${file:/path}`, which keys hold one, and how they are kept out of everything written. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '../errors.ts';

/** Names of keys whose values are secret, whatever camera kind or section they belong to. */
const SECRET_KEY = /^(password|passphrase|secret|token)$/;
export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

const REFERENCE = /\$\{[^}\n]*\}/g;
/** Largest secret read from a file: a PEM chain fits. */
const SECRET_BYTES = 65_536;
/** Shorter ones would blank out half of every log line. */
const SHORTEST_REDACTED = 4;

/**
 * In a flow mapping (`{password: ${env:X}}`) YAML would take the braces of a reference for its own. Moving every character of a
 * reference into Unicode's private use area, one for one, keeps it one plain scalar and all columns where they are.
 */
export const hideReferences = (text: string): string => text.replace(REFERENCE, (found) => shift(found, 0xe000));
export const showReferences = (text: string): string => text.replace(/[\uE020-\uE07E]+/g, (found) => shift(found, -0xe000));

const shift = (text: string, by: number) =>
  [...text].map((c) => (inRange(c.charCodeAt(0), by) ? String.fromCharCode(c.charCodeAt(0) + by) : c)).join('');
const inRange = (code: number, by: number) => (by > 0 ? code >= 0x20 && code <= 0x7e : true);

/** What a reference stands for, or the end of a sentence that begins with the reference: why it cannot be had. */
export type Resolved = { readonly value: string } | { readonly fault: string };
export type References = ReadonlyMap<string, Resolved>;

export const referencesIn = (text: string): readonly string[] => text.match(REFERENCE) ?? [];
export const isFileReference = (reference: string): boolean => reference.startsWith('${file:');

/** Looks all of them up, each once. Relative paths mean `base`. Never rejects. */
export async function resolveReferences(
  references: Iterable<string>,
  base: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<References> {
  const each = async (reference: string): Promise<[string, Resolved]> => [reference, await resolveOne(reference, base, env)];
  return new Map(await Promise.all([...new Set(references)].map(each)));
}

async function resolveOne(reference: string, base: string, env: Readonly<Record<string, string | undefined>>): Promise<Resolved> {
  const [, kind, name] = /^\$\{(\w+):(.+)\}$/.exec(reference) ?? [];
  if (kind === 'env' && name !== undefined) {
    const value = env[name];
    if (value === undefined) return { fault: `the environment variable ${name} is not set` };
    return value === '' ? { fault: `the environment variable ${name} is empty` } : { value };
  }
  if (kind === 'file' && name !== undefined) return readSecret(resolve(base, name));
  return { fault: 'write ${env:NAME} or ${file:/path}' };
}

async function readSecret(path: string): Promise<Resolved> {
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { fault: `${path} is not a file` };
      if (stat.size > SECRET_BYTES) return { fault: `${path} is larger than 64 kB` };
      const value = (await file.readFile('utf8')).replace(/\r?\n$/, '');
      return value === '' ? { fault: `${path} is empty` } : { value };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return { fault: /ENOENT/.test(messageOf(thrown)) ? `there is no file ${path}` : `${path} cannot be read (${messageOf(thrown)})` };
  }
}

/** `://user:password@`, references hidden so that their own colons and slashes do not count; a port before a path is no password. */
const USERINFO = /(:\/\/[^:@/\s]*:)(?!\d+\/)([^@\s]+)(@)/g;

/** Blanks out the password in an address, keeping its length. A reference is no secret; what it stands for is. */
export const maskAddress = (text: string): string =>
  showReferences(
    hideReferences(text).replace(USERINFO, (_, before: string, secret: string, after: string) => before + blank(secret) + after),
  );
const blank = (secret: string) => secret.replace(/[^\uE020-\uE07E]/g, '*');

/** The password in an address as it is written, if there is one. */
export function passwordIn(address: string): string | undefined {
  const [, , secret] = new RegExp(USERINFO.source).exec(hideReferences(address)) ?? [];
  return secret === undefined ? undefined : showReferences(secret);
}

/** A line of the file fit to be shown, same length. */
export function maskLine(line: string): string {
  const masked = hideReferences(line).replace(
    /((?:^|[\s{,'"])(?:password|passphrase|secret|token)['"]?\s*:\s*)((?:[^,}#\s]|\s(?![#\s]))+)/g,
    (_, before: string, secret: string) => before + blank(secret),
  );
  return maskAddress(showReferences(masked));
}

/** A function that takes these secrets out of any text, as they are and as an address or JSON writes them. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= SHORTEST_REDACTED)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const any = new RegExp([...new Set(forms)].map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return (text) => text.replace(any, '[secret]');
}
