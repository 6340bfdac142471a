/**
 * Mutants that are switched on one after the other in one process, with Stryker's instrumenter and without its runner, which starts vitest
 * anew for each: a tenth of the time, without the mutants that are met only while a module is loaded. A process that a mutant ends or holds
 * up is begun again behind it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import type { ReportedFile } from './results.ts';
import type { Note, Switching } from './switching-runner.ts';

/** With nothing written down for this long a process hangs, in a loop that no timeout of a test ends. */
const HANGS_MS = 25_000;

interface Run {
  /** Of the repository. */
  readonly root: string;
  /** Made anew; below `root`, so that what is installed there is found. */
  readonly sandbox: string;
  /** Of the room. */
  readonly name: string;
  readonly files: readonly string[];
}
type Mutant = Awaited<ReturnType<Instrumenter['instrument']>>['mutants'][number];
interface Source {
  readonly name: string;
  readonly content: string;
  readonly mutate: true;
}

/** By file, as Stryker reports it. */
export async function switchThrough(run: Run): Promise<readonly (readonly [string, ReportedFile])[]> {
  // As they are now: the run takes a while.
  const sources = run.files.map((name): Source => ({ name, content: readFileSync(join(run.root, name), 'utf8'), mutate: true }));
  const mutants = await prepare(run, sources);
  const notes = join(run.sandbox, 'notes');
  const plan = join(run.sandbox, 'plan.json');
  writeFileSync(notes, '');
  writeFileSync(plan, JSON.stringify({ notes } satisfies Switching));
  await vitest(run, plan, notes, Number.POSITIVE_INFINITY);
  const met: Record<string, Readonly<Record<string, number>>> = {};
  for (const note of notesIn(notes)) if ('met' in note) met[note.test] = note.met;
  process.stdout.write(`${mutants.length} mutants, ${new Set(Object.values(met).flatMap(Object.keys)).size} met\n`);
  writeFileSync(plan, JSON.stringify({ notes, met } satisfies Switching));
  while (!(await vitest(run, plan, notes, HANGS_MS))) blame(notes);
  return sources.map((source) => [source.name, reportOf(source, mutants, notesIn(notes))] as const);
}

/** The repository with mutants in it, built. */
async function prepare({ root, sandbox }: Run, sources: readonly Source[]): Promise<readonly Mutant[]> {
  rmSync(sandbox, { recursive: true, force: true });
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 });
  for (const file of stdout.split('\n').filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(sandbox, file)), { recursive: true });
    linkSync(join(root, file), join(sandbox, file));
  }
  symlinkSync(join(root, 'node_modules'), join(sandbox, 'node_modules'));
  for (const folder of ['agent', 'scripts']) cpSync(join(root, 'dist', folder), join(sandbox, 'dist', folder), { recursive: true });
  const silent = () => {};
  const log = { isDebugEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent, trace: silent, fatal: silent };
  const instrumented = await new Instrumenter(log as never).instrument([...sources], {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
    noHeader: false,
  } as never);
  for (const { name, content } of instrumented.files) {
    rmSync(join(sandbox, name));
    writeFileSync(join(sandbox, name), content);
  }
  // These files alone: their imports are built already, and nothing of them is needed to leave out types.
  const build = {
    extends: './tsconfig.build.json',
    compilerOptions: { noCheck: true, noResolve: true, declaration: false, incremental: false },
    include: [],
    files: sources.map(({ name }) => name),
  };
  writeFileSync(join(sandbox, 'tsconfig.mutants.json'), JSON.stringify(build));
  const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.mutants.json'], { cwd: sandbox, stdio: 'inherit' });
  if (status !== 0) throw new Error('the mutated code cannot be built');
  return instrumented.mutants.filter((mutant) => mutant.status !== 'Ignored');
}

/** Whether it came to its end. `hangs`: ms without a note. */
function vitest({ sandbox, name }: Run, plan: string, notes: string, hangs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--config', 'scripts/mutation/switching.config.ts'], {
      cwd: sandbox,
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, LINESIDE_ROOM: name, LINESIDE_SWITCHING: plan },
      detached: true,
    });
    let size = -1;
    let killed = false;
    const look = () => {
      const now = readFileSync(notes).length;
      killed = now === size;
      if (killed && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      size = now;
    };
    const watch = Number.isFinite(hangs) ? setInterval(look, hangs) : undefined;
    child.once('exit', () => {
      clearInterval(watch);
      const last = notesIn(notes).at(-1);
      resolve(!killed && !(last && 'begins' in last));
    });
  });
}

/** The mutant that was on when the process ended; none where a box under load had not come to one. */
function blame(notes: string): void {
  const last = notesIn(notes).at(-1);
  if (!last || !('begins' in last)) return;
  if (last.begins === '') throw new Error(`a test does not come to an end as it is: ${last.test}`);
  const note: Note = { ends: last.begins, test: last.test, fate: 'timeout', why: 'the process ended, or hung' };
  writeFileSync(notes, `${JSON.stringify(note)}\n`, { flag: 'a' });
}

const notesIn = (file: string): readonly Note[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Note);

function reportOf({ name, content }: Source, mutants: readonly Mutant[], notes: readonly Note[]): ReportedFile {
  const fates = new Map<string, string>();
  for (const note of notes) {
    if (!('ends' in note) || note.ends === '') continue;
    if (note.fate !== 'survived') fates.set(note.ends, note.fate === 'killed' ? 'Killed' : 'Timeout');
    else if (!fates.has(note.ends)) fates.set(note.ends, 'Survived');
  }
  return {
    source: content,
    mutants: mutants
      .filter((mutant) => mutant.fileName === name)
      .map(({ id, mutatorName, replacement, location }) => ({
        mutatorName,
        replacement,
        status: fates.get(id) ?? 'NoCoverage',
        location: {
          start: { line: location.start.line + 1, column: location.start.column + 1 },
          end: { line: location.end.line + 1, column: location.end.column + 1 },
        },
      })),
  };
}
