/**
 * Two faults at once: twelve faults against each other on a running line, and the account of every part afterwards.
 *   npm run faults                                    all 66 pairs, a table
 *   npm run --silent faults -- --json                 {pairs, balanced, failed: []}
 *   npm run faults -- --only "disk full + SIGTERM"    one pair
 *   npm run faults -- --draw 12 --seed commit         some, by the hash of the commit
 *   npm run faults -- --at-once 2                     two lines beside each other
 *   npm run faults -- --record                        all 66, and docs/faults.md
 *   npm run faults -- --keep                          leaves the folder of every pair that failed
 * Wants what scripts/install-test-peers.sh installs, a C compiler, and root for the disk that is filled.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../agent/platform/package-root.ts';
import { atOnce, widthOf } from './faults/at-once.ts';
import { canMount } from './faults/disk.ts';
import { type Fault, PAIRS } from './faults/kinds.ts';
import { faultsPage } from './faults/page.ts';
import { type PairResult, runPair } from './faults/run.ts';

const nameOf = ([a, b]: readonly [Fault, Fault]): string => `${a.name} + ${b.name}`;

/** `commit`: the commit that is checked out, so that each change tries other pairs and the same change always the same. */
const seedOf = (word: string): string =>
  word === 'commit' ? spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout.trim() || 'none' : word;

/** `count` pairs, always the same for the same seed. */
function drawn(count: number, seed: string): typeof PAIRS {
  const weight = (pair: (typeof PAIRS)[number]) =>
    createHash('sha256')
      .update(`${seed} ${nameOf(pair)}`)
      .digest('hex');
  return [...PAIRS].sort((a, b) => weight(a).localeCompare(weight(b))).slice(0, count);
}

function chosen({ only, draw, seed }: { only?: string[]; draw?: string; seed: string }): typeof PAIRS {
  const pairs = draw === undefined ? PAIRS : drawn(Number(draw), seedOf(seed));
  return only === undefined ? pairs : pairs.filter((pair) => only.some((name) => nameOf(pair).includes(name)));
}

/** Without leave to mount there is no disk to fill: those pairs are left out, and said to be. */
function possible(pairs: typeof PAIRS): typeof PAIRS {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-mount-'));
  const fills = canMount(folder);
  rmSync(folder, { recursive: true });
  const left = fills ? pairs : pairs.filter((pair) => !nameOf(pair).includes('disk full'));
  const out = pairs.length - left.length;
  if (out > 0) process.stderr.write(`${out} pairs with a full disk left out: this box lets nobody mount\n`);
  return left;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      draw: { type: 'string' },
      seed: { type: 'string', default: 'lineside' },
      'at-once': { type: 'string', default: '1' },
    },
  });
  const pairs = possible(chosen(values));
  let done = 0;
  const results = await atOnce(pairs, widthOf(values['at-once']), async (pair) => {
    const result = await runPair(...pair, values.keep);
    done += 1;
    if (!values.json) process.stdout.write(`${lineOf(result)}\n`);
    else if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${pairs.length} `);
    return result;
  });
  if (values.record) record(results);
  const failed = results.filter(({ found }) => found.length > 0);
  const summary = { pairs: results.length, balanced: results.length - failed.length, failed };
  process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${summary.balanced} of ${summary.pairs} pairs balanced\n`);
  return failed.length === 0 ? 0 : 1;
}

function record(results: readonly PairResult[]): void {
  const [{ model } = { model: 'unknown' }] = cpus();
  const box = `${cpus().length} cores of ${model}, Node ${process.versions.node}`;
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim() || 'no commit';
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(join(packageRoot, 'docs', 'faults.md'), faultsPage(results, { day, commit, box }));
}

function lineOf({ pair, together, seconds, parts, found, folder }: PairResult): string {
  const head = `${found.length === 0 ? 'balanced' : 'FAILED  '}  ${pair.padEnd(34)} ${together ? 'together' : 'in turn '} ${String(parts).padStart(4)} parts ${String(seconds).padStart(3)} s`;
  return [head, ...found.map((one) => `            ${one}`), ...(folder ? [`            ${folder}`] : [])].join('\n');
}

process.exit(await main());
