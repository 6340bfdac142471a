/**
 * Real input end to end: pictures of a data set replayed as a camera, triggered by an asyncua server, through the agent as it ships,
 * into mosquitto, received by mosquitto_sub; then held against what Python's onnxruntime says of the same files. Prints one JSON object.
 *
 *   npm run --silent real-line -- --json                                    magnetic tiles, fold 0, from ../shared/data
 *   npm run --silent real-line -- --json --folder DIR --package demo-surface --format rgb8
 *
 * exit code 1 when an event is missing, doubled or differs.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../agent/platform/package-root.ts';
import { freePort, python, sharedFolder, start } from './support/processes.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    shared: { type: 'string' },
    folder: { type: 'string' },
    package: { type: 'string', default: 'surface-defect' },
    variant: { type: 'string', default: 'int8-u8s8' },
    format: { type: 'string', default: 'mono8' },
    fold: { type: 'string', default: '0' },
    period: { type: 'string', default: '100' },
    most: { type: 'string', default: '100000' },
  },
});
const period = Number(options.period);
const work = mkdtempSync(join(tmpdir(), 'lineside-real-'));
const frames = join(work, 'frames');

interface QualityEvent {
  readonly id: string;
  readonly part: string;
  readonly verdict: 'ok' | 'nok' | 'review';
  readonly outcome: string;
  readonly reasons: readonly { readonly text: string }[];
  readonly findings: readonly { readonly score: number }[];
  readonly frames: readonly { readonly file?: string }[];
}
interface Reference {
  readonly file: string;
  readonly score: number;
  readonly verdict: string;
}

/** Copies the pictures under names that keep their order; the camera plays a folder by name. */
function layOut(): readonly string[] {
  mkdirSync(frames);
  const files = (options.folder ? folderFiles(options.folder) : foldFiles()).slice(0, Number(options.most));
  return files.map((file, i) => {
    const name = `${String(i).padStart(5, '0')}-${basename(file)}`;
    copyFileSync(file, join(frames, name));
    return name;
  });
}

const folderFiles = (folder: string) =>
  readdirSync(folder)
    .filter((f) => /\.(png|jpe?g)$/i.test(f))
    .sort()
    .map((f) => join(folder, f));

function foldFiles(): string[] {
  const folder = join(sharedFolder(options.shared), 'data', 'magnetic-tile');
  const rows = readFileSync(join(folder, 'folds.csv'), 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((row) => row.split(','));
  return rows.filter((row) => row[4] === options.fold).map((row) => join(folder, row[0] ?? ''));
}

function agentConfig(opcua: number, mqtt: number): string {
  return `
line: {enterprise: real, site: bench, area: tiles, line: line1}
mqtt: {url: "mqtt://127.0.0.1:${mqtt}"}
opcua:
  plc:
    endpoint: opc.tcp://127.0.0.1:${opcua}/line
    security: {mode: None, policy: None}
    tags:
      trigger: {node: "nsu=urn:real-line;s=Trigger", sampling: 5ms}
      part: {node: "nsu=urn:real-line;s=Part"}
      verdict: {node: "nsu=urn:real-line;s=Verdict", writable: true}
      verdict_part: {node: "nsu=urn:real-line;s=VerdictPart", writable: true}
cameras:
  top: {url: "dir://${frames}", fps: ${1000 / period}, format: ${options.format}, exact: true}
stations:
  outlet:
    trigger: {tag: plc.trigger}
    part: plc.part
    counter: plc.part
    deadline: 2s
    frame: {tolerance: 1s}
    answer: {part: plc.verdict_part, verdict: plc.verdict, values: {ok: 1, nok: 2, review: 3}, ready: {tag: plc.verdict, value: 0}}
    models:
      surface: {model: ${options.package}, variant: ${options.variant}}
inference: {models: "${join(packageRoot, 'models')}"}
store: {path: "${join(work, 'data')}", images: {nok: none, review: none, ok: none}}
web: {listen: "off"}
`;
}

/** Plays the line once; what mosquitto_sub printed and what the PLC was told. */
async function play(triggers: number): Promise<{ events: QualityEvent[]; answers: Record<string, number> }> {
  const [mqtt, opcua] = [await freePort(), await freePort()];
  writeFileSync(join(work, 'mosquitto.conf'), `listener ${mqtt} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n`);
  writeFileSync(join(work, 'line.yaml'), agentConfig(opcua, mqtt));
  const broker = start('mosquitto', ['-c', join(work, 'mosquitto.conf')], { stdio: 'ignore' });
  const plc = start(python(), [
    join(packageRoot, 'scripts', 'real_line_server.py'),
    '--port',
    `${opcua}`,
    '--parts',
    `${triggers}`,
    '--period',
    `${period}`,
  ]);
  await plc.line(/READY/);
  const subscriber = start('mosquitto_sub', ['-p', `${mqtt}`, '-q', '1', '-t', 'lineside/v1/+/+/+/+/+/quality', '-F', '%p']);
  const agent = start(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), 'run', '--config', join(work, 'line.yaml')], {
    env: { ...process.env, LINESIDE_LOG: process.env['LINESIDE_LOG'] ?? 'warn' },
  });
  const done = JSON.parse(await plc.line(/"answers"/)) as { answers: Record<string, number> };
  // SIGTERM lets the agent publish what is committed; the subscriber then has a moment to print it.
  await agent.stop();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await Promise.all([subscriber.stop(), plc.stop('SIGKILL')]);
  await broker.stop();
  return { events: subscriber.lines.map((line) => JSON.parse(line) as QualityEvent), answers: done.answers };
}

