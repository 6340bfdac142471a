/** Telling the PLC: part first, decisions' writes between, verdict last, all in one request, so that the verdict always finds its part. */
import type { Answer, Decision, DecisionIntent, TagWrite, Verdict } from '../contracts.ts';
import type { LinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';

export interface Told {
  readonly answer: Answer;
  readonly decisions: readonly Decision[];
}

export interface Saying {
  readonly inspection: string;
  readonly verdict: Verdict;
  readonly part: string | null;
  readonly intents: readonly DecisionIntent[];
}

/** Sends at once; settles when the PLC has confirmed, refused, or let the write time out. */
export async function tell(spec: StationSpec, ports: StationPorts, saying: Saying): Promise<Told> {
  const writes = writesFor(spec, saying);
  const started = ports.clock.elapsed();
  const faults = writes.length === 0 ? [] : await ports.write(writes, spec.writeTimeout);
  const ms = ports.clock.elapsed() - started;
  const faultOf = new Map<TagWrite, LinesideError>();
  writes.forEach((write, i) => {
    const fault = faults[i];
    if (fault) faultOf.set(write, fault);
  });
  return { answer: answerOf(spec, writes, faultOf, ms), decisions: decisionsOf(spec, ports, saying, writes, faultOf) };
}

function writesFor(spec: StationSpec, { verdict, part, intents }: Saying): TagWrite[] {
  const { answer } = spec.config;
  const writes: TagWrite[] = [];
  if (answer?.part !== undefined && part !== null) writes.push({ tag: answer.part, value: part });
  for (const intent of intents) writes.push(...intent.writes);
  if (answer) writes.push({ tag: answer.verdict, value: answer.values[verdict] });
  return writes;
}

function answerOf(spec: StationSpec, writes: readonly TagWrite[], faults: ReadonlyMap<TagWrite, LinesideError>, ms: number): Answer {
  const { answer } = spec.config;
  if (!answer) return { state: 'none', ms: 0 };
  const own = writes.filter((w) => w.tag === answer.verdict || w.tag === answer.part);
  const fault = own.map((w) => faults.get(w)).find((f) => f !== undefined);
  return fault ? { state: 'failed', ms, fault: fault.message } : { state: 'written', ms };
}

function decisionsOf(
  spec: StationSpec,
  ports: StationPorts,
  { inspection, intents }: Saying,
  writes: readonly TagWrite[],
  faults: ReadonlyMap<TagWrite, LinesideError>,
): Decision[] {
  return intents.map(({ action, reason, rule, latched, writes: wanted }) => ({
    ...{ id: ports.newId(), station: spec.name, at: ports.clock.now(), inspection, action, reason, rule, latched },
    writes: wanted.map((write) => {
      const fault = faults.get(writes.find((w) => w === write) ?? write);
      return {
        tag: write.tag,
        value: write.value,
        ...(fault ? { state: 'failed' as const, fault: fault.message } : { state: 'written' as const }),
      };
    }),
  }));
}
