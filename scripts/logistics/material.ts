/**
 * A line over weeks, with shifts, breaks, stops and a speed that drifts, which calls its material as the agent does; and the fixed reorder point that
 * serves as well, for comparison. Seeded. Demand that meets no stock waits for it, so that each policy is held against the same demand.
 */
import { randomExponential, randomGamma, randomLcg, randomNormal } from 'd3-random';
import { type Calendar, plannedIn, type Stretch, shiftsIn } from '../../agent/contracts/calendar.ts';
import { leadDraws, MOST_LEADS, reorderPoint } from '../../agent/decisions/logistics/material/demand.ts';
import { ExpectedUse } from '../../agent/decisions/logistics/material/expected.ts';
import { bucketFor, UsageHistory } from '../../agent/decisions/logistics/material/usage.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 86_400_000;
const STEP = 30 * SECOND;
/** A Monday. */
const BEGIN = Date.UTC(2026, 0, 5);
const HORIZON = 3 * DAY;
/** As agent/runtime/logistics/open-time.ts has it. */
const OVERTIME = 10 * MINUTE;

export interface Scene {
  readonly name: string;
  readonly calendar: Calendar;
  /** The agent has it in its config. */
  readonly knows: boolean;
  /** Parts a minute, and the share by which the speed drifts over three weeks and from minute to minute. */
  readonly pace: number;
  readonly drift: number;
  readonly noise: number;
  /** Mean working time between stops, and how long one lasts on average; ms. */
  readonly stops: { readonly between: number; readonly lasts: number };
  readonly perPart: number;
  readonly container: number;
  readonly lead: { readonly mean: number; readonly spread: number };
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
const ALL = [...WEEKDAYS, 'sat', 'sun'] as const;
const breaks = {
  breakfast: { from: '09:00', to: '09:15', days: [...ALL] },
  lunch: { from: '12:00', to: '12:30', days: [...ALL] },
  supper: { from: '18:00', to: '18:30', days: [...ALL] },
  midnight: { from: '02:00', to: '02:30', days: [...ALL] },
};
const TWO: Calendar = {
  zone: 'Europe/Berlin',
  shifts: { early: { from: '06:00', to: '14:00', days: [...WEEKDAYS] }, late: { from: '14:00', to: '22:00', days: [...WEEKDAYS] } },
  breaks,
  days_off: [],
};
const THREE: Calendar = { ...TWO, shifts: { ...TWO.shifts, night: { from: '22:00', to: '06:00', days: [...WEEKDAYS] } } };

const base = {
  knows: true,
  pace: 10,
  drift: 0.15,
  noise: 0.3,
  stops: { between: 60 * MINUTE, lasts: 4 * MINUTE },
  perPart: 4,
  container: 2000,
  lead: { mean: 30 * MINUTE, spread: 10 * MINUTE },
};
export const SCENES: readonly Scene[] = [
  { ...base, name: 'two shifts with breaks', calendar: TWO },
  { ...base, name: 'three shifts, speed drifts by 40 %', calendar: THREE, drift: 0.4 },
  { ...base, name: 'two shifts, long stops', calendar: TWO, stops: { between: 240 * MINUTE, lasts: 25 * MINUTE } },
  { ...base, name: 'two shifts, and no calendar in the config', calendar: TWO, knows: false },
  {
    ...base,
    name: 'from another site: lead time 4 h, spread 1 h',
    calendar: TWO,
    container: 10_000,
    lead: { mean: 240 * MINUTE, spread: 60 * MINUTE },
  },
];

/** Use in each step, and the calendar's part of it; the same for whoever is served. */
interface World {
  readonly scene: Scene;
  readonly used: Float64Array;
  readonly open: readonly Stretch[];
  readonly isOpen: Uint8Array;
  /** Lead time of a call that is made in a step. */
  readonly leads: Float64Array;
}

export function worldOf(scene: Scene, days: number, seed: number): World {
  const random = randomLcg(seed);
  const [normal, gamma] = [randomNormal.source(random)(0, 1), randomGamma.source(random)];
  const [between, lasts] = [scene.stops.between, scene.stops.lasts].map((mean) => randomExponential.source(random)(1 / mean)) as [
    () => number,
    () => number,
  ];
  const steps = (days * DAY) / STEP;
  const open = shiftsIn(scene.calendar, { from: BEGIN, to: BEGIN + days * DAY + HORIZON }).flatMap((shift) =>
    plannedIn(scene.calendar, shift),
  );
  const isOpen = new Uint8Array(steps);
  for (const { from, to } of open) isOpen.fill(1, Math.max(0, (from - BEGIN) / STEP), Math.max(0, (to - BEGIN) / STEP));
  const used = new Float64Array(steps);
  const leads = new Float64Array(steps);
  const shape = (scene.lead.mean / scene.lead.spread) ** 2;
  const lead = gamma(shape, scene.lead.mean / shape);
  let [speed, carry, next, stopped] = [0, 0, between(), 0];
  for (let i = 0; i < steps; i++) {
    leads[i] = lead();
    if (!isOpen[i]) continue;
    // From minute to minute the speed is remembered for some minutes.
    speed = 0.95 * speed + Math.sqrt(1 - 0.95 ** 2) * normal();
    next -= STEP;
    if (next <= 0) [stopped, next] = [lasts(), between()];
    stopped -= STEP;
    if (stopped > 0) continue;
    const pace = scene.pace * (1 + scene.drift * Math.sin((2 * Math.PI * i * STEP) / (21 * DAY))) * Math.max(0, 1 + scene.noise * speed);
    carry += (pace * STEP) / MINUTE;
    const parts = Math.floor(carry);
    carry -= parts;
    used[i] = parts * scene.perPart;
  }
  return { scene, used, open, isOpen, leads };
}

export interface Served {
  /** Calls after the first week, and those whose delivery came before the material had run out. */
  readonly calls: number;
  readonly inTime: number;
  /** Share of what was used that was there when it was wanted (fill rate). */
  readonly fill: number;
  /** On average over the same time. */
  readonly stock: number;
}
/** Learned in, and counted in nothing. */
const LEARNS = 7 * DAY;

/** `pointAt`: stock with calls at which more is called, in that step; asked each step. */
function serve({ scene, used, leads }: World, pointAt: (step: number, seen: readonly number[]) => number): Served {
  const seen: number[] = [];
  let open: { at: number; comes: number }[] = [];
  let [stock, calls, inTime, sum, steps, wanted, short] = [scene.container + scene.perPart * scene.pace * 60, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < used.length; i++) {
    const counts = i * STEP >= LEARNS;
    for (const call of open.filter(({ comes }) => comes <= i)) {
      calls += Number(counts);
      inTime += Number(counts && stock >= 0);
      stock += scene.container;
      seen.push((call.comes - call.at) * STEP);
    }

    open = open.filter(({ comes }) => comes > i);
    const use = used[i] ?? 0;
    if (counts) {
      wanted += use;
      short += Math.max(0, Math.min(use, use - stock));
      sum += Math.max(0, stock);
      steps++;
    }
    stock -= use;
    const point = pointAt(i, seen);
    while (stock + open.length * scene.container <= point && open.length < 20)
      open.push({ at: i, comes: i + Math.max(1, Math.round((leads[i] ?? 0) / STEP)) });
  }
  return { calls, inTime, fill: 1 - short / wanted, stock: sum / steps };
}

/** As the agent calls. */
export function forecast(world: World, service: number): Served {
  const { scene, used, isOpen } = world;
  const history = new UsageHistory(bucketFor(scene.lead.mean));
  const ahead = aheadIn(world);
  let usedAt = Number.NEGATIVE_INFINITY;
  let [point, known, leads] = [scene.container, 0, leadDraws(scene.lead, [])];
  return serve(world, (i, seen) => {
    if (used[i]) usedAt = i;
    const works = scene.knows ? isOpen[i] : (i - usedAt) * STEP < OVERTIME;
    history.add(used[i] ?? 0, works ? STEP : 0);
    // The agent does it twice as often; in the night a forecast lasts for longer.
    const { rate } = history;
    if (rate === null || i % (isOpen[i] ? 2 : 10) !== 0) return point;
    if (seen.length !== known) leads = leadDraws(scene.lead, seen.slice(-MOST_LEADS));
    known = seen.length;
    const now = BEGIN + i * STEP;
    const expected = new ExpectedUse({ now, open: ahead(now), planned: [], rate: rate / history.bucket });
    point = reorderPoint({ leads, expected, history }, service);
    return point;
  });
}

/** Working time to come, as far as the config knows; asked in the order of time. */
function aheadIn({ scene, open }: World): (now: number) => readonly Stretch[] {
  let first = 0;
  return (now) => {
    while ((open[first]?.to ?? Number.POSITIVE_INFINITY) <= now) first++;
    return scene.knows ? open.slice(first, first + 24) : [{ from: now, to: now + HORIZON }];
  };
}

/** The fixed reorder point of which as many calls come in time: what a planner could at best have set, who knew all of it before. */
export function fixed(world: World, share: number): Served {
  let [low, high] = [0, 20 * world.scene.container];
  let best = serve(world, () => high);
  for (let n = 0; n < 18; n++) {
    const middle = (low + high) / 2;
    const served = serve(world, () => middle);
    if (served.inTime / served.calls >= share) [high, best] = [middle, served];
    else low = middle;
  }
  return best;
}
