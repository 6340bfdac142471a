/** What was said of parts is remembered by their ids, of the newest so many. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SaidPart } from '#agent/contracts/index.js';
import { PartMemory } from '#agent/decisions/logistics/following.js';

const said = (part: string, sequence: number): SaidPart => ({
  part,
  sequence,
  verdict: sequence % 2 === 0 ? 'ok' : 'nok',
  reasons: [`reason ${sequence}`],
  recipe: 'standard',
  at: sequence,
  scores: {},
});
const ids = fc.array(fc.integer({ min: 0, max: 12 }).map(String), { maxLength: 60 });

it('keeps the newest word on each of the newest parts, and no more', () => {
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 8 }), (parts, most) => {
      const memory = new PartMemory(most);
      for (const [n, part] of parts.entries()) memory.note(said(part, n));
      const newest = [...new Set(parts.toReversed())].slice(0, most);
      expect(memory.size).toBe(newest.length);
      for (const part of new Set(parts)) expect(memory.of(part)?.at ?? null).toBe(newest.includes(part) ? parts.lastIndexOf(part) : null);
    }),
  );
});

it('knows after a start what it would know without one, as far as it remembers', () => {
  fc.assert(
    fc.property(ids, fc.nat(60), (parts, at) => {
      const whole = new PartMemory(100);
      for (const [n, part] of parts.entries()) whole.note(said(part, n));
      const [before, after] = [parts.slice(0, at), parts.slice(at)];
      const begun = new PartMemory(100);
      // Parts come while the journal is read.
      for (const [n, part] of after.entries()) begun.note(said(part, n + before.length));
      begun.recall(before.map((part, n) => said(part, n)).toReversed());
      for (const part of new Set(parts)) expect(begun.of(part)).toEqual(whole.of(part));
    }),
  );
});

it('counts how often a part has passed, and forgets the oldest when it is to hold fewer', () => {
  const memory = new PartMemory(3);
  for (const [n, part] of ['A', 'B', 'A', 'C'].entries()) memory.note(said(part, n));
  expect(memory.of('A')?.passes).toBe(2);
  memory.hold(2);
  expect(['A', 'B', 'C'].map((part) => memory.of(part)?.passes ?? null)).toEqual([2, null, 1]);
});
