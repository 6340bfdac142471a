/** A broker for the bench in a process of its own: mosquitto where it is installed, else the one that the demo carries. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../time.ts';

export interface BenchBroker {
  readonly url: string;
  readonly name: 'mosquitto' | 'aedes';
  stop(): Promise<void>;
}

export async function startBenchBroker(): Promise<BenchBroker> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'lineside-bench-mqtt-'));
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\nuser root\n`);
  const child = spawn('mosquitto', ['-c', file], { stdio: 'ignore' });
  const failed = once(child, 'error').then(() => true);
  if (await Promise.race([failed, answers(port).then(() => false)])) return embedded();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    name: 'mosquitto',
    stop: async () => {
      child.kill('SIGKILL');
    },
  };
}

async function embedded(): Promise<BenchBroker> {
  const { startBroker } = await import('../../cli/demo/broker.ts');
  const { port, stop } = await startBroker();
  return { url: `mqtt://127.0.0.1:${port}`, name: 'aedes', stop };
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = createConnection(port, '127.0.0.1');
    const connected = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await clock.sleep(50);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  return typeof address === 'object' && address ? address.port : 0;
}
