/**
 * `lineside demo`: a simulated press with everything built in. The press and its PLC run in a process of their own and are reached over
 * OPC UA, events go through a broker and are counted by a subscriber: the agent in the middle is the one that `lineside run` starts.
 */
import type { Inspection } from '../contracts/index.ts';
import { countInspections } from '../store/read.ts';
import { Minutes, Seconds, systemClock } from '../time.ts';
import { Curve } from './demo/curve.ts';
import { openDemoLine } from './demo/line.ts';
import { Table } from './demo/table.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { createLog, logLevel } from './log.ts';
import { outJson } from './print.ts';
import { stopSignal } from './signals.ts';

export interface DemoOptions {
  readonly parts?: number;
  readonly minutes?: number;
  /** Parts a second. */
  readonly rate?: number;
  readonly seed?: number;
  readonly curve?: string;
  readonly json?: boolean;
}

/** A pace at which a person can follow; for scripts, the pace of a fast press. */
const RATE = { watched: 2, script: 20 };
/** After the last part: time for the last verdicts to be answered, stored and published. */
const SETTLE = Seconds(10);
/** No faster than a person reads; a terminal is slower than a press. */
const REDRAW = 200;

export async function demo(options: DemoOptions): Promise<ExitCode> {
  const log = createLog({ level: logLevel('error') });
  const stopped = stopSignal();
  const rate = options.rate ?? (options.json ? RATE.script : RATE.watched);
  const parts = options.parts ?? (options.minutes === undefined ? undefined : Math.round((Minutes(options.minutes) / 1000) * rate));
  const table = new Table({ quiet: options.json === true });
  table.say('Starting a press, a broker and the agent between them; the first part comes in about ten seconds.');
  let redraw = () => {};
  const line = await openDemoLine({
    config: 'demo.yaml',
    log,
    press: { seed: options.seed ?? 1, period: 1000 / rate, ...(parts === undefined ? {} : { parts }) },
    page: !options.json,
    onInspection: (_: Inspection) => redraw(),
  });
  const { board, broker, press, host, page } = line;
  const views = { mqtt: broker.port, page };
  redraw = atMost(REDRAW, () => table.draw(board.summary(), views));
  press.onPart(() => redraw());
  const curve = new Curve(options.curve, systemClock, board);
  try {
    await line.start();
    if (page && !process.stdout.isTTY) table.say(`Look at the line: ${page}`);
    await Promise.race([press.done, stopped]);
    await board.settled(SETTLE);
    const state = Object.values(host.agent.states)[0];
    await host.stop();
    table.draw(board.summary(), views);
    const summary = board.result({ stored: await countInspections(line.store), missed: state?.counters.missed ?? 0 });
    table.end(summary);
    if (options.json) outJson(summary);
    return EXIT.ok;
  } finally {
    curve.stop();
    await line.close();
  }
}

/** Calls `fn` soon after it was asked to, however often it is asked, and never twice within `ms`. */
function atMost(ms: number, fn: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    systemClock.after(ms, () => {
      waiting = false;
      fn();
    });
  };
}
