/**
 * Cholesky's decomposition and what follows from it, in flat float64. ml-matrix has it too; of the 432 x 432 matrices of pictures, eleven for
 * each lesson, it takes a second and more each, since it reads every number through two objects. Pure.
 */

/** Row-major lower triangle L of a symmetric positive definite matrix L L', the rest 0. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const low = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * size + j] as number;
      for (let k = 0; k < j; k++) rest -= (low[i * size + k] as number) * (low[j * size + k] as number);
      // Rounding may leave what is no longer above zero: then that direction has no variance of its own.
      low[i * size + j] = i === j ? Math.sqrt(Math.max(rest, Number.MIN_VALUE)) : rest / (low[j * size + j] as number);
    }
  }
  return low;
}

/** Inverse of a lower triangle, row-major. */
export function inverseOf(low: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const pivot = 1 / (low[i * size + i] as number);
    // Row i of the inverse, out of the rows above it.
    for (let k = 0; k < i; k++) {
      const factor = (low[i * size + k] as number) * pivot;
      if (factor === 0) continue;
      for (let j = 0; j <= k; j++) out[i * size + j] = (out[i * size + j] as number) - factor * (out[k * size + j] as number);
    }
    out[i * size + i] = pivot;
  }
  return out;
}

/** Lower triangle times each vector of length `size` in `vectors` less `mean`, into single precision. */
export function whitened(low: Float64Array, size: number, vectors: Float32Array, mean: Float64Array): Float32Array {
  const out = new Float32Array(vectors.length);
  const off = new Float64Array(size);
  for (let from = 0; from < vectors.length; from += size) {
    for (let c = 0; c < size; c++) off[c] = (vectors[from + c] as number) - (mean[c] as number);
    timesLower(low, size, off, out, from);
  }
  return out;
}

/** Four rows at a time: each number of the vector is fetched once for all of them, which halves the time. */
function timesLower(low: Float64Array, size: number, off: Float64Array, out: Float32Array, to: number): void {
  const even = size - (size % 4);
  for (let i = 0; i < even; i += 4) {
    const [a, b, c, d] = [i * size, (i + 1) * size, (i + 2) * size, (i + 3) * size];
    let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
    // Above the diagonal stand zeros: the three columns too many change nothing.
    for (let j = 0; j < i + 4; j++) {
      const value = off[j] as number;
      sumA += (low[a + j] as number) * value;
      sumB += (low[b + j] as number) * value;
      sumC += (low[c + j] as number) * value;
      sumD += (low[d + j] as number) * value;
    }
    out[to + i] = sumA;
    out[to + i + 1] = sumB;
    out[to + i + 2] = sumC;
    out[to + i + 3] = sumD;
  }
  for (let i = even; i < size; i++) {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += (low[i * size + j] as number) * (off[j] as number);
    out[to + i] = sum;
  }
}

/** Squared length of the lower triangle times a vector. */
export function squared(low: Float64Array, size: number, vector: Float64Array): number {
  let total = 0;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += (low[i * size + j] as number) * (vector[j] as number);
    total += sum * sum;
  }
  return total;
}

/** Adds the products of the vectors of length `size` in `vectors` to the lower triangle of `into`. */
export function addProducts(into: Float64Array, size: number, vectors: Float32Array | Float64Array): void {
  for (let from = 0; from < vectors.length; from += size) {
    for (let i = 0; i < size; i++) {
      const value = vectors[from + i] as number;
      if (value === 0) continue;
      const row = i * size;
      for (let j = 0; j <= i; j++) into[row + j] = (into[row + j] as number) + value * (vectors[from + j] as number);
    }
  }
}

/** Solves L L' x = b. */
export function solved(low: Float64Array, size: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    let rest = x[i] as number;
    for (let j = 0; j < i; j++) rest -= (low[i * size + j] as number) * (x[j] as number);
    x[i] = rest / (low[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    const value = (x[i] as number) / (low[i * size + i] as number);
    x[i] = value;
    for (let j = 0; j < i; j++) x[j] = (x[j] as number) - (low[i * size + j] as number) * value;
  }
  return x;
}
