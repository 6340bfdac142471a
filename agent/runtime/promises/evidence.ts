/**
 * Whether a promise about false rejects is broken, asked again and again for as long as the package judges. Pure.
 *
 * Evidence against "at most p0" is a bet: a mixture of likelihood ratios for larger shares. Where the promise is kept, the bet wins twentyfold at no
 * time but with a chance of 5 % (Ville 1939; Robbins 1970), however often somebody looks. Refusals that people have confirmed are no more than those
 * that there were, and all parts that were judged are no fewer than the good ones, so that counting those errs on the promise's side.
 */

/** Two bets of half the stake each: on the parts that were chosen by chance, and on all. */
export const BROKEN = 40;

/** How many times the promised share the bet is on. */
const TIMES = [1.25, 1.5, 2, 3, 5, 10];

/** `refused` of `of` good parts; 1 is no evidence. */
export function evidenceAgainst(promised: number, refused: number, of: number): number {
  const bets = TIMES.map((times) => times * promised).filter((share) => share < 1);
  const logs = bets.map((share) => refused * Math.log(share / promised) + (of - refused) * Math.log((1 - share) / (1 - promised)));
  return bets.length === 0 ? 1 : logs.reduce((sum, log) => sum + Math.exp(Math.min(log, 700)), 0) / bets.length;
}
