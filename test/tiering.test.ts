import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { flagFor } from '../agent/tiering.ts';

it('is a flag that the V8 of this Node knows', () => {
  // Node refuses to start with one that it does not.
  expect(execFileSync(process.execPath, [flagFor(process.versions.v8), '-p', '6 * 7'], { encoding: 'utf8' }).trim()).toBe('42');
});

it.each([
  ['11.3.244.8-node.33', /interrupt-budget/],
  ['12.4.254.21-node.33', /invocation-count/],
  ['13.6.233.10-node.28', /invocation-count/],
])('V8 %s counts its own way', (v8, flag) => {
  expect(flagFor(v8)).toMatch(flag);
});
