/**
 * What a station does about gauge studies: their parts are judged and answered like any other, and what is meant for the line does not follow from them. What
 * is begun, counted, taken back or ended is handed over with the station's memory of it, in one transaction.
 */
import type { AnswerNote, Asked, Inspection, Placed, Showing, Studies, Study, StudyMember, StudyPart } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { every, type Milliseconds, Seconds } from '../time.ts';
import type { StationPorts, StationSpec, StudyRecord } from './ports.ts';

/** How often time is let count, and how often that is kept where no part is. */
const LOOK_EVERY: Milliseconds = Seconds(1);
const KEPT_EVERY: Milliseconds = Seconds(60);

export interface StudyDutyOptions {
  readonly spec: StationSpec;
  readonly ports: StationPorts;
  /** The station's memory, as it is now. */
  readonly saved: () => string;
  /** Of the next part. */
  readonly recipe: () => string;
  readonly changed: () => void;
}

export class StudyDuty {
  private readonly options: StudyDutyOptions;

  constructor(options: StudyDutyOptions) {
    this.options = options;
  }

  private get studies(): Studies | undefined {
    return this.options.ports.studies;
  }

  /** Until the returned function is called, time counts. */
  watch(): () => void {
    const { ports, saved } = this.options;
    const { studies } = this;
    if (!studies) return () => {};
    let kept = ports.clock.elapsed();
    const look = () => {
      this.look(studies);
      if (!studies.open || ports.clock.elapsed() - kept < KEPT_EVERY) return;
      kept = ports.clock.elapsed();
      ports.remember(saved());
    };
    look();
    return every(ports.clock, LOOK_EVERY, look);
  }

  // ------------------------------------------------------------ what people say

  /** Each of these throws COMMAND_REFUSED. `who` is kept with the study. */
  begin(name: string, who: string): Asked {
    const { ports, spec, recipe } = this.options;
    const id = ports.newId();
    // The end of a UUIDv7 is chance.
    const seed = Number.parseInt(id.slice(-7), 16);
    const begin = { id, who, recipe: recipe(), configHash: spec.configHash, seed };
    this.commit((studies) => ({ study: studies.begin(name, begin), tells: true }));
    return this.asked();
  }

  place(): Asked {
    const asked = this.known().place();
    // Over a kill: a part that was answered and not recorded may have been it.
    this.options.ports.remember(this.options.saved());
    this.told();
    return asked;
  }

  takeBack(): Asked {
    this.commit((studies) => {
      const { study, showing } = studies.takeBack();
      return { study, tells: false, unshown: [{ study: study.id, showing }] };
    });
    return this.asked();
  }

  cancel(who: string): Study {
    return this.commit((studies) => ({ study: studies.cancel(`cancelled by ${who}`), tells: true }));
  }

  // ------------------------------------------------------------ what parts do

  /** For the trigger of this moment. */
  take(): Placed | null {
    return this.studies?.take() ?? null;
  }

  member(part: string | null, placed: Placed | null): StudyMember | null {
    return this.studies?.member(part, placed) ?? null;
  }

  /** A master part of another station is no production here either, and none of this one's studies. */
  elsewhere(part: string | null): StudyMember | null {
    const name = part === null ? null : (this.options.ports.masterOf?.(part) ?? null);
    return name === null ? null : { name, study: null, placed: null };
  }

  /** In the order of the records. `back`: as it was before, for a record that the journal does not take. */
  shown(member: StudyMember | null, inspection: Inspection): Shown {
    const { studies } = this;
    if (!studies) return member ? { ...NOTHING, part: partOf(member) } : NOTHING;
    if (!member) {
      if (!inspection.challenge) studies.passed(inspection.part);
      return NOTHING;
    }
    const before = studies.save();
    const { part, effect } = studies.shown(member, inspection);
    return {
      part,
      studies: effect ? [effect.study] : [],
      showings: effect?.showing ? [effect.showing] : [],
      back: () => studies.undo(before),
    };
  }

  /** A part that passed unseen, or that was answered before a kill and never recorded; with its note, where there is one. */
  lost(inspection: Inspection, note: AnswerNote | undefined): Inspection {
    const { studies } = this;
    if (!studies) return inspection;
    const { outcome, missed, part } = inspection;
    const member =
      outcome === 'missed'
        ? studies.missed(missed ? missed.to - missed.from + 1 : 1)
        : studies.unrecorded(part, note && (note.placed ?? null));
    return member ? { ...inspection, study: partOf(member) } : inspection;
  }

  judgedBy(gauge: Parameters<Studies['judgedBy']>[0]): void {
    this.studies?.judgedBy(gauge);
  }

  /** What is wrong with it may be another thing now. */
  told(): void {
    this.options.ports.onStudies?.();
    this.options.changed();
  }

  private look(studies: Studies): void {
    const before = studies.save();
    const ended = studies.look();
    if (ended && !this.record({ study: ended, tells: true, saved: this.options.saved() })) studies.undo(before);
    this.options.ports.onStudies?.();
    if (ended) this.options.changed();
  }

  private commit(change: (studies: Studies) => Omit<StudyRecord, 'saved'>): Study {
    const studies = this.known();
    const before = studies.save();
    const record = change(studies);
    if (!this.record({ ...record, saved: this.options.saved() })) {
      studies.undo(before);
      throw refused('the journal takes nothing now');
    }
    this.told();
    return record.study;
  }

  private record(record: StudyRecord): boolean {
    return this.options.ports.studied?.(record) ?? false;
  }

  private asked(): Asked {
    const { open } = this.known();
    if (!open) throw refused('no study is open');
    return open.asked;
  }

  private known(): Studies {
    if (!this.studies) throw refused(`the config has no \`studies\` of station ${this.options.spec.name}`);
    return this.studies;
  }
}

/** What becomes of a part of a study with its record. */
export interface Shown {
  readonly part: StudyPart | null;
  readonly studies: readonly Study[];
  readonly showings: readonly Showing[];
  readonly back: () => void;
}
/** Not the showing that was asked for, as far as is known. */
export const partOf = ({ name, study }: StudyMember): StudyPart => ({ name, study, showing: null });

const NOTHING: Shown = { part: null, studies: [], showings: [], back: () => {} };

const refused = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'study', why });
