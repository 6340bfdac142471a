/** What is published, as pure functions: a record in, a payload of schemas.ts out. No clock, no I/O. */
import type {
  Alarm,
  Anchor,
  ChallengeResult,
  ChallengeState,
  ChartPlace,
  ChartState,
  Decision,
  Entity,
  Finding,
  FrameReference,
  Health,
  Inspection,
  LateFinding,
  LookDrift,
  Note,
  OpenStudy,
  QuarantinedParts,
  Reading,
  Reason,
  RouteDecision,
  ScoreDrift,
  StationState,
  StudyPart,
  TagReading,
  TagScalar,
  TagValue,
  TagWindow,
} from '../contracts/index.ts';
import { movedOf } from '../contracts/index.ts';
import { heatMapPayload } from './heatmap.ts';
import {
  type AlarmPayload,
  type ChartPayload,
  type DecisionPayload,
  type FindingPayload,
  type HealthPayload,
  LONGEST_TEXT,
  MOST_MOVED,
  MOST_VALUES,
  type QualityPayload,
  type ReplyPayload,
  type StatePayload,
  type StatusPayload,
} from './schemas.ts';

export function qualityPayload(agent: string, inspection: Inspection, late?: LateFinding): QualityPayload {
  const { id, sequence, trigger, counter, missed, outcome, verdict, answer, timings } = inspection;
  return {
    schema: 'lineside.quality.v1',
    id,
    agent,
    station: text(inspection.station),
    sequence,
    ...instant(inspection.at),
    part: textOrNull(inspection.part),
    verdict,
    outcome,
    reasons: inspection.reasons.map(reason),
    recipe: text(inspection.recipe),
    trigger,
    counter: counter === null ? null : finite(counter),
    ...(missed && { missed: { from: missed.from, to: missed.to } }),
    findings: inspection.findings.map(finding),
    tags: mapped(inspection.tags, tag),
    window: inspection.window && tagWindow(inspection.window),
    frames: inspection.frames.map(frame),
    answer: { state: answer.state, ms: ms(answer.ms), ...maybe('fault', answer.fault) },
    latency_ms: {
      transport: ms(timings.transport),
      align: ms(timings.align),
      prepare: ms(timings.prepare),
      infer: ms(timings.infer),
      rules: ms(timings.rules),
      verdict: ms(timings.verdict),
      answer: ms(timings.answer),
    },
    config_hash: inspection.configHash,
    ...(inspection.challenge && { challenge: challenge(inspection.challenge) }),
    ...(inspection.study && { study: studyPart(inspection.study) }),
    ...(late && { late: lateFinding(late) }),
  };
}

export function decisionPayload(agent: string, decision: Decision): DecisionPayload {
  const { id, inspection, action, latched } = decision;
  return {
    schema: 'lineside.decision.v1',
    id,
    agent,
    station: text(decision.station),
    ...instant(decision.at),
    inspection,
    action,
    reason: text(decision.reason),
    rule: text(decision.rule),
    writes: decision.writes.map(({ tag, value, state, fault }) => ({ tag, value: tagValue(value), state, ...maybe('fault', fault) })),
    latched,
    ...(decision.quarantine && { quarantine: quarantine(decision.quarantine) }),
    ...(decision.route && { route: route(decision.route) }),
  };
}

const route = ({ to, instead_of, why }: RouteDecision): NonNullable<DecisionPayload['route']> => ({
  to: text(to),
  instead_of: textOrNull(instead_of),
  why: textOrNull(why),
});

const challenge = ({ name, expect, reason: wanted, passed }: ChallengeResult): NonNullable<QualityPayload['challenge']> => ({
  name: text(name),
  expect,
  reason: textOrNull(wanted),
  passed,
});

const quarantine = ({ containment, after, until, parts }: QuarantinedParts): NonNullable<DecisionPayload['quarantine']> => ({
  containment,
  after: after && anchor(after),
  until: until && anchor(until),
  parts,
});

