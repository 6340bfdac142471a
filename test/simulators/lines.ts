/** Lines for sampled.ts, drawn by a seed: what a PLC, a server, a network and a box do, well and badly, in all the ways that names go by. */
import type { NamesMemory } from '#agent/stations/names.js';
import { type Line, type SimulatedPart, type Stall, type Stamps, serialOf } from './sampled.ts';

/** mulberry32 of Tommy Ettinger (public domain): 0 to 1. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const STAMPS = ['change', 'seen', 'sent', 'sending', 'none'] as const satisfies readonly Stamps[];
/** ms after the trigger at which serial and number are set. */
export const ORDERS = {
  before: [-15, -0.2, -15, -0.2],
  after: [0.2, 15, 0.2, 15],
  'id after': [0.2, 15, -15, -0.2],
  'id before': [-15, -0.2, 0.2, 15],
  'one scan': [0, 0, 0, 0],
  early: [-400, -20, -400, -20],
} as const;
export const LOOKS = { 'at once': [0, 0], fast: [10, 10], slow: [50, 100] } as const;
export const FAULTS = ['none', 'agent', 'network', 'server', 'all', 'sessions', 'late'] as const;

export interface Kind {
  readonly stamps: Stamps;
  readonly order: keyof typeof ORDERS;
  readonly looks: keyof typeof LOOKS;
  readonly fault: (typeof FAULTS)[number];
  /** The PLC sets a 0 between two parts. */
  readonly rests: boolean;
}

/** A life before, in which nothing was learned but what the last part was called. */
const unlearned = { order: null, arrivals: 0 };
const done = (text: string, number: string): NamesMemory => ({
  part: { tag: 'plc.serial', taken: text, ...unlearned },
  counter: { tag: 'plc.counter', taken: number, ...unlearned },
});

type Draw = (min: number, max: number) => number;

/** Of 50 ms to 7 s, most of them short. */
function stallsOf(start: number, end: number, draw: Draw): Stall[] {
  const stalls: Stall[] = [];
  for (let at = start + draw(100, 3000); at < end; at += draw(200, 5000)) {
    const to = at + (draw(0, 10) < 1 ? draw(600, 7000) : draw(50, 600));
    stalls.push({ from: at, to });
    at = to;
  }
  return stalls;
}

export function lineOf({ stamps, order, looks, fault, rests }: Kind, seed: number, count: number): Line {
  const random = randomOf(seed);
  const draw: Draw = (min, max) => Math.round((min + random() * (max - min)) * 10) / 10;
  const [serialMin, serialMax, counterMin, counterMax] = ORDERS[order];
  const [sampling, publishing] = LOOKS[looks];
  const slowest = Math.max(sampling, 1);
  const period = Math.max(1000 / draw(1, 15), 4 * slowest);
  // A PLC that does the same each time, or not.
  const steady = random() < 0.5;
  // Where the part is known long before: when the one before has gone.
  const lag = (min: number, max: number) => (min < -100 ? -draw(0.2, 0.55) * period : draw(min, max));
  const [serial, counter] = [lag(serialMin, serialMax), lag(counterMin, counterMax)];
  // From the first part on, or when the agent has seen how the line goes.
  const sound = random() < 0.5 ? 0 : 25;
  const late = (i: number) => (fault === 'late' && i >= sound && random() < 0.1 ? draw(20, Math.min(60, period * 0.4)) : 0);
  const push = (lag: number, by: number) => (lag < 0 ? lag - by : lag + by);
  const together = random() < 0.5;
  const parts = Array.from({ length: count }, (_, i): SimulatedPart => {
    const [one, two] = [late(i), late(i)];
    return {
      serial: push(steady ? serial : lag(serialMin, serialMax), one),
      counter: push(steady ? counter : lag(counterMin, counterMax), together ? one : two),
      pulse: draw(1.2 * slowest, Math.max(1.5 * slowest, Math.min(60, period * 0.3))),
      period: period * (0.85 + 0.3 * random()),
    };
  });
  const start = parts.slice(0, sound).reduce((sum, part) => sum + part.period, 0);
  const end = parts.reduce((sum, part) => sum + part.period, 100);
  const stalls = (who: 'agent' | 'network' | 'server') => (fault === who || fault === 'all' ? stallsOf(start, end, draw) : []);
  return {
    parts,
    rest: rests ? Math.min(period * (order === 'early' ? 0.32 : 0.6), 62 + slowest) : null,
    stamps,
    sampling,
    publishing,
    queue: 1000,
    stalls: { agent: stalls('agent'), network: stalls('network'), server: stalls('server') },
    away: fault === 'sessions' ? stallsOf(start, end, draw) : [],
    memory: random() < 0.85 ? (rests ? done('0', '0') : done(serialOf(0), '0')) : { part: null, counter: null },
    random,
  };
}

/** All kinds of line with this fault. */
export function* kindsOf(fault: Kind['fault'], looks: readonly Kind['looks'][]): Generator<Kind> {
  for (const stamps of STAMPS) {
    for (const look of looks) {
      for (const order of Object.keys(ORDERS) as Kind['order'][]) {
        for (const rests of [false, true]) yield { stamps, order, looks: look, fault, rests };
      }
    }
  }
}

/** Of the i-th line of a kind. */
export const seedOf = (kind: Kind, i: number): number =>
  [...Object.values(kind).join()].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7 + i);
