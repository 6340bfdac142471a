/**
 * After a restart: which parts passed while the agent was away, and which of them the PLC has an answer for that the disk has not. The
 * part counter tells the first. The second stands in the notes of the life before, which a killed process leaves behind; where these are
 * gone, as after a power cut, the verdict and part tags read back tell of the last one. A name and a number are put together only where
 * they were noted together or are the same: what the PLC shows at different moments is of different parts.
 */
import { partTag } from '../config/part.ts';
import type { Inspection, Verdict } from '../contracts/index.ts';
import { VERDICTS } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { Seconds } from '../time.ts';
import type { Range } from './parts.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { textOf } from './tags.ts';

/** The PLC was told of it, or was just being told, and there is no record. */
export interface AnsweredPart {
  readonly part: string | null;
  readonly counter: number | null;
  readonly verdict: Verdict;
  /** Of the part, where it is known. */
  readonly recipe?: string;
  /** It was noted before it went out, and the agent ended before the PLC had confirmed it: nobody knows whether it arrived. */
  readonly unconfirmed?: boolean;
}

/** Parts that nobody judged in any life that is known of. */
export interface PassedParts {
  readonly numbers: Range;
  /** Where the PLC told it. */
  readonly part: string | null;
  /** They were under inspection when the agent died: the PLC may have an answer that it no longer shows. */
  readonly begun: boolean;
  /** So many parts were judged without a number, among or after these. */
  readonly unnumbered: number;
}

const READ = Seconds(2);
const UNCONFIRMED = 'the agent ended before the PLC had confirmed it';
const BEGUN = 'it was under inspection when the agent died, and the PLC may have been given a verdict that it no longer shows';

/** The part that the PLC shows a verdict for. Null when it shows none, or does not answer within two seconds. */
export async function answeredLast(spec: StationSpec, ports: StationPorts): Promise<AnsweredPart | null> {
  const { answer } = spec.config;
  if (answer?.part === undefined) return null;
  const [part, value] = await Promise.all([ports.read(answer.part, READ), ports.read(answer.verdict, READ)]);
  const text = textOf(part);
  const verdict = VERDICTS.find((v) => value !== undefined && String(answer.values[v]) === String(value.value));
  if (text === null || verdict === undefined) return null;
  const number = isNumbered(spec) ? Number(text) : Number.NaN;
  return { part: text, counter: Number.isFinite(number) ? number : null, verdict };
}

/** The number that the PLC's counter shows. Null without a counter, or when it does not answer within two seconds. */
export async function counterNow(spec: StationSpec, ports: StationPorts): Promise<number | null> {
  const tag = spec.config.counter;
  const text = tag === undefined ? null : textOf(await ports.read(tag, READ));
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Whether parts go by their number, so that the number is the name. */
export function isNumbered({ config }: StationSpec): boolean {
  const tag = partTag(config.part);
  return config.counter !== undefined && (tag === undefined || tag === config.counter);
}

/** The PLC shows what it was told, and not whether that was an id: where no tag names parts, a number may have been counted. */
const isCounted = ({ config }: StationSpec, part: string | null): boolean =>
  part !== null && partTag(config.part) === undefined && /^\d+$/.test(part);

/** The record of a part that has an answer and no record. */
export function unrecordedPart(spec: StationSpec, ports: StationPorts, answered: AnsweredPart, recipe: string): Unnumbered {
  const { part, counter, verdict } = answered;
  const fault = new LinesideError('PART_UNRECORDED', { part: part ?? 'without a name', station: spec.name, verdict });
  const noNumber = spec.config.counter !== undefined && counter === null && part !== null;
  const reasons = [{ text: fault.sentence, code: fault.code }, ...(noNumber ? [{ text: 'Its number is not known.' }] : [])];
  const answer: Inspection['answer'] =
    answered.unconfirmed === true ? { state: 'failed', ms: 0, fault: UNCONFIRMED } : { state: 'written', ms: 0 };
  return {
    ...blank(spec, ports),
    part,
    ...(isCounted(spec, part) ? { counted: true as const } : {}),
    counter,
    recipe: answered.recipe ?? recipe,
    outcome: 'unrecorded',
    verdict,
    reasons,
    answer,
  };
}

/** The record of one part that passed unseen, or of many. */
export function missedParts(spec: StationSpec, ports: StationPorts, passed: PassedParts, recipe: string): Unnumbered {
  const { from, to } = passed.numbers;
  const one = from === to;
  const part = passed.part ?? (one && isNumbered(spec) ? String(from) : null);
  const what = one ? `Part ${passed.part ?? from}` : `Parts ${from} to ${to}, ${to - from + 1} in all,`;
  const why = passed.begun ? BEGUN : 'the part counter went past it';
  const fault = new LinesideError('PART_MISSED', { part: what, station: spec.name, why });
  const unsure = `${passed.unnumbered} parts were judged without a number here, so that it may be another number that was missed.`;
  return {
    ...blank(spec, ports),
    part,
    ...(isCounted(spec, part) ? { counted: true as const } : {}),
    counter: one ? from : null,
    recipe,
    outcome: 'missed',
    verdict: spec.config.on_failure,
    reasons: [{ text: fault.sentence, code: fault.code }, ...(passed.unnumbered > 0 ? [{ text: unsure }] : [])],
    answer: { state: 'none', ms: 0 },
    ...(one ? {} : { missed: { from, to } }),
  };
}

type Unnumbered = Omit<Inspection, 'sequence'>;

const blank = (spec: StationSpec, ports: StationPorts) => ({
  id: ports.newId(),
  station: spec.name,
  at: ports.clock.now(),
  trigger: 'tag' as const,
  findings: [],
  frames: [],
  tags: {},
  window: null,
  timings: { transport: 0, align: 0, prepare: 0, infer: 0, rules: 0, verdict: 0, answer: 0 },
  configHash: spec.configHash,
});
