/**
 * `lineside demo`: a simulated press with everything built in. The press and its PLC run in a process of their own and are reached over
 * OPC UA, events go through a broker and are counted by a subscriber: the agent in the middle is the one that `lineside run` starts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inspection } from '../contracts/index.ts';
import { packageRoot, version } from '../platform/package-root.ts';
import { compileEarly } from '../platform/tiering.ts';
import { Host } from '../runtime/host.ts';
import { countInspections } from '../store/read.ts';
import { Minutes, Seconds, systemClock } from '../time.ts';
import { freePort, startBroker } from './demo/broker.ts';
import { Curve } from './demo/curve.ts';
import { Scoreboard } from './demo/scoreboard.ts';
import { startPress } from './demo/start.ts';
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
/** The page's own where it is free. */
const PAGE_PORT = 8088;
/** No faster than a person reads; a terminal is slower than a press. */
const REDRAW = 200;

export async function demo(options: DemoOptions): Promise<ExitCode> {
  const log = createLog({ level: logLevel('error') });
  const stopped = stopSignal();
  const rate = options.rate ?? (options.json ? RATE.script : RATE.watched);
  const parts = options.parts ?? (options.minutes === undefined ? undefined : Math.round((Minutes(options.minutes) / 1000) * rate));
  const store = await mkdtemp(join(tmpdir(), 'lineside-demo-'));
  const seed = options.seed ?? 1;
  const table = new Table({ quiet: options.json === true });
  table.say('Starting a press, a broker and the agent between them; the first part comes in about ten seconds.');
  const [broker, press] = await Promise.all([
    startBroker(),
    startPress({ seed, period: 1000 / rate, ...(parts === undefined ? {} : { parts }) }),
  ]);
  const board = new Scoreboard(systemClock);
  // Whoever reads JSON looks at no page, and the figures are those of the line alone.
  const web = options.json ? null : `127.0.0.1:${await freePort(PAGE_PORT)}`;
  const views = { mqtt: broker.port, page: web && `http://${web}` };
  const redraw = atMost(REDRAW, () => table.draw(board.summary(), views));
  const curve = new Curve(options.curve, systemClock, board);
  const host = new Host({
    source: join(packageRoot, 'config', 'demo.yaml'),
    env: {
      LINESIDE_DEMO_MQTT: `mqtt://127.0.0.1:${broker.port}`,
      LINESIDE_DEMO_OPCUA: press.endpoint,
      LINESIDE_DEMO_EPOCH: String(press.epoch),
      LINESIDE_DEMO_STORE: store,
      LINESIDE_DEMO_WEB: web ?? 'off',
      LINESIDE_DEMO_SEED: String(seed),
      LINESIDE_DEMO_PERIOD: `${1000 / rate}ms`,
    },
    version,
    clock: systemClock,
    random: Math.random,
    log,
    onInspection: (inspection: Inspection) => {
      board.judged(inspection);
      redraw();
    },
  });
  broker.onQuality((id) => board.published(id));
  press.onPart((part) => {
    board.passed(part);
    redraw();
  });
  try {
    await host.start();
    compileEarly();
    if (web && !process.stdout.isTTY) table.say(`Look at the line: http://${web}`);
    await Promise.race([press.done, stopped]);
    await board.settled(SETTLE);
    const state = Object.values(host.agent.states)[0];
    await host.stop();
    table.draw(board.summary(), views);
    const summary = board.result({ stored: await countInspections(store), missed: state?.counters.missed ?? 0 });
    table.end(summary);
    if (options.json) outJson(summary);
    return EXIT.ok;
  } finally {
    curve.stop();
    await Promise.all([press.stop(), broker.stop()]);
    await rm(store, { recursive: true, force: true });
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
