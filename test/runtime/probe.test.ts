import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listens, probeOf } from '#agent/runtime/probe.js';

test('somebody listens, or nobody does any more', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const probe = probeOf(`opc.tcp://127.0.0.1:${port}/line`);
  expect(await probe?.()).toBe(true);
  server.close();
  await once(server, 'close');
  expect(await probe?.()).toBe(false);
});

test('a host that gives no answer is given up within the bound', async () => {
  // A port of this box whose queue of unaccepted connections is full would do as well; TEST-NET-1 is nobody's.
  expect(await listens({ host: '192.0.2.1', port: 4840 }, 50)).toBe(false);
});

test.each(['dir:///var/pictures', 'sim://part', 'v4l2:///dev/video0', 'opc.tcp://', 'http://host:99999/'])(
  '%s is nothing to try',
  (url) => {
    expect(probeOf(url)).toBeUndefined();
  },
);

test.each(['mqtts://broker', 'rtsp://user:pa@10.1.3.31/stream1', 'http://[::1]:8080/snap', 'opc.tcp://plc'])('%s is', (url) => {
  expect(probeOf(url)).toBeTypeOf('function');
});
