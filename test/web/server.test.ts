import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Health, StationState } from '#agent/contracts/index.js';
import { startWeb, type WebServer, type WebSource } from '#agent/web/server.js';
import { memoryLog } from '../simulators/log.ts';

const health: Health = {
  at: 1,
  uptimeS: 60,
  version: '1.2.3',
  rssMb: 180,
  diskFreeMb: 5000,
  parts: { 'camera/top': { status: 'degraded', code: 'CAMERA_SILENT', restarts: 3 }, 'opcua/plc': { status: 'running', restarts: 0 } },
  queues: { recorder: { depth: 2, bound: 5000, dropped: 1 } },
  certificateDaysLeft: { 'plc/own': 900 },
  clockSkewMs: { plc: -7200000 },
  publishers: { mqtt: { dead_letters: 3 } },
};
const state: StationState = {
  at: 1,
  enabled: true,
  disabled: null,
  held: 'three in a row',
  recipe: 'standard',
  last: null,
  yield: 0.9,
  counters: { ok: 9, nok: 1, review: 0, missed: 2, failed: 0 },
  changeover: null,
  latencyMs: { p50: 12, p95: 20, p99: 30 },
};

let server: WebServer | undefined;
afterEach(async () => {
  await server?.stop();
});

async function served(more: Partial<WebSource> = {}, listen = '127.0.0.1:0'): Promise<string> {
  const source: WebSource = {
    health: async () => health,
    notReady: () => [],
    stations: () => ({ outlet: state }),
    outboxDepth: async () => 7,
    alarms: () => [{ code: 'EVENTS_REFUSED', subject: 'mqtt' }],
    ...more,
  };
  server = await startWeb({ listen, hosts: ['gw1.plant'] }, source, memoryLog());
  return server.address;
}

describe('the web server', () => {
  it('serves the health message', async () => {
    const reply = await fetch(`${await served()}/healthz`);
    expect([reply.status, await reply.json()]).toEqual([200, health]);
  });

  it('is ready when nothing waits, and says what does', async () => {
    const address = await served();
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    await server?.stop();
    const waiting = await fetch(`${await served({ notReady: () => ['station outlet waits for its OPC UA server'] })}/readyz`);
    expect([waiting.status, await waiting.json()]).toEqual([
      503,
      { ready: false, waiting: ['station outlet waits for its OPC UA server'] },
    ]);
  });

  it('serves Prometheus metrics of stations, parts and queues', async () => {
    const reply = await fetch(`${await served()}/metrics`);
    expect(reply.headers.get('content-type')).toContain('text/plain');
    const text = await reply.text();
    for (const line of [
      'lineside_parts{station="outlet",result="ok"} 9',
      'lineside_parts{station="outlet",result="missed"} 2',
      'lineside_verdict_latency_ms{station="outlet",quantile="p99"} 30',
      'lineside_yield_ratio{station="outlet"} 0.9',
      'lineside_station_held{station="outlet"} 1',
      'lineside_part_up{part="camera/top"} 0',
      'lineside_part_up{part="opcua/plc"} 1',
      'lineside_part_restarts{part="camera/top"} 3',
      'lineside_queue_dropped{queue="recorder"} 1',
      'lineside_outbox_depth 7',
      'lineside_alarm{code="EVENTS_REFUSED",subject="mqtt"} 1',
      'lineside_publisher{publisher="mqtt",counter="dead_letters"} 3',
      'lineside_certificate_days_left{certificate="plc/own"} 900',
      'lineside_clock_skew_ms{server="plc"} -7200000',
    ])
      expect(text).toContain(line);
  });

  it('forgets what is gone: a metric of yesterday is not served today', async () => {
    let stations: Record<string, StationState> = { outlet: state };
    const address = await served({ stations: () => stations });
    expect(await (await fetch(`${address}/metrics`)).text()).toContain('station="outlet"');
    stations = {};
    expect(await (await fetch(`${address}/metrics`)).text()).not.toContain('station="outlet"');
  });

  it('takes nothing in: no other path, no other method', async () => {
    const address = await served();
    expect((await fetch(`${address}/`)).status).toBe(404);
    expect((await fetch(`${address}/healthz`, { method: 'POST', body: 'x' })).status).toBeGreaterThanOrEqual(400);
  });

  it('says on which address it could not listen', async () => {
    const taken = new URL(await served()).host;
    const second = startWeb(
      { listen: taken, hosts: [] },
      { health: async () => health, notReady: () => [], stations: () => ({}), outboxDepth: async () => 0, alarms: () => [] },
      memoryLog(),
    );
    await expect(second).rejects.toMatchObject({ code: 'WEB_UNAVAILABLE', details: { listen: taken } });
  });

  it('answers only to names of this box: a foreign page that has its name rebound gets nothing', async () => {
    const { port } = new URL(await served());
    const status = (host: string) =>
      new Promise<number>((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/healthz', headers: { host } }, (reply) => {
          reply.resume();
          resolve(reply.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    for (const host of ['127.0.0.1', `localhost:${port}`, '[::1]:80', '10.1.2.3', hostname(), 'GW1.plant:8088', 'a.localhost'])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of ['evil.example', 'gw1.plant.evil.example', '127.0.0.1.evil.example', 'localhost.evil', '[evil]', 'a b'])
      expect([host, await status(host)]).toEqual([host, 421]);
  });

  it('listens on IPv6', async () => {
    const address = await served({}, '[::1]:0');
    expect(address).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
  });

  it('answers at once while a thousand connections say nothing, and holds few of them', async () => {
    const address = new URL(await served());
    const silent: Socket[] = [];
    let ended = 0;
    for (let i = 0; i < 1000; i++) {
      const socket = connect(Number(address.port), '127.0.0.1');
      socket.on('error', () => {});
      socket.on('close', () => ended++);
      silent.push(socket);
      if (i % 100 === 99) await new Promise((resolve) => socket.once('connect', resolve));
    }
    expect((await fetch(`${address.origin}/healthz`)).status).toBe(200);
    expect((await fetch(`${address.origin}/metrics`)).status).toBe(200);
    await vi.waitFor(() => expect(ended).toBeGreaterThanOrEqual(1000 - 64), { timeout: 10_000 });
    for (const socket of silent) socket.destroy();
  });
});
