/** Quantiles that thresholds are made of. Pure. */

/** Standard normal, of a share in (0, 1): Acklam's rational approximation, made exact by one step of Halley's method. */
export function normalQuantile(share: number): number {
  if (share > 0.5) return -normalQuantile(1 - share);
  const start = share < 0.02425 ? tail(share) : middle(share);
  const off = (normalShare(start) - share) * Math.sqrt(2 * Math.PI) * Math.exp((start * start) / 2);
  return start - off / (1 + (start * off) / 2);
}

function tail(share: number): number {
  const q = Math.sqrt(-2 * Math.log(share));
  const above = polynomial(
    [-7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
    q,
  );
  return above / polynomial([7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1], q);
}

function middle(share: number): number {
  const q = share - 0.5;
  const r = q * q;
  const above = polynomial(
    [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239],
    r,
  );
  return (above * q) / polynomial([-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1], r);
}

/** Coefficients from the highest power on. */
const polynomial = (coefficients: readonly number[], x: number): number => coefficients.reduce((sum, one) => sum * x + one, 0);

/** P(Z <= z): by the series of its integral where that is short, by the continued fraction of the tail elsewhere. */
export function normalShare(z: number): number {
  const x = Math.abs(z);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const beyond = x < 3 ? 0.5 - density * series(x) : density / fraction(x);
  return z < 0 ? beyond : 1 - beyond;
}

function series(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 3; term > sum * 1e-17; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return sum;
}

function fraction(x: number): number {
  let value = x;
  for (let n = 60; n >= 1; n--) value = x + n / value;
  return value;
}