const anchor = ({ inspection, sequence, at, part }: Anchor) => ({ inspection, sequence, at: millis(at), part: textOrNull(part) });

export function statePayload(agent: string, station: string, state: StationState): StatePayload {
  const { at, enabled, disabled, held, recipe, last, counters, latencyMs } = state;
  const { ok, nok, review, missed, failed } = counters;
  return {
    schema: 'lineside.state.v1',
    agent,
    station: text(station),
    ...instant(at),
    enabled,
    ...(disabled ? { disabled: { since: millis(disabled.since), by: textOrNull(disabled.by) } } : {}),
    held: textOrNull(held),
    recipe: text(recipe),
    last: last && { part: textOrNull(last.part), verdict: last.verdict, at: millis(last.at) },
    counters: { ok, nok, review, missed, failed },
    yield: state.yield === null ? null : score(state.yield),
    latency_ms: latencyMs && { p50: ms(latencyMs.p50), p95: ms(latencyMs.p95), p99: ms(latencyMs.p99) },
    ...(state.drift ? { drift: state.drift.map(driftPayload) } : {}),
    ...(state.challenges ? { challenges: state.challenges.map(challengeState) } : {}),
    ...(state.study ? { study: openStudy(state.study) } : {}),
  };
}

const challengeState = ({ name, part, expect, state, passed, parts }: ChallengeState) => ({
  name: text(name),
  part: text(part),
  expect,
  state,
  passed: passed === null ? null : millis(passed),
  parts,
});

const openStudy = ({ id, name, kind, shown, of, asked, again }: OpenStudy): NonNullable<StatePayload['study']> => ({
  study: id,
  name: text(name),
  kind,
  shown,
  of,
  part: text(asked.part),
  appraiser: text(asked.appraiser),
  trial: asked.trial,
  again: textOrNull(again),
});

const studyPart = ({ name, study, showing }: StudyPart): NonNullable<QualityPayload['study']> => ({ name: text(name), study, showing });

const driftPayload = ({ recipe, model, package: name, version, parts, reference, distance, limit, drifted, look }: ScoreDrift) => ({
  recipe: text(recipe),
  model: text(model),
  package: text(name),
  version: text(version),
  parts,
  reference,
  distance,
  limit,
  drifted: drifted === null ? null : millis(drifted),
  ...(look && { look: lookPayload(look) }),
});

function lookPayload(look: LookDrift) {
  const { of, watched, moved } = movedOf(look);
  const told = ({ tag, drifted, ...one }: (typeof moved)[number]) => ({ ...one, tag: textOrNull(tag), drifted: millis(drifted) });
  return { of, watched, moved: moved.slice(0, MOST_MOVED).map(told) };
}

export function alarmPayload(agent: string, alarm: Alarm): AlarmPayload {
  const { code, active } = alarm;
  const words = { text: text(alarm.text), next: text(alarm.next) };
  return {
    schema: 'lineside.alarm.v1',
    agent,
    key: text(alarm.key),
    code,
    subject: text(alarm.subject),
    active,
    ...instant(alarm.since),
    raised: millis(alarm.raised),
    times: alarm.times,
    ...words,
  };
}

export function chartPayload(agent: string, at: number, state: ChartState): ChartPayload {
  const { station, name, recipe, phase, samples, learn, size, out, outside, closed, last, signal } = state;
  const place = (of: ChartPlace) => ({ sequence: of.sequence, at: millis(of.at) });
  return {
    schema: 'lineside.chart.v1',
    agent,
    station: text(station),
    ...instant(at),
    name: text(name),
    recipe: text(recipe),
    kind: state.chart,
    of: state.of.map(text),
    phase,
    samples,
    learn,
    size,
    limits:
      state.limits?.map(({ panel, lower, center, upper }) => ({
        panel,
        lower: finite(lower),
        center: finite(center),
        upper: finite(upper),
      })) ?? null,
    outside,
    closed: closed && { at: millis(closed.at), who: text(closed.who) },
    out,
    rule: state.rule,
    last: last && { ...place(last), values: last.values.map(finite) },
    signal: signal && {
      rule: signal.rule,
      since: place(signal.since),
      points: signal.points,
      likely: signal.likely && place(signal.likely),
      from: signal.from && place(signal.from),
    },
    left_out: state.left_out,
    refused: textOrNull(state.refused),
  };
}

