/** One line for one pair of faults: PLC, broker, two cameras, and the agent as it ships, started again whenever it ends. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { packageRoot } from '../../agent/platform/package-root.ts';
import { openDatabase } from '../../agent/store/sqlite.ts';
import { type AgentProcess, startAgent } from '../../test/simulators/agent.ts';
import { type Broker, startBroker } from '../../test/simulators/broker.ts';
import { type Plc, startPlc } from '../../test/simulators/plc.ts';
import { type Subscriber, startSubscriber } from '../../test/simulators/subscriber.ts';
import { type BombCamera, startBombCamera } from './bombs.ts';
import { type Cable, startCable } from './cable.ts';
import { canMount, compileSlowDisk } from './disk.ts';
import { startWitness, type Witness } from './witness.ts';

/** ms */
export const DEADLINE = 500;
/** Between parts, ms. */
export const PERIOD = 125;
const WAVES = 300;
const SIDE = 16;
/** An agent that ends is started again after this long, ms, as a service manager would. */
const RESTART = 500;
const TOPICS = 'lineside/v1/acme/dresden/castings/line3';

export interface LineWish {
  /** The agent runs on a clock that can be set; it costs a little, so only where it is wanted. */
  readonly faketime?: boolean;
  /** Seconds by which the PLC's clock is wrong; `none`: it stamps nothing. */
  readonly plcClock?: number | 'none';
  /** How many sensor tags beside those of the station. */
  readonly waves?: number;
}

export interface Ending {
  readonly how: number | NodeJS.Signals;
  readonly ms: number;
}

export class PairLine {
  readonly folder: string;
  readonly disk: string;
  readonly plc: Plc;
  readonly broker: Broker;
  readonly witness: Witness;
  readonly cable: Cable;
  readonly camera: BombCamera;
  readonly subscriber: Subscriber;
  readonly slowWhile: string;
  /** How many sensor tags beside those of the station. */
  readonly waves: number;
  /** The broker's access list while nothing is denied. */
  readonly allowed = [...['outlet', 'side'].flatMap(ownTopics), `topic readwrite ${TOPICS}/_agent/#`, 'topic read #'];
  /** When no answer could be had, ms since the epoch. */
  readonly dark: { from: number; to: number }[] = [];
  readonly endings: Ending[] = [];
  readonly surprises: string[] = [];
  readonly logs: AgentProcess['log'][] = [];
  private readonly mounted: boolean;
  private readonly library: string | null;
  private readonly faketime: string | null;
  private running: AgentProcess | null = null;
  private closing = false;
  private expected = false;
  private stalledAt: number | null = null;
  /** It is not started again before this has settled. */
  private held: Promise<unknown> = Promise.resolve();
  private readonly work: Promise<unknown>[] = [];

  private constructor(
    parts: Pick<PairLine, 'folder' | 'plc' | 'broker' | 'witness' | 'cable' | 'camera' | 'subscriber' | 'waves'>,
    faketime: boolean,
  ) {
    this.folder = parts.folder;
    this.plc = parts.plc;
    this.broker = parts.broker;
    this.witness = parts.witness;
    this.cable = parts.cable;
    this.camera = parts.camera;
    this.subscriber = parts.subscriber;
    this.waves = parts.waves;
    this.disk = join(parts.folder, 'disk');
    this.slowWhile = join(parts.folder, 'slow');
    mkdirSync(this.disk);
    this.mounted = canMount(this.disk);
    if (this.mounted) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', this.disk]);
    this.library = compileSlowDisk(parts.folder, join(packageRoot, 'scripts', 'faults', 'slowdisk.c'));
    this.faketime = faketime ? faketimeLibrary() : null;
    writeFileSync(join(this.folder, 'faketime'), '+0\n');
  }

  static async open({ faketime = false, plcClock = 0, waves: count = WAVES }: LineWish = {}): Promise<PairLine> {
    const folder = mkdtempSync(join(tmpdir(), 'lineside-pair-'));
    const waves = Object.fromEntries(Array.from({ length: count }, (_, i) => [`Wave${i}`, ['Double', 0] as const]));
    const [plc, broker, camera] = await Promise.all([
      startPlc('asyncua', { serials: true, clock: plcClock, more: { ...waves, Note: ['String', ''] } }),
      startBroker({ acl: ['topic readwrite #'], persistence: true }),
      startBombCamera(),
      pictures(join(folder, 'frames')),
    ]);
    const [witness, cable, subscriber] = await Promise.all([
      startWitness(broker.port),
      startCable(plc.server.port),
      startSubscriber(broker.url),
    ]);
    const line = new PairLine({ folder, plc, broker, witness, cable, camera, subscriber, waves: count }, faketime);
    broker.allow(line.allowed);
    line.writeConfig(line.config());
    return line;
  }

