/**
 * Files that a thread or a child process starts with. They are named here, at the top of agent/, because import.meta.url of a file
 * further down means another folder once scripts/bundle.ts has put it into a chunk; what lies at the top stays there.
 */
export const ENTRIES = [
  'inference/pixels',
  'inference/probe',
  'inference/symbols',
  'inference/worker',
  'store/picture-worker',
  'store/worker',
  'cli/demo/press',
  'bench/bare-model',
  'bench/line',
  'bench/model-child',
  'bench/plc',
  'bench/tags-child',
] as const;

export type Entry = (typeof ENTRIES)[number];

export const entryUrl = (entry: Entry): URL => new URL(`./${entry}.js`, import.meta.url);
