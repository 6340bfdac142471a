/**
 * The gauge studies of one station: which part is asked for, whether the one that came is it, and what ends a study. One is open at a time. What counts is what
 * was shown as asked, judged, under the gauge that the study began with; everything else is asked for again.
 */
import { createHash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import Value from 'typebox/value';
import type { Series } from '../../config/charts.ts';
import {
  type Asked,
  type Gauge,
  type Inspection,
  isBad,
  type OpenStudy,
  type Placed,
  type Showing,
  type Standing,
  type Studies,
  type Study,
  type StudyBegin,
  type StudyEffect,
  type StudyMember,
  type StudyPart,
  type StudySpec,
} from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { inWords, type Milliseconds, Minutes } from '../../time.ts';
import { numberOf } from '../spc/live/series.ts';
import { countOf, showingsOf } from './showings.ts';

export interface StudyConfig {
  readonly spec: StudySpec;
  /** What is measured; null of attributes. */
  readonly series: Series | null;
  /** Tags that say under which conditions, as `server.tag`. */
  readonly conditions: readonly string[];
  /** So long after the last showing it ends by itself. */
  readonly within: Milliseconds;
}

export interface StudyBookOptions {
  readonly station: string;
  readonly studies: Readonly<Record<string, StudyConfig>>;
  /** Wall time, for the record. */
  readonly now: () => number;
  /** Monotonic. */
  readonly elapsed: () => Milliseconds;
  /** The agent's own time, which never goes back and goes on over restarts. */
  readonly own: () => number;
}

/** From the word that a part lies there to the part; then it is asked for again, since whatever comes later may be another one. */
const PLACED_FOR: Milliseconds = Minutes(2);

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()]);
const OpenSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  who: Type.String(),
  at: Type.Number(),
  seed: Type.Number(),
  configHash: Type.String(),
  kind: Type.Union([Type.Literal('attributes'), Type.Literal('type_one'), Type.Literal('repeatability')]),
  by: Type.Union([Type.Literal('id'), Type.Literal('order')]),
  /** Of what it wants, which the journal has: a memory that is written with every part does not repeat a thousand ids. */
  wants: Type.String(),
  of: Type.Number(),
  gauge: Type.Object({ config: Type.String(), packages: Type.Record(Type.String(), Type.String()), recipe: Type.String() }),
  /** Showings that count. */
  shown: Type.Number(),
  /** Lived since the last of them, ms. */
  idle: Type.Number(),
  /** Somebody has said that the part lies there. */
  placed: Type.Boolean(),
  again: Nullable(Type.String()),
});
interface Open extends Static<typeof OpenSchema> {
  readonly spec: StudySpec;
}
const Saved = Type.Object({ own: Type.Number(), open: OpenSchema });

export class StudyBook implements Studies {
  readonly specs: Studies['specs'];
  private readonly options: StudyBookOptions;
  private now: Open | null = null;
  private asks: readonly Asked[] = [];
  /** The announcement that no trigger has taken yet, and when it was made. */
  private announced: { readonly placed: Placed; readonly since: Milliseconds } | null = null;
  /** When this life found that a part was announced before a kill, while what has become of it is not known yet. */
  private leftOver: Milliseconds | null = null;
  private other: string | null = null;
  /** What has changed under an open study; told by the next look. */
  private changed: string | null = null;
  /** Null: not known yet in this life. */
  private gauge: Omit<Gauge, 'recipe'> | null = null;
  /** Until when time has counted. */
  private counted: Milliseconds;

  constructor(options: StudyBookOptions) {
    this.options = options;
    this.specs = Object.fromEntries(Object.entries(options.studies).map(([name, { spec }]) => [name, spec]));
    this.counted = options.elapsed();
  }

  get open(): OpenStudy | null {
    const { now } = this;
    if (!now) return null;
    const { id, name, kind, by, shown, of, at, who, again } = now;
    const placed = this.announced !== null;
    return { id, name, kind, by, shown, of, at, who, asked: this.asked(now), placed, again, other: this.other };
  }

