/** Codes on parts: a model that reads judges them by their text. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '#agent/inference/kinds/index.js';
import { readManifest } from '#agent/inference/manifest.js';
import { cameraOf, grey, startLine, stationOf } from './line.ts';

/** The fixture `read` takes a column's brightness for a character: A at 51, B at 102, and so on; none where it is black. */
const strip = (text: string) => (x: number) => ({ ' ': 0, A: 51, B: 102, C: 153, D: 204, E: 255 })[text[Math.floor(x / 2)] ?? ' '] ?? 0;

async function strips(folder: string, texts: readonly string[]): Promise<void> {
  mkdirSync(join(folder, 'codes'));
  for (const [i, text] of texts.entries()) await grey(join(folder, 'codes', `${i}.png`), strip(text));
}

/** Twenty parts, from the trigger to the broker. */
async function twenty(line: Awaited<ReturnType<typeof startLine>>): Promise<void> {
  await line.ready();
  await line.plc.offer(20, 70);
  await line.answered(20);
  expect(await line.agent.stop()).toBe(0);
  await line.published();
  expect(line.expectSound()).toHaveLength(20);
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
    await twenty(line);
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

describe('a station that knows what its codes look like', () => {
  it('rejects what is no such code, and tells what stands there', { timeout: 60_000 }, async () => {
    const line = await startLine({
      prepare: (folder) => strips(folder, [' A B  C', ' A D  C']),
      cameras: (folder) => ({ top: cameraOf(folder, 'codes') }),
      stations: { outlet: stationOf('', { models: { code: { model: 'read', camera: 'top', format: 'aaaa | A[BE]a' } } }) },
    });
    await twenty(line);
    const said = line.events().map(({ payload }) => {
      const [finding] = payload['findings'] as readonly {
        label: string | null;
        score: number;
        reading: { text: string; confidence: number };
      }[];
      return [payload['verdict'], finding?.label, finding?.score, finding?.reading.text, finding?.reading.confidence];
    });
    const [right, wrong] = [said.filter(([verdict]) => verdict === 'ok'), said.filter(([verdict]) => verdict === 'nok')];
    expect(right.length + wrong.length).toBe(20);
    expect(new Set(right.map(String))).toEqual(new Set(['ok,ABC,0,ABC,1']));
    expect(new Set(wrong.map(String))).toEqual(new Set(['nok,,1,ADC,0']));
  });
});

const MODELS = resolve(import.meta.dirname, '../../models');

describe('a station with the package code-reader', () => {
  it('names parts by what it reads, which is what its golden outputs say', { timeout: 60_000 }, async () => {
    const folder = join(MODELS, 'code-reader');
    const { labels, decode: options } = await readManifest(folder);
    const { cases } = JSON.parse(readFileSync(join(folder, 'golden', 'cases.json'), 'utf8'));
    const context = { model: 'code', labels, good: null, threshold: 0.5, region: null, channels: [], calibration: null };
    const { shape, data } = cases[0].outputs.fp32.probabilities;
    const golden = decode('read', { probabilities: { shape, data: Float32Array.from(data) } }, options, context).reading?.text ?? '';
    expect(golden).not.toBe('');
    const line = await startLine({
      prepare: async (at) => {
        mkdirSync(join(at, 'codes'));
        cpSync(join(folder, 'golden', cases[0].inputs.image), join(at, 'codes', '0.png'));
      },
      cameras: (at) => ({ top: cameraOf(at, 'codes') }),
      inference: { models: MODELS },
      stations: {
        outlet: stationOf('', {
          part: { model: 'code', confidence: 0 },
          models: { code: { model: 'code-reader', variant: 'fp32' } },
          // The package is unsure of this strip, its score lies in its review band: that the text is the one makes it ok.
          rules: [{ when: `code.text == '${golden}'`, verdict: 'ok' }, { verdict: 'nok' }],
        }),
      },
    });
    await line.ready();
    await line.plc.offer(3, 300);
    await expect.poll(() => line.rows().length, { timeout: 30_000 }).toBe(3);
    expect(line.rows().map(({ part, verdict, outcome }) => [part, verdict, outcome])).toEqual(Array(3).fill([golden, 'ok', 'judged']));
    expect(await line.agent.stop()).toBe(0);
  });
});
