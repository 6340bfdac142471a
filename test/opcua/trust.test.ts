import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadIdentity } from '#agent/sources/opcua/identity.js';
import type { Library } from '#agent/sources/opcua/library.js';
import { approve, checkTrust, daysLeft, listRejected, listTrusted, summaryOf } from '#agent/sources/opcua/trust.js';
import { type Clock, Days, systemClock } from '#agent/time.js';

const ua: Library = createRequire(import.meta.url)('node-opcua-client');
const later = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

let pki: string;
beforeEach(async () => {
  pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
});
afterEach(() => rm(pki, { recursive: true, force: true }));

const identity = (applicationName = 'lineside', clock = systemClock) => loadIdentity(ua, { pkiFolder: pki, applicationName, clock });

test('the identity is made once, for twenty years, under the URI that the certificate carries', async () => {
  const [first, second] = await Promise.all([identity(), identity()]);
  expect(second).toEqual(first);
  expect(await identity()).toEqual(first);
  expect(first?.applicationUri).toMatch(/^urn:.+:lineside$/);
  expect(daysLeft(first?.validTo ?? 0, systemClock.now())).toBeGreaterThan(7290);
  const summary = summaryOf(first?.certificate ?? new Uint8Array());
  expect(summary.applicationUri).toBe(first?.applicationUri);
  expect(summary.validFrom).toBeLessThan(systemClock.now());
});

test('an identity that has ended is replaced', async () => {
  const old = await identity();
  const fresh = await identity('lineside', later(Days(8000)));
  expect(fresh.certificate.equals(old.certificate)).toBe(false);
  expect(fresh.validTo).toBeGreaterThan(old.validTo);
});

test('a damaged identity is made anew rather than failing for ever', async () => {
  await identity();
  await writeFile(join(pki, 'own', 'identity.pem'), 'torn');
  expect((await identity()).applicationUri).toMatch(/lineside$/);
});

test('an identity that cannot be kept is told with its folder, and the certificate is for everybody to read', async () => {
  const { applicationUri } = await identity();
  expect(applicationUri).toMatch(/lineside$/);
  const modes = ['own', 'own/certificate.der', 'own/identity.pem'].map(async (name) => (await stat(join(pki, name))).mode & 0o777);
  // As far as whoever started it lets others read at all.
  const others = 0o044 & ~process.umask();
  expect((await Promise.all(modes)).map((mode) => mode & 0o044)).toEqual([others, others, 0]);
  await rm(join(pki, 'own'), { recursive: true });
  await writeFile(join(pki, 'own'), 'in the way');
  await expect(identity()).rejects.toMatchObject({ code: 'OPCUA_IDENTITY', sentence: expect.stringContaining(join(pki, 'own')) });
});

test('a certificate is trusted from its approval on, and not before', async () => {
  const { certificate } = await identity();
  await expect(checkTrust(pki, 'plc', certificate)).rejects.toMatchObject({ code: 'OPCUA_UNTRUSTED', category: 'config' });
  const { fingerprint } = await approve(pki, summaryOf(certificate).fingerprint);
  expect(await checkTrust(pki, 'plc', certificate)).toMatchObject({ fingerprint });
  expect(await readFile(join(pki, 'trusted', `${fingerprint}.der`))).toEqual(certificate);
});

test('an approval that names none or several is refused', async () => {
  await expect(approve(pki, '')).rejects.toMatchObject({ code: 'USAGE' });
  await expect(approve(pki, 'abc')).rejects.toMatchObject({ code: 'USAGE' });
  expect(await listTrusted(pki)).toEqual([]);
});

test('servers that make a new certificate at each start do not fill the disk: the oldest go', async () => {
  const folder = join(pki, 'rejected');
  const { certificate } = await identity();
  await expect(checkTrust(pki, 'plc', certificate)).rejects.toThrow();
  const [name = ''] = await readdir(folder);
  for (let k = 0; k < 30; k++) {
    const copy = join(folder, `${String(k).padStart(64, '0')}.der`);
    await writeFile(copy, certificate);
    await utimes(copy, k, k);
  }
  await rm(join(folder, name));
  await expect(checkTrust(pki, 'plc', certificate)).rejects.toThrow();
  const kept = await readdir(folder);
  expect(kept).toHaveLength(20);
  expect(kept).toContain(name);
  expect(kept).not.toContain(`${'0'.repeat(64)}.der`);
  expect(await listRejected(pki)).toHaveLength(20);
});