  begin(name: string, { id, who, recipe, configHash, seed }: StudyBegin): Study {
    const { studies, now } = this.options;
    const { config, packages } = this.gauge ?? { config: '', packages: {} };
    const spec = Object.hasOwn(studies, name) ? studies[name]?.spec : undefined;
    if (!spec) throw refused(`there is no study ${name}; the config has ${Object.keys(studies).join(', ') || 'none'}`);
    if (this.now) throw refused(`study ${this.now.name} is open; show its parts or cancel it first`);
    const begun: Open = {
      id,
      name,
      who,
      at: now(),
      seed,
      configHash,
      kind: spec.kind,
      by: spec.by,
      wants: hashOf(spec),
      of: countOf(spec),
      spec: structuredClone(spec),
      gauge: { config, packages: { ...packages }, recipe },
      shown: 0,
      idle: 0,
      placed: false,
      again: null,
    };
    this.goOn(begun);
    return this.studyOf(begun, 'open', '');
  }

  place(): Asked {
    const open = this.opened();
    if (open.by !== 'order') throw refused(`the parts of study ${open.name} are known by their ids; show part ${this.asked(open).part}`);
    const asked = this.asked(open);
    this.announced = { placed: { study: open.id, name: open.name, showing: asked.showing }, since: this.options.elapsed() };
    this.leftOver = null;
    this.now = { ...open, placed: true, again: null };
    return asked;
  }

  takeBack(): { readonly study: Study; readonly showing: number } {
    const open = this.opened();
    if (open.shown === 0) throw refused(`no part of study ${open.name} has counted yet`);
    const showing = open.shown;
    this.announced = null;
    this.leftOver = null;
    this.now = { ...open, shown: showing - 1, placed: false, again: 'somebody has taken the last one back' };
    return { study: this.studyOf(this.now, 'open', ''), showing };
  }

  cancel(why: string): Study {
    return this.end(this.opened(), 'ended', why);
  }

  take(): Placed | null {
    const placed = this.announced?.placed ?? null;
    this.announced = null;
    return placed;
  }

  member(part: string | null, placed: Placed | null): StudyMember | null {
    const { now } = this;
    // Whatever has become of the study since: the part was announced as one of it.
    if (placed) return { name: placed.name, study: placed.study, placed };
    if (part === null) return null;
    if (now?.by === 'id' && now.spec.parts.includes(part)) return { name: now.name, study: now.id, placed: null };
    const named = Object.entries(this.specs).find(([, { by, parts }]) => by === 'id' && parts.includes(part));
    return named ? { name: named[0], study: null, placed: null } : null;
  }

  unrecorded(part: string | null, placed: Placed | null | undefined): StudyMember | null {
    const { now } = this;
    const wasAnnounced = placed === undefined ? this.leftOver !== null : placed !== null && placed.study === now?.id;
    if (now && wasAnnounced) return this.settles(now, 'it was answered before a restart, and not recorded');
    return this.member(part, placed ?? null);
  }

  missed(count: number): StudyMember | null {
    const { now } = this;
    if (!now) return null;
    // Who has said that a part lies there makes nothing else meanwhile; of several nobody knows which one it was.
    if (this.leftOver !== null && count === 1) return this.settles(now, 'it passed while the agent was away');
    if (now.by === 'id') this.now = { ...now, again: 'a part passed whose id could not be read' };
    return null;
  }

  shown(member: StudyMember, inspection: Inspection): { readonly part: StudyPart; readonly effect: StudyEffect | null } {
    this.forgets();
    const { now } = this;
    const part = { name: member.name, study: member.study, showing: null };
    if (!now || now.id !== member.study || this.changed !== null) return { part, effect: null };
    const asked = this.asked(now);
    const again = whyAgain(asked, member, inspection, now.by);
    // A tag that says nothing for a moment ends no study: only what was judged was judged under another recipe.
    if (again === null && inspection.recipe !== now.gauge.recipe) {
      const why = `the recipe has changed from ${now.gauge.recipe} to ${inspection.recipe}`;
      return { part, effect: { study: this.end(now, 'ended', why), showing: null } };
    }
    const measured = again === null ? this.measured(now, inspection) : null;
    const why = again ?? (typeof measured === 'string' ? measured : null);
    if (why !== null || measured === null || typeof measured === 'string') {
      this.now = { ...now, placed: false, again: why };
      return { part, effect: null };
    }
    const { id, at } = inspection;
    const showing: Showing = { ...asked, study: now.id, ...measured, inspection: id, at, conditions: this.conditionsOf(now, inspection) };
    return { part: { ...part, showing: asked.showing }, effect: { study: this.counts(now), showing } };
  }

