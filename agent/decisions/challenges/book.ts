/** The challenges of one station: what is due, what has failed, and the stretch of parts that follows from it. */
import { Type } from 'typebox';
import Value from 'typebox/value';
import type {
  Anchor,
  ChallengeCause,
  ChallengeEffect,
  ChallengeResult,
  ChallengeState,
  Challenges,
  Standing,
  TagScalar,
  TagWrite,
} from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { inWords, type Milliseconds } from '../../time.ts';
import { compare, type Expected, recognise } from './compare.ts';
import { begin, FIRST, lived, type Progress, ProgressSchema, produced, type Rhythm, shown, stateOf } from './progress.ts';

export interface ChallengeSpec extends Expected, Rhythm {
  readonly hold: boolean;
  readonly write?: Readonly<Record<string, TagScalar>> | undefined;
}

export interface BookOptions {
  readonly station: string;
  readonly challenges: Readonly<Record<string, ChallengeSpec>>;
  /** Monotonic. */
  readonly elapsed: () => Milliseconds;
  /** The agent's own time, which never goes back and goes on over restarts. */
  readonly own: () => number;
  /** Of the shift that runs; null where nobody knows. */
  readonly shift: () => string | null;
}

const Saved = Type.Object({
  own: Type.Number(),
  shift: Type.Union([Type.String(), Type.Null()]),
  packages: Type.Record(Type.String(), Type.String()),
  challenges: Type.Record(Type.String(), ProgressSchema),
});

const CAUSES: Readonly<Record<ChallengeCause, string>> = {
  never: 'it was never shown',
  shift: 'another shift has begun',
  changeover: 'another recipe runs',
  package: 'another package judges',
  time: 'it was shown a while ago',
};

export class ChallengeBook implements Challenges {
  private readonly options: BookOptions;
  private readonly progress: Map<string, Progress>;
  private packages: Record<string, string> = {};
  private shift: string | null = null;
  /** Missed ones from which nothing has followed yet: a kill until then must not cost what follows. */
  private readonly untold = new Set<string>();
  /** Until when time has counted. */
  private counted: Milliseconds;

  constructor(options: BookOptions) {
    this.options = options;
    this.progress = new Map(Object.keys(options.challenges).map((name) => [name, FIRST]));
    this.counted = options.elapsed();
  }

  recognise(part: string | null): string | null {
    return recognise(this.options.challenges, part);
  }

  compare(name: string, judged: Parameters<Challenges['compare']>[1]): ChallengeResult {
    return compare(name, this.spec(name), judged);
  }

  holds(name: string): Pick<ChallengeEffect, 'writes' | 'why'> | null {
    const { hold } = this.spec(name);
    return hold ? { writes: this.writesOf(name), why: this.failure(name).sentence } : null;
  }

  shown(result: ChallengeResult, record: Anchor, newId: () => string): ChallengeEffect {
    const { name, passed } = result;
    const before = this.of(name);
    this.progress.set(name, shown(before, result, record));
    this.untold.delete(name);
    if (!passed) return this.opened(name, 'failed', newId);
    const { containment, parts, passed: after } = before;
    const why = `challenge ${name} passed`;
    return { name, kind: 'passed', why, hold: false, writes: [], after, until: record, parts, containment };
  }

  produced(parts: number): void {
    this.each((progress) => produced(progress, parts));
  }

  begin(cause: ChallengeCause): void {
    this.each((progress, spec) => begin(progress, cause, spec));
  }

  judgedBy(packages: Readonly<Record<string, string>>): void {
    const isChanged = Object.entries(packages).some(([slot, now]) => (this.packages[slot] ?? now) !== now);
    this.packages = { ...this.packages, ...packages };
    if (isChanged) this.begin('package');
  }

  look(newId: () => string): readonly ChallengeEffect[] {
    const now = this.options.elapsed();
    const passed = Math.max(0, now - this.counted);
    this.counted = now;
    this.lookAtShift();
    const missed = (name: string) => this.of(name).missed;
    const before = new Set([...this.progress.keys()].filter(missed));
    this.each((progress, spec) => lived(progress, passed, spec));
    const fresh = [...this.progress.keys()].filter((name) => missed(name) && !before.has(name));
    for (const name of fresh) this.untold.add(name);
    return fresh.map((name) => this.opened(name, 'missed', newId));
  }

