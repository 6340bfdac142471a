/**
 * After a restart: which parts passed while the agent was away, and which of them the PLC has an answer for that the disk has not. The
 * part counter tells the first, the verdict and part tags read back tell the second.
 */
import type { Inspection, Verdict } from '../contracts.ts';
import { VERDICTS } from '../contracts.ts';
import { LinesideError } from '../errors.ts';
import { Seconds } from '../time.ts';
import { counterStep } from './parts.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { textOf } from './tags.ts';

export interface RecoveredPart {
  readonly part: string;
  readonly counter: number | null;
  /** The verdict that the PLC was given; null when nobody judged the part. */
  readonly verdict: Verdict | null;
  readonly recipe: string;
}

const READ = Seconds(2);

/** Settles within a few seconds; without a counter or an answer tag, or with nothing stored before, there is nothing to find. */
export async function lostBefore(
  spec: StationSpec,
  ports: StationPorts,
  last: { readonly counter: number | null; readonly part: string | null },
): Promise<readonly RecoveredPart[]> {
  if (last.part === null && last.counter === null) return [];
  const recipe = spec.config.recipe?.default ?? 'standard';
  const [now, answered] = await Promise.all([counterNow(spec, ports), answeredLast(spec, ports)]);
  const { missed, more } = counterStep(last.counter, now, true);
  if (more > 0) ports.log.warn({ station: spec.name, more }, 'more parts were missed than are recorded one by one');
  const lost: RecoveredPart[] = missed.map((n) => ({ part: String(n), counter: n, verdict: null, recipe }));
  if (!answered || answered.part === last.part) return lost;
  // The answered part is the first that the disk does not have: it was on its way to the journal when the agent died.
  const [first, ...rest] = lost;
  return [{ part: answered.part, counter: first?.counter ?? null, verdict: answered.verdict, recipe }, ...rest];
}

async function counterNow(spec: StationSpec, ports: StationPorts): Promise<number | null> {
  const tag = spec.config.counter;
  const text = tag === undefined ? null : textOf(await ports.read(tag, READ));
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

async function answeredLast(spec: StationSpec, ports: StationPorts): Promise<{ part: string; verdict: Verdict } | null> {
  const { answer } = spec.config;
  if (answer?.part === undefined) return null;
  const [part, value] = await Promise.all([ports.read(answer.part, READ), ports.read(answer.verdict, READ)]);
  const text = textOf(part);
  const verdict = VERDICTS.find((v) => value !== undefined && String(answer.values[v]) === String(value.value));
  return text === null || verdict === undefined ? null : { part: text, verdict };
}

/** The record of a part that was not judged here: `missed`, or `unrecorded` with the verdict the PLC has. */
export function missedRecord(spec: StationSpec, ports: StationPorts, lost: RecoveredPart, sequence: number): Inspection {
  const fault = lost.verdict
    ? new LinesideError('PART_UNRECORDED', { part: lost.part, station: spec.name, verdict: lost.verdict })
    : new LinesideError('PART_MISSED', { part: lost.part, station: spec.name, why: 'the part counter went past it' });
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
