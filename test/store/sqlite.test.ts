/** Which better-sqlite3 is loaded, and that the one loaded survives what ended the process with another. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { libraryOf, openDatabase, packageFor } from '#agent/store/sqlite.js';

const MODULE = new URL('../../dist/agent/store/sqlite.js', import.meta.url).href;

it.each([
  ['20.19.0', 'better-sqlite3'],
  ['20.20.2', 'better-sqlite3'],
  ['22.12.0', 'better-sqlite3-node-api'],
  ['24.19.0', 'better-sqlite3-node-api'],
])('Node %s loads %s', (node, name) => {
  expect(packageFor(node)).toBe(name);
});

it('is installed for this Node', () => {
  const db = openDatabase(':memory:');
  expect(db.prepare('SELECT 6 * 7').pluck().get()).toBe(42);
  db.close();
});

it('says what to do where npm could not install it', () => {
  const asked = () => libraryOf('better-sqlite3-of-another-node');
  expect(asked).toThrow(expect.objectContaining({ code: 'STORE_NOT_INSTALLED' }));
  expect(asked).toThrow(/SQLite \(better-sqlite3-of-another-node\) is not installed for Node [\d.]+: Cannot find module [^\n]*\n?/);
});

it('outlives statements collected between two tasks', () => {
  // nodejs/node#65446: what a collection finishes while no JavaScript runs is destroyed without a context. Seen to end 12 on 24.21.
  const code = `
    import { setTimeout as pause } from 'node:timers/promises';
    const { openDatabase } = await import('${MODULE}');
    const db = openDatabase(':memory:');
    const lives = [];
    for (let round = 0; round < 150; round++) {
      for (let i = 0; i < 100; i++) db.prepare('SELECT ' + i).get();
      lives.push(Array.from({ length: 40000 }, (_, i) => [i]));
      if (lives.length > 12) lives.splice(0, 6);
      await pause(5);
    }
    db.close();
    console.log('alive');`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim()).toBe('alive');
});
