/**
 * A shift in fast motion, as its people live it: orders come, master parts are shown, a chart's first phase is closed, something urgent
 * comes in between, a die gets too hot, the line is held, mended and planned anew, and the next shift gets its report. Whoever acts here
 * does it by what everybody else has, too: MQTT commands, and the journal. What happens is told as it happens; what should and does not
 * is told as well.
 */
import { DRIFT } from '../../desk/simulation/shift.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';
import type { PressOrder } from './dispatch.ts';
import type { Payload, Scada } from './scada.ts';

export const STATION = 'outlet';
export const CHART = 'die_temp';
/** As config/demo-shift.yaml names them. */
const MATERIAL = 'ingots';
const TOOL = 'trim_punch';
/** A container, and what is left of the one before. */
const COUNTED = 500;
const BROUGHT_WITHIN = Seconds(8);
/** By their signal the list of parts in question begins. */
export const SIGNAL = `SPC_SIGNAL/${STATION}/${CHART}`;

export interface Stage {
  readonly scada: Scada;
  readonly clock: Clock;
  readonly press: { readonly epoch: number; give(orders: readonly PressOrder[]): void; release(): void };
  /** Parts a second. */
  readonly rate: number;
  /** Serials of the master parts. */
  readonly masters: readonly string[];
  /** Parts in question since the signal, by the journal. */
  readonly contained: () => Promise<Contained>;
  /** A note as it is kept. */
  readonly noteAsKept: (id: string) => Promise<string | null>;
  /** It is broken off. */
  readonly signal: AbortSignal;
  say(text: string): void;
}

/** What became of a plan. */
export type Agreed = 'accepted' | 'as it was';

export interface Contained {
  readonly parts: number | null;
  /** The part from which on a number has changed, where one has. */
  readonly since: string | null;
}

/** What the shift has shown; null: it did not come. */
export interface StoryResult {
  readonly orders: number;
  readonly challenges: { readonly passed: number; readonly shown: number };
  readonly limits: readonly [lower: number, upper: number] | null;
  readonly urgent: Agreed | null;
  /** Numbers of parts at the station: where the chart spoke, and the first that was thrown out for how it was cast. */
  readonly signal: { readonly sequence: number; readonly first_bad: number | null } | null;
  readonly held: boolean;
  readonly contained: number | null;
  readonly note: string | null;
  readonly replanned: Agreed | null;
  /** Orders that were made to the end. */
  readonly made: number;
  readonly material_called: boolean;
  readonly tool_changed: boolean;
}

interface Order extends Omit<PressOrder, 'product'> {
  /** As the station calls the product. */
  readonly recipe: string;
  /** Seconds from now. */
  readonly due: number;
  readonly priority?: number;
}

/** A reason of config/demo-shift.yaml. */
const CAST = 'cast while the press was out of bounds';
const LONG = Seconds(60);
/** It looks every two seconds, and searches for one. */
const PLANNED_WITHIN = Seconds(12);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const idsOf = (plan: Payload): readonly string[] => (plan['sequence'] as readonly { readonly id: string }[]).map(({ id }) => id);

export class Story {
  private readonly stage: Stage;
  private orders = 0;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Rejects when it is broken off. */
  async play(): Promise<StoryResult> {
    const [told, material_called, tool_changed] = await Promise.all([this.shift(), this.callMaterial(), this.changeTool()]);
    return { ...told, material_called, tool_changed };
  }

  private async shift(): Promise<Omit<StoryResult, 'material_called' | 'tool_changed'>> {
    await this.takeOrders(this.ordersOfTheDay());
    await this.agree('first plan');
    const challenges = await this.challenge();
    const limits = await this.closeChart();
    const urgent = await this.urgentOrder();
    const signal = await this.signal();
    const held = await this.hold();
    const first_bad = await this.firstBad();
    const contained = await this.contain();
    const note = await this.note();
    const replanned = await this.agree('plan while it is held');
    await this.mend();
    const made = await this.finish();
    return {
      orders: this.orders,
      challenges,
      limits,
      urgent,
      signal: signal === null ? null : { sequence: signal, first_bad },
      held,
      contained,
      note,
      replanned,
      made,
    };
  }

