import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadIdentity, renewIdentity } from '#agent/sources/opcua/identity.js';
import type { Library } from '#agent/sources/opcua/library.js';
import { approve, checkTrust, daysLeft, listRejected, listTrusted, summaryOf } from '#agent/sources/opcua/trust.js';
import { type Clock, Days, systemClock } from '#agent/time.js';

const ua: Library = createRequire(import.meta.url)('node-opcua-client');
const at = (ms: number): Clock => ({ ...systemClock, now: () => ms });
const later = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

let pki: string;
beforeEach(async () => {
  pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
});
afterEach(() => rm(pki, { recursive: true, force: true }));

const identity = (applicationName = 'lineside', clock = systemClock) => loadIdentity(ua, { pkiFolder: pki, applicationName, clock });

test('the identity is made once, valid for a PLC whose clock was never set, under the URI that the certificate carries', async () => {
  const [first, second] = await Promise.all([identity(), identity()]);
  expect(second).toEqual(first);
  expect(await identity()).toEqual(first);
  expect(first?.applicationUri).toMatch(/^urn:.+:lineside$/);
  expect(daysLeft(first?.validTo ?? 0, systemClock.now())).toBeGreaterThan(7290);
  const summary = summaryOf(first?.certificate ?? new Uint8Array());
  expect(summary.applicationUri).toBe(first?.applicationUri);
  expect(summary.validFrom).toBeLessThan(Date.UTC(2012, 0, 1));
});

test.each([
  ['first boot at 1970', at(Date.UTC(1970, 0, 2))],
  ['today', systemClock],
  ['a time server that says 2080', at(Date.UTC(2080, 0, 1))],
])('what the PLC trusts stays what it is, whatever the clock says: made at %s', async (_, clock) => {
  const first = await identity('lineside', clock);
  const text = await readFile(join(pki, 'own', 'identity.pem'), 'utf8');
  for (const wrong of [at(0), systemClock, at(Date.UTC(2099, 0, 1))]) expect(await identity('lineside', wrong)).toEqual(first);
  expect(await readFile(join(pki, 'own', 'identity.pem'), 'utf8')).toBe(text);
  expect((await readdir(join(pki, 'own'))).sort()).toEqual(['certificate.der', 'identity.pem']);
  expect(summaryOf(first.certificate).validFrom).toBeLessThan(Date.UTC(2012, 0, 1));
});

test('a renewal keeps the key and the old files', async () => {
  const old = await identity();
  const fresh = await renewIdentity(ua, { pkiFolder: pki, applicationName: 'lineside', clock: later(Days(8000)) });
  expect(fresh.certificate.equals(old.certificate)).toBe(false);
  expect(fresh.validTo).toBeGreaterThan(old.validTo);
  expect(fresh.privateKey).toBe(old.privateKey);
  expect(await identity()).toEqual(fresh);
  const kept = (await readdir(join(pki, 'own'))).filter((file) => /^certificate\.until-renewal/.test(file));
  expect(await readFile(join(pki, 'own', kept[0] ?? ''))).toEqual(old.certificate);
});

test('a look makes neither key nor folder', async () => {
  const looked = loadIdentity(ua, { pkiFolder: pki, applicationName: 'lineside', clock: systemClock, readOnly: true });
  await expect(looked).rejects.toMatchObject({ code: 'OPCUA_NO_IDENTITY' });
  expect(await readdir(pki)).toEqual([]);
});

test('a damaged identity is made anew rather than failing for ever, and laid aside', async () => {
  await identity();
  await writeFile(join(pki, 'own', 'identity.pem'), 'torn');
  expect((await identity()).applicationUri).toMatch(/lineside$/);
  const aside = (await readdir(join(pki, 'own'))).filter((file) => file.startsWith('identity.damaged'));
  expect(await readFile(join(pki, 'own', aside[0] ?? ''), 'utf8')).toBe('torn');
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
  expect(await readFile(join(pki, 'trusted', 'plc', `${fingerprint}.der`))).toEqual(certificate);
});

test('an approval for one server is none for another', async () => {
  const { certificate } = await identity();
  const { fingerprint } = summaryOf(certificate);
  await expect(checkTrust(pki, 'plc', certificate)).rejects.toMatchObject({ code: 'OPCUA_UNTRUSTED' });
  await approve(pki, fingerprint);
  await expect(checkTrust(pki, 'press', certificate)).rejects.toMatchObject({ code: 'OPCUA_UNTRUSTED', details: { server: 'press' } });
  await expect(checkTrust(pki, 'saw', certificate)).rejects.toMatchObject({ code: 'OPCUA_UNTRUSTED' });
  await expect(approve(pki, fingerprint)).rejects.toMatchObject({ code: 'USAGE', details: { why: expect.stringContaining('press, saw') } });
  expect(await approve(pki, fingerprint, 'saw')).toMatchObject({ server: 'saw' });
  expect((await listTrusted(pki)).map(({ server }) => server)).toEqual(['plc', 'saw']);
  expect((await listRejected(pki)).map(({ server }) => server)).toEqual(['press']);
});

test('an approval from before they were for one server goes to the server that shows the certificate first', async () => {
  const { certificate } = await identity();
  const { fingerprint } = summaryOf(certificate);
  await mkdir(join(pki, 'trusted'));
  await writeFile(join(pki, 'trusted', `${fingerprint}.der`), certificate);
  expect(await checkTrust(pki, 'plc', certificate)).toMatchObject({ server: 'plc' });
  expect(await checkTrust(pki, 'plc', certificate)).toMatchObject({ server: 'plc' });
  await expect(checkTrust(pki, 'press', certificate)).rejects.toMatchObject({ code: 'OPCUA_UNTRUSTED' });
});

test('an approval that names none or several is refused', async () => {
  await expect(approve(pki, '')).rejects.toMatchObject({ code: 'USAGE' });
  await expect(approve(pki, 'abc')).rejects.toMatchObject({ code: 'USAGE' });
  expect(await listTrusted(pki)).toEqual([]);
});

test('servers that make a new certificate at each start do not fill the disk: the oldest go', async () => {
  const folder = join(pki, 'rejected', 'plc');
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
