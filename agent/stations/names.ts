/**
 * The id and the number of the part at hand. The PLC sets them around the trigger, the server samples each tag on its own, and the
 * notifications may come in any order: what belongs to a trigger is told by the time at the source, not by what is known when it is
 * handled. Runs beside the models; the verdict waits for it only as long as PATIENCE.
 */
import { partTag } from '../config/part.ts';
import type { TagSample, Trigger } from '../contracts.ts';
import type { Milliseconds } from '../time.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { textOf } from './tags.ts';

export interface PartNames {
  readonly part: string | null;
  readonly counter: number | null;
}

const PATIENCE: Milliseconds = 100;
/** A server may sample the name this much later than the trigger that was set in the same PLC scan. */
const SKEW: Milliseconds = 20;
/** Two parts of the fastest line: half of the time since the trigger before is still this part's. */
const SHARE = 0.5;

export class Namer {
  private readonly spec: StationSpec;
  private readonly ports: StationPorts;
  private before = Number.NEGATIVE_INFINITY;

  constructor(spec: StationSpec, ports: StationPorts) {
    this.spec = spec;
    this.ports = ports;
    const { counter } = spec.config;
    const part = partTag(spec.config.part);
    for (const tag of [part, counter]) if (tag !== undefined) ports.tags.keepRecent(tag);
  }

  /** To be called in the order of the triggers. Never rejects. */
  async namesFor(trigger: Trigger): Promise<PartNames> {
    const span = this.spanOf(trigger);
    const { counter } = this.spec.config;
    const part = partTag(this.spec.config.part);
    const ask = (tag: string | undefined) => (tag === undefined ? Promise.resolve(null) : this.textFor(tag, span));
    const same = part !== undefined && part === counter;
    const [text, count] = await Promise.all([trigger.part ?? ask(part), trigger.kind === 'command' || same ? null : ask(counter)]);
    const number = same ? text : count;
    const value = number === null ? Number.NaN : Number(number);
    return { part: text ?? count, counter: Number.isFinite(value) && trigger.kind !== 'command' ? value : null };
  }

  /** Source times that belong to this trigger: after the one before, and little after itself. */
  private spanOf({ at }: Trigger): Span {
    const after = this.before;
    this.before = at;
    const slack = Math.min(SKEW, Math.max(0, at - after) * SHARE);
    return { after: after + Math.min(SKEW, Math.max(0, at - after) * SHARE), until: at + slack };
  }

  private async textFor(tag: string, span: Span): Promise<string | null> {
    const { tags } = this.ports;
    const known = tags.recent(tag).findLast((sample) => within(sample, span));
    if (known) return textOf(known);
    const found = await this.soon(tag, span);
    // Neither came in time: the newest that is not too new, since a name that does not change is not sent again.
    return textOf(found ?? tags.recent(tag).findLast((sample) => timeOf(sample) <= span.until) ?? tags.latest(tag));
  }

  /** Whatever comes first and fits: the subscription's notification, or the value read through the session. */
  private soon(tag: string, span: Span): Promise<TagSample | undefined> {
    const { tags, clock } = this.ports;
    return new Promise((resolve) => {
      const settle = (sample: TagSample | undefined) => {
        stopListening();
        stopWaiting();
        resolve(sample);
      };
      const stopListening = tags.onSample(tag, (sample) => within(sample, span) && settle(sample));
      const stopWaiting = clock.after(PATIENCE, () => settle(undefined));
      this.ports.read(tag, PATIENCE).then((sample) => {
        // Read too late, when the next part has its name already, it says nothing of this one.
        if (sample && timeOf(sample) <= span.until) settle(sample);
      });
    });
  }
}

interface Span {
  readonly after: number;
  readonly until: number;
}

const timeOf = (sample: TagSample): number => sample.source ?? sample.received;
const within = (sample: TagSample, { after, until }: Span): boolean => timeOf(sample) > after && timeOf(sample) <= until;
