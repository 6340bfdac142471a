/** Secrets of the config: `${env:NAME}` and `${file:/path}`, which keys hold one, and how they are kept out of everything written. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { maskAddress as maskAddressWith, USERINFO } from '../contracts/secrets.ts';
import { messageOf } from '../errors.ts';
import { nearest } from './suggest.ts';
import { decodeText } from './text.ts';

/** Names of keys whose values are secret, whatever camera kind or section they belong to. */
const SECRET_KEYS = ['password', 'passphrase', 'secret', 'token'];
export const isSecretKey = (key: string): boolean => SECRET_KEYS.includes(key);

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
/** Each reference replaced by what `as` makes of it, whatever that holds. */
export const fillReferences = (text: string, as: (reference: string) => string): string => text.replace(REFERENCE, as);
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
    // A named pipe would hold whoever opens it until somebody writes.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { fault: `${path} is not a file` };
      if (stat.size > SECRET_BYTES) return { fault: `${path} is larger than 64 kB` };
      const read = decodeText(await file.readFile());
      // Read leniently it would be another password, which nobody but the other side could tell.
      if ('faults' in read) return { fault: `${path} is not UTF-8; save the file as UTF-8` };
      const value = read.text.replace(/\r?\n$/, '');
      return value === '' ? { fault: `${path} is empty` } : { value };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return { fault: /ENOENT/.test(messageOf(thrown)) ? `there is no file ${path}` : `${path} cannot be read (${messageOf(thrown)})` };
  }
}

/** Blanks out the passwords in an address, keeping its length. A reference is no secret; what it stands for is. */
export const maskAddress = (text: string): string =>
  showReferences(
    maskAddressWith(hideReferences(text), blank).replace(LOGIN, (_, before: string, secret: string) => before + blank(secret)),
  );
/**
 * A login before a host, where the scheme in front of it is torn or missing: `http:/me:secret@10.1.3.31`. Of the user no more than its end:
 * a long word without a colon would be looked through from each of its letters.
 */
const LOGIN = /([^\s:/@'"{,]{0,60}:)([^\s:/@'"]+)(?=@[\w[])/g;
const blank = (secret: string) => secret.replace(/[^\uE020-\uE07E]/g, '*');

/** The password in an address as it is written, if there is one. */
export function passwordIn(address: string): string | undefined {
  const [, , secret] = new RegExp(USERINFO.source).exec(hideReferences(address)) ?? [];
  return secret === undefined ? undefined : showReferences(secret);
}

const KEY = /(?:^|[\s{,'"])([\w-]{1,40})['"]?\s*:\s*/g;
const VALUE = /(?:[^,}#\s]|\s(?![#\s]))+/y;
/** What people call a password elsewhere. */
const ALIKE = /^(pw|pwd|pass|passwd|passwort|kennwort|passcode|api_?key)$/i;
/** A key that holds a secret, or is probably meant to: what is shown of a file is shown for its mistakes. */
const mayBeSecret = (key: string): boolean => ALIKE.test(key) || nearest(key, SECRET_KEYS) !== undefined;

/** A line of the file fit to be shown, same length. */
export function maskLine(line: string): string {
  let masked = hideReferences(line);
  for (const { 0: found, 1: key = '', index } of masked.matchAll(KEY)) {
    if (!mayBeSecret(key)) continue;
    const start = index + found.length;
    VALUE.lastIndex = start;
    const secret = VALUE.exec(masked)?.[0] ?? '';
    masked = masked.slice(0, start) + blank(secret) + masked.slice(start + secret.length);
  }
  return maskAddress(showReferences(masked));
}

/**
 * A sentence about a text of the file, with its references in place of what they stand for: `source` is the text as it is written. What
 * came to stand in the wrong place may be a password, whatever the key is called.
 */
export function asWritten(sentence: string, source: string, standsFor: (reference: string) => string): string {
  const references = referencesIn(source).map((reference) => [reference, standsFor(reference)] as const);
  return references
    .filter(([, value]) => value.length >= SHORTEST_REDACTED)
    .reduce((text, [reference, value]) => text.replaceAll(value, () => reference), sentence);
}

/** A function that takes these secrets out of any text, as they are and as an address or JSON writes them; `as` is what stands there then. */
export function redactor(secrets: readonly string[], as: (secret: string) => string = () => '[secret]'): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= SHORTEST_REDACTED)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const any = new RegExp([...new Set(forms)].map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return (text) => text.replace(any, as);
}