  /** Somebody counts once what is there; from then on it is called, and brought. Whether it was. */
  private async callMaterial(): Promise<boolean> {
    const { scada, clock, signal, say } = this.stage;
    await scada.command('material', { material: MATERIAL, do: 'counted', quantity: COUNTED });
    const call = await scada.find(`${STATION}/decision`, ({ action }) => action === 'call_material', 2 * LONG);
    if (call === null) {
      say('no material was called');
      return false;
    }
    say(`material: ${text(call['reason'])}`);
    await clock.sleep(BROUGHT_WITHIN, signal);
    await scada.command('material', { material: MATERIAL, do: 'delivered', call: call['id'] });
    say(`${MATERIAL} have come`);
    return true;
  }

  /** Whether it was told, and done. */
  private async changeTool(): Promise<boolean> {
    const { scada, say } = this.stage;
    const decision = await scada.find(`${STATION}/decision`, ({ action }) => action === 'change_tool', 3 * LONG);
    if (decision === null) {
      say('no tool was to be changed');
      return false;
    }
    say(`tool: ${text(decision['reason'])}`);
    await scada.command('tool', { station: STATION, tool: TOOL, do: 'changed', call: decision['id'] });
    say(`${TOOL} changed`);
    return true;
  }

  private ordersOfTheDay(): readonly Order[] {
    return [
      this.order('4711', 'bearing_cover', 20, 40),
      // In time one after the other, unless something comes in between: then the one that counts more has to be first.
      this.order('4712', 'gear_cover', 8, 110, 4),
      this.order('4713', 'bearing_cover', 40, 75, 5),
      this.order('4714', 'gear_cover', 6, 104),
    ];
  }

  /** As many good parts as the press makes in `lasts` seconds. */
  private order(id: string, recipe: string, lasts: number, due: number, priority = 1): Order {
    return { id, recipe, quantity: Math.round(lasts * this.stage.rate), due, priority };
  }

  private async takeOrders(orders: readonly Order[]): Promise<void> {
    const { scada, clock, press, say } = this.stage;
    const now = clock.now();
    const given = orders.map(({ due, ...order }) => ({ ...order, due: new Date(now + Seconds(due)).toISOString() }));
    await scada.command('orders', { orders: given });
    press.give(orders.map(({ id, recipe, quantity }) => ({ id, product: recipe.replace('_', '-'), quantity })));
    this.orders += orders.length;
    for (const { id, recipe, quantity, due } of orders) say(`order ${id}: ${quantity} good ${recipe}, due in ${due} s`);
  }

  /** Accepts what is proposed; where nothing is, it goes on as it is. Of a plan of `orders`; null: none is there. */
  private async agree(what: string, orders: readonly string[] = []): Promise<Agreed | null> {
    const { scada, clock, say } = this.stage;
    const since = clock.now() - Seconds(1);
    const isNew = (one: Payload) => Number(one['at']) >= since && orders.every((id) => idsOf(one).includes(id));
    const plan =
      (await scada.findOwn('plan', (one) => one['state'] === 'proposed' && isNew(one), PLANNED_WITHIN)) ?? scada.newestOwn('plan', isNew);
    if (plan === null) {
      say(`${what}: none came`);
      return null;
    }
    const sequence = idsOf(plan).join(', ');
    if (plan['state'] !== 'proposed') {
      say(`${what}: ${sequence}; no other order would gain`);
      return 'as it was';
    }
    const { tardiness_ms: before } = plan['before'] as { readonly tardiness_ms: number };
    const { tardiness_ms: after } = plan['plan'] as { readonly tardiness_ms: number };
    await scada.command('plan', { do: 'accept', plan: plan['id'], who: 'planner' });
    say(`${what}: ${sequence}; late times priority ${seconds(after)} instead of ${seconds(before)}. Accepted`);
    return 'accepted';
  }

  private async challenge(): Promise<StoryResult['challenges']> {
    const { scada, masters, say } = this.stage;
    let passed = 0;
    let shown = 0;
    for (const serial of masters) {
      const event = await scada.find(`${STATION}/quality`, ({ part, challenge }) => part === serial && challenge !== undefined, LONG);
      const challenge = event?.['challenge'] as { readonly passed: boolean; readonly expect: string } | undefined;
      if (challenge) shown++;
      if (challenge?.passed) passed++;
      say(
        challenge
          ? `challenge part ${serial}: ${text(event?.['verdict'])} where ${challenge.expect} was expected, ${challenge.passed ? 'passed' : 'FAILED'}`
          : `challenge part ${serial}: nobody showed it`,
      );
    }
    return { passed, shown };
  }

