/** Containment for the page: stretches of parts that are in question, opened by the agent or by a person, and what somebody decides about them. */
import type { Config } from '../config/schema.ts';
import type {
  ContainedPage,
  Containment,
  ContainmentCause,
  Decision,
  Disposition,
  Opening,
  OpeningWish,
  Page,
  PartStretch,
  Records,
  StoredContainment,
} from '../contracts/index.ts';
import { narrow } from '../decisions/containment/narrow.ts';
import { LinesideError } from '../errors.ts';
import { maskPeople, type People } from '../language/people.ts';
import type { Clock } from '../time.ts';
import type { ContainmentPort, ContainmentView, ContainmentWish } from '../web/ports.ts';
import { csvHeader, csvLine } from './contained-csv.ts';

export interface ContainDeskOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  /** Asked when it is needed: the desk is made before them. */
  readonly records: () => Records;
  readonly config: () => Config;
  /** Wall time of an alarm that stands; null: it does not. */
  readonly alarmSince: (key: string) => number | null;
  /** Names that are taken out of what somebody writes. */
  readonly people: () => People;
  /** Kept and told: resolves when it is on the disk. */
  readonly keep: (kept: {
    readonly containments?: readonly Containment[];
    readonly dispositions?: readonly Disposition[];
    readonly decisions?: readonly Decision[];
  }) => Promise<void>;
}

/** Parts that are read at once, and that one file has at most. */
const PAGE = 200;
const MOST_IN_FILE = 50_000;

export class ContainDesk implements ContainmentPort {
  private readonly options: ContainDeskOptions;

  constructor(options: ContainDeskOptions) {
    this.options = options;
  }

  all(wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<StoredContainment>> {
    return this.options.records().containments(wish);
  }

  async one(id: string): Promise<ContainmentView> {
    const found = await this.known(id);
    const sampled = await this.options.records().sampled(stretchOf(found));
    return { ...found, grows: this.grows(found), narrowed: narrow(sampled), unnarrowed: whyNot(sampled.reference.length, sampled.stretch) };
  }

  async parts(id: string, wish: { readonly limit: number; readonly cursor?: string | undefined }): Promise<ContainedPage> {
    return this.partsOf(await this.known(id), wish);
  }

  async csv(id: string): Promise<string> {
    const { narrowed, ...found } = await this.one(id);
    const lines = [csvHeader];
    for (let cursor: string | null | undefined; cursor !== null && lines.length <= MOST_IN_FILE; ) {
      const page = await this.partsOf(found, { limit: PAGE, cursor });
      lines.push(...page.items.map((part) => csvLine(found.station, part, narrowed)));
      cursor = page.next;
    }
    return lines.join('');
  }

  async open(who: string, wish: ContainmentWish): Promise<StoredContainment> {
    const { clock, newId, records } = this.options;
    const { station } = wish;
    if (!this.options.config().stations[station]) throw new LinesideError('WEB_UNKNOWN', { what: `station ${station}` });
    const { cause, subject, why, asks } = this.meant(who, wish);
    const opening = await records().opening(asks);
    if (opening.until === null) throw new LinesideError('WEB_UNKNOWN', { what: `part of station ${station}` });
    const containment: Containment = { id: newId(), station, at: clock.now(), cause, subject, why, ...boundsOf(opening) };
    await this.options.keep({ containments: [containment], decisions: [this.quarantine(containment)] });
    return { ...containment, disposition: null };
  }

  async dispose(said: Disposition): Promise<void> {
    const found = await this.known(said.containment);
    if (found.disposition)
      throw new LinesideError('COMMAND_REFUSED', {
        verb: said.disposition,
        why: `${found.disposition.who} has decided about these parts already`,
      });
    // Parts that are made after it would be released with it.
    if (this.grows(found))
      throw new LinesideError('COMMAND_REFUSED', {
        verb: said.disposition,
        why: `parts still come to it, until challenge ${found.subject} passes; show its part first`,
      });
    await this.options.keep({ dispositions: [{ ...said, note: maskPeople(said.note, this.options.people()) }] });
  }

  /** A challenge that the config has no more passes no more, and nothing comes to its stretch. */
  private grows({ cause, until, station, subject }: StoredContainment): boolean {
    return cause === 'challenge' && until === null && this.options.config().stations[station]?.challenges?.[subject] !== undefined;
  }

  private meant(who: string, { station, alarm, inspection, since }: ContainmentWish): Meant {
    if (alarm !== undefined) {
      const before = this.options.alarmSince(alarm);
      if (before === null) throw new LinesideError('WEB_UNKNOWN', { what: `alarm ${alarm} now` });
      return { cause: 'alarm', subject: alarm, why: `alarm ${alarm}`, asks: { station, before } };
    }
    if (inspection !== undefined)
      return { cause: 'sample', subject: inspection, why: 'somebody found a part that was judged wrongly', asks: { station, inspection } };
    // Told by MQTT: who it was is in the audit log, and does not leave this box.
    const why = since === undefined ? 'somebody wants to know' : 'somebody says that all was good until then';
    return { cause: 'person', subject: who, why, asks: { station, since } };
  }

  /** Told by MQTT; the PLC is told of what the agent finds by itself alone. */
  private quarantine({ id: containment, station, why, after, until, parts }: Containment): Decision {
    const { clock, newId } = this.options;
    const said = { action: 'quarantine', reason: why, rule: 'containment', writes: [], latched: false } as const;
    return { id: newId(), station, at: clock.now(), inspection: null, ...said, quarantine: { containment, after, until, parts } };
  }

  private partsOf(
    of: StoredContainment,
    wish: { readonly limit: number; readonly cursor?: string | null | undefined },
  ): Promise<ContainedPage> {
    const tags = this.options.config().stations[of.station]?.containment;
    const { limit, cursor } = wish;
    const named = { lot: tags?.lot, order: tags?.order };
    return this.options.records().contained({ ...stretchOf(of), tags: named, limit, cursor: cursor ?? undefined });
  }

  private async known(id: string): Promise<StoredContainment> {
    const found = await this.options.records().containment(id);
    if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `containment ${id}` });
    return found;
  }
}

interface Meant {
  readonly cause: ContainmentCause;
  readonly subject: string;
  readonly why: string;
  readonly asks: OpeningWish;
}

const stretchOf = ({ station, after, until }: StoredContainment): PartStretch => ({
  station,
  after: after?.inspection ?? null,
  until: until?.inspection ?? null,
});
const boundsOf = ({ after, until, parts }: Opening) => ({ after, until, parts });

/** What would narrow it, where nothing does. */
function whyNot(reference: number, stretch: readonly unknown[] | null): ContainmentView['unnarrowed'] {
  if (stretch === null) return 'too_long';
  return reference < 20 ? 'no_reference' : 'no_change';
}
