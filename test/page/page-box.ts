/** An agent as it ships in front of pictures of three kinds, with its page, for a whole file of tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cameraOf, grey, MODELS } from '../integration/line.ts';
import { type AgentProcess, startAgent } from '../simulators/agent.ts';

export interface PageBox {
  readonly agent: AgentProcess;
  readonly address: URL;
  readonly store: string;
  readonly file: string;
  end(): Promise<void>;
}

export interface PageBoxWish {
  /** Parts a second. */
  readonly fps?: number;
  /** Done with the store before the agent starts. */
  readonly before?: (store: string) => void | Promise<void>;
}

/** `more`: beside, or instead of, what every box here has in its config. */
export async function startPageBox(more: object = {}, { fps = 2, before = () => {} }: PageBoxWish = {}): Promise<PageBox> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-page-box-'));
  mkdirSync(join(folder, 'frames'));
  await grey(join(folder, 'frames', '1-good.png'), () => 10);
  await grey(join(folder, 'frames', '2-scratch.png'), (x) => (x < 8 ? 250 : 5));
  await grey(join(folder, 'frames', '3-dent.png'), (x) => (x < 8 ? 5 : 250));
  const store = join(folder, 'data');
  const file = join(folder, 'line.yaml');
  const config = {
    line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
    cameras: { top: cameraOf(folder, 'frames', fps) },
    stations: { outlet: { trigger: { camera: 'top' }, models: { surface: { model: 'classify', camera: 'top' } } } },
    inference: { models: MODELS },
    store: { path: store, keep: { free: '0B' }, images: { nok: 'all', review: 'all', ok: 'all' } },
    web: { listen: '127.0.0.1:0' },
    ...more,
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  await before(store);
  const agent = startAgent(file);
  const end = async () => {
    await agent.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { address } = await agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
    return { agent, address: new URL(String(address)), store, file, end };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}
