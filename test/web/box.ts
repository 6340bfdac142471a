/** An agent in a process of its own with one camera and no PLC, and its page. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cameraOf, grey, MODELS } from '../integration/line.ts';
import { type AgentProcess, startAgent } from '../simulators/agent.ts';

export interface Box {
  readonly folder: string;
  readonly file: string;
  readonly store: string;
  readonly agent: AgentProcess;
  /** Where the page is, as soon as it is; of the agent that is given, else of the first. */
  address(of?: AgentProcess): Promise<URL>;
  /** Another one on the same file, when the one before has stopped. */
  start(): AgentProcess;
}

export interface BoxWish {
  readonly web?: object;
  readonly images?: object;
  readonly station?: object;
  readonly more?: object;
  readonly fps?: number;
}

/** Judges a picture of three kinds, dark, bright on the left, bright on the right, `fps` times a second. */
export async function startBox({
  web = { listen: '127.0.0.1:0' },
  images = {},
  station = {},
  more = {},
  fps = 5,
}: BoxWish = {}): Promise<Box> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-box-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'frames'));
  await grey(join(folder, 'frames', '1-good.png'), () => 10);
  await grey(join(folder, 'frames', '2-scratch.png'), (x) => (x < 8 ? 250 : 5));
  await grey(join(folder, 'frames', '3-dent.png'), (x) => (x < 8 ? 5 : 250));
  const store = join(folder, 'data');
  const config = {
    line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
    cameras: { top: cameraOf(folder, 'frames', fps) },
    stations: { outlet: { trigger: { camera: 'top' }, models: { surface: { model: 'classify', camera: 'top' } }, ...station } },
    inference: { models: MODELS },
    store: { path: store, keep: { free: '0B' }, images: { nok: 'all', review: 'all', ok: 'all', ...images } },
    web,
    ...more,
  };
  const file = join(folder, 'line.yaml');
  writeFileSync(file, JSON.stringify(config, null, 2));
  const start = () => {
    const begun = startAgent(file);
    onTestFinished(() => begun.kill());
    return begun;
  };
  const agent = start();
  const address = async (of = agent) => {
    const { address: served } = await of.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
    return new URL(String(served));
  };
  return { folder, file, store, agent, address, start };
}
