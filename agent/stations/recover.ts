/**
 * After a restart: which parts passed while the agent was away, and which of them the PLC has an answer for that the disk has not. The
 * part counter tells the first, the verdict and part tags read back tell the second.
 */
import type { Inspection, Verdict } from '../contracts.ts';
import { VERDICTS } from '../contracts.ts';
import { LinesideError } from '../errors.ts';
import { Seconds } from '../time.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { textOf } from './tags.ts';

export interface RecoveredPart {
  readonly part: string;
  readonly counter: number | null;
  /** The verdict that the PLC was given; null when nobody judged the part. */
  readonly verdict: Verdict | null;
  readonly recipe: string;
  /** It was under inspection when the agent died: the PLC may have an answer that it no longer shows. */
  readonly begun?: boolean;
}

export interface AnsweredPart {
  readonly part: string;
  readonly verdict: Verdict;
}

const READ = Seconds(2);
const BEGUN = 'it was under inspection when the agent died, and the PLC may have been given a verdict that it no longer shows';

/** The part that the PLC shows a verdict for. Null when it shows none, or does not answer within two seconds. */
export async function answeredLast(spec: StationSpec, ports: StationPorts): Promise<AnsweredPart | null> {
  const { answer } = spec.config;
  if (answer?.part === undefined) return null;
  const [part, value] = await Promise.all([ports.read(answer.part, READ), ports.read(answer.verdict, READ)]);
  const text = textOf(part);
  const verdict = VERDICTS.find((v) => value !== undefined && String(answer.values[v]) === String(value.value));
  return text === null || verdict === undefined ? null : { part: text, verdict };
}

/** The number that the PLC's counter shows. Null without a counter, or when it does not answer within two seconds. */
export async function counterNow(spec: StationSpec, ports: StationPorts): Promise<number | null> {
  const tag = spec.config.counter;
  const text = tag === undefined ? null : textOf(await ports.read(tag, READ));
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Whether `answered` is the part with this number, one that has no record: its id says so where ids are numbers, its turn where not. */
export const isNumber = ({ part, counter }: StationSpec['config'], answered: AnsweredPart, number: number): boolean =>
  part === counter || part === undefined ? answered.part === String(number) : true;

/** The record of a part that was not judged here: `missed`, or `unrecorded` with the verdict the PLC has. */
export function missedRecord(spec: StationSpec, ports: StationPorts, lost: RecoveredPart, sequence: number): Inspection {
  const fault = lost.verdict
    ? new LinesideError('PART_UNRECORDED', { part: lost.part, station: spec.name, verdict: lost.verdict })
    : new LinesideError('PART_MISSED', { part: lost.part, station: spec.name, why: lost.begun ? BEGUN : 'the part counter went past it' });
  return {
    ...{ id: ports.newId(), station: spec.name, sequence, at: ports.clock.now(), trigger: 'tag', part: lost.part, counter: lost.counter },
    ...{ recipe: lost.recipe, outcome: lost.verdict ? 'unrecorded' : 'missed', verdict: lost.verdict ?? spec.config.on_failure },
    reasons: [{ text: fault.sentence, code: fault.code }],
    ...{ findings: [], frames: [], tags: {}, window: null },
    answer: { state: lost.verdict ? 'written' : 'none', ms: 0 },
    timings: { transport: 0, align: 0, prepare: 0, infer: 0, rules: 0, verdict: 0, answer: 0 },
    configHash: spec.configHash,
  };
}
