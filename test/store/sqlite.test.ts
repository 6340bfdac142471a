/** Which better-sqlite3 is loaded, and that the one loaded survives what ended the process with another. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { packageFor, Sqlite } from '#agent/store/sqlite.js';

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
  const db = new Sqlite(':memory:');
  expect(db.prepare('SELECT 6 * 7').pluck().get()).toBe(42);
  db.close();
});

it('outlives statements collected between two tasks', () => {
  // nodejs/node#65446: what V8 collects while no JavaScript runs is destroyed without a context.
  const code = `
    const { Sqlite } = await import('${MODULE}');
    const db = new Sqlite(':memory:');
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 500; i++) db.prepare('SELECT ' + i).get();
      await gc({ type: 'major', execution: 'async' });
    }
    db.close();
    console.log('alive');`;
  const out = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(out.trim()).toBe('alive');
});
