/** What a person does by a command stands in audit_log beside what came over MQTT, while an agent runs on the same journal. */
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadIdentity } from '#agent/sources/opcua/identity.js';
import { checkTrust, summaryOf } from '#agent/sources/opcua/trust.js';
import { systemClock } from '#agent/time.js';
import { write } from '../desk/evaluation/setup.ts';
import { MODELS } from '../inference/setup.ts';
import { folder, open, sql } from '../store/setup.ts';
import { linesideIn } from './setup.ts';

interface Row {
  readonly utc: string;
  readonly who: string;
  readonly source: string;
  readonly verb: string;
  readonly detail: string;
  readonly accepted: number;
}

function lineIn(path: string): string {
  const shelf = join(path, 'shelf');
  for (const name of ['classify', 'classify-other']) cpSync(join(MODELS, name), join(shelf, name), { recursive: true });
  const file = join(path, 'line.yaml');
  write(
    file,
    `line: {enterprise: acme, site: dresden, area: castings, line: line3}
cameras: {top: {url: "sim://press", period: 200ms}}
stations:
  outlet:
    trigger: {camera: top}
    deadline: 1s
    models:
      surface: {model: classify, camera: top, shadow: {model: classify-other}}
inference: {models: "${shelf}"}
store: {path: .}
`,
  );
  return file;
}

/** A certificate that a server showed, and that waits for approval. */
async function shown(path: string): Promise<string> {
  const ua = createRequire(import.meta.url)('node-opcua-client');
  const pki = join(path, 'pki');
  const { certificate } = await loadIdentity(ua, { pkiFolder: pki, applicationName: 'plc', clock: systemClock });
  await expect(checkTrust(pki, 'plc', certificate)).rejects.toMatchObject({ code: 'OPCUA_UNTRUSTED' });
  return summaryOf(certificate).fingerprint;
}

const acts = (path: string) =>
  sql<Row>(path, 'SELECT * FROM audit_log').map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) as object }));

it('approvals, renewals, promotions, rollbacks and dead letters: who, when, what', { timeout: 90_000 }, async () => {
  const path = folder();
  const file = lineIn(path);
  const fingerprint = await shown(path);
  const { store } = await open({ path });
  const row = (n: number) => ({ publisher: 'mqtt', eventId: `e${n}`, station: 's', topic: 'denied', payload: '{}' });
  await store.journal.append({ outbox: [row(1), row(2)] });
  store.outbox.refuse('mqtt', [{ id: 1, why: 'no' }]);
  await new Promise<void>((resolve) => void store.outbox.watch('mqtt', ({ letters }) => letters === 1 && resolve()));

  const began = Date.now();
  for (const args of [
    ['trust', '--approve', fingerprint],
    ['trust', '--renew'],
    ['models', 'promote', 'outlet/surface'],
    ['models', 'rollback', 'outlet/surface'],
    ['outbox', 'drop', '--all'],
  ]) {
    const { status, stderr } = linesideIn({ env: { SUDO_USER: '' } }, ...args, '--config', file);
    expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
  }
  const sudone = linesideIn({ env: { SUDO_USER: 'anna' } }, 'models', 'promote', '--config', file);
  expect(sudone.status).toBe(0);

  const rows = acts(path);
  const me = { who: userInfo().username, source: 'cli', accepted: 1 };
  const [from, to] = [{ model: 'classify' }, { model: 'classify-other' }];
  const config = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(rows).toMatchObject([
    { ...me, verb: 'trust', detail: { server: 'plc', fingerprint } },
    { ...me, verb: 'renew_certificate', detail: { thumbprint: expect.stringMatching(/[0-9A-F]/) } },
    { ...me, verb: 'promote', detail: { place: 'outlet/surface', from, to, config } },
    { ...me, verb: 'rollback', detail: { place: 'outlet/surface', from: to, to: from, config } },
    { ...me, verb: 'outbox_drop', detail: { letters: 1 } },
    { ...me, who: 'anna', verb: 'promote' },
  ]);
  for (const { utc } of rows) expect(Date.parse(utc)).toBeGreaterThanOrEqual(began);
  // The agent's own journal goes on beside it.
  await store.journal.append({ audit: [{ at: systemClock.now(), who: '', source: 'mqtt', verb: 'ack', detail: '{"outcome":"done"}' }] });
  expect(acts(path).at(-1)).toMatchObject({ source: 'mqtt', verb: 'ack' });
});

it('a command that is refused is not on record, and one before the first start of an agent does its work without a journal', {
  timeout: 60_000,
}, async () => {
  const path = folder();
  const file = lineIn(path);
  const fingerprint = await shown(path);
  const approved = linesideIn({}, 'trust', '--approve', fingerprint, '--config', file);
  expect(approved).toMatchObject({ status: 0, stderr: '' });
  const { store } = await open({ path });
  expect(linesideIn({}, 'trust', '--approve', 'AB:CD', '--config', file).status).not.toBe(0);
  expect(linesideIn({}, 'models', 'rollback', '--config', file).status).not.toBe(0);
  expect(acts(path)).toEqual([]);
  await store.stop();
});
