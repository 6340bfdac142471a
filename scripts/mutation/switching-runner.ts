/**
 * What vitest runs tests with while mutants are switched on one after the other in one process (switching.ts). First every test runs once,
 * and tells which mutants it meets. Then it runs once as it is, and once more with each of those that nobody has found yet. What happens is
 * written down at once: a mutant that ends or holds up the process is the one whose beginning was written last.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import type { RunnerTask as Task } from 'vitest';
import { VitestTestRunner } from 'vitest/runners';

/** Handed over by LINESIDE_SWITCHING. */
export interface Switching {
  /** Lines of Note, as JSON. */
  readonly notes: string;
  /** By test, which mutants it meets and how often; missing while that is found out. */
  readonly met?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export type Note =
  | { readonly met: Readonly<Record<string, number>>; readonly test: string }
  | { readonly begins: string; readonly test: string }
  /** Without a mutant: `begins` had none either. */
  | { readonly ends: string; readonly test: string; readonly fate: 'killed' | 'timeout' | 'survived'; readonly why: string };

/** What the instrumented code looks at, in this thread; worker threads have the environment. */
interface Switchboard {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> } | undefined;
}

const ACTIVE = '__STRYKER_ACTIVE_MUTANT__';
/** A loop may go round with a mutant this many times as often as without. */
const HITS = 100;
const AS_IT_IS = '';

const shared = globalThis as { __stryker__?: Switchboard };
shared.__stryker__ ??= {};
const board = shared.__stryker__;

export default class SwitchingRunner extends VitestTestRunner {
  private readonly plan = JSON.parse(readFileSync(process.env['LINESIDE_SWITCHING'] ?? '', 'utf8')) as Switching;
  private readonly found = new Set<string>();
  private readonly done = new Set<string>();
  private queue: readonly string[] = [];

  override async onBeforeRunTask(test: Task): Promise<void> {
    await super.onBeforeRunTask(test);
    if (test.type !== 'test' || this.plan.met === undefined) return;
    this.look();
    const id = idOf(test);
    const mutants = Object.keys(this.plan.met[id] ?? {}).filter((mutant) => !this.found.has(mutant) && !this.done.has(`${id} ${mutant}`));
    if (mutants.length === 0) test.mode = 'skip';
    this.queue = [AS_IT_IS, ...mutants];
    test.repeats = mutants.length;
  }

  override onBeforeTryTask(test: Task, options?: { readonly repeats: number }): void {
    (super.onBeforeTryTask as (test: Task, options?: unknown) => void)(test, options);
    const id = idOf(test);
    if (this.plan.met === undefined) {
      board.currentTestId = id;
      return;
    }
    // What a mutant left unsettled of `expect(…).rejects` and the like, vitest would wait for in every run of this test that follows.
    (test as { promises?: unknown[] }).promises = [];
    const mutant = this.queue[options?.repeats ?? 0] ?? AS_IT_IS;
    this.note({ begins: mutant, test: id });
    board.activeMutant = mutant;
    board.hitCount = 0;
    board.hitLimit = HITS * (this.plan.met[id]?.[mutant] ?? 1) + 1000;
    process.env[ACTIVE] = mutant;
  }

  onAfterRetryTask(test: Task): void {
    const id = idOf(test);
    if (this.plan.met === undefined) {
      board.currentTestId = undefined;
      return;
    }
    const mutant = board.activeMutant ?? AS_IT_IS;
    board.activeMutant = AS_IT_IS;
    process.env[ACTIVE] = AS_IT_IS;
    const why = test.result?.errors?.[0]?.message ?? '';
    const failed = test.result?.state === 'fail';
    const fate = failed ? (/timed out|Hit count limit/.test(why) ? 'timeout' : 'killed') : 'survived';
    this.note({ ends: mutant, test: id, fate, why: why.slice(0, 200) });
    if (failed && test.result) {
      test.result.errors = [];
      // A test that does not pass as it is says nothing about mutants.
      test.result.state = mutant === AS_IT_IS ? 'skip' : 'run';
      if (mutant !== AS_IT_IS) this.found.add(mutant);
    }
  }

  /** When threads have told what they met, see hand-over.ts. */
  override onAfterRunFiles(): void {
    super.onAfterRunFiles();
    if (this.plan.met !== undefined) return;
    for (const [test, met] of Object.entries(board.mutantCoverage?.perTest ?? {})) this.note({ test, met });
  }

  /** What other files of tests, and those before a restart, have found. */
  private look(): void {
    for (const line of readFileSync(this.plan.notes, 'utf8').split('\n').filter(Boolean)) {
      const note = JSON.parse(line) as Note;
      if (!('ends' in note)) continue;
      if (note.fate === 'survived') this.done.add(`${note.test} ${note.ends}`);
      else this.found.add(note.ends);
    }
  }

  private note(note: Note): void {
    appendFileSync(this.plan.notes, `${JSON.stringify(note)}\n`);
  }
}

function idOf(test: Task): string {
  const names = [test.name];
  for (let suite = test.suite; suite; suite = suite.suite) names.unshift(suite.name);
  return `${test.file.name} ${names.join(' ')}`;
}