function reference(files: readonly string[]): Map<string, Reference> {
  const args = ['--package', join(packageRoot, 'models', options.package), '--variant', options.variant, '--format', options.format];
  const script = join(packageRoot, 'scripts', 'real_line_reference.py');
  const output = execFileSync(python(), [script, ...args, '--prepare', join(packageRoot, 'agent', 'inference', 'prepare')], {
    input: files.map((file) => join(frames, file)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const [, ...lines] = output.trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as Reference).map((row) => [basename(row.file), row]));
}

const VALUES: Readonly<Record<string, number>> = { ok: 1, nok: 2, review: 3 };

try {
  const files = layOut();
  const { events, answers } = await play(files.length);
  const expected = reference(files);
  const byPart = groupByPart(events);
  const judged = events.map((event) => ({ event, wanted: expected.get(basename(event.frames[0]?.file ?? '')) }));
  const wrong = judged.filter(({ event, wanted }) => wanted?.verdict !== event.verdict || answers[event.part] !== VALUES[event.verdict]);
  for (const { event, wanted } of wrong.slice(0, 5))
    process.stderr.write(
      `part ${event.part}: ${event.verdict} (${event.outcome}: ${event.reasons[0]?.text}), reference ${wanted?.verdict}\n`,
    );
  const differences = judged.map(({ event, wanted }) => Math.abs((event.findings[0]?.score ?? Number.NaN) - (wanted?.score ?? Number.NaN)));
  const result = {
    triggers: files.length,
    events: new Set(events.map(({ id }) => id)).size,
    missing: files.filter((_, i) => !byPart.has(String(i + 1))).length,
    duplicates: events.length - byPart.size,
    verdict_mismatches: wrong.length,
    score_max_diff: Number(Math.max(...differences).toPrecision(3)),
    images: new Set(events.map((e) => e.frames[0]?.file)).size,
  };
  process.stdout.write(`${options.json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`);
  process.exitCode = result.missing + result.duplicates + result.verdict_mismatches === 0 && result.score_max_diff <= 0.001 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function groupByPart(events: readonly QualityEvent[]): Map<string, QualityEvent[]> {
  const groups = new Map<string, QualityEvent[]>();
  for (const event of events) groups.set(event.part, [...(groups.get(event.part) ?? []), event]);
  return groups;
}
