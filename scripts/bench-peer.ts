/**
 * The agent against the Python peer: the same line, frames and two models, alternately, on the disk as it is (`fast`) and with every
 * flush taking 10 ms more (`emmc`). One JSON object on standard output: agent / peer, {median, min, max} over the rounds.
 *
 *   npm run --silent bench:peer -- --json [--rounds 5] [--parts 600] [--warm 600] [--shared ../shared] [--only fast,emmc]
 *
 * Needs what `bash scripts/install-test-peers.sh` installs, and a C compiler for the slow disk.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../agent/platform/package-root.ts';
import { type Figure, figure } from './support/figures.ts';
import { type Child, cpuMs, freePort, python, rssMb, sharedFolder, start } from './support/processes.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    parts: { type: 'string', default: '600' },
    warm: { type: 'string', default: '600' },
    shared: { type: 'string' },
    only: { type: 'string', default: 'fast,emmc' },
  },
});
const peerFolder = join(sharedFolder(options.shared), 'peer');
const rounds = Number(options.rounds);
const parts = Number(options.parts);
/** Before anything is counted, in both: ten seconds, after which V8 has compiled what is hot. A line runs for days. */
const warm = Number(options.warm);
const work = mkdtempSync(join(tmpdir(), 'lineside-peer-'));
const say = (text: string) => void process.stderr.write(`${text}\n`);

interface Round {
  readonly parts_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly timeouts: number;
  readonly cpu_ms_part: number;
  readonly rss_mb: number;
}
type Disk = 'fast' | 'emmc';

/** One thread each, as the peer's own run.sh has it. */
const ENV = { ...process.env, OMP_NUM_THREADS: '1' };

