/** The web server: changed requests at its routes, as bytes on a connection of their own. */
import { connect } from 'node:net';
import type { Health } from '../../agent/contracts/index.ts';
import { systemClock } from '../../agent/time.ts';
import { startWeb, type WebSource } from '../../agent/web/server.ts';
import { type Door, silent } from './door.ts';
import { mutated, mutatedText, pick, type Random } from './mutate.ts';

const REQUESTS = [
  'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
  'GET /readyz?probe=1 HTTP/1.1\r\nHost: localhost:8088\r\nAccept: application/json\r\nConnection: close\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: [::1]:8088\r\nAccept: text/plain;version=0.0.4\r\nConnection: close\r\n\r\n',
  'HEAD /healthz HTTP/1.0\r\n\r\n',
  'POST /healthz HTTP/1.1\r\nHost: gw1\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"a":[1, 2]}',
  'PUT /metrics HTTP/1.1\r\nHost: gw1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\n1234\r\n0\r\n\r\n',
  'OPTIONS /../%2e%2e/etc/passwd HTTP/1.1\r\nHost: gw1.plant\r\nOrigin: http://a.example\r\nConnection: close\r\n\r\n',
] as const;
/** What has come by then is looked at: a request without its end waits for more. */
const PATIENCE_MS = 15;
/** One in so many inputs is followed by a good request, which has to be answered. */
const GOOD_EVERY = 10;
const LONGEST_ANSWER = 65_536;

const HEALTH: Health = {
  at: 1,
  uptimeS: 60,
  version: '1.2.3',
  rssMb: 180,
  diskFreeMb: 5000,
  parts: { 'camera/top': { status: 'running', restarts: 3 } },
  queues: { recorder: { depth: 2, bound: 5000, dropped: 1 } },
  certificateDaysLeft: { 'plc/own': 900 },
};
const SOURCE: WebSource = {
  health: async () => HEALTH,
  notReady: () => [],
  stations: () => ({}),
  outboxDepth: async () => 7,
  alarms: () => [{ code: 'EVENTS_REFUSED', subject: 'mqtt' }],
};

export const web: Door = {
  name: 'web',
  summary: 'Changed requests at the web server: refused or answered, never as a fault of its own, and the next one is answered.',
  inputs: { full: 10_000, quick: 150 },
  meets: [/^200$/, /^4\d\d$/, /^nothing$/],
  async open() {
    const server = await startWeb({ listen: '127.0.0.1:0', hosts: ['gw1', 'gw1.plant'] }, SOURCE, silent);
    const port = Number(new URL(server.address).port);
    return {
      try: async (random, number) => {
        const status = check(await ask(port, request(random)));
        if (number % GOOD_EVERY === 0) {
          const answer = await ask(port, Buffer.from(REQUESTS[0]), Number.POSITIVE_INFINITY);
          if (!answer.startsWith('HTTP/1.1 200 ')) throw new RangeError(`a good request got: ${answer.slice(0, 200)}`);
        }
        return status;
      },
      close: () => server.stop(),
    };
  },
};

const request = (random: Random): Buffer => {
  const good = pick(random, REQUESTS);
  return random() < 0.5 ? mutated(random, Buffer.from(good)) : Buffer.from(mutatedText(random, good));
};

/**
 * The status of the first answer, or 'nothing'. It is no fault of the server (505: a version of HTTP that there is not) and tells nothing
 * of its inside.
 */
function check(answer: string): string {
  const first = answer.slice(0, 300);
  if (answer !== '' && !/^HTTP\/1\.1 (?:[1-4]\d\d|505) /.test(answer)) throw new RangeError(`answered with ${first}`);
  if (answer.length > LONGEST_ANSWER || /node_modules|\.js:\d/.test(answer)) throw new RangeError(`answered too much: ${first}`);
  return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length) || 'nothing';
}

/** What comes back until the server closes, or for `patience` from the last byte on. */
function ask(port: number, bytes: Buffer, patience = PATIENCE_MS): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    let over = () => {};
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const wait = () => {
      over();
      if (patience < Number.POSITIVE_INFINITY) over = systemClock.after(patience, () => socket.destroy());
    };
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
      wait();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      over();
      resolve(answer);
    });
    wait();
  });
}