  passed(part: string | null): void {
    this.forgets();
    const { now } = this;
    if (!now) return;
    // Without a name it may have been the one that was asked for.
    if (part === null && now.by === 'id') this.now = { ...now, again: 'a part passed whose id could not be read' };
    else this.other = part;
  }

  judgedBy(gauge: Omit<Gauge, 'recipe'>): void {
    this.gauge = gauge;
    const began = this.now?.gauge;
    if (!began) return;
    if (began.config !== gauge.config)
      this.changed = 'what judges was changed in the config: the station, one of its cameras, or where a tag is read';
    for (const [slot, before] of Object.entries(began.packages)) {
      const after = gauge.packages[slot] ?? before;
      if (after !== before) this.changed = `another package judges as ${slot} (${packageOf(before)} before, ${packageOf(after)} now)`;
    }
  }

  look(): Study | null {
    const elapsed = this.options.elapsed();
    const lived = Math.max(0, elapsed - this.counted);
    this.counted = elapsed;
    if (this.leftOver !== null && elapsed - this.leftOver > PLACED_FOR) this.forgets();
    const { now } = this;
    if (!now) return null;
    if (this.announced && elapsed - this.announced.since > PLACED_FOR) {
      this.announced = null;
      this.now = { ...now, placed: false, again: `no part came within ${inWords(PLACED_FOR)} of the word that it lies there` };
    }
    const idle = now.idle + lived;
    this.now = { ...(this.now ?? now), idle };
    if (this.changed !== null) return this.end(now, 'ended', this.changed);
    const within = this.options.studies[now.name]?.within ?? 0;
    return idle < within ? null : this.end(now, 'ended', `nothing was shown for ${inWords(within)}`);
  }

  get standings(): readonly Standing[] {
    const { station } = this.options;
    const { now } = this;
    if (!now || now.again === null) return [];
    const { part, showing } = this.asked(now);
    const fault = new LinesideError('STUDY_ASKS_AGAIN', { station, study: now.name, part, showing, of: now.of, why: now.again });
    return [{ fault, subject: `${station}/${now.name}` }];
  }

  save(): string | null {
    if (!this.now) return null;
    const { spec: _, ...open } = this.now;
    return JSON.stringify({ own: this.options.own(), open } satisfies Static<typeof Saved>);
  }

  /**
   * An open study goes on where its gauge is the same. A part that was announced before is asked for again: what came meanwhile nobody knows. The time that the
   * agent was away has passed as far as its own clock says so.
   */
  restore(saved: string | null): void {
    const found = saved === null ? null : parsed(saved);
    this.announced = null;
    this.changed = null;
    this.now = null;
    if (!found) return;
    const away = Math.max(0, this.options.own() - found.own);
    const { placed, again, idle } = found.open;
    const isLost = placed ? 'the agent was restarted after the word that it lies there; say it again' : again;
    this.goOn({ ...found.open, spec: this.specOf(found.open), idle: idle + away, again: isLost });
    if (placed) this.leftOver = this.options.elapsed();
    this.changed = this.changeOf(found.open);
    if (this.gauge) this.judgedBy(this.gauge);
  }

  undo(saved: string | null): void {
    const { leftOver, other } = this;
    this.restore(saved);
    if (this.now) this.other = other;
    this.leftOver = this.now && leftOver;
    if (this.now?.placed && leftOver === null) this.now = { ...this.now, placed: false, again: 'the journal could not take it' };
  }

  // ------------------------------------------------------------

  private goOn(open: Open): void {
    this.announced = null;
    this.leftOver = null;
    this.now = open;
    this.asks = showingsOf(open.spec, open.seed);
    this.other = null;
    this.changed = null;
  }

