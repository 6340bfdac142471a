/** The table of faults: what a person reads of it is complete, and says what to do. */
import { describe, expect, it } from 'vitest';
import { causeOf, ERRORS, type ErrorCode, LinesideError } from '#agent/errors.js';

const rows = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];
/** In braces: names to be filled, and pieces of config, which hold a colon. */
const inBraces = (text: string) => [...text.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
const isConfig = (name: string) => /^\w+: \S/.test(name);
const namesOf = ({ sentence, next }: { readonly sentence: string; readonly next: string }) =>
  inBraces(`${sentence} ${next}`).filter((name) => !isConfig(name));

describe.each(rows)('%s', (code, row) => {
  it('fills every name in braces, in the sentence and in the next step', () => {
    for (const name of namesOf(row)) expect(name).toMatch(/^[a-z]\w*$/);
    const fault = LinesideError.of(code, Object.fromEntries(namesOf(row).map((name) => [name, `a-${name}`])));
    for (const text of [fault.message, fault.sentence, fault.next]) {
      expect(inBraces(text).filter((name) => !isConfig(name))).toEqual([]);
      expect(text).not.toMatch(/undefined|null|\[object/);
    }
    expect(fault.message).toBe(`[${code}] ${fault.sentence}`);
  });

  it('is written for an operator: whole sentences, nothing to fill in, none of our own insides', () => {
    const { sentence, next } = row;
    expect(`${sentence} ${next}`).not.toMatch(/<[^>]*>|\bFILE\b|\bNAME\b/);
    expect(`${sentence} ${next}`).not.toMatch(/\b(thread|worker|socket|exception|stack|promise|callback|jobs?|null|undefined)\b/i);
    if (code !== 'USAGE') expect(sentence).toMatch(/^[A-Z{].*\.$/s);
    expect(next).toMatch(/^[A-Z`].*[.?]$/s);
    // A reference to somewhere else is no step.
    expect(next).not.toMatch(/^See the \w+\.$|^Look at the part named\.$/);
  });
});

describe('a fault', () => {
  it('tells long times as people say them', () => {
    const slow = (ms: number) => new LinesideError('SANDBOX_SLOW', { what: 'It', ms }).sentence;
    expect([slow(300), slow(9999), slow(20_000), slow(3_600_000)]).toEqual([
      'It took longer than 300 ms and was ended.',
      'It took longer than 9999 ms and was ended.',
      'It took longer than 20 s and was ended.',
      'It took longer than 60 min and was ended.',
    ]);
    const silent = (seconds: number) => new LinesideError('CAMERA_SILENT', { camera: 'top', seconds }).sentence;
    expect([silent(5), silent(119), silent(7200)].map((text) => text.slice(-12))).toEqual(
      ['ture for 5 s.', 'e for 119 s.', 'ure for 2 h.'].map((text) => text.slice(-12)),
    );
  });

  it('cannot be made without what its row names', () => {
    // @ts-expect-error The next step names the server’s settings.
    expect(new LinesideError('OPCUA_REFUSED', { why: 'x' }).next).toContain('{server}');
    // @ts-expect-error The sentence says how many were refused.
    expect(new LinesideError('STORE_OVERLOADED', { depth: 1 }).sentence).toContain('?');
    // @ts-expect-error A detail that may be missing is none.
    expect(new LinesideError('STATION_HELD', { station: 's', why: undefined as string | undefined }).sentence).toContain('?');
    expect(new LinesideError('STOPPING').details).toEqual({});
  });

  it('told as the cause of another gives its cause, or its sentence where its row has no cause', () => {
    expect(causeOf(new LinesideError('CAMERA_ENDED', { camera: 'c', why: 'it went' }))).toBe('it went');
    expect(causeOf(new LinesideError('TAG_BAD', { tag: 'plc.a', status: '0x80000000' }))).toBe('Tag plc.a has status 0x80000000.');
    expect(causeOf(new Error('plain'))).toBe('plain');
  });
});
