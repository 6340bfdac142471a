/**
 * Files that a thread or a child process starts with, named from the top of agent/. scripts/bundle.ts puts every module into a chunk
 * beside main.js, so this one lies either beside main.js (bundled) or one folder below it (built); which of the two is looked at once.
 */
import { existsSync } from 'node:fs';

export const ENTRIES = [
  'decisions/scheduling/line/solver',
  'decisions/scheduling/solver',
  'inference/pixels',
  'inference/probe',
  'inference/prover',
  'inference/symbols',
  'inference/worker',
  'platform/orphan',
  'runtime/config-trial',
  'runtime/scorer',
  'runtime/switcher',
  'runtime/teacher',
  'runtime/what-if-worker',
  'sources/cameras/decoding',
  'store/access-worker',
  'store/data-set/zip-worker',
  'store/picture-worker',
  'store/records-worker',
  'store/worker',
  'web/encoder',
  'cli/demo/press',
  'desk/bench/bare-model',
  'desk/bench/line',
  'desk/bench/model-child',
  'desk/bench/plc',
  'desk/bench/tags-child',
] as const;

export type Entry = (typeof ENTRIES)[number];

const top = new URL(existsSync(new URL('./main.js', import.meta.url)) ? './' : '../', import.meta.url);

export const entryUrl = (entry: Entry): URL => new URL(`${entry}.js`, top);
