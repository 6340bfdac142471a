/** `lineside schedule plan`: what one line with set-ups runs next, from a file of orders and one of facts. */
import { basename, resolve } from 'node:path';
import { readFactsFile } from '../config/facts-file.ts';
import { loadConfig } from '../config/load.ts';
import { durationMs } from '../config/units.ts';
import { type LineFacts, MOST_ORDERS, type Order } from '../decisions/scheduling/line/orders.ts';
import { type Planned, planLine } from '../decisions/scheduling/line/plan-line.ts';
import type { PlannedSlot, PlanWithChances } from '../decisions/scheduling/line/propose.ts';
import { MOST_BYTES, readOrders } from '../decisions/scheduling/line/read-orders.ts';
import { LinesideError } from '../errors.ts';
import { readRegular } from '../platform/plain-file.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { factsOf, factsOfFile } from '../runtime/planning/facts.ts';
import { planView } from '../runtime/planning/view.ts';
import { localTime } from '../runtime/stretches.ts';
import { inWords, Seconds, systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';

interface Options {
  readonly orders: string;
  readonly facts?: string;
  readonly config?: string;
  readonly now?: number;
  readonly present?: string;
  readonly leastGain: string;
  readonly lost: number;
  readonly seconds: number;
  readonly samples: number;
  readonly json?: boolean;
}

/** Of the child that searches; of 500 orders it holds some 100 MB, Node itself among them. */
const MEMORY = 512e6;

export async function planOrders(options: Options): Promise<ExitCode> {
  const { lost, seconds, samples, json } = options;
  const facts = await factsIn(options);
  const orders = await ordersIn(options.orders, facts);
  if (orders === null) return EXIT.data;
  const wish = {
    orders,
    facts,
    now: options.now ?? systemClock.now(),
    present: options.present === undefined ? null : await presentIn(options.present),
    leastGain: durationMs(options.leastGain),
    lost,
    samples,
  };
  const budget = { clock: systemClock, time: Seconds(seconds), memory: MEMORY, niceness: 0, seed: 0.42, spare: 0 };
  const planned = await planLine(wish, budget);
  if (json) outJson(planView(planned));
  else out(textOf(planned));
  return EXIT.ok;
}

async function factsIn({ facts, config }: Options): Promise<LineFacts> {
  if (facts !== undefined)
    return factsOfFile(await readFactsFile(resolve(facts)), (why) => {
      throw new LinesideError('DATA_INVALID', { file: facts, why });
    });
  if (config === undefined) throw new LinesideError('USAGE', { why: 'name what is known of the line: --facts FILE, or --config FILE' });
  const { planning } = (await loadConfig(config, LENIENT)).config;
  if (!planning) throw new LinesideError('USAGE', { why: `${config} has no planning.facts; name a file of facts with --facts` });
  return factsOf(planning.facts);
}

/** Null: the faults have been told. */
async function ordersIn(file: string, facts: LineFacts): Promise<readonly Order[] | null> {
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file, why });
  const bytes = await readRegular(resolve(file), { most: MOST_BYTES, refuse });
  const read = readOrders(bytes.toString('utf8'), { format: /\.json$/i.test(file) ? 'json' : 'csv', recipes: Object.keys(facts.recipes) });
  if ('orders' in read) {
    if (read.orders.length === 0) throw refuse('it holds no order');
    return read.orders;
  }
  const why = `${read.faults.length + read.more} fault(s)`;
  const lines = read.faults.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`);
  const fault = new LinesideError('ORDERS_INVALID', { file: basename(file), why });
  process.stderr.write(`${[...lines, ...(read.more > 0 ? [`… and ${read.more} more`] : []), fault.message, fault.next].join('\n')}\n`);
  return null;
}

/** Ids in the order of a plan that `--json` wrote, or a list of ids. */
async function presentIn(file: string): Promise<readonly string[]> {
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file, why });
  const text = (await readRegular(resolve(file), { most: 4 * MOST_BYTES, refuse })).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('it is no JSON; it is what `lineside schedule plan --json` wrote before, or a list of ids');
  }
  const list = Array.isArray(value) ? value : (value as { plan?: { sequence?: unknown } } | null)?.plan?.sequence;
  const ids = Array.isArray(list) ? list.map((one: unknown) => (typeof one === 'string' ? one : (one as { id?: unknown } | null)?.id)) : [];
  if (ids.length === 0 || ids.length > 10 * MOST_ORDERS || !ids.every((id) => typeof id === 'string'))
    throw refuse('it holds no plan: it is what `lineside schedule plan --json` wrote before, or a list of ids');
  return ids;
}

function textOf(planned: Planned): string {
  const { plan, fifo, before, moves, now, by, because, proven, samples } = planned;
  const paint = painter(process.stdout.isTTY);
  const how = by === 'rules' ? `by rules alone: ${because}` : proven ? 'searched; no sequence costs less' : 'searched';
  const against = (other: PlanWithChances, name: string) => `Against ${name} ${difference(plan, other)}`;
  return [
    paint(by === 'rules' ? 'yellow' : 'bold', `Plan from ${localTime(now)}, ${how}.`),
    table(
      ['', 'order', 'recipe', 'parts', 'set-up', 'from', 'begins', 'ends', 'due', 'late', 'probability'],
      plan.slots.map((slot, n) => row(slot, n)),
      new Set([0, 3, 4, 9, 10]),
    ),
    `${sumOf(plan)} Probability of being late over ${samples} runs.`,
    against(fifo, 'first-in-first-out'),
    ...(before ? [against(before, 'the plan of now')] : []),
    ...(moves.length === 0
      ? [before ? 'Nothing moves: no change gains enough.' : 'Nothing moves: first-in-first-out is as good.']
      : [
          table(
            ['moved', 'from place', 'to', 'gains'],
            moves.map(({ id, from, to, gain }) => [id, `${from}`, `${to}`, inWords(Math.max(0, gain))]),
            new Set([1, 2, 3]),
          ),
        ]),
  ].join('\n\n');
}

const row = ({ order, parts, setupTime, setup, begin, end, lateness, late }: PlannedSlot, n: number): readonly string[] => [
  `${n + 1}`,
  order.id,
  order.recipe,
  `${parts}`,
  setupTime > 0 ? inWords(setupTime) : '',
  setupTime > 0 ? short(setup) : '',
  short(begin),
  short(end),
  order.due === null ? '' : short(order.due),
  lateness !== null && lateness > 0 ? inWords(lateness) : '',
  late === null ? '' : `${(100 * late).toFixed(0)} %`,
];

/** To the minute, in the zone of this box: the line above has it. */
const short = (at: number): string => localTime(at).slice(0, 16);
const sumOf = ({ late, slots, setups }: PlanWithChances): string => `${late} of ${slots.length} late, set-ups ${inWords(setups)}.`;

function difference(plan: PlanWithChances, other: PlanWithChances): string {
  const gain = other.cost - plan.cost;
  return `it gains ${inWords(Math.max(0, gain))}: there ${sumOf(other)} Late times priority ${inWords(other.tardiness)}, here ${inWords(plan.tardiness)}.`;
}
