/** What starts an inspection, wired to its source: a tag's edge, each frame, a timer. Commands come through Station.command(). */
import type { StationConfig } from '../config/schema.ts';
import type { TagSample, TagValue, Trigger } from '../contracts/index.ts';
import { type Edge, step } from './edge.ts';
import type { StationPorts } from './ports.ts';

/** Starts the wiring; the returned function ends it. */
export function wireTrigger(config: StationConfig['trigger'], ports: StationPorts, fire: (trigger: Trigger) => void): () => void {
  if ('tag' in config) return onEdge(config.tag, config.edge, ports, fire);
  if ('camera' in config) return onEveryFrame(config.camera, ports, fire);
  if ('every' in config) return onTimer(config.every, ports, fire);
  return () => {};
}

function onEdge(tag: string, edge: Edge, ports: StationPorts, fire: (trigger: Trigger) => void): () => void {
  // What came before the wiring counts as known: only what changes from here on triggers.
  let state: TagValue | undefined = ports.tags.latest(tag)?.value ?? undefined;
  let on = true;
  let notification: { readonly edges: TagSample[]; last: TagSample } | null = null;
  const stop = ports.tags.onSample(tag, (sample) => {
    const { after, fires } = step(edge, state, sample);
    state = after;
    if (notification !== null && notification.last.arrived === sample.arrived) notification.last = sample;
    if (!fires || !on) return;
    if (notification?.last.arrived === sample.arrived) return void notification.edges.push(sample);
    const mine = { edges: [sample], last: sample };
    notification = mine;
    // One notification carries the part's other tags as well, in any order: let the rest of it in first.
    setImmediate(() => {
      const { edges, last } = mine;
      edges.forEach((each, index) => {
        fire(tagTrigger(each, { size: edges.length, index, open: each === last }));
      });
      if (notification === mine) notification = null;
    });
  });
  const stopForgetting = ports.tags.onLost(tag, (loss) => {
    if (loss === 'tag') state = undefined;
  });
  return () => {
    on = false;
    stop();
    stopForgetting();
  };
}

const tagTrigger = (sample: TagSample, batch: NonNullable<Trigger['batch']>): Trigger => ({
  kind: 'tag',
  at: sample.source ?? sample.received,
  stamped: sample.source !== null,
  received: sample.received,
  arrived: sample.arrived,
  batch,
});

function onEveryFrame(camera: string, { cameras, clock }: StationPorts, fire: (trigger: Trigger) => void): () => void {
  const source = cameras.get(camera);
  return (
    source?.onFrame((frame) => fire({ kind: 'frame', at: frame.captured, received: clock.now(), arrived: clock.elapsed(), frame })) ??
    (() => {})
  );
}

/** Keeps its rhythm: a late tick does not push the next ones back, and ticks slept through are not made up for. */
function onTimer(every: number, { clock }: StationPorts, fire: (trigger: Trigger) => void): () => void {
  let cancel = () => {};
  let due = clock.elapsed() + every;
  const tick = () => {
    const now = clock.elapsed();
    due = Math.max(due + every, now);
    cancel = clock.after(due - now, tick);
    fire({ kind: 'timer', at: clock.now(), received: clock.now(), arrived: now });
  };
  cancel = clock.after(every, tick);
  return () => cancel();
}
