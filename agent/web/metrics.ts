/** Prometheus metrics, read from the parts when somebody asks; nothing is counted twice and nothing is kept here. */
import { Gauge, Registry } from 'prom-client';
import type { Health, LookDrift, MaterialState, RouteState, StationState, ToolState } from '../contracts/index.ts';

export interface MetricsSource {
  health(): Promise<Health>;
  stations(): Readonly<Record<string, StationState>>;
  outboxDepth(): Promise<number>;
  /** Where parts are; null where nobody says where they go. */
  routes?(): RouteState | null;
  /** Left out: nothing is followed. */
  materials?(): readonly MaterialState[];
  tools?(): readonly ToolState[];
  /** Parts that are remembered, by station that others ask. */
  remembered?(): Readonly<Record<string, number>>;
  /** That are active. */
  alarms(): readonly { readonly code: string; readonly subject: string }[];
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export function createMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `lineside_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const all = {
    parts: gauge('parts', 'Parts by station and result since the first start', ['station', 'result']),
    latency: gauge('verdict_latency_ms', 'Trigger to record, over the last 1000 parts', ['station', 'quantile']),
    yield: gauge('yield_ratio', 'ok / all of the last 100 parts', ['station']),
    distance: gauge('score_distance', 'Of the newest scores from those that the model was taught with', DRIFT),
    limit: gauge('score_distance_limit', 'From which distance on it is an alarm', DRIFT),
    lookDistance: gauge('look_distance', 'Of how the newest parts look from how the model was taught, by feature', LOOK),
    lookLimit: gauge('look_distance_limit', 'From which distance on it is an alarm', LOOK),
    held: gauge('station_held', '1 while a hold or stop waits for an acknowledgement', ['station']),
    shadow: gauge('shadow_parts', 'What candidates made of parts since the start', ['model', 'candidate', 'result']),
    up: gauge('part_up', '1 while a camera, server, model or publisher runs', ['part']),
    restarts: gauge('part_restarts', 'Restarts since the start', ['part']),
    depth: gauge('queue_depth', 'Entries waiting', ['queue']),
    dropped: gauge('queue_dropped', 'Entries dropped since the start', ['queue']),
    outbox: gauge('outbox_depth', 'Events on disk that no receiver has acknowledged yet'),
    alarm: gauge('alarm', '1 while it is active', ['code', 'subject']),
    stock: gauge('material_stock', 'What is there of a material', MATERIAL),
    reorder: gauge('material_reorder_point', 'Stock with open calls at which more is called', MATERIAL),
    calls: gauge('material_calls', 'Calls that are open', MATERIAL),
    uses: gauge('tool_uses', 'Uses of a tool since it was changed', TOOL),
    left: gauge('tool_uses_left', 'Uses that a tool has left, most likely', TOOL),
    publisher: gauge('publisher', 'Counters of publishers: sent, refused, dead_letters, commands_dropped and so on', [
      'publisher',
      'counter',
    ]),
    rss: gauge('resident_memory_mb', 'Memory of the process'),
    disk: gauge('disk_free_mb', 'Free space where the journal lies'),
    certificates: gauge('certificate_days_left', 'Days until a certificate expires', ['certificate']),
    remembered: gauge('parts_remembered', 'Parts of which is known what was said of them, for stations that ask', ['station']),
    routed: gauge('route_parts', 'Parts by destination: there, on their way, capacity, vanished, strayed', ['destination', 'state']),
    routedSince: gauge('route_parts_since_start', 'Parts that came to a destination and left it since the start', ['destination', 'way']),
    routesDropped: gauge('route_dropped', 'Parts that are followed no longer, since too many were, since the start'),
    skew: gauge('clock_skew_ms', 'How far the source times of a server are ahead of the clock of this box', ['server']),
  };
  return {
    contentType: registry.contentType,
    text: async () => {
      const [health, outbox] = await Promise.all([source.health(), source.outboxDepth()]);
      for (const gauge of Object.values(all)) gauge.reset();
      fillStations(all, source.stations());
      fillHealth(all, health);
      fillCounters(all, health);
      fillMaterials(all, source.materials?.() ?? []);
      fillTools(all, source.tools?.() ?? []);
      for (const { code, subject } of source.alarms()) all.alarm.set({ code, subject }, 1);
      all.outbox.set(outbox);
      fillRoutes(all, source.routes?.() ?? null);
      for (const [station, parts] of Object.entries(source.remembered?.() ?? {})) all.remembered.set({ station }, parts);
      return registry.metrics();
    },
  };
}

function fillRoutes(g: Gauges<'routed' | 'routedSince' | 'routesDropped'>, state: RouteState | null): void {
  if (!state) return;
  g.routesDropped.set(state.dropped);
  for (const { name: destination, capacity, contents, under_way, vanished, strayed, came, gone } of state.destinations) {
    const now = { contents, under_way, vanished, strayed, ...(capacity === null ? {} : { capacity }) };
    for (const [of, parts] of Object.entries(now)) g.routed.set({ destination, state: of }, parts);
    g.routedSince.set({ destination, way: 'came' }, came);
    g.routedSince.set({ destination, way: 'gone' }, gone);
  }
}

const MATERIAL = ['station', 'material'] as const;
const TOOL = ['station', 'tool'] as const;
const DRIFT = ['station', 'model', 'recipe', 'package'] as const;
const LOOK = [...DRIFT, 'feature', 'tag'] as const;

type Gauges<Names extends string> = Readonly<Record<Names, Gauge<string>>>;

function fillStations(
  g: Gauges<'parts' | 'latency' | 'yield' | 'held' | 'distance' | 'limit' | 'lookDistance' | 'lookLimit'>,
  stations: Readonly<Record<string, StationState>>,
): void {
  for (const [station, state] of Object.entries(stations)) {
    for (const [result, count] of Object.entries(state.counters)) g.parts.set({ station, result }, count);
    if (state.latencyMs) for (const [quantile, ms] of Object.entries(state.latencyMs)) g.latency.set({ station, quantile }, ms);
    if (state.yield !== null) g.yield.set({ station }, state.yield);
    g.held.set({ station }, state.held === null ? 0 : 1);
    fillScores(g, station, state.drift ?? []);
  }
}

function fillScores(
  g: Gauges<'distance' | 'limit' | 'lookDistance' | 'lookLimit'>,
  station: string,
  drift: NonNullable<StationState['drift']>,
): void {
  for (const { model, recipe, package: name, distance, limit, look } of drift) {
    const labels = { station, model, recipe, package: name };
    if (distance !== null) g.distance.set(labels, distance);
    if (limit !== null) g.limit.set(labels, limit);
    if (look) fillLook(g, labels, look);
  }
}

function fillLook(g: Gauges<'lookDistance' | 'lookLimit'>, of: Readonly<Record<string, string>>, { features }: LookDrift): void {
  for (const { feature, tag, distance, limit } of features) {
    const labels = { ...of, feature, tag: tag ?? '' };
    if (distance !== null) g.lookDistance.set(labels, distance);
    if (limit !== null) g.lookLimit.set(labels, limit);
  }
}

function fillHealth(g: Gauges<'up' | 'restarts' | 'depth' | 'dropped' | 'rss' | 'disk' | 'certificates' | 'skew'>, health: Health): void {
  for (const [part, { status, restarts }] of Object.entries(health.parts)) {
    g.up.set({ part }, status === 'running' ? 1 : 0);
    g.restarts.set({ part }, restarts);
  }
  for (const [queue, { depth, dropped }] of Object.entries(health.queues)) {
    g.depth.set({ queue }, depth);
    g.dropped.set({ queue }, dropped);
  }
  g.rss.set(health.rssMb);
  if (health.diskFreeMb !== null) g.disk.set(health.diskFreeMb);
  for (const [certificate, days] of Object.entries(health.certificateDaysLeft)) g.certificates.set({ certificate }, days);
  for (const [server, ms] of Object.entries(health.clockSkewMs ?? {})) g.skew.set({ server }, ms);
}

function fillCounters(g: Gauges<'shadow' | 'publisher'>, { shadows = {}, publishers = {} }: Health): void {
  for (const [model, { package: candidate, ...counters }] of Object.entries(shadows))
    for (const [result, count] of Object.entries(counters)) g.shadow.set({ model, candidate, result }, count);
  for (const [publisher, counters] of Object.entries(publishers))
    for (const [counter, value] of Object.entries(counters)) g.publisher.set({ publisher, counter }, value);
}

/** What nobody knows has no value: a gauge of 0 would say that nothing is there. */
function fillMaterials(g: Gauges<'stock' | 'reorder' | 'calls'>, materials: readonly MaterialState[]): void {
  for (const { station, name: material, stock, reorder_at, calls } of materials) {
    if (stock !== null) g.stock.set({ station, material }, stock);
    if (reorder_at !== null) g.reorder.set({ station, material }, reorder_at);
    g.calls.set({ station, material }, calls.length);
  }
}

function fillTools(g: Gauges<'uses' | 'left'>, tools: readonly ToolState[]): void {
  for (const { station, name: tool, used, left } of tools) {
    g.uses.set({ station, tool }, used);
    if (left !== null) g.left.set({ station, tool }, left.middle);
  }
}
