/** Codes on parts: a model that reads judges them by their text. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cameraOf, grey, startLine, stationOf } from './line.ts';

/** The fixture `read` takes a column's brightness for a character: A at 51, B at 102, and so on; none where it is black. */
const strip = (text: string) => (x: number) => ({ ' ': 0, A: 51, B: 102, C: 153, D: 204, E: 255 })[text[Math.floor(x / 2)] ?? ' '] ?? 0;

async function strips(folder: string, texts: readonly string[]): Promise<void> {
  mkdirSync(join(folder, 'codes'));
  for (const [i, text] of texts.entries()) await grey(join(folder, 'codes', `${i}.png`), strip(text));
}

describe('a station that reads codes', () => {
  it('rejects the part whose code is not the one that the PLC expects, and tells both', { timeout: 60_000 }, async () => {
    const line = await startLine({
      prepare: (folder) => strips(folder, [' A B  C', ' A D  C']),
      cameras: (folder) => ({ top: cameraOf(folder, 'codes') }),
      variables: { Expected: ['String', 'ABC'] },
      tags: { expected: { node: 'nsu=urn:press;s=Expected', sampling: '5ms' } },
      stations: {
        outlet: stationOf('', {
          models: { code: { model: 'read', camera: 'top' } },
          rules: [
            { when: 'code.text != tags.expected', verdict: 'nok', reason: 'another code than expected' },
            { when: 'code.confidence < 0.9', verdict: 'review' },
          ],
        }),
      },
    });
    await line.ready();
    await line.plc.offer(20, 70);
    await line.answered(20);
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    expect(line.expectSound()).toHaveLength(20);
    const read = line.sql<{ verdict: string; text: string; confidence: number }>(
      "SELECT verdict, text, reading ->> 'confidence' AS confidence FROM scores JOIN findings USING (inspection)",
    );
    expect(read.filter(({ verdict, text }) => verdict !== (text === 'ABC' ? 'ok' : 'nok'))).toEqual([]);
    expect(new Set(read.map(({ text }) => text))).toEqual(new Set(['ABC', 'ADC']));
    expect(read.filter(({ confidence }) => !(confidence > 0.99))).toEqual([]);
    const wrong = line.events().find(({ payload }) => payload['verdict'] === 'nok');
    expect(wrong?.payload).toMatchObject({
      reasons: [{ text: "another code than expected (code.text 'ADC' != tags.expected 'ABC')", rule: 'code.text != tags.expected' }],
      findings: [
        { kind: 'read', label: 'ADC', reading: { text: 'ADC', characters: [expect.any(Number), expect.any(Number), expect.any(Number)] } },
      ],
      tags: { 'plc.expected': { value: 'ABC' } },
    });
  });
});
