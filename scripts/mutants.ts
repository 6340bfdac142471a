/**
 * Mutation testing: changes the code in one place at a time and asks the quick tests whether they notice.
 *   npm run mutants -- stations                    a room (scripts/mutation/rooms.ts)
 *   npm run mutants -- agent/stations/names.ts     some files of one room
 *   npm run mutants -- stations --concurrency 2    two at a time; 1 is the default, since a box at its limit makes timeouts of mutants
 *   npm run mutants -- stations --force            everything again; otherwise only what changed since the last run
 *   npm run mutants -- stations --switched         in one process, a tenth of the time; see scripts/mutation/switching.ts
 *   npm run mutants -- stations --show             the survivors of the last run, nothing is run
 * Reports stay in dist/mutation; the figures go to scripts/mutation/results.json, and from there to docs/mutation.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  EQUIVALENTS,
  mutationPage,
  RESULTS,
  type ReportedFile,
  readEquivalents,
  readResults,
  resultOf,
  scoreOf,
} from './mutation/results.ts';
import { ROOMS, roomOf } from './mutation/rooms.ts';
import { switchThrough } from './mutation/switching.ts';

// dist/scripts/mutants.js: the repository is two folders up.
const root = fileURLToPath(new URL('../../', import.meta.url));
const KEPT = 'dist/mutation';

interface Run {
  readonly room: string;
  readonly mutate: readonly string[];
  readonly concurrency: number;
  readonly force: boolean;
}

/** Stryker's options. */
const optionsOf = ({ room, mutate, concurrency, force }: Run) => ({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // `related` follows imports to the sources; the tests import what is built of them.
  vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
  // Stryker reads it with a TypeScript that it cannot have here (7 has no such interface): it finds none and leaves it.
  tsconfigFile: `${KEPT}/none.json`,
  // Once for all mutants: each is in the built code, behind a switch.
  buildCommand: 'tsc -p tsconfig.build.json --noCheck --declaration false --incremental false',
  mutate,
  // Of the packages what tells of them: networks and goldens would be copied for every run.
  ignorePatterns: ['/models/*/*', '!/models/*/manifest.yaml', '/dist/bundle', '/dist/libraries', `/${KEPT}`, '/.venv', '/docs'],
  coverageAnalysis: 'perTest',
  concurrency,
  force,
  incremental: true,
  incrementalFile: `${KEPT}/${room}.incremental.json`,
  // A timeout counts as a kill. It has to mean that the mutant never ends, however busy the box is.
  timeoutMS: 60_000,
  timeoutFactor: 4,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: reportOf(room) },
  tempDirName: `${KEPT}/sandbox`,
  allowEmpty: true,
});

const reportOf = (room: string): string => `${KEPT}/${room}.json`;

function stryker(run: Run): boolean {
  mkdirSync(join(root, KEPT), { recursive: true });
  const file = join(KEPT, `${run.room}.options.json`);
  writeFileSync(join(root, file), JSON.stringify(optionsOf(run), undefined, 2));
  const { status } = spawnSync('npx', ['stryker', 'run', file], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, LINESIDE_ROOM: run.room },
  });
  return status === 0;
}

/** The files of the room's last report that are asked for. */
function reported(room: string, wanted: (file: string) => boolean): readonly (readonly [string, ReportedFile])[] {
  if (!existsSync(join(root, reportOf(room)))) return [];
  const { files } = JSON.parse(readFileSync(join(root, reportOf(room)), 'utf8')) as { files: Record<string, ReportedFile> };
  return Object.entries(files).filter(([file, { mutants }]) => mutants.length > 0 && wanted(file));
}

/** What it found, printed, with the reasons' entries that fit no survivor any more. */
function show(files: readonly (readonly [string, ReportedFile])[]): void {
  const equivalents = readEquivalents(root);
  for (const [name, file] of files) {
    const result = resultOf(file);
    const score = `${scoreOf(result).toFixed(1)} % of ${result.covered} covered, ${result.mutants} in all, ${result.timeouts} timed out`;
    const known = equivalents[name] ?? [];
    const fits = ({ survivor }: { survivor: string }) => result.survivors.some((found) => found.endsWith(`: ${survivor}`));
    const open = result.survivors.filter((found) => !known.some(({ survivor }) => found.endsWith(`: ${survivor}`)));
    const lines = [`${name}: ${score}`, ...open.map((line) => `  ${line}`)];
    for (const { survivor } of known.filter((entry) => !fits(entry)))
      lines.push(`  does not survive any more (${EQUIVALENTS}): ${survivor}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

/** `files` as Stryker reports them, or switched. */
function keep(files: readonly (readonly [string, ReportedFile])[], switched: boolean): void {
  const found = files.map(([name, file]) => [name, { ...resultOf(file), ...(switched ? { switched } : {}) }] as const);
  const all = { ...readResults(root), ...Object.fromEntries(found) };
  // Files that are gone are forgotten.
  const results = Object.fromEntries(
    Object.entries(all)
      .filter(([file]) => existsSync(join(root, file)))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(join(root, RESULTS), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(root, 'docs/mutation.md'), mutationPage(results, readEquivalents(root)));
}

/** Of globs, those after ! left out. */
const filesOf = (globs: readonly string[]): readonly string[] => {
  const left = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const files = globs.filter((glob) => !glob.startsWith('!')).flatMap((glob) => (glob.includes('*') ? filesIn(glob) : [glob]));
  return files.filter((file) => !left.includes(file));
};
const filesIn = (glob: string): readonly string[] =>
  readdirSync(join(root, dirname(glob)))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(dirname(glob), name));

async function switched(name: string, files: readonly string[]): Promise<number> {
  const found = await switchThrough({ root, sandbox: join(root, KEPT, 'switched'), name, files });
  show(found);
  keep(found, true);
  return 0;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      concurrency: { type: 'string', default: '1' },
      force: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      switched: { type: 'boolean', default: false },
    },
  });
  const names = new Set(positionals.map((what) => (what in ROOMS ? what : roomOf(what))));
  const [room] = names;
  if (room === undefined || names.size !== 1) {
    process.stderr.write(`name a room (${Object.keys(ROOMS).join(', ')}) or files of one of them\n`);
    return 64;
  }
  const whole = positionals.includes(room);
  const mutate = whole ? (ROOMS[room]?.mutate ?? []) : positionals;
  if (values.switched) return switched(room, whole ? filesOf(mutate) : positionals);
  if (!values.show && !stryker({ room, mutate, concurrency: Number(values.concurrency), force: values.force })) return 1;
  const files = reported(room, (file) => whole || positionals.includes(file));
  show(files);
  if (!values.show) keep(files, false);
  return 0;
}

process.exitCode = await main();
