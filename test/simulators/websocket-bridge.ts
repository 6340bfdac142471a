/** MQTT over WebSockets (MQTT 5, 6) before a broker that speaks TCP only: Debian's mosquitto is built without. */
import { readFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect } from 'node:net';
import { createWebSocketStream, WebSocketServer } from 'ws';

export interface Bridge {
  readonly url: string;
  close(): Promise<void>;
}

/** `tls`: PEM files; without it the connection is plain. */
export async function startBridge(port: number, tls?: { readonly cert: string; readonly key: string }): Promise<Bridge> {
  const server = tls ? createSecure({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }) : createPlain();
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false) });
  sockets.on('connection', (socket) => {
    const near = createWebSocketStream(socket);
    const far = connect(port, '127.0.0.1');
    for (const end of [near, far]) end.on('error', () => {});
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `${tls ? 'wss' : 'ws'}://127.0.0.1:${address.port}/mqtt`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
      }),
  };
}