  get store(): string {
    return join(this.disk, 'data');
  }
  /** Whether this box lets the disk be filled. */
  get canFill(): boolean {
    return this.mounted;
  }
  private get station() {
    const [station] = this.plc.stations;
    if (!station) throw new Error('the PLC has no station');
    return station;
  }

  // ---------------------------------------------------------------- the agent

  start(): void {
    const preload = [this.library, this.faketime].filter((one) => one !== null).join(':');
    const clock = this.faketime
      ? { FAKETIME_TIMESTAMP_FILE: join(this.folder, 'faketime'), FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_CACHE_DURATION: '1' }
      : {};
    const env = { LD_PRELOAD: preload, SLOWDISK_WHILE: this.slowWhile, SLOWDISK_MS: '300', ...clock };
    const agent = startAgent(join(this.folder, 'line.yaml'), { env });
    this.running = agent;
    this.logs.push(agent.log);
    void agent.ended.then((how) => this.ended(how));
  }

  private ended(how: number | NodeJS.Signals): void {
    if (this.closing) return;
    if (!this.expected) this.surprises.push(`the agent ended by itself with ${how}: ${this.lastWords()}`);
    void this.held.then(() =>
      setTimeout(() => {
        if (!this.closing) this.start();
      }, RESTART),
    );
  }

  private lastWords(): string {
    const said = this.logs.at(-1) ?? [];
    return said
      .slice(-3)
      .map(({ msg }) => msg)
      .join(' | ');
  }

  async judging(): Promise<void> {
    await this.plc.until(() => this.station.readies > 0, 'that the station is ready');
  }

  /** SIGTERM, and started again; resolves when it has ended. What the line does meanwhile is in the dark until it judges again. */
  async restart(): Promise<void> {
    const judgesAgain = this.darkUntilReady();
    this.beside(judgesAgain);
    await this.terminate();
  }

  /** SIGKILL, and started again, once `meanwhile` is over; resolves when it has ended, with what settles when it judges again. */
  async kill(meanwhile: Promise<unknown> = Promise.resolve()): Promise<{ readonly judgesAgain: Promise<void> }> {
    const judgesAgain = this.darkUntilReady();
    this.beside(judgesAgain);
    this.held = meanwhile;
    await this.running?.kill();
    return { judgesAgain };
  }

  /** SIGSTOP and SIGCONT: a box that swaps, a virtual machine that moves. */
  async freeze(ms: number): Promise<void> {
    const from = Date.now() - DEADLINE - 100;
    this.running?.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.running?.signal('SIGCONT');
    // Long enough a freeze costs the session, and it takes as long as a start to have another.
    this.dark.push({ from, to: Date.now() + (ms > 2000 ? 5000 : 1500) });
  }

  private darkUntilReady(): Promise<void> {
    const readies = this.station.readies;
    const window = { from: Date.now() - DEADLINE - 100, to: Number.MAX_SAFE_INTEGER };
    this.dark.push(window);
    this.expected = true;
    return this.plc
      .until(() => this.station.readies > readies, 'that the station is ready again')
      .then(() => {
        window.to = Date.now() + 1000;
        this.expected = false;
      });
  }

  /** SIGTERM for good. */
  async terminate(last = false): Promise<void> {
    const agent = this.running;
    if (!agent) return;
    this.closing ||= last;
    const from = performance.now();
    const patience = setTimeout(() => agent.signal('SIGKILL'), 30_000);
    const how = await agent.stop();
    clearTimeout(patience);
    this.endings.push({ how, ms: performance.now() - from });
  }

  // ---------------------------------------------------------------- faults

  stall(on: boolean): void {
    this.cable.stall(on);
    if (on) this.stalledAt = Date.now();
    else if (this.stalledAt !== null) {
      const readies = this.station.readies;
      const window = { from: this.stalledAt - DEADLINE - 100, to: Date.now() + 4000 };
      this.dark.push(window);
      // Where the stall was long enough to end the session the PLC is told `ready` again.
      this.beside(
        this.plc
          .until(() => this.station.readies > readies, 'ready after the stall')
          .then(
            () => {
              window.to = Math.max(window.to, Date.now() + 1000);
            },
            () => {},
          ),
      );
      this.stalledAt = null;
    }
  }

  clock(offset: string): void {
    writeFileSync(join(this.folder, 'faketime'), `${offset}\n`);
  }

  /** Something that goes on beside the line and is waited for at the end. */
  beside(work: Promise<unknown>): void {
    this.work.push(work.catch(() => {}));
  }