  isUntold(name: string): boolean {
    return this.untold.has(name);
  }

  told(name: string): void {
    this.untold.delete(name);
  }

  get standings(): readonly Standing[] {
    const { station } = this.options;
    return [...this.progress].flatMap(([name, progress]): Standing[] => {
      const fault = this.faultOf(name, progress);
      return fault ? [{ fault, subject: `${station}/${name}` }] : [];
    });
  }

  get states(): readonly ChallengeState[] {
    return [...this.progress].map(([name, progress]) => {
      const { part, expect } = this.spec(name);
      return { name, part, expect, state: stateOf(progress), passed: progress.passed?.at ?? null, parts: progress.parts };
    });
  }

  save(): string {
    const { shift, packages, untold } = this;
    const challenges = Object.fromEntries(
      [...this.progress].map(([name, progress]) => [name, untold.has(name) ? { ...progress, missed: false } : progress]),
    );
    return JSON.stringify({ own: this.options.own(), shift, packages, challenges });
  }

  /**
   * What is no longer in the config is forgotten, what is new is due. The time that the agent was away has passed, as far as its own clock, which
   * never goes back, says so: a box that comes up without the time says less, and a challenge is due later for it, never sooner.
   */
  restore(saved: string): void {
    const found = parsed(saved);
    if (!found) return;
    const away = Math.max(0, this.options.own() - found.own);
    this.packages = { ...found.packages };
    this.shift = found.shift;
    for (const name of this.progress.keys()) {
      const before = found.challenges[name];
      // Whether it is missed by now is told by the next look, with what follows from it.
      if (before) this.progress.set(name, { ...lived(before, away, this.spec(name)), missed: before.missed });
    }
  }

  private lookAtShift(): void {
    const now = this.options.shift();
    if (now === null || now === this.shift) return;
    if (this.shift !== null) this.begin('shift');
    this.shift = now;
  }

  private opened(name: string, kind: 'failed' | 'missed', newId: () => string): ChallengeEffect {
    const progress = this.of(name);
    const containment = progress.containment ?? newId();
    this.progress.set(name, { ...progress, containment });
    const { hold } = this.spec(name);
    const why = (kind === 'failed' ? this.failure(name) : this.omission(name)).sentence;
    const { passed: after, parts } = progress;
    return { name, kind, why, hold, writes: this.writesOf(name), after, until: null, parts, containment };
  }

  private faultOf(name: string, { failed, missed, due }: Progress): LinesideError | null {
    if (failed) return this.failure(name);
    if (missed) return this.omission(name);
    if (!due) return null;
    const { station } = this.options;
    const { part, grace } = this.spec(name);
    return new LinesideError('CHALLENGE_DUE', {
      station,
      challenge: name,
      part,
      must: this.must(name),
      why: CAUSES[due.cause],
      grace: inWords(grace),
    });
  }

  private failure(name: string): LinesideError {
    const { part } = this.spec(name);
    return new LinesideError('CHALLENGE_FAILED', { station: this.options.station, challenge: name, part, must: this.must(name) });
  }

  private omission(name: string): LinesideError {
    const { part, grace } = this.spec(name);
    const details = { station: this.options.station, challenge: name, part, must: this.must(name), grace: inWords(grace) };
    return new LinesideError('CHALLENGE_MISSED', details);
  }

  private must(name: string): string {
    const { expect, reason } = this.spec(name);
    return reason === undefined ? expect : `${expect} for ${reason}`;
  }

  private writesOf(name: string): readonly TagWrite[] {
    return Object.entries(this.spec(name).write ?? {}).map(([tag, value]) => ({ tag, value }));
  }

  private each(change: (progress: Progress, spec: ChallengeSpec) => Progress): void {
    for (const [name, progress] of this.progress) this.progress.set(name, change(progress, this.spec(name)));
  }

  private of(name: string): Progress {
    return this.progress.get(name) ?? FIRST;
  }

  private spec(name: string): ChallengeSpec {
    const spec = this.options.challenges[name];
    if (!spec) throw new LinesideError('INTERNAL', { why: `no challenge ${name}` });
    return spec;
  }
}

function parsed(saved: string) {
  try {
    const value: unknown = JSON.parse(saved);
    return Value.Check(Saved, value) ? value : null;
  } catch {
    return null;
  }
}
