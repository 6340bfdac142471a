import { describe, expect, it } from 'vitest';
import type { Finding } from '#agent/contracts.js';
import { fromFinding } from '#agent/stations/code.js';

const finding = (label: string | null, text: string, confidence: number) =>
  ({ label, score: 1 - confidence, reading: { text, confidence, characters: [] } }) as unknown as Finding;

describe('the id that a model reads', () => {
  it.each([0, 0.9])('is never what is nothing of its format, whatever confidence is asked (%d)', (confidence) => {
    const { part, fault } = fromFinding({ model: 'code', confidence }, finding(null, 'ADC', 0));
    expect([part, fault?.code, fault?.details['why']]).toEqual([
      null,
      'CODE_UNREAD',
      'model code sees ADC, which is nothing of its format',
    ]);
  });

  it.each([
    [finding('L24', 'L24', 0.9), 'L24', undefined],
    [finding('L24', 'L24', 0.89), null, 'model code read L24 with confidence 0.890, 0.9 is wanted'],
    [finding(null, '', 0), null, 'model code read nothing'],
    [undefined, null, 'model code read nothing'],
  ])('is one from the confidence on that is asked', (found, part, why) => {
    const read = fromFinding({ model: 'code', confidence: 0.9 }, found);
    expect([read.part, read.fault?.details['why']]).toEqual([part, why]);
  });
});