  writeConfig(text: string): void {
    const file = join(this.folder, 'line.yaml');
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  config(sidePackage = 'classify'): string {
    const node = (name: string) => `nsu=urn:press;s=${name}`;
    const waves = Array.from({ length: this.waves }, (_, i) => [`wave${i}`, { node: node(`Wave${i}`), sampling: '50ms' }]);
    return JSON.stringify({
      line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
      mqtt: { url: `mqtt://127.0.0.1:${this.witness.port}`, late_after: '2s' },
      opcua: {
        plc: {
          endpoint: `opc.tcp://127.0.0.1:${this.cable.port}/line`,
          security: { mode: 'None', policy: 'None' },
          silence: '3s',
          tags: {
            trigger: { node: node('PartPresent'), sampling: '5ms', queue: 100 },
            serial: { node: node('Serial'), sampling: '5ms', queue: 100 },
            counter: { node: node('Counter'), sampling: '5ms', queue: 100 },
            verdict: { node: node('Verdict'), writable: true },
            verdict_part: { node: node('VerdictPart'), writable: true },
            ready: { node: node('Ready'), writable: true },
            note: { node: node('Note'), sampling: '100ms' },
            ...Object.fromEntries(waves),
          },
        },
      },
      cameras: { top: { url: `dir://${join(this.folder, 'frames')}`, fps: 20 }, side: { url: this.camera.url, fps: 5 } },
      stations: {
        outlet: {
          trigger: { tag: 'plc.trigger' },
          part: 'plc.serial',
          counter: 'plc.counter',
          deadline: `${DEADLINE}ms`,
          on_failure: 'review',
          // The wall clock of the box is one of the faults: what counts is when a sample came.
          frame: { select: 'newest', tolerance: '5s', clock: 'arrival' },
          answer: { part: 'plc.verdict_part', verdict: 'plc.verdict', ready: { tag: 'plc.ready', value: true } },
          models: { surface: { model: 'classify', camera: 'top' } },
          decisions: [{ when: "verdict == 'nok'", do: 'reject' }],
        },
        side: {
          trigger: { every: '500ms' },
          deadline: '300ms',
          on_failure: 'review',
          frame: { select: 'newest', tolerance: '5s', clock: 'arrival' },
          models: { look: { model: sidePackage, camera: 'side' } },
        },
      },
      inference: { models: join(packageRoot, 'test', 'fixtures', 'models') },
      store: { path: this.store, keep: { free: '0B' }, images: { nok: 'none', review: 'none', ok: 'none' } },
      web: { listen: 'off' },
    });
  }

  // ---------------------------------------------------------------- facts

  sql<T>(query: string): T[] {
    const db = openDatabase(join(this.store, 'journal.db'), { readonly: true });
    try {
      return db.prepare(query).all() as T[];
    } finally {
      db.close();
    }
  }

  async settledWork(): Promise<void> {
    await Promise.race([Promise.all(this.work), new Promise((resolve) => setTimeout(resolve, 20_000))]);
  }

  async close(keep: boolean): Promise<void> {
    this.closing = true;
    await this.running?.kill().catch(() => {});
    await Promise.all([this.plc.stop(), this.subscriber.close(), this.camera.close(), this.witness.close(), this.cable.close()]);
    await this.broker.close();
    if (keep) {
      const lines = this.logs.flatMap((log) => log.map((entry) => JSON.stringify(entry)));
      writeFileSync(join(this.folder, 'agent.log'), `${lines.join('\n')}\n`);
      execFileSync('cp', ['-r', this.disk, join(this.folder, 'kept')]);
    }
    if (this.mounted) execFileSync('umount', ['-l', this.disk]);
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }
}

const ownTopics = (station: string): string[] =>
  ['quality', 'decision', 'state', 'shadow', 'model', 'alarm/#'].map((leaf) => `topic readwrite ${TOPICS}/${station}/${leaf}`);

function faketimeLibrary(): string | null {
  const folders = ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime', '/usr/lib/faketime'];
  for (const folder of folders) {
    try {
      if (readdirSync(folder).includes('libfaketimeMT.so.1')) return join(folder, 'libfaketimeMT.so.1');
    } catch {
      // Not in this place.
    }
  }
  return null;
}

/** What the fixture `classify` takes for good, scratch and dent. */
async function pictures(folder: string): Promise<void> {
  mkdirSync(folder);
  const values: readonly ((x: number) => number)[] = [() => 10, (x) => (x < SIDE / 2 ? 250 : 5), (x) => (x < SIDE / 2 ? 5 : 250)];
  for (const [i, value] of values.entries()) {
    const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => value(at % SIDE));
    const raw = { raw: { width: SIDE, height: SIDE, channels: 1 as const } };
    await sharp(pixels, raw)
      .toColourspace('b-w')
      .png()
      .toFile(join(folder, `${i}.png`));
  }
}