export function healthPayload(agent: string, health: Health): HealthPayload {
  return {
    schema: 'lineside.health.v1',
    agent,
    ...instant(health.at),
    version: health.version,
    uptime_s: Math.round(finite(health.uptimeS)),
    parts: mapped(health.parts, ({ status, code, restarts }) => ({ status, ...(code && { code }), restarts })),
    queues: mapped(health.queues, ({ depth, bound, dropped }) => ({ depth, bound, dropped })),
    rss_mb: round(health.rssMb, 10),
    disk_free_mb: health.diskFreeMb === null ? null : round(health.diskFreeMb, 1),
    certificate_days_left: mapped(health.certificateDaysLeft, (days) => round(days, 10)),
    ...(health.publishers && { publishers: mapped(health.publishers, (counters) => mapped(counters, (count) => round(count, 1))) }),
    ...(health.clockSkewMs && { clock_skew_ms: mapped(health.clockSkewMs, (ms) => round(ms, 1)) }),
    ...(health.shadows && { shadows: mapped(health.shadows, (counters) => ({ ...counters, package: text(counters.package) })) }),
  };
}

export function replyPayload(
  agent: string,
  reply: Pick<ReplyPayload, 'verb' | 'ok' | 'id' | 'code' | 'text' | 'result'>,
  at: number,
): ReplyPayload {
  return { schema: 'lineside.reply.v1', agent, ...instant(at), ...reply };
}

export function statusPayload(agent: string, version: string, status: StatusPayload['status'], at: number): StatusPayload {
  return { schema: 'lineside.status.v1', agent, version, status, ...instant(at) };
}

// ---------------------------------------------------------------- the parts of a quality event

export function finding(found: Finding): FindingPayload {
  const { review, probabilities, boxes, heatmap, found: part, contributions, rowContributions, reading, note, entities } = found;
  const { model, version, variant, sha256, provider, kind } = found;
  return {
    model,
    package: found.package,
    version,
    variant,
    sha256,
    provider,
    kind,
    label: textOrNull(found.label),
    score: score(found.score),
    threshold: score(found.threshold),
    margin: score(found.margin),
    review: review?.map(finite) ?? null,
    ...(probabilities && { probabilities: mapped(probabilities, score) }),
    ...(boxes && boxList(boxes)),
    ...(heatmap && heatmap.values.length > 0 && { heatmap: heatMapPayload(heatmap) }),
    ...(part && { found: { region: [...part.region], moved: [...part.moved], likeness: round(part.likeness, 1e4) } }),
    ...(contributions && { contributions: mapped(contributions, score) }),
    ...(rowContributions && { row_contributions: rowContributions.slice(-MOST_VALUES).map(score) }),
    ...(reading && { reading: readingOf(reading) }),
    ...(note && { note: noteOf(note) }),
    ...(entities && entityList(entities)),
    queue_ms: ms(found.queueMs),
    run_ms: ms(found.runMs),
  };
}

function readingOf({ text: read, confidence, characters }: Reading): NonNullable<FindingPayload['reading']> {
  return { text: text(read), confidence: score(confidence), characters: characters.slice(0, MOST_VALUES).map(score) };
}

function boxList(boxes: NonNullable<Finding['boxes']>): Pick<FindingPayload, 'boxes' | 'box_count'> {
  const most = [...boxes].sort((a, b) => b.score - a.score).slice(0, MOST_VALUES);
  return {
    boxes: most.map((box) => ({ label: text(box.label), score: score(box.score), region: box.region.map((side) => round(side, 10)) })),
    box_count: boxes.length,
  };
}

