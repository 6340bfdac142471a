/** From the start of the process to the first verdict at the PLC: `lineside run` as a gateway starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../platform/package-root.ts';
import { systemClock as clock } from '../../time.ts';
import type { Child } from './children.ts';

/** ms. `plc` has been started and offers a part as soon as the station announces itself. */
export async function startRound(plc: Child, endpoint: string, model: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lineside-bench-'));
  await writeFile(join(folder, 'line.yaml'), configOf(endpoint, model));
  const verdict = plc.ask<number>({ do: 'first' });
  const began = clock.now();
  const agent = spawn(process.execPath, [join(packageRoot, 'dist/bundle/main.js'), 'run', '--config', join(folder, 'line.yaml')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LINESIDE_LOG: 'error' },
  });
  const ms = (await verdict) - began;
  const exited = once(agent, 'exit');
  agent.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true, force: true });
  return ms;
}

const configOf = (endpoint: string, model: string) => `
line: {enterprise: lineside, site: bench, area: bench, line: line1}
opcua:
  plc:
    endpoint: ${endpoint}
    security: {mode: None, policy: None}
    tags:
      trigger: {node: "nsu=urn:lineside:bench;s=Trigger", sampling: 0ms}
      verdict: {node: "nsu=urn:lineside:bench;s=Verdict", writable: true}
cameras:
  top: {url: "sim://press", period: 40ms}
stations:
  line:
    trigger: {tag: plc.trigger}
    deadline: 5s
    frame: {select: newest, tolerance: 5s}
    answer: {verdict: plc.verdict, ready: {tag: plc.verdict, value: 0}}
    models: {surface: {model: ${model}}}
inference: {models: "${join(packageRoot, 'models')}"}
store: {path: data, images: {nok: none, review: none, ok: none}}
web: {listen: "off"}
`;