  private changeOf({ name, wants }: Static<typeof OpenSchema>): string | null {
    const config = this.options.studies[name];
    if (!config) return `the config has no study ${name} any more`;
    return hashOf(config.spec) === wants ? null : 'the study itself was changed in the config';
  }

  /** Of one that was changed nothing is asked for any more: it ends at the next look, and the journal has what it wanted. */
  private specOf({ name, wants, kind, by }: Static<typeof OpenSchema>): StudySpec {
    const spec = this.options.studies[name]?.spec;
    return spec && hashOf(spec) === wants ? spec : { kind, by, parts: [], appraisers: [], repeats: 0 };
  }

  /** What was announced before a kill is known now, and is asked for again. */
  private settles(open: Open, again: string): StudyMember {
    this.leftOver = null;
    // Somebody may have said so again by now.
    if (!this.announced) this.now = { ...open, placed: false, again };
    return { name: open.name, study: open.id, placed: null };
  }

  /** What was announced before a kill has not come: nothing that comes later is it. */
  private forgets(): void {
    if (this.leftOver === null) return;
    this.leftOver = null;
    if (this.now) this.now = { ...this.now, placed: false };
  }

  private opened(): Open {
    if (!this.now) throw refused('no study is open');
    return this.now;
  }

  private asked({ shown }: Open): Asked {
    return this.asks[shown] ?? { showing: shown + 1, part: '', appraiser: '', trial: 1 };
  }

  private counts(open: Open): Study {
    const next = { ...open, shown: open.shown + 1, idle: 0, placed: false, again: null };
    this.other = null;
    if (next.shown >= open.of) return this.end(next, 'done', '');
    this.now = next;
    return this.studyOf(next, 'open', '');
  }

  private end(open: Open, state: 'done' | 'ended', why: string): Study {
    this.announced = null;
    this.leftOver = null;
    this.now = null;
    this.changed = null;
    this.other = null;
    return this.studyOf(open, state, why);
  }

  private studyOf({ id, name, who, at, spec, gauge, configHash, shown, of }: Open, state: Study['state'], why: string): Study {
    const { station, now } = this.options;
    const ended = state === 'open' ? null : now();
    return { id, station, name, state, who, at, ended, why, shown, of, spec, gauge, configHash };
  }

  /** Or why it is nothing that counts. */
  private measured({ name, spec }: Open, inspection: Inspection): Pick<Showing, 'said' | 'value'> | string {
    if (spec.kind === 'attributes') return { said: SAID[inspection.verdict], value: null };
    const series = this.options.studies[name]?.series;
    const value = series ? numberOf(series, undefined, inspection) : Number.NaN;
    return Number.isFinite(value) ? { said: null, value } : `${spec.of} was no number`;
  }

  private conditionsOf({ name }: Open, { tags }: Inspection): Readonly<Record<string, number>> {
    const wanted = this.options.studies[name]?.conditions ?? [];
    return Object.fromEntries(
      wanted.flatMap((tag) => {
        const reading = tags[tag];
        return reading && !isBad(reading.status) && typeof reading.value === 'number' ? [[tag, reading.value] as const] : [];
      }),
    );
  }
}

const hashOf = (spec: StudySpec): string => createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);

const SAID = { ok: 'good', nok: 'bad', review: 'none' } as const;

/** What `on_failure` gave, and a part that is another one, are no word of the gauge. */
function whyAgain(asked: Asked, { placed }: StudyMember, { part, outcome, reasons }: Inspection, by: StudySpec['by']): string | null {
  if (by === 'id' && part !== asked.part) return `part ${part} was shown instead`;
  if (by === 'order' && placed?.showing !== asked.showing) return 'another part had been announced';
  return outcome === 'judged' ? null : `it was not judged (${reasons[0]?.text ?? outcome})`;
}

const refused = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'study', why });
/** Without its hash. */
const packageOf = (text: string): string => text.split(' ').slice(0, 2).join(' ');

function parsed(saved: string) {
  try {
    const value: unknown = JSON.parse(saved);
    return Value.Check(Saved, value) ? value : null;
  } catch {
    return null;
  }
}
