/** Gauge studies for the page: what the config has, what is open, and what those of the journal say. */
import type { Config } from '../config/schema.ts';
import { specOf } from '../config/studies.ts';
import type { OpenStudy, Page, Records, StoredStudy, Study, StudyReport } from '../contracts/index.ts';
import { countOf } from '../decisions/gauge/showings.ts';
import { besideReport, studyReport } from '../decisions/gauge/study-report.ts';
import { LinesideError } from '../errors.ts';
import type { StudiesPort } from '../web/ports.ts';
import { showingsCsv } from './showings-csv.ts';

export interface StudyDeskOptions {
  /** Asked when it is needed: the desk is made before them. */
  readonly records: () => Records;
  readonly config: () => Config;
  readonly open: (station: string) => OpenStudy | null;
  /** Whether the station takes parts, or will soon: it tells the end of its studies itself. */
  readonly isBuilt: (station: string) => boolean;
  /** Puts on record that a study is over, with the memory of its station where that is gone. */
  readonly keep: (study: Study) => void;
  readonly now: () => number;
}

export class StudyDesk implements StudiesPort {
  private readonly options: StudyDeskOptions;

  constructor(options: StudyDeskOptions) {
    this.options = options;
  }

  now(): ReturnType<StudiesPort['now']> {
    const stations = Object.entries(this.options.config().stations);
    const plans = stations.flatMap(([station, { studies = {} }]) =>
      Object.entries(studies).map(([name, study]) => {
        const spec = specOf(study);
        const { kind, by, appraisers } = spec;
        return { station, name, kind, by, parts: spec.parts.length, appraisers, showings: countOf(spec) };
      }),
    );
    const open = stations.flatMap(([station]) => {
      const study = this.options.open(station);
      return study ? [[station, study] as const] : [];
    });
    return { plans, open: Object.fromEntries(open) };
  }

  all(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<Study>> {
    return this.options.records().studies(wish);
  }

  async report(id: string): Promise<StudyReport> {
    return studyReport(await this.known(id));
  }

  async csv(id: string): Promise<string> {
    return showingsCsv(await this.known(id));
  }

  async beside(station: string) {
    if (!this.options.config().stations[station]) throw new LinesideError('WEB_UNKNOWN', { what: `station ${station}` });
    return besideReport(station, await this.options.records().appraisals(station));
  }

  /**
   * Studies that the journal has as open and no station knows of: the config has lost the station, or the journal its memory. They are over, and say so.
   * Never rejects: what cannot be asked now is asked at the next start.
   */
  async sweep(): Promise<void> {
    const found = await this.options
      .records()
      .studies({ limit: MOST_SWEPT })
      .catch(() => null);
    for (const study of found?.items ?? []) {
      if (study.state !== 'open' || this.options.open(study.station)?.id === study.id) continue;
      // Between two builds it has its study in its memory.
      if (this.options.config().stations[study.station] && !this.options.isBuilt(study.station)) continue;
      this.options.keep({ ...study, state: 'ended', ended: this.options.now(), why: 'the station that it was of knows no more of it' });
    }
  }

  private async known(id: string): Promise<StoredStudy> {
    const found = await this.options.records().study(id);
    if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `study ${id}` });
    return found;
  }
}

/** The newest. */
const MOST_SWEPT = 50;