  /** Somebody who has looked at it says that the process was as it should be. */
  private async closeChart(): Promise<StoryResult['limits']> {
    const { scada, say } = this.stage;
    const chart = await scada.find(`${STATION}/spc/${CHART}`, ({ phase }) => phase === 'proposed', LONG);
    if (chart === null) {
      say('the chart of the die has not learned its limits');
      return null;
    }
    await scada.command('chart', { station: STATION, chart: CHART, do: 'close' });
    const watching = await scada.find(`${STATION}/spc/${CHART}`, ({ phase }) => phase === 'watching', LONG);
    const [limits] = (watching?.['limits'] ?? []) as readonly { readonly lower: number | null; readonly upper: number | null }[];
    const [lower, upper] = [Number(limits?.lower ?? Number.NaN), Number(limits?.upper ?? Number.NaN)];
    say(`first phase of the die's chart closed: its mean is to stay between ${lower.toFixed(1)} and ${upper.toFixed(1)} °C`);
    return [lower, upper];
  }

  private async urgentOrder(): Promise<Agreed | null> {
    const urgent = this.order('4799', 'gear_cover', 5, 22, 10);
    await this.takeOrders([urgent]);
    return this.agree('plan with the urgent one', [urgent.id]);
  }

  /** Number of the part at which the chart spoke. */
  private async signal(): Promise<number | null> {
    const { scada, say } = this.stage;
    const chart = await scada.find(`${STATION}/spc/${CHART}`, ({ signal }) => (signal ?? null) !== null, LONG);
    if (chart === null) {
      say('the chart of the die has said nothing');
      return null;
    }
    const { sequence } = chart['last'] as { readonly sequence: number };
    const alarm = await scada.alarm('SPC_SIGNAL', Seconds(5));
    say(`SPC: ${text(alarm?.['text']) || `out of control at part ${sequence}`}`);
    say('nobody goes to look');
    return sequence;
  }

  private async hold(): Promise<boolean> {
    const { scada, say } = this.stage;
    const decision = await scada.find(`${STATION}/decision`, ({ action }) => action === 'hold', LONG);
    say(decision ? `held: ${text(decision['reason'])}; the press stands` : 'the line was not held');
    return decision !== null;
  }

  /** Number at the station of the first part that was thrown out for how it was cast. */
  private async firstBad(): Promise<number | null> {
    const { scada, say } = this.stage;
    const isCast = ({ verdict, reasons }: Payload) =>
      verdict === 'nok' && (reasons as readonly { readonly text: string }[]).some((reason) => reason.text.startsWith(CAST));
    const event = await scada.find(`${STATION}/quality`, isCast, Seconds(5));
    if (!event) return null;
    say(`the first part that was thrown out for how it was cast is number ${event['sequence']}, ${text(event['part'])}`);
    return Number(event['sequence']);
  }

  private async contain(): Promise<number | null> {
    const { contained, say } = this.stage;
    const { parts, since } = await contained();
    say(
      `in question since the last proof before the signal: ${parts ?? 'too many'} parts${since === null ? '' : `, most likely from ${since} on`}`,
    );
    return parts;
  }

  private async note(): Promise<string | null> {
    const { scada, noteAsKept, say } = this.stage;
    const { note } = await scada.command('note', {
      text: 'nozzle 3 clogged, die changed, Hr. Schulze informed',
      station: STATION,
    });
    const kept = await noteAsKept(text(note));
    say(`note: ${kept ?? 'not kept'}`);
    return kept;
  }

  /** The die is changed, and somebody says that it may go on. */
  private async mend(): Promise<void> {
    const { scada, clock, press, signal, say } = this.stage;
    await clock.sleep(Math.max(0, press.epoch + DRIFT.until + Seconds(2) - clock.now()), signal);
    await scada.command('ack', { station: STATION });
    press.release();
    say('die changed, hold acknowledged');
  }

  /** Until every order is made, or nothing moves any more. */
  private async finish(): Promise<number> {
    const { scada, say } = this.stage;
    const after = this.stage.clock.now();
    const empty = await scada.findOwn('plan', (plan) => plan['orders'] === 0 && Number(plan['at']) >= after, LONG);
    const plans = empty ?? scada.newestOwn('plan');
    const made = this.orders - Number(plans?.['orders'] ?? this.orders);
    say(`${made} of ${this.orders} orders made`);
    return made;
  }
}

const seconds = (ms: Milliseconds): string => `${(ms / 1000).toFixed(0)} s`;
