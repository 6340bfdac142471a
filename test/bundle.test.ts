import { webcrypto } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { ENTRIES, entryUrl } from '#agent/platform/entries.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { precompiled } from '#agent/platform/precompiled.js';

const dist = join(packageRoot, 'dist');

it.each(ENTRIES)('%s is a file of its own, as compiled and in the bundle', (entry) => {
  expect(existsSync(entryUrl(entry))).toBe(true);
  expect(existsSync(join(dist, 'bundle', `${entry}.js`))).toBe(true);
});

it('takes the OPC UA library with the code that was compiled for this Node, and makes no key for it', () => {
  const generateKey = vi.spyOn(webcrypto.subtle, 'generateKey');
  const { library, script } = precompiled<typeof import('node-opcua-client')>('node-opcua-client');
  expect(script.cachedDataRejected).toBe(false);
  expect(library.coerceNodeId('ns=2;s=Trigger').toString()).toBe('ns=2;s=Trigger');
  expect(generateKey).not.toHaveBeenCalled();
});

it.each(['yaml', 'mqtt', 'pino', 'node-opcua-client', 'node-opcua-secure-channel'])('carries the licence of %s', (name) => {
  const folder = join(packageRoot, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each)) ?? 'none';
  const licences = readFileSync(join(dist, 'libraries', 'licences.txt'), 'utf8');
  expect(licences).toContain(`${name} ${version}: `);
  expect(licences).toContain(readFileSync(join(folder, file), 'utf8').trim());
});