function setUp(): void {
  cpSync(join(peerFolder, 'built'), work, { recursive: true });
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', join(work, 'slowsync.so'), join(peerFolder, 'slowsync.c'), '-ldl']);
  execFileSync(python(), [join(packageRoot, 'scripts', 'peer-packages.py'), '--built', work, '--models', join(work, 'models')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function broker(port: number, folder: string) {
  writeFileSync(join(folder, 'mosquitto.conf'), `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\n`);
  return start('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'ignore'] });
}

/** The line, a broker, and one of the two; what the line measured, and what the other one used. */
async function round(who: 'peer' | 'agent', disk: Disk, n: number): Promise<Round> {
  const folder = join(work, `${who}-${disk}-${n}`);
  mkdirSync(folder);
  const [port, mqttPort] = [await freePort(), await freePort()];
  const mosquitto = await broker(mqttPort, folder);
  const line = start(python(), [join(peerFolder, 'server.py'), '--port', String(port), '--parts', String(parts), '--warm', String(warm)], {
    env: ENV,
  });
  await line.line(/READY/);
  const used = await (who === 'peer' ? runPeer : runAgent)({ folder, port, mqttPort, disk, line: line.line(/parts_s/) });
  const measured = JSON.parse(await line.line(/parts_s/)) as { parts_s: number; p50_ms: number; p99_ms: number; timeouts: number };
  await Promise.all([line.stop('SIGKILL'), mosquitto.stop()]);
  return { ...measured, ...used };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly mqttPort: number;
  readonly disk: Disk;
  /** Settles when the line has measured everything. */
  readonly line: Promise<string>;
}
type Used = Pick<Round, 'cpu_ms_part' | 'rss_mb'>;

const slow = (disk: Disk) => (disk === 'emmc' ? { LD_PRELOAD: join(work, 'slowsync.so'), SLOWSYNC_MS: '10' } : {});

async function runPeer({ folder, port, mqttPort, disk }: Place): Promise<Used> {
  const args = [
    '--url',
    `opc.tcp://127.0.0.1:${port}/line`,
    '--mqtt-port',
    String(mqttPort),
    '--parts',
    String(parts + warm),
    '--warm',
    String(warm),
  ];
  const files = [
    '--cnn',
    join(work, 'cnn_int8.onnx'),
    '--attention',
    join(work, 'attention.onnx'),
    '--frames',
    join(work, 'frames'),
    '--db',
    join(folder, 'peer.db'),
  ];
  const peer = start(python(), [join(peerFolder, 'peer.py'), ...args, ...files], { cwd: folder, env: { ...ENV, ...slow(disk) } });
  const result = JSON.parse(await peer.line(/parts_s/)) as Used;
  await peer.stop();
  return { cpu_ms_part: result.cpu_ms_part, rss_mb: result.rss_mb };
}

/**
 * Processor time between the events of the last warm-up part and the last part, as the peer counts its own. mosquitto_sub counts, which
 * ends by itself: whoever else listens takes time from the two cores that the agent needs, and the peer has no listener.
 */
async function runAgent({ folder, port, mqttPort, disk, line }: Place): Promise<Used> {
  writeFileSync(join(folder, 'line.yaml'), agentConfig(port, mqttPort));
  const events = (count: number) => start('mosquitto_sub', subscription(mqttPort, count), { stdio: ['ignore', 'ignore', 'inherit'] });
  const [first, last] = [events(warm), events(warm + parts)];
  const agent = start(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), 'run', '--config', join(folder, 'line.yaml')], {
    cwd: folder,
    env: { ...ENV, ...slow(disk), LINESIDE_LOG: 'warn' },
  });
  const mark = async (all: Child) => {
    const code = await all.ended;
    if (code !== 0) throw new Error(`mosquitto_sub ended with ${code}: not all events arrived`);
    return { cpu: cpuMs(agent.pid), rss: rssMb(agent.pid) };
  };
  const [from, to] = await Promise.all([mark(first), mark(last), line]);
  await agent.stop();
  return { cpu_ms_part: (to.cpu - from.cpu) / parts, rss_mb: to.rss };
}

/** Ends after so many events; with an error code when it takes longer than five a second would. */
const subscription = (port: number, count: number) =>
  ['-p', port, '-t', 'lineside/v1/+/+/+/+/+/quality', '-C', count, '-W', 60 + Math.ceil(count / 5)].map(String);

function agentConfig(port: number, mqttPort: number): string {
  const tags = Array.from({ length: 8 }, (_, i) => `tag${i}`);
  return `
line: {enterprise: peer, site: bench, area: bench, line: line1}
mqtt: {url: "mqtt://127.0.0.1:${mqttPort}"}
opcua:
  plc:
    endpoint: opc.tcp://127.0.0.1:${port}/line
    security: {mode: None, policy: None}
    tags:
      trigger: {node: "nsu=http://line;s=Trigger", sampling: 1ms}
      verdict: {node: "nsu=http://line;s=Verdict", writable: true}
${tags.map((tag, i) => `      ${tag}: {node: "nsu=http://line;s=Tag${i}", sampling: 50ms, unit: "1"}`).join('\n')}
cameras:
  top: {url: "dir://${join(work, 'frames')}", fps: 30}
stations:
  line:
    trigger: {tag: plc.trigger}
    deadline: 1s
    frame: {select: newest}
    answer: {verdict: plc.verdict, values: {ok: 1, nok: 2, review: 2}, ready: {tag: plc.verdict, value: 0}}
    window: {tags: [${tags.map((tag) => `plc.${tag}`).join(', ')}], span: 3s, every: 50ms, max_gaps: 1}
    models:
      surface: {model: peer-cnn, camera: top}
      process: {model: peer-attention}
    rules:
      - {when: "surface.score > 0.5 || process.score > 0.8", verdict: nok}
inference: {models: "${join(work, 'models')}"}
store: {path: data, images: {nok: none, review: none, ok: none}}
web: {listen: "off"}
`;
}

function ratios(agent: readonly Round[], peer: readonly Round[]): Record<string, Figure> {
  const ratio = (name: 'parts_s' | 'p50_ms' | 'p99_ms' | 'cpu_ms_part') =>
    figure(agent.map((round, i) => round[name] / (peer[i]?.[name] ?? Number.NaN)));
  return {
    parts_s_ratio: ratio('parts_s'),
    p50_ratio: ratio('p50_ms'),
    p99_ratio: ratio('p99_ms'),
    cpu_ratio: ratio('cpu_ms_part'),
    rss_mb: figure(
      agent.map(({ rss_mb }) => rss_mb),
      0,
    ),
  };
}

async function measure(disk: Disk): Promise<Record<string, Figure>> {
  const rows: Record<'agent' | 'peer', Round[]> = { agent: [], peer: [] };
  for (let n = 0; n < rounds; n++) {
    // Alternately, and each first in half of the rounds: what warms the box up helps neither more than the other.
    for (const who of n % 2 === 0 ? (['peer', 'agent'] as const) : (['agent', 'peer'] as const)) {
      const result = await round(who, disk, n);
      rows[who].push(result);
      say(`${disk} ${n + 1}/${rounds} ${who.padEnd(5)} ${JSON.stringify(result)}`);
    }
  }
  return ratios(rows.agent, rows.peer);
}

try {
  readFileSync(join(peerFolder, 'peer.py'));
  setUp();
  const disks = options.only.split(',') as Disk[];
  const result: Partial<Record<Disk, Record<string, Figure>>> = {};
  for (const disk of disks) result[disk] = await measure(disk);
  process.stdout.write(`${options.json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
