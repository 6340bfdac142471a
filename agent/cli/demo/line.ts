/** The line that both demos run: press, broker and agent, with the page beside them, and a folder that goes with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inspection, Log } from '../../contracts/index.ts';
import { packageRoot, version } from '../../platform/package-root.ts';
import { compileEarly } from '../../platform/tiering.ts';
import { Host } from '../../runtime/host.ts';
import { systemClock } from '../../time.ts';
import { type DemoBroker, freePort, startBroker } from './broker.ts';
import { Scoreboard } from './scoreboard.ts';
import { type Press, type StartPressOptions, startPress } from './start.ts';

export interface DemoLineOptions {
  /** File in config/. */
  readonly config: string;
  readonly log: Log;
  readonly press: StartPressOptions;
  /** Without it, whoever reads JSON looks at no page, and the figures are those of the line alone. */
  readonly page: boolean;
  /** What the config asks for beside what both have. */
  readonly env?: Readonly<Record<string, string>>;
  onInspection?(inspection: Inspection): void;
}

export interface DemoLine {
  readonly broker: DemoBroker;
  readonly press: Press;
  readonly board: Scoreboard;
  readonly host: Host;
  readonly source: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folder of the journal. */
  readonly store: string;
  /** Address of the page. */
  readonly page: string | null;
  start(): Promise<void>;
  /** Also of what did not come up whole; the folder is gone then. */
  close(): Promise<void>;
}

/** The page's own where it is free. */
const PAGE_PORT = 8088;

/** Everything but the agent is up. */
export async function openDemoLine(options: DemoLineOptions): Promise<DemoLine> {
  const { seed, period } = options.press;
  const store = await mkdtemp(join(tmpdir(), 'lineside-demo-'));
  const [broker, press] = await Promise.all([startBroker(), startPress(options.press)]);
  const board = new Scoreboard(systemClock);
  const web = options.page ? `127.0.0.1:${await freePort(PAGE_PORT)}` : null;
  const source = join(packageRoot, 'config', options.config);
  const env = {
    LINESIDE_DEMO_MQTT: `mqtt://127.0.0.1:${broker.port}`,
    LINESIDE_DEMO_OPCUA: press.endpoint,
    LINESIDE_DEMO_EPOCH: String(press.epoch),
    LINESIDE_DEMO_STORE: store,
    LINESIDE_DEMO_WEB: web ?? 'off',
    LINESIDE_DEMO_SEED: String(seed),
    LINESIDE_DEMO_PERIOD: `${period}ms`,
    ...options.env,
  };
  const host = new Host({
    source,
    env,
    version,
    clock: systemClock,
    random: Math.random,
    log: options.log,
    onInspection: (inspection: Inspection) => {
      board.judged(inspection);
      options.onInspection?.(inspection);
    },
  });
  broker.onQuality((id) => board.published(id));
  press.onPart((part) => board.passed(part));
  return {
    broker,
    press,
    board,
    host,
    source,
    env,
    store,
    page: web && `http://${web}`,
    start: async () => {
      await host.start();
      compileEarly();
    },
    close: async () => {
      await Promise.all([press.stop(), broker.stop()]);
      await rm(store, { recursive: true, force: true });
    },
  };
}