function noteOf({ text: came, words, truncated }: Note): NonNullable<FindingPayload['note']> {
  return { text: text(came), plain: text(words.map(({ plain }) => plain).join(' ')), truncated };
}

function entityList(entities: readonly Entity[]): Pick<FindingPayload, 'entities' | 'entity_count'> {
  const most = entities.slice(0, MOST_VALUES);
  return {
    entities: most.map((one) => ({
      label: text(one.label),
      score: score(one.score),
      text: text(one.text),
      from: one.span[0],
      to: one.span[1],
    })),
    entity_count: entities.length,
  };
}

export function reason({ text: words, rule, code }: Reason): QualityPayload['reasons'][number] {
  return { text: text(words), ...maybe('rule', rule), ...(code && { code }) };
}

function tag({ value, status, source, unit }: TagReading): QualityPayload['tags'][string] {
  return { value: tagValue(value), status, source: source === null ? null : millis(source), ...maybe('unit', unit) };
}

function tagWindow({ tags, endsAt, everyMs, steps, quality }: TagWindow): NonNullable<QualityPayload['window']> {
  let gaps = 0;
  for (const mark of quality) if (mark >= 2) gaps++;
  const share = quality.length === 0 ? 0 : round(gaps / quality.length, 1e4);
  return { tags: [...tags], ends_at: millis(endsAt), every_ms: everyMs, steps, gaps: share };
}

function frame(from: FrameReference): QualityPayload['frames'][number] {
  const { camera, sequence, captured, offsetMs, width, height, format, truth, file } = from;
  const size = { width, height, format };
  return {
    camera,
    sequence,
    captured: millis(captured),
    offset_ms: ms(offsetMs),
    ...size,
    ...maybe('truth', truth),
    ...maybe('file', file),
  };
}

function lateFinding({ model, lateMs, finding: found, fault }: LateFinding): NonNullable<QualityPayload['late']> {
  return { model, late_ms: ms(lateMs), finding: found && finding(found), ...maybe('fault', fault) };
}

// ---------------------------------------------------------------- values

type SentScalar = number | boolean | string | null;

/** JSON has no NaN: a number that is none is sent as null, its status code says the rest. */
function tagValue(value: TagValue): SentScalar | SentScalar[] {
  return isList(value) ? value.slice(0, MOST_VALUES).map(scalar) : scalar(value);
}
const isList = (value: TagValue): value is readonly TagScalar[] => Array.isArray(value);
function scalar(value: TagScalar | null): SentScalar {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' ? text(value) : value;
}

/** Years 1 to 9999, all that ISO 8601 writes with four digits: a PLC whose clock is not set sends anything. */
const EARLIEST = -62_135_596_800_000;
const LATEST = 253_402_300_799_999;
const millis = (at: number): number => Math.round(Math.min(Math.max(finite(at), EARLIEST), LATEST));
export function instant(at: number): { at: number; time: string } {
  const whole = millis(at);
  return { at: whole, time: new Date(whole).toISOString() };
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
const round = (value: number, factor: number): number => Math.round(finite(value) * factor) / factor;
/** Six decimals: more than any int8 network knows. */
const score = (value: number): number | null => (Number.isFinite(value) ? round(value, 1e6) : null);
const ms = (value: number): number => round(value, 1000);

export function text(value: string): string {
  // Never half a character at the cut: strict JSON parsers refuse it.
  return value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
export const textOrNull = (value: string | null): string | null => (value === null ? null : text(value));
const maybe = <Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } =>
  (value === undefined ? {} : { [key]: text(value) }) as { [K in Key]?: string };
function mapped<In, Out>(from: Readonly<Record<string, In>>, to: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, to(value)]));
}
