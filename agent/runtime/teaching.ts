/** The parent's side of runtime/teacher.ts: a process with the least urgency, bounded in memory and time, ended with this one. */
import { entryUrl } from '../platform/entries.ts';
import { Sandbox } from '../platform/sandbox.ts';
import { LAST } from '../platform/yielding.ts';
import { type Clock, Minutes } from '../time.ts';
import type { MachineOrder, MachineReply, PartOrder, PartReply, TeachStep } from './teacher.ts';

export interface Teaching<Reply> {
  readonly reply: Promise<Reply>;
  /** Ends it, whatever it does; `reply` rejects with SANDBOX_DIED. */
  stop(): Promise<void>;
}

export interface TeachBudget {
  readonly clock: Clock;
  /** Most bytes it may hold, Node itself included. */
  readonly memory: number;
  readonly onStep?: (step: TeachStep) => void;
}

/** A thousand pictures on a slow box that does other things first. */
const PATIENCE = Minutes(180);

export function teach(order: PartOrder, budget: TeachBudget): Teaching<PartReply>;
export function teach(order: MachineOrder, budget: TeachBudget): Teaching<MachineReply>;
export function teach(order: PartOrder | MachineOrder, { clock, memory, onStep }: TeachBudget): Teaching<PartReply | MachineReply> {
  const sandbox = new Sandbox({ what: 'Teaching', entry: entryUrl('runtime/teacher'), clock, memory, niceness: LAST });
  const onTold = (told: unknown) => onStep?.(told as TeachStep);
  const reply = sandbox.ask<PartReply | MachineReply>(order, { timeout: PATIENCE, onTold }).finally(() => sandbox.stop());
  return { reply, stop: () => sandbox.stop() };
}
