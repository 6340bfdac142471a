/**
 * Multinomial logistic regression over the words of a text and, where there is one, the vector that a network makes of it. Full gradients with
 * steps by AdaGrad (Duchi, Hazan and Singer, JMLR 12, 2011): the same rows give the same weights on every box. Pure.
 */

/** One text. `ids` and `weights`: its words, one place each; `dense`: its vector, standardised, of the same length in all rows. */
export interface Row {
  readonly ids: Int32Array;
  readonly weights: Float64Array;
  readonly dense: Float64Array;
}

export interface Size {
  readonly classes: number;
  /** Ids go from 0 to below this. */
  readonly words: number;
  readonly dense: number;
}

/** Weights by class, then by word or number. */
export interface Logistic extends Size {
  readonly sparse: Float64Array;
  readonly full: Float64Array;
  readonly bias: Float64Array;
}

const ROUNDS = 80;
const RATE = 1;
/** Penalty on the squares of the weights, of the mean loss of a row. Of 1e-3 and 1e-4 the one that is better on MaintIE's training texts. */
const PENALTY = 1e-4;
const LEAST = 1e-8;

/** `classes`: of each row, from 0. */
export function fitLogistic(rows: readonly Row[], classes: Int32Array, size: Size): Logistic {
  const model = {
    ...size,
    sparse: new Float64Array(size.classes * size.words),
    full: new Float64Array(size.classes * size.dense),
    bias: new Float64Array(size.classes),
  };
  const parts = [model.sparse, model.full, model.bias].map((weights, i) => ({
    weights,
    slope: new Float64Array(weights.length),
    seen: new Float64Array(weights.length).fill(LEAST),
    penalty: i === 2 ? 0 : PENALTY,
  }));
  const slopes = { sparse: parts[0]?.slope ?? EMPTY, full: parts[1]?.slope ?? EMPTY, bias: parts[2]?.slope ?? EMPTY };
  for (let round = 0; round < ROUNDS; round++) {
    for (const { slope } of parts) slope.fill(0);
    for (const [i, row] of rows.entries()) addSlope(model, row, classes[i] ?? 0, 1 / rows.length, slopes);
    for (const part of parts) step(part);
  }
  return model;
}

const EMPTY = new Float64Array(0);

function addSlope(model: Logistic, row: Row, truth: number, share: number, slopes: Pick<Logistic, 'sparse' | 'full' | 'bias'>): void {
  const off = oddsOf(model, row);
  for (let c = 0; c < model.classes; c++) {
    const error = ((off[c] ?? 0) - (c === truth ? 1 : 0)) * share;
    slopes.bias[c] = (slopes.bias[c] ?? 0) + error;
    for (let i = 0; i < row.ids.length; i++) {
      const at = c * model.words + (row.ids[i] ?? 0);
      slopes.sparse[at] = (slopes.sparse[at] ?? 0) + error * (row.weights[i] ?? 0);
    }
    const from = c * model.dense;
    for (let k = 0; k < model.dense; k++) slopes.full[from + k] = (slopes.full[from + k] ?? 0) + error * (row.dense[k] ?? 0);
  }
}

interface Part {
  readonly weights: Float64Array;
  readonly slope: Float64Array;
  readonly seen: Float64Array;
  readonly penalty: number;
}

function step({ weights, slope, seen, penalty }: Part): void {
  for (let k = 0; k < weights.length; k++) {
    const down = (slope[k] ?? 0) + penalty * (weights[k] ?? 0);
    if (down === 0) continue;
    seen[k] = (seen[k] ?? 0) + down * down;
    weights[k] = (weights[k] ?? 0) - (RATE * down) / Math.sqrt(seen[k] ?? 1);
  }
}

/** Probabilities by class. */
export function oddsOf(model: Logistic, row: Row): Float64Array {
  const odds = Float64Array.from(model.bias);
  for (let c = 0; c < model.classes; c++) {
    let sum = odds[c] ?? 0;
    for (let i = 0; i < row.ids.length; i++) sum += (model.sparse[c * model.words + (row.ids[i] ?? 0)] ?? 0) * (row.weights[i] ?? 0);
    for (let k = 0; k < model.dense; k++) sum += (model.full[c * model.dense + k] ?? 0) * (row.dense[k] ?? 0);
    odds[c] = sum;
  }
  return softmax(odds);
}

function softmax(odds: Float64Array): Float64Array {
  const most = Math.max(...odds);
  let sum = 0;
  for (let c = 0; c < odds.length; c++) {
    odds[c] = Math.exp((odds[c] ?? 0) - most);
    sum += odds[c] ?? 0;
  }
  for (let c = 0; c < odds.length; c++) odds[c] = (odds[c] ?? 0) / sum;
  return odds;
}
