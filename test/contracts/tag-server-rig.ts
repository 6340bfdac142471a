/** What the suites of a tag server share: a server, an agent's side, and an orderly end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { OpcuaServerConfig, TagConfig } from '#agent/config/schema.js';
import { createTagServer, type OpcuaTagServer } from '#agent/sources/opcua/server.js';
import { systemClock } from '#agent/time.js';
import { NAMESPACE, type OpcuaSimulator, type OpcuaSimulatorOptions, VARIABLES } from '../simulators/opcua.ts';
import { keepAlive, live, TagRecorder } from '../simulators/tag-recorder.ts';
import { startProxy, type TcpProxy } from '../simulators/tcp-proxy.ts';

export type StartServer = (options?: OpcuaSimulatorOptions) => Promise<OpcuaSimulator>;

export const tag = (name: string, more: Partial<TagConfig> = {}): TagConfig => ({
  node: `nsu=${NAMESPACE};s=${name}`,
  sampling: 50,
  queue: 10,
  writable: false,
  ...more,
});

/** Every variable of the simulators, all of them `writable` as far as the config goes. */
export const every: Record<string, TagConfig> = Object.fromEntries(
  Object.keys(VARIABLES).map((name) => [name, tag(name, { writable: true, sampling: name === 'PartPresent' ? 10 : 50 })]),
);

export function config(endpoint: string, more: Partial<OpcuaServerConfig> = {}): OpcuaServerConfig {
  return { endpoint, security: { mode: 'None', policy: 'None' }, silence: 5000, write_timeout: 500, tags: every, ...more };
}

/** To be called inside a describe(): registers its hooks. One server for the suite, one recorder a test. */
export function tagServerRig(startServer: StartServer) {
  let pki: string;
  let plc: OpcuaSimulator;
  let recorder: TagRecorder;
  let ending: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
    plc = await startServer();
  });
  afterAll(async () => {
    await plc.stop();
    await rm(pki, { recursive: true, force: true });
  });
  beforeEach(() => {
    recorder = new TagRecorder();
  });
  afterEach(async () => {
    for (const end of ending.reverse()) await end();
    ending = [];
  });
  return {
    get plc() {
      return plc;
    },
    get recorder() {
      return recorder;
    },
    /** Runs after the test, the last one first. */
    finally: (end: () => Promise<unknown>) => void ending.push(end),
    create: (more: Partial<OpcuaServerConfig> = {}, endpoint = plc.endpoint): OpcuaTagServer =>
      createTagServer('plc', config(endpoint, more), { pki, clock: systemClock }),
    /** A life that is online. */
    up: async (server: OpcuaTagServer) => {
      const life = live(server, recorder);
      ending.push(life.stop);
      await Promise.race([recorder.until(() => recorder.onlines > 0), life.over]);
      expect(recorder.ends).toEqual([]);
      return life;
    },
    /** Lives by the runner; the first is online. */
    kept: async (server: OpcuaTagServer): Promise<void> => {
      const runner = keepAlive(server, recorder);
      ending.push(() => runner.stop());
      await recorder.until(() => recorder.onlines > 0);
    },
    /** A proxy to the server and its endpoint. */
    proxied: async (): Promise<{ proxy: TcpProxy; endpoint: string }> => {
      const proxy = await startProxy({ target: plc.port });
      ending.push(() => proxy.close());
      return { proxy, endpoint: `opc.tcp://127.0.0.1:${proxy.port}` };
    },
  };
}
