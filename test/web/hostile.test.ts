import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { elsewhere, scratch, setPassword, startPage } from './page.ts';

const PASSWORD = 'correct horse';

/** What is said when it is connected; `ended` when the server has had enough. */
function say(port: number, text: string, host = '127.0.0.1') {
  const socket = connect(port, host);
  const state = { socket, ended: false };
  socket.on('error', () => {});
  socket.on('close', () => {
    state.ended = true;
  });
  socket.once('connect', () => socket.write(text));
  socket.resume();
  onTestFinished(() => void socket.destroy());
  return state;
}

/** A byte now and then, so that it is never silent. */
function dribble(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 300);
  onTestFinished(() => clearInterval(timer));
}

describe('slow clients', () => {
  it.skipIf(elsewhere === undefined)(
    'in the clear, at a port that speaks TLS, are ended as they are elsewhere, and keep no server from stopping',
    { timeout: 40_000 },
    async () => {
      const folder = scratch();
      await setPassword(folder, 'admin', PASSWORD, 'admin');
      const page = await startPage({ listen: '0.0.0.0:0', folder });
      const head = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: ';
      const [one, other] = [say(page.port, head), say(page.port, head, elsewhere)];
      for (const { socket } of [one, other]) dribble(socket);
      await vi.waitFor(() => expect([one.ended, other.ended]).toEqual([true, true]), { timeout: 20_000 });
      const last = say(page.port, head);
      await new Promise((resolve) => last.socket.once('connect', resolve));
      dribble(last.socket);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(last.ended).toBe(false);
      await page.server.stop();
      await vi.waitFor(() => expect(last.ended).toBe(true), { timeout: 5000 });
    },
  );

  it('that never come to the end of a body, however many, shut nobody out', async () => {
    const page = await startPage();
    const head = [
      'POST /api/v1/session HTTP/1.1',
      'host: localhost',
      'x-lineside: 1',
      'content-type: application/json',
      'content-length: 999',
      // Answered as soon as the head is read.
      'expect: 100-continue',
    ];
    const all = Array.from({ length: 64 }, () => say(page.port, `${head.join('\r\n')}\r\n\r\n{`));
    await Promise.all(all.map(({ socket }) => new Promise((resolve) => socket.once('data', resolve))));
    for (let i = 0; i < 10; i++) expect((await page.ask('/api/v1/session')).status).toBe(200);
  });
});

describe('who asks too often', () => {
  it('is slowed, let in or not, and others are not', async () => {
    const page = await startPage({ rate: 5 });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await page.ask('/api/v1/users')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const { json, headers } = await page.ask('/api/v1/session');
    expect(json).toMatchObject({ code: 'WEB_SLOWED', status: 429 });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await page.ask('/healthz')).status).toBe(200);
  });
});

describe('paths', () => {
  it('lead to no file but those of the page', async () => {
    const page = await startPage();
    const get = (path: string) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        // The path as it is written: no client tidies it up.
        request({ port: page.port, host: '127.0.0.1', path, agent: false }, (reply) => {
          let text = '';
          reply.setEncoding('utf8').on('data', (piece: string) => {
            text += piece;
          });
          reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
        })
          .on('error', reject)
          .end();
      });
    const up = ['..', '%2e%2e', '..%2f..', '%252e%252e', '..%5c..', '....//', '.%00.'];
    const targets = ['package.json', 'etc/passwd', 'main.js', 'access.db'];
    const starts = ['/', '/assets/', '/api/v1/', '/api/v1/inspections/', '/api/v1/stations/', '//'];
    for (const start of starts)
      for (const step of up)
        for (const target of targets) {
          const path = `${start}${step}/${step}/${step}/${target}`;
          const { status, text } = await get(path);
          expect([path, status >= 400]).toEqual([path, true]);
          expect(text).not.toMatch(/"version"|root:|SQLite/);
        }
    expect((await get('/')).status).toBe(200);
  });
});
