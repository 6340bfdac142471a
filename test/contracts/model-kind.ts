import { describe, expect, it } from 'vitest';
import type { ModelKindName } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { decode, kindOf } from '#agent/inference/kinds/index.js';
import type { Core, DecodeContext, Outputs } from '#agent/inference/kinds/kind.js';

/** One way to use a kind: what its network may say of a good part and of a faulty one. */
export interface KindCase {
  readonly name: string;
  readonly kind: ModelKindName;
  readonly options: Record<string, unknown>;
  readonly context: DecodeContext;
  readonly good: () => Outputs;
  readonly faulty: () => Outputs;
  /** Outputs whose size the manifest determines, and which therefore must be refused when they are one value too long. */
  readonly sized: readonly string[];
}

export const tensor = (shape: readonly number[], data: readonly number[]) => ({ shape, data: Float32Array.from(data) });

const copy = (outputs: Outputs): Outputs =>
  Object.fromEntries(Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]));

const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    return thrown instanceof LinesideError ? thrown.code : `not a LinesideError: ${thrown}`;
  }
  return 'nothing was thrown';
};

/** What holds for every kind of model, whatever it says. */
export function describeModelKind({ name, kind, options, context, good, faulty, sized }: KindCase): void {
  const run = (outputs: Outputs, over: Partial<DecodeContext> = {}): Core => decode(kind, outputs, options, { ...context, ...over });

  describe(`model kind ${name}`, () => {
    it('scores a good part below the threshold and a faulty one above', () => {
      expect(run(good()).score).toBeLessThan(context.threshold);
      expect(run(faulty()).score).toBeGreaterThan(context.threshold);
    });

    it('calls a good part by the good label, where there is one, and a faulty one by another', () => {
      if (context.good !== null) expect(run(good()).label).toBe(context.good);
      expect(run(faulty()).label).not.toBe(run(good()).label);
    });

    it('keeps scores, probabilities, heat maps, boxes, readings and contributions inside their ranges', () => {
      for (const core of [run(good()), run(faulty())]) {
        expect(core.score).toBeGreaterThanOrEqual(0);
        expect(core.score).toBeLessThanOrEqual(1);
        if (core.probabilities) expect(Object.keys(core.probabilities)).toEqual(context.labels);
        if (core.contributions) {
          expect(Object.keys(core.contributions)).toEqual(context.channels);
          const sum = Object.values(core.contributions).reduce((a, b) => a + b, 0);
          expect(sum === 0 || Math.abs(sum - 1) < 1e-6).toBe(true);
        }
        if (core.reading) {
          expect(core.reading.characters).toHaveLength(core.reading.text.length);
          for (const p of [core.reading.confidence, ...core.reading.characters]) expect(p >= 0 && p <= 1).toBe(true);
        }
        if (core.heatmap) expect(core.heatmap.values).toHaveLength(core.heatmap.width * core.heatmap.height);
        for (const { region, label } of core.boxes ?? []) {
          const [x, y, width, height] = context.region ?? [0, 0, 0, 0];
          expect(context.labels).toContain(label);
          expect(region.every(Number.isInteger)).toBe(true);
          expect(region[0]).toBeGreaterThanOrEqual(x);
          expect(region[1]).toBeGreaterThanOrEqual(y);
          expect(region[0] + region[2]).toBeLessThanOrEqual(x + width);
          expect(region[1] + region[3]).toBeLessThanOrEqual(y + height);
        }
      }
    });

    it('explains nothing below the score that it was asked to explain from, and judges the same', () => {
      const { heatmap: _, contributions: _tags, rowContributions: _rows, ...judged } = run(faulty());
      expect(run(faulty(), { explainFrom: 2 })).toEqual(judged);
      expect(run(faulty(), { explainFrom: run(faulty()).score })).toEqual(run(faulty()));
    });

    it('tells heat maps in the region that was looked at, or where the part was found', () => {
      const { heatmap, found } = run(faulty());
      if (heatmap) expect(heatmap.region).toEqual(found?.region ?? context.region);
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s in any output', (value) => {
      for (const output of Object.keys(faulty())) {
        const broken = copy(faulty());
        const data = broken[output]?.data;
        if (data) data[data.length - 1] = value;
        expect(
          faultOf(() => run(broken)),
          output,
        ).toBe('MODEL_FAILED');
      }
    });

    it('refuses outputs that are missing', () => {
      for (const output of kindOf(kind).outputs(options)) {
        const { [output]: _, ...rest } = faulty();
        expect(
          faultOf(() => run(rest)),
          output,
        ).toBe('MODEL_FAILED');
      }
    });

    it('refuses outputs of another size than the manifest says', () => {
      for (const output of sized) {
        const found = faulty();
        const data = Float32Array.from([...(found[output]?.data ?? []), 0]);
        const broken = { ...found, [output]: { shape: [1, data.length], data } };
        expect(
          faultOf(() => run(broken)),
          output,
        ).toBe('MODEL_FAILED');
      }
    });

    it('is pure: the same twice, and its input untouched', () => {
      const outputs = faulty();
      const before = copy(outputs);
      expect(run(outputs)).toEqual(run(outputs));
      expect(outputs).toEqual(before);
    });

    it('names the slot in its faults', () => {
      const broken = copy(good());
      for (const { data } of Object.values(broken)) data.fill(Number.NaN);
      expect(() => run(broken, { model: 'outlet/surface' })).toThrow(/outlet\/surface/);
    });
  });
}
