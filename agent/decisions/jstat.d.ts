/** What is used of jstat, which ships no types. */
declare module 'jstat' {
  interface Distribution {
    cdf(x: number, ...parameters: number[]): number;
    inv(share: number, ...parameters: number[]): number;
  }
  const jstat: {
    readonly jStat: Readonly<Record<'normal' | 'chisquare' | 'centralF' | 'beta' | 'studentt', Distribution>>;
  };
  export default jstat;
}
